"""The Open Inference Protocol over gRPC, with Triton's own client (blocking, asyncio, streams, shared memory), with bare
grpcio and hand-made messages, and with gRPC's health client."""
import asyncio
import datetime
import queue
import threading
import uuid

import numpy as np
import pytest

grpc = pytest.importorskip("grpc")
triton = pytest.importorskip("tritonclient.grpc")

import tritonclient.grpc.aio as triton_aio  # noqa: E402
import tritonclient.utils.shared_memory as regions  # noqa: E402
from google.protobuf import json_format  # noqa: E402
from grpc_health.v1 import health_pb2, health_pb2_grpc  # noqa: E402
from tritonclient.grpc import service_pb2, service_pb2_grpc  # noqa: E402
from tritonclient.utils import InferenceServerException  # noqa: E402

ONE = np.arange(16, dtype=np.int32).reshape(1, 16)
TWO = np.full((1, 16), 3, dtype=np.int32)


def tensors(kind="INT32", one=ONE, two=TWO, module=triton):
    made = []
    for name, values in (("INPUT0", one), ("INPUT1", two)):
        tensor = module.InferInput(name, list(values.shape), kind)
        tensor.set_data_from_numpy(values)
        made.append(tensor)
    return made


@pytest.fixture
def client(model_server):
    with triton.InferenceServerClient(model_server.grpc) as client:
        yield client


@pytest.fixture
def channel(model_server):
    with grpc.insecure_channel(model_server.grpc) as channel:
        yield channel


def refusal(call, *arguments, **words):
    with pytest.raises(InferenceServerException) as raised:
        call(*arguments, **words)
    return raised.value.status(), raised.value.message()


def test_the_server_and_its_models_describe_themselves(client):
    assert client.is_server_live() and client.is_server_ready()
    server = client.get_server_metadata()
    assert server.name == "oree" and server.version and "binary_tensor_data" in server.extensions
    assert client.is_model_ready("simple") and client.is_model_ready("simple", "1")
    assert not client.is_model_ready("nobody") and not client.is_model_ready("simple", "9")
    model = client.get_model_metadata("simple")
    assert model.name == "simple" and list(model.versions) == ["1", "2"]
    assert [(port.name, port.datatype, list(port.shape)) for port in model.inputs] == [
        ("INPUT0", "INT32", [-1, 16]), ("INPUT1", "INT32", [-1, 16])]
    assert [port.name for port in model.outputs] == ["OUTPUT0", "OUTPUT1"]


def test_a_configuration_is_the_same_over_grpc_and_rest(client, model_server):
    import requests
    over_grpc = json_format.MessageToDict(client.get_model_config("floats").config, preserving_proto_field_name=True)
    over_rest = requests.get(f"{model_server.url}/v2/models/floats/config").json()
    assert over_grpc["name"] == "floats" and over_grpc["max_batch_size"] == over_rest["max_batch_size"] == 8
    for ports in ("input", "output"):
        assert [(port["name"], port["data_type"], [int(side) for side in port["dims"]]) for port in over_grpc[ports]] == [
            (port["name"], port["data_type"], [int(side) for side in port["dims"]]) for port in over_rest[ports]]
    assert over_grpc["output"][0]["label_filename"] == "labels.txt"


def test_tensors_go_in_and_come_out(client):
    answer = client.infer("simple", tensors(), model_version="1", request_id="request 7")
    np.testing.assert_array_equal(answer.as_numpy("OUTPUT0"), ONE + TWO)
    np.testing.assert_array_equal(answer.as_numpy("OUTPUT1"), ONE - TWO)
    response = answer.get_response()
    assert (response.id, response.model_name, response.model_version) == ("request 7", "simple", "1")
    second = client.infer("simple", tensors(), model_version="2", outputs=[triton.InferRequestedOutput("OUTPUT1")])
    np.testing.assert_array_equal(second.as_numpy("OUTPUT1"), ONE * TWO)
    assert second.as_numpy("OUTPUT0") is None


