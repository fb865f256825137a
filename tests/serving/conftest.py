"""`oree serve` with a repository of tiny networks, for the tests of this folder."""
import socket
import sys
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper
from servers import ModelServer


def network(path, kind=TensorProto.INT32, batch="b", second="Sub"):
    """Two rows of sixteen in, their sum and their difference out: Triton's `simple`."""
    def port(name):
        return helper.make_tensor_value_info(name, kind, [batch, 16])
    graph = helper.make_graph([helper.make_node("Add", ["INPUT0", "INPUT1"], ["OUTPUT0"]),
                               helper.make_node(second, ["INPUT0", "INPUT1"], ["OUTPUT1"])], "simple",
                              [port("INPUT0"), port("INPUT1")], [port("OUTPUT0"), port("OUTPUT1")])
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


@pytest.fixture(scope="session")
def repository(tmp_path_factory) -> Path:
    """simple (versions 1 and 2), typed in FP32, and one that does not load."""
    folder = tmp_path_factory.mktemp("repository")
    network(folder / "simple/1/model.onnx")
    network(folder / "simple/2/model.onnx", second="Mul")
    (folder / "simple/config.pbtxt").write_text('max_batch_size: 8\nversion_policy { all { } }\n')
    network(folder / "floats/1/model.onnx", TensorProto.FLOAT)
    (folder / "floats/config.pbtxt").write_text(
        'max_batch_size: 8\noutput [{ name: "OUTPUT0" data_type: TYPE_FP32 dims: [16] label_filename: "labels.txt" },\n'
        '        { name: "OUTPUT1" data_type: TYPE_FP32 dims: [16] }]\n')
    (folder / "floats/labels.txt").write_text("".join(f"label{i}\n" for i in range(16)))
    (folder / "broken/1").mkdir(parents=True)
    (folder / "broken/1/model.onnx").write_bytes(b"nonsense")
    return folder


@pytest.fixture(scope="module")
def model_server(oree, repository):
    """One server for a module's tests, which do not change what it serves."""
    server = ModelServer(oree, repository).wait_until_ready()
    yield server
    server.stop()


@pytest.fixture
def serve(oree):
    """serve(repository, *words) starts a server of the test's own."""
    started = []

    def start(folder, *words):
        started.append(ModelServer(oree, folder, *words))
        return started[-1].wait_until_ready()

    yield start
    for server in started:
        server.stop()


@pytest.fixture(scope="package")
def triton(root, repository, tmp_path_factory):
    """Triton itself with its `simple`, installed when first asked for: `urls` and `grpc`."""
    sys.path.insert(0, str(root / "bench/servers"))
    import rivals
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with open(tmp_path_factory.mktemp("triton") / "log", "w") as log:
        server = rivals.start("triton", repository, port, log)
    if server is None:
        pytest.skip("no Triton: its package could not be installed or does not start here")
    yield server
    server.stop()


@pytest.fixture(scope="package")
def beside_triton(oree, tmp_path_factory):
    """`oree serve` with the same model in the same mode."""
    folder = tmp_path_factory.mktemp("beside")
    network(folder / "simple/1/model.onnx")
    (folder / "simple/config.pbtxt").write_text("max_batch_size: 8\n")
    server = ModelServer(oree, folder, "--mode", "none").wait_until_ready()
    yield server
    server.stop()


@pytest.fixture
def region_beside():
    """A POSIX shared-memory object that both may use: two rows of numbers, then room."""
    path = Path("/dev/shm/oree-beside")
    path.write_bytes(b"".join(number.to_bytes(4, "little") for number in range(16)) * 2 + bytes(4096))
    yield
    path.unlink()
