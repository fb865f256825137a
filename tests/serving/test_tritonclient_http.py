"""The unmodified Python client of Triton over HTTP: everything it can ask of a server without a GPU."""
import asyncio
import json
import os
import time

import numpy
import pytest
import requests

import tritonclient.http as http
from servers import ECHOED, ModelServer, classes, echo, rows, simple
from tritonclient.http import aio
from tritonclient.utils import InferenceServerException, shared_memory, triton_to_np_dtype


@pytest.fixture(scope="module")
def server(oree, tmp_path_factory):
    folder = tmp_path_factory.mktemp("models")
    simple(folder)
    classes(folder)
    for datatype in ECHOED:
        echo(folder, datatype)
    one = ModelServer(oree, folder)
    yield one.wait_until_ready()
    assert one.stop() == 0, one.said()


@pytest.fixture
def client(server):
    with http.InferenceServerClient(server.address, concurrency=4) as one:
        yield one


def simple_inputs(binary=True):
    inputs = [http.InferInput(f"INPUT{i}", [1, 16], "INT32") for i in range(2)]
    for tensor, values in zip(inputs, rows()):
        tensor.set_data_from_numpy(values, binary_data=binary)
    return inputs


def check_simple(result):
    first, second = rows()
    assert (result.as_numpy("OUTPUT0") == first + second).all()
    assert (result.as_numpy("OUTPUT1") == first - second).all()


def test_the_server_and_its_models_describe_themselves(client):
    assert client.is_server_live() and client.is_server_ready()
    assert client.is_model_ready("simple") and client.is_model_ready("simple", "1")
    assert not client.is_model_ready("nobody")
    about = client.get_server_metadata()
    assert {"binary_tensor_data", "system_shared_memory", "statistics"} <= set(about["extensions"])
    model = client.get_model_metadata("simple")
    assert model["versions"] == ["1"]
    assert model["inputs"][0] == {"name": "INPUT0", "datatype": "INT32", "shape": [-1, 16]}
    config = client.get_model_config("simple")
    assert config["name"] == "simple" and config["max_batch_size"] == 8


@pytest.mark.parametrize("binary_in", [True, False])
@pytest.mark.parametrize("binary_out", [True, False])
@pytest.mark.parametrize("up,down", [(None, None), ("gzip", "gzip"), ("deflate", "deflate"), ("gzip", "deflate")])
def test_every_wire_form_gives_the_same_answer(client, binary_in, binary_out, up, down):
    outputs = [http.InferRequestedOutput("OUTPUT0", binary_data=binary_out), http.InferRequestedOutput("OUTPUT1", binary_data=not binary_out)]
    result = client.infer(
        "simple",
        simple_inputs(binary_in),
        model_version="1",
        outputs=outputs,
        request_id="forty-two",
        request_compression_algorithm=up,
        response_compression_algorithm=down,
    )
    check_simple(result)
    assert result.get_response()["id"] == "forty-two"


# The client itself refuses halves in JSON.
@pytest.mark.parametrize("datatype,binary", [(name, form) for name in ECHOED for form in (True, False) if form or name != "FP16"])
def test_every_datatype_comes_back_as_it_was(client, datatype, binary):
    if datatype == "BYTES":
        values = numpy.array([b"hello", b"", "\u00fcn\u00ef".encode()], dtype=numpy.object_)
    else:
        values = numpy.array([0, 1, 1]).astype(triton_to_np_dtype(datatype))
    tensor = http.InferInput("x", [3], datatype)
    tensor.set_data_from_numpy(values, binary_data=binary)
    result = client.infer(f"echo_{datatype.lower()}", [tensor], outputs=[http.InferRequestedOutput("y", binary_data=binary)])
    came = result.as_numpy("y")
    if datatype == "BYTES":
        came = numpy.array([text.encode() if isinstance(text, str) else text for text in came], dtype=numpy.object_)
    assert came.dtype == values.dtype and (came == values).all()


