"""`oree serve` as a process, on ports of its own, with a repository of tiny networks."""
import os
import re
import subprocess
import time
import urllib.request
from pathlib import Path

import onnx
import pytest
from onnx import TensorProto, helper


def network(path, kind=TensorProto.INT32, batch="b", second="Sub"):
    """Two rows of sixteen in, their sum and their difference out: Triton's `simple`."""
    def port(name):
        return helper.make_tensor_value_info(name, kind, [batch, 16])
    graph = helper.make_graph([helper.make_node("Add", ["INPUT0", "INPUT1"], ["OUTPUT0"]),
                               helper.make_node(second, ["INPUT0", "INPUT1"], ["OUTPUT1"])], "simple",
                              [port("INPUT0"), port("INPUT1")], [port("OUTPUT0"), port("OUTPUT1")])
    Path(path).parent.mkdir(parents=True, exist_ok=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


class ModelServer:
    """Reads its addresses from what it prints; stops with the test."""

    def __init__(self, oree, repository, log, *words):
        self.log = log
        self.process = subprocess.Popen([str(oree), "serve", "--repo", str(repository), "--listen", "127.0.0.1:0", "--grpc",
                                         "127.0.0.1:0", *words], stdout=subprocess.PIPE, stderr=open(log, "w"), text=True)
        self.url = re.fullmatch(r"listening on (\S+)", self._line())[1]
        self.grpc = None if "off" in words else re.fullmatch(r"gRPC on (\S+)", self._line())[1]
        self.http = self.url.removeprefix("http://")
        self.wait_until_ready()

    def _line(self):
        line = self.process.stdout.readline().strip()
        assert line, f"oree serve said nothing: {Path(self.log).read_text()}"
        return line

    def wait_until_ready(self, seconds=60):
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            try:
                if urllib.request.urlopen(f"{self.url}/v2/health/ready", timeout=5).status == 200:
                    return
            except urllib.error.HTTPError:
                pass
            time.sleep(0.01)
        pytest.fail(f"not ready after {seconds} s: {Path(self.log).read_text()}")

    def stop(self):
        self.process.terminate()
        self.process.wait(30)


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
def model_server(oree, repository, tmp_path_factory):
    """One server for a module's tests, which do not change what it serves."""
    server = ModelServer(oree, repository, tmp_path_factory.mktemp("serve") / "serve.log")
    yield server
    server.stop()


@pytest.fixture
def serve(oree, tmp_path):
    """serve(repository, *words) starts a server of the test's own."""
    started = []

    def start(folder, *words):
        started.append(ModelServer(oree, folder, tmp_path / f"serve{len(started)}.log", *words))
        return started[-1]

    yield start
    for server in started:
        server.stop()
