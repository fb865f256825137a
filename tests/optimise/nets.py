"""Networks and samples for the tests of oree optimise, good ones and bad ones."""
import csv
import json
import subprocess

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

MFCC_SCALE, MFCC_ZERO = 0.584703, 83


def oree_optimise(oree, *words, timeout=150, code=0):
    """What `oree optimise … --json` printed, as a value; with another code expected, what it said on stderr."""
    done = subprocess.run([str(oree), "optimise", *map(str, words)], capture_output=True, text=True, timeout=timeout,
                          stdin=subprocess.DEVNULL)
    assert done.returncode == code, f"exit {done.returncode}: {done.stderr}{done.stdout[-400:]}"
    return json.loads(done.stdout) if code == 0 else done.stderr


def keywords(shared_data, folder, most=500):
    """The 500 labelled keywords as arrays of samples."""
    source = shared_data / "mlperf-tiny"
    raw = np.fromfile(source / "kws01_int8_inputs_500x490.bin", "i1").reshape(-1, 49, 10, 1)[:most]
    with open(source / "kws01_y_labels.csv", newline="") as file:
        labels = [int(row[2]) for row in csv.reader(file)][: len(raw)]
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "inputs.npy", ((raw.astype("f4") - MFCC_ZERO) * MFCC_SCALE).astype("<f4"))
    np.save(folder / "labels.npy", np.array(labels, "u1"))
    return folder


def small_net(file, *, opset=17, nan=False, huge=False, channels=8, external=None, spread=1.0):
    """conv → relu → conv → relu → mean → gemm, 4 classes; x is [1,4,6,6]."""
    random = np.random.default_rng(5)
    first = random.normal(0, 0.3, (channels, 4, 3, 3)).astype("f4")
    first[0] *= spread
    if nan:
        first[1, 2, 0, 0] = np.nan
    second = random.normal(0, 0.3, (channels, channels, 3, 3)).astype("f4")
    last = random.normal(0, 0.5, (4, channels)).astype("f4")
    size = 1 << 16 if huge else 6
    nodes = [helper.make_node("Conv", ["x", "w1"], ["a"], "first", pads=[1, 1, 1, 1]), helper.make_node("Relu", ["a"], ["b"]),
             helper.make_node("Conv", ["b", "w2"], ["c"], "second", pads=[1, 1, 1, 1]), helper.make_node("Relu", ["c"], ["d"]),
             helper.make_node("GlobalAveragePool", ["d"], ["e"]), helper.make_node("Flatten", ["e"], ["f"]),
             helper.make_node("Gemm", ["f", "w3"], ["y"], "last", transB=1)]
    graph = helper.make_graph(nodes, "small", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4, size, size])],
                              [helper.make_tensor_value_info("y", TensorProto.FLOAT, [1, 4])],
                              [numpy_helper.from_array(a, n) for a, n in ((first, "w1"), (second, "w2"), (last, "w3"))])
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", opset)], ir_version=8)
    if external:
        tensor = model.graph.initializer[0]
        tensor.ClearField("raw_data")
        tensor.data_location = TensorProto.EXTERNAL
        for key, value in (("location", external), ("offset", "0"), ("length", str(first.nbytes))):
            tensor.external_data.add(key=key, value=value)
    file.write_bytes(model.SerializeToString())
    return file


def small_samples(folder, count=120, seed=1):
    folder.mkdir(parents=True, exist_ok=True)
    np.save(folder / "inputs.npy", np.random.default_rng(seed).normal(0, 1, (count, 4, 6, 6)).astype("<f4"))
    return folder


def cyclic(file):
    graph = helper.make_graph([helper.make_node("Add", ["x", "b"], ["a"], "one"), helper.make_node("Relu", ["a"], ["b"], "two")], "ring",
                              [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, 4])],
                              [helper.make_tensor_value_info("b", TensorProto.FLOAT, [1, 4])])
    file.write_bytes(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8).SerializeToString())
    return file


# name → (how to write it, a word that the refusal must hold)
BAD = {
    "empty": (lambda file: file.write_bytes(b""), "bad.onnx"),
    "noise": (lambda file: file.write_bytes(bytes(range(256)) * 3), "bad.onnx"),
    "truncated": (lambda file: file.write_bytes(small_net(file).read_bytes()[:700]), "bad.onnx"),
    "cyclic": (cyclic, "circle"),
    "leads out": (lambda file: small_net(file, external="../../../../etc/passwd"), "bad.onnx"),
    "absolute": (lambda file: small_net(file, external="/etc/passwd"), "bad.onnx"),
    "nan": (lambda file: small_net(file, nan=True), "NaN"),
    "too large": (lambda file: small_net(file, huge=True), "large"),
    "missing": (lambda file: None, "bad.onnx"),
}


def write_bad(kind, folder):
    file = folder / "bad.onnx"
    BAD[kind][0](file)
    return file, BAD[kind][1]