def test_classes_are_named(client):
    tensor = http.InferInput("x", [2, 4], "FP32")
    tensor.set_data_from_numpy(numpy.array([[0.1, 0.7, 0.2, 0.0], [4, 3, 2, 1]], numpy.float32))
    result = client.infer("classes", [tensor], outputs=[http.InferRequestedOutput("y", class_count=2)])
    texts = [[cell.decode().split(":") for cell in row] for row in result.as_numpy("y")]
    assert [[int(index) for _, index, _ in row] for row in texts] == [[1, 2], [0, 1]]
    assert [[label for _, _, label in row] for row in texts] == [["dog", "cow"], ["cat", "dog"]]
    assert float(texts[0][0][0]) == pytest.approx(0.7)


def test_tensors_travel_through_shared_memory(client):
    first, second = rows()
    name, key = f"region{os.getpid()}", f"/oree-test-{os.getpid()}"
    region = shared_memory.create_shared_memory_region(name, key, 256)
    try:
        shared_memory.set_shared_memory_region(region, [first, second])
        client.register_system_shared_memory(name, key, 256)
        assert client.get_system_shared_memory_status(name) == [{"name": name, "key": key, "offset": 0, "byte_size": 256}]
        inputs = [http.InferInput(f"INPUT{i}", [1, 16], "INT32") for i in range(2)]
        outputs = [http.InferRequestedOutput(f"OUTPUT{i}") for i in range(2)]
        for i in range(2):
            inputs[i].set_shared_memory(name, 64, offset=64 * i)
            outputs[i].set_shared_memory(name, 64, offset=128 + 64 * i)
        result = client.infer("simple", inputs, outputs=outputs)
        assert result.get_output("OUTPUT0")["shape"] == [1, 16]
        written = shared_memory.get_contents_as_numpy(region, numpy.int32, [4, 16])
        assert (written[2] == first + second).all() and (written[3] == first - second).all()
        with pytest.raises(InferenceServerException, match="already in manager"):
            client.register_system_shared_memory(name, key, 256)
        inputs[0].set_shared_memory(name, 64, offset=250)
        with pytest.raises(InferenceServerException, match="Invalid offset . byte size for shared memory region"):
            client.infer("simple", inputs)
        client.unregister_system_shared_memory(name)
        assert client.get_system_shared_memory_status() == []
        with pytest.raises(InferenceServerException, match="Unable to find system shared memory region"):
            client.get_system_shared_memory_status(name)
    finally:
        shared_memory.destroy_shared_memory_region(region)


def test_cuda_memory_is_refused_as_by_a_server_without_a_gpu(client):
    assert client.get_cuda_shared_memory_status() == []
    with pytest.raises(InferenceServerException, match="GPUs not supported"):
        client.register_cuda_shared_memory("gpu", b"0" * 64, 0, 64)


def test_models_are_unloaded_and_loaded_again(client):
    index = {row["name"]: row["state"] for row in client.get_model_repository_index()}
    assert index["simple"] == "READY"
    client.unload_model("echo_int8")
    assert not client.is_model_ready("echo_int8")
    with pytest.raises(InferenceServerException) as refused:
        client.infer("echo_int8", [])
    assert refused.value.status() in ("503", "404", "400")
    client.load_model("echo_int8")
    assert client.is_model_ready("echo_int8")
    with pytest.raises(InferenceServerException, match="failed to poll from model repository"):
        client.load_model("nobody")


def test_statistics_grow_by_what_was_asked(client):
    def asked():
        return client.get_inference_statistics("simple")["model_stats"][0]["inference_stats"]["success"]["count"]

    before = asked()
    for _ in range(3):
        client.infer("simple", simple_inputs())
    assert asked() == before + 3
    assert {row["name"] for row in client.get_inference_statistics()["model_stats"]} >= {"simple", "classes"}


