"""A running `oree serve` on a free port, and small networks in Triton's layout for it."""
import re
import signal
import subprocess
import threading
import time
import urllib.error
import urllib.request

import numpy
from onnx import TensorProto, helper, save_model

LISTENING = re.compile(r"listening on (https?://(\S+?))/?$")
GRPC = re.compile(r"gRPC on (\S+)$")
START_SECONDS = 60


class ModelServer:
    """`oree serve` on ports of its own, once it listens: `url`, `address` (without the scheme) and `grpc` (None when it is
    off). What it prints is kept in `lines`."""

    def __init__(self, binary, repository, *arguments):
        words = [binary, "serve", "--repo", repository, "--listen", "127.0.0.1:0", "--grpc", "127.0.0.1:0", *arguments]
        self.lines = []
        self.url = self.address = self.grpc = None
        self._listens = threading.Event()
        self.process = subprocess.Popen(
            [str(word) for word in words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        )
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        self._listens.wait(START_SECONDS)
        if self.grpc is None:
            self.stop()
            raise AssertionError("oree serve does not listen:\n" + self.said())

    def _read(self):
        for line in self.process.stdout:
            self.lines.append(line)
            if match := LISTENING.search(line):
                self.url, self.address = match[1], match[2]
            if match := GRPC.search(line):
                self.grpc = match[1]
                self._listens.set()
        self._listens.set()

    def said(self):
        return "".join(self.lines)

    def wait_until_ready(self):
        end = time.monotonic() + START_SECONDS
        while True:
            try:
                if urllib.request.urlopen(f"{self.url}/v2/health/ready", timeout=5).status == 200:
                    return self
            except urllib.error.HTTPError:
                pass
            assert time.monotonic() < end, f"not ready: {self.said()}"
            time.sleep(0.01)

    def stop(self):
        if self.process.poll() is None:
            self.process.send_signal(signal.SIGTERM)
        status = self.process.wait(30)
        self._reader.join(5)
        return status


def network(folder, name, inputs, outputs, nodes, config=None):
    """inputs and outputs: (name, TensorProto type, shape) each; the graph under folder/name/1."""
    version = folder / name / "1"
    version.mkdir(parents=True)
    infos = [[helper.make_tensor_value_info(*each) for each in side] for side in (inputs, outputs)]
    graph = helper.make_graph(nodes, name, *infos)
    save_model(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), version / "model.onnx")
    if config:
        (folder / name / "config.pbtxt").write_text(config)


def simple(folder):
    """Triton's example: the sum and the difference of two rows of 16."""
    shape = ["batch", 16]
    network(
        folder,
        "simple",
        [("INPUT0", TensorProto.INT32, shape), ("INPUT1", TensorProto.INT32, shape)],
        [("OUTPUT0", TensorProto.INT32, shape), ("OUTPUT1", TensorProto.INT32, shape)],
        [helper.make_node("Add", ["INPUT0", "INPUT1"], ["OUTPUT0"]), helper.make_node("Sub", ["INPUT0", "INPUT1"], ["OUTPUT1"])],
        'platform: "onnxruntime_onnx"\nmax_batch_size: 8\n',
    )


ECHOED = {
    "BOOL": TensorProto.BOOL,
    "UINT8": TensorProto.UINT8,
    "INT8": TensorProto.INT8,
    "INT64": TensorProto.INT64,
    "FP16": TensorProto.FLOAT16,
    "FP32": TensorProto.FLOAT,
    "FP64": TensorProto.DOUBLE,
    "BYTES": TensorProto.STRING,
}


def echo(folder, datatype):
    """y = x, of any length."""
    kind = ECHOED[datatype]
    node = helper.make_node("Identity", ["x"], ["y"])
    said = "TYPE_STRING" if datatype == "BYTES" else f"TYPE_{datatype}"
    config = "".join(f'{part} [ {{ name: "{name}" data_type: {said} dims: [ -1 ] }} ]\n' for part, name in (("input", "x"), ("output", "y")))
    network(folder, f"echo_{datatype.lower()}", [("x", kind, ["n"])], [("y", kind, ["n"])], [node], config)


def classes(folder):
    """y = x as scores of four classes that have names."""
    network(
        folder,
        "classes",
        [("x", TensorProto.FLOAT, ["batch", 4])],
        [("y", TensorProto.FLOAT, ["batch", 4])],
        [helper.make_node("Identity", ["x"], ["y"])],
        'platform: "onnxruntime_onnx"\nmax_batch_size: 4\n'
        'output [ { name: "y" data_type: TYPE_FP32 dims: [ 4 ] label_filename: "labels.txt" } ]\n',
    )
    (folder / "classes" / "labels.txt").write_text("cat\ndog\ncow\nduck\n")


def rows():
    return numpy.arange(16, dtype=numpy.int32).reshape(1, 16), numpy.full((1, 16), 3, numpy.int32)