@pytest.mark.parametrize("algorithm", ["gzip", "deflate"])
def test_compressed_requests_are_understood(client, algorithm):
    many = np.zeros((8, 16), dtype=np.int32)
    answer = client.infer("simple", tensors(one=many, two=many), model_version="1", compression_algorithm=algorithm)
    np.testing.assert_array_equal(answer.as_numpy("OUTPUT0"), many)


def test_typed_contents_do_the_same_as_raw_ones(channel):
    stub = service_pb2_grpc.GRPCInferenceServiceStub(channel)
    request = service_pb2.ModelInferRequest(model_name="simple", model_version="1")
    for name, values in (("INPUT0", ONE), ("INPUT1", TWO)):
        tensor = request.inputs.add(name=name, datatype="INT32", shape=[1, 16])
        tensor.contents.int_contents.extend(values.flatten().tolist())
    answer = stub.ModelInfer(request)
    np.testing.assert_array_equal(np.frombuffer(answer.raw_output_contents[0], np.int32), (ONE + TWO).flatten())
    request.raw_input_contents.append(ONE.tobytes())
    with pytest.raises(grpc.RpcError) as raised:
        stub.ModelInfer(request)
    assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    assert raised.value.details() == ("contents field must not be specified when using raw_input_contents for 'INPUT0' for "
                                      "model 'simple'")


def test_classes_come_with_their_labels(client):
    floats = [ONE.astype(np.float32), TWO.astype(np.float32)]
    answer = client.infer("floats", tensors("FP32", *floats), outputs=[triton.InferRequestedOutput("OUTPUT0", class_count=2)])
    assert answer.as_numpy("OUTPUT0").tolist() == [[b"18.000000:15:label15", b"17.000000:14:label14"]]


def test_what_is_wrong_is_said_with_a_code_and_a_sentence(client):
    assert refusal(client.infer, "none", tensors()) == (
        "StatusCode.NOT_FOUND", "Request for unknown model: 'none' is not found")
    status, sentence = refusal(client.infer, "simple", tensors()[:1])
    assert status == "StatusCode.INVALID_ARGUMENT" and "missing required input(s) ['INPUT1']" in sentence
    status, sentence = refusal(client.infer, "simple", tensors("INT64", ONE.astype(np.int64), TWO.astype(np.int64)))
    assert status == "StatusCode.INVALID_ARGUMENT" and "INPUT0" in sentence
    status, sentence = refusal(client.load_model, "../etc")
    assert (status, sentence) == ("StatusCode.INVALID_ARGUMENT", "model name must not contain path traversal characters")
    assert refusal(client.load_model, "")[0] == "StatusCode.INVALID_ARGUMENT"
    assert refusal(client.get_model_config, "none")[0] == "StatusCode.NOT_FOUND"


def test_bytes_that_are_no_message_are_refused(channel):
    call = channel.unary_unary("/inference.GRPCInferenceService/ModelInfer")
    for wrong in (b"\xff" * 100, b"\x2a\xff\xff\xff\xff\x0f", b"\x0b\x0c"):
        with pytest.raises(grpc.RpcError) as raised:
            call(wrong, timeout=10)
        assert raised.value.code() == grpc.StatusCode.INVALID_ARGUMENT
    with pytest.raises(grpc.RpcError) as raised:
        channel.unary_unary("/inference.GRPCInferenceService/Nothing")(b"", timeout=10)
    assert raised.value.code() == grpc.StatusCode.UNIMPLEMENTED


def test_a_stream_answers_in_order_and_goes_on_after_an_error(client):
    answers = queue.Queue()
    client.start_stream(callback=lambda result, error: answers.put((result, error)))
    for number in range(100):
        client.async_stream_infer("simple", tensors(), model_version="1", request_id=str(number))
    client.async_stream_infer("none", tensors())
    client.async_stream_infer("simple", tensors(), request_id="last", enable_empty_final_response=True)
    got = [answers.get(timeout=30) for _ in range(102)]
    client.stop_stream()
    assert [result.get_response().id for result, _ in got[:100]] == [str(number) for number in range(100)]
    assert all(error is None for _, error in got[:100])
    assert "Request for unknown model: 'none' is not found" in str(got[100][1])
    last = got[101][0].get_response()
    assert last.id == "last" and last.parameters["triton_final_response"].bool_param