def test_trace_and_log_settings_are_changed(client, server):
    traced = client.update_trace_settings("simple", {"trace_level": ["TIMESTAMPS"], "trace_rate": "1"})
    assert traced["trace_level"] == ["TIMESTAMPS"] and traced["trace_rate"] == "1"
    assert client.get_trace_settings()["trace_level"] == ["OFF"]
    client.infer("simple", simple_inputs(), request_id="traced-one")
    assert client.update_trace_settings("simple", {"trace_level": None, "trace_rate": None})["trace_level"] == ["OFF"]
    end = time.monotonic() + 10
    while not any("traced-one" in line and "REQUEST_END" in line for line in list(server.lines)):
        assert time.monotonic() < end, "".join(server.lines)
    assert client.update_log_settings({"log_verbose_level": 1})["log_verbose_level"] == 1
    assert client.update_log_settings({"log_verbose_level": 0}) == client.get_log_settings()


def test_parameters_of_sequences_priorities_and_timeouts_are_taken(client):
    check_simple(
        client.infer(
            "simple", simple_inputs(), sequence_id=5, sequence_start=True, sequence_end=True, priority=1, timeout=10_000_000, parameters={"mine": 1, "yours": "x"}
        )
    )
    with pytest.raises(InferenceServerException, match="triton_"):
        client.infer("simple", simple_inputs(), parameters={"triton_x": 1})


def test_many_at_once(client):
    for waiting in [client.async_infer("simple", simple_inputs()) for _ in range(32)]:
        check_simple(waiting.get_result())


def test_the_asynchronous_client(server):
    async def talk():
        async with aio.InferenceServerClient(server.address) as one:
            assert await one.is_server_ready() and await one.is_model_ready("simple")
            assert (await one.get_model_metadata("simple"))["name"] == "simple"
            for result in await asyncio.gather(*[one.infer("simple", simple_inputs()) for _ in range(20)]):
                check_simple(result)

    asyncio.run(talk())


def test_errors_say_what_the_client_did(client):
    def error(model, inputs, **options):
        with pytest.raises(InferenceServerException) as refused:
            client.infer(model, inputs, **options)
        return refused.value.message()

    assert error("nobody", simple_inputs()) == "Request for unknown model: 'nobody' is not found"
    assert error("simple", simple_inputs()[:1]) == (
        "expected 2 inputs but got 1 inputs for model 'simple'. Got input(s) ['INPUT0'], but missing required input(s) ['INPUT1']. "
        "Please provide all required input(s)."
    )
    assert "output 'OUTPUT0' already exists in request" in error("simple", simple_inputs(), outputs=[http.InferRequestedOutput("OUTPUT0")] * 2)
    wrong = http.InferInput("INPUT0", [1, 16], "FP32")
    wrong.set_data_from_numpy(numpy.zeros((1, 16), numpy.float32))
    assert "data-type" in error("simple", [wrong, simple_inputs()[1]])


def test_a_raw_request_and_generate(server):
    raw = requests.post(
        f"http://{server.address}/v2/models/echo_fp32/infer",
        data=numpy.array([1, 2.5], numpy.float32).tobytes(),
        headers={"Inference-Header-Content-Length": "0", "Accept-Encoding": "identity"},
        timeout=10,
    )
    length = int(raw.headers["Inference-Header-Content-Length"])
    assert json.loads(raw.content[:length])["outputs"][0]["shape"] == [2]
    assert numpy.frombuffer(raw.content[length:], numpy.float32).tolist() == [1, 2.5]
    url = f"http://{server.address}/v2/models/echo_bytes"
    assert requests.post(url + "/generate", json={"x": "hello"}, timeout=10).json()["y"] == "hello"
    stream = requests.post(url + "/generate_stream", json={"x": ["a", "b"]}, timeout=10)
    assert stream.headers["Content-Type"] == "text/event-stream; charset=utf-8"
    assert json.loads(stream.text.removeprefix("data: "))["y"] == ["a", "b"]
