"""Models that come, change and go while clients look on, as Triton's clients expect it."""
import numpy
import pytest
import tritonclient.grpc as triton_grpc
import tritonclient.http as triton_http
from onnx import TensorProto, helper
from servers import network
from tritonclient.utils import InferenceServerException

PORTS = 'input { name: "x" data_type: TYPE_FP32 dims: 3 } output { name: "y" data_type: TYPE_FP32 dims: 3 }'


@pytest.fixture
def server(serve, tmp_path):
    """`echo`, and `ring`, an ensemble of it, both loaded."""
    network(tmp_path, "echo", [("x", TensorProto.FLOAT, ["b", 3])], [("y", TensorProto.FLOAT, ["b", 3])],
            [helper.make_node("Identity", ["x"], ["y"])], "max_batch_size: 4 " + PORTS)
    (tmp_path / "ring" / "1").mkdir(parents=True)
    (tmp_path / "ring" / "config.pbtxt").write_text(
        f'platform: "ensemble" max_batch_size: 4 {PORTS} ensemble_scheduling {{ step {{ model_name: "echo" model_version: -1 '
        'input_map { key: "x" value: "x" } output_map { key: "y" value: "y" } } }')
    return serve(tmp_path, "--mode", "explicit", "--load-model", "ring")


def clients(server):
    return triton_http.InferenceServerClient(server.address), triton_grpc.InferenceServerClient(server.grpc)


def infer(client, model):
    tensor = triton_http.InferInput("x", [1, 3], "FP32")
    tensor.set_data_from_numpy(numpy.ones((1, 3), numpy.float32))
    return client.infer(model, [tensor]).as_numpy("y").tolist()


def test_an_ensemble_goes_and_comes_with_its_model(server):
    http, grpc = clients(server)
    assert infer(http, "ring") == [[1, 1, 1]]
    http.unload_model("echo")
    assert not http.is_model_ready("ring") and not grpc.is_model_ready("ring")
    reasons = {row["name"]: row.get("reason") for row in http.get_model_repository_index()}
    assert reasons["ring"] == "ensemble 'ring' depends on 'echo' which has no loaded version."
    grpc.load_model("echo")
    assert infer(http, "ring") == [[1, 1, 1]]
    http.unload_model("ring")
    http.load_model("echo")
    assert not http.is_model_ready("ring")  # who was unloaded by name comes back by name only


def test_what_serves_on_after_a_failed_reload_can_be_unloaded(server, tmp_path):
    http, _ = clients(server)
    (tmp_path / "echo" / "config.pbtxt").write_text("max_batch_size: -1 " + PORTS)
    with pytest.raises(InferenceServerException, match="failed to load 'echo', failed to poll from model repository: 'max_batch_size' must"):
        http.load_model("echo")
    assert infer(http, "echo") == [[1, 1, 1]]
    http.unload_model("echo")
    assert not http.is_model_ready("echo")
    assert all(row.get("state") != "READY" for row in http.get_model_repository_index())


@pytest.mark.parametrize("config", ["{x", '{"nope": 1}', '{"max_batch_size": -1}'])
def test_a_configuration_that_cannot_work_changes_nothing(server, config):
    for client in clients(server):
        with pytest.raises(InferenceServerException, match="failed to load 'echo', failed to poll from model repository"):
            client.load_model("echo", config=config)
        assert client.is_model_ready("echo") and client.is_model_ready("ring")