def test_asyncio_asks_many_at_a_time(model_server):
    async def ask():
        async with triton_aio.InferenceServerClient(model_server.grpc) as client:
            answers = await asyncio.gather(*(client.infer("simple", tensors(module=triton_aio), model_version="1",
                                                          request_id=str(number)) for number in range(50)))
            async def requests():
                for number in range(5):
                    yield {"model_name": "simple", "inputs": tensors(module=triton_aio), "request_id": str(number)}
            streamed = [result.get_response().id async for result, error in client.stream_infer(requests())]
            return [answer.get_response().id for answer in answers], streamed
    assert asyncio.run(ask()) == ([str(number) for number in range(50)], [str(number) for number in range(5)])


def test_shared_memory_holds_what_goes_in_and_comes_out(client):
    name, key = f"in-{uuid.uuid4()}", f"/oree-{uuid.uuid4()}"
    region = regions.create_shared_memory_region(name, key, 256)
    try:
        regions.set_shared_memory_region(region, [ONE, TWO])
        client.register_system_shared_memory(name, key, 256)
        status, sentence = refusal(client.register_system_shared_memory, name, key, 256)
        assert status == "StatusCode.ALREADY_EXISTS" and name in sentence
        assert client.get_system_shared_memory_status().regions[name].byte_size == 256
        inputs = [triton.InferInput(each, [1, 16], "INT32") for each in ("INPUT0", "INPUT1")]
        outputs = [triton.InferRequestedOutput(each) for each in ("OUTPUT0", "OUTPUT1")]
        for number, each in enumerate(inputs + outputs):
            each.set_shared_memory(name, 64, offset=64 * number)
        answer = client.infer("simple", inputs, model_version="1", outputs=outputs)
        assert answer.get_output("OUTPUT0").parameters["shared_memory_region"].string_param == name
        both = regions.get_contents_as_numpy(region, np.int32, [4, 16])
        np.testing.assert_array_equal(both[2:], np.concatenate([ONE + TWO, ONE - TWO]))
        inputs[0].set_shared_memory(name, 64, offset=224)
        assert refusal(client.infer, "simple", inputs)[0] == "StatusCode.INVALID_ARGUMENT"
        client.unregister_system_shared_memory(name)
        assert refusal(client.get_system_shared_memory_status, name)[0] == "StatusCode.NOT_FOUND"
        assert refusal(client.register_cuda_shared_memory, "gpu", b"aGFuZGxl", 0, 64)[0] == "StatusCode.INVALID_ARGUMENT"
    finally:
        regions.destroy_shared_memory_region(region)


def test_statistics_count_every_request(client):
    before = client.get_inference_statistics("floats").model_stats[0].inference_stats.success.count
    floats = [ONE.astype(np.float32), TWO.astype(np.float32)]
    for _ in range(7):
        client.infer("floats", tensors("FP32", *floats))
    after = client.get_inference_statistics("floats", "1").model_stats[0]
    assert after.inference_stats.success.count == before + 7
    assert after.inference_stats.compute_infer.ns > 0 and after.last_inference > 0
    assert len(client.get_inference_statistics().model_stats) >= 3


def test_log_settings_are_changed(client):
    assert client.update_log_settings({"log_verbose_level": 1}).settings["log_verbose_level"].uint32_param == 1
    assert client.update_log_settings({"log_verbose_level": 0}) == client.get_log_settings()


def test_trace_settings_are_shown(client):
    assert client.get_trace_settings().settings["trace_rate"].value == ["1000"]


def test_models_come_and_go_and_health_tells(serve, repository):
    server = serve(repository)
    with triton.InferenceServerClient(server.grpc) as client, grpc.insecure_channel(server.grpc) as channel:
        health = health_pb2_grpc.HealthStub(channel)
        assert health.Check(health_pb2.HealthCheckRequest()).status == health_pb2.HealthCheckResponse.SERVING
        watch = health.Watch(health_pb2.HealthCheckRequest(service="floats"))
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        client.unload_model("floats")
        assert next(watch).status != health_pb2.HealthCheckResponse.SERVING
        assert not client.is_model_ready("floats")
        client.load_model("floats")
        assert next(watch).status == health_pb2.HealthCheckResponse.SERVING
        watch.cancel()
        with pytest.raises(grpc.RpcError) as raised:
            health.Check(health_pb2.HealthCheckRequest(service="none"))
        assert raised.value.code() == grpc.StatusCode.NOT_FOUND
        rows = {(row.name, row.version): row for row in client.get_model_repository_index().models}
        assert rows["simple", "2"].state == "READY" and rows["broken", "1"].reason


def test_a_call_whose_time_is_over_ends(channel):
    call = channel.unary_unary("/inference.GRPCInferenceService/ServerLive")
    assert call(b"", timeout=30) == b"\x08\x01"
    watch = channel.unary_stream("/grpc.health.v1.Health/Watch")(b"", timeout=0.2)
    assert next(watch) == b"\x08\x01"
    with pytest.raises(grpc.RpcError) as raised:
        next(watch)
    assert raised.value.code() == grpc.StatusCode.DEADLINE_EXCEEDED


def test_calls_that_run_when_the_server_stops_are_answered(serve, repository):
    server = serve(repository)
    answered, refused = [], []
    asking = threading.Event()

    def ask():
        with triton.InferenceServerClient(server.grpc) as client:
            while True:
                try:
                    np.testing.assert_array_equal(client.infer("simple", tensors(), model_version="1").as_numpy("OUTPUT0"),
                                                  ONE + TWO)
                    answered.append(1)
                    asking.set()
                except InferenceServerException as error:
                    refused.append(error.status())
                    return
    threads = [threading.Thread(target=ask) for _ in range(4)]
    for thread in threads:
        thread.start()
    assert asking.wait(30)
    server.process.terminate()
    for thread in threads:
        thread.join(60)
    assert server.process.wait(30) == 0
    assert answered and set(refused) == {"StatusCode.UNAVAILABLE"}


def self_signed(folder):
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.hazmat.primitives.asymmetric import ec
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    now = datetime.datetime.now(datetime.timezone.utc)
    certificate = (x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
                   .serial_number(1).not_valid_before(now - datetime.timedelta(hours=1))
                   .not_valid_after(now + datetime.timedelta(hours=1))
                   .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
                   .sign(key, hashes.SHA256()))
    (folder / "certificate.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (folder / "key.pem").write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
                                                       serialization.NoEncryption()))
    return folder / "certificate.pem", folder / "key.pem"


def test_tls_is_spoken_and_plain_clients_are_not_heard(oree, repository, tmp_path):
    import re
    import subprocess
    certificate, key = self_signed(tmp_path)
    process = subprocess.Popen([str(oree), "serve", "--repo", str(repository), "--listen", "127.0.0.1:0", "--grpc",
                                "127.0.0.1:0", "--certificate", str(certificate), "--key", str(key)],
                               stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
    try:
        process.stdout.readline()
        port = re.search(r":(\d+)$", process.stdout.readline().strip())[1]
        trusted = grpc.ssl_channel_credentials(certificate.read_bytes())
        with grpc.secure_channel(f"localhost:{port}", trusted) as channel:
            live = channel.unary_unary("/inference.GRPCInferenceService/ServerLive")
            assert live(b"", timeout=30, wait_for_ready=True) == b"\x08\x01"
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel, pytest.raises(grpc.RpcError) as raised:
            channel.unary_unary("/inference.GRPCInferenceService/ServerLive")(b"", timeout=30)
        assert raised.value.code() == grpc.StatusCode.UNAVAILABLE
    finally:
        process.terminate()
        process.wait(30)
