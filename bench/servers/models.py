"""The repository that every measured server serves, and what it is asked."""
import json
import struct
import sys
from pathlib import Path

import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
import make_models  # noqa: E402

SIDE = 224


def simple(path, batch="b"):
    """Triton's example: the sum and the difference of two rows of sixteen numbers."""
    def port(name):
        return helper.make_tensor_value_info(name, TensorProto.INT32, [batch, 16])
    graph = helper.make_graph(
        [helper.make_node("Add", ["INPUT0", "INPUT1"], ["OUTPUT0"]),
         helper.make_node("Sub", ["INPUT0", "INPUT1"], ["OUTPUT1"])],
        "simple", [port("INPUT0"), port("INPUT1")], [port("OUTPUT0"), port("OUTPUT1")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), path)


def repository(folder):
    """simple, simple_batched (coalesces), simple_single (does not) and mnv2, as Triton lays them out."""
    for name, config in (("simple", "max_batch_size: 8\n"),
                         ("simple_batched", "max_batch_size: 64\ndynamic_batching { }\n"),
                         ("simple_single", "max_batch_size: 64\n")):
        (folder / name / "1").mkdir(parents=True)
        simple(folder / name / "1/model.onnx")
        (folder / name / "config.pbtxt").write_text(f'name: "{name}"\nplatform: "onnxruntime_onnx"\n{config}')
    (folder / "mnv2/1").mkdir(parents=True)
    make_models.mobilenet_v2(1.0, 1000, str(folder / "mnv2/1/model.onnx"))
    return folder


def convolutions(folder):
    """`work`: a kilobyte-sized question that takes some milliseconds."""
    (folder / "work/1").mkdir(parents=True)
    dice, nodes, weights, channels, last = np.random.default_rng(0), [], [], 1, "INPUT0"
    for layer in range(5):
        weights.append(numpy_helper.from_array((0.05 * dice.standard_normal((64, channels, 3, 3))).astype(np.float32), f"w{layer}"))
        nodes.append(helper.make_node("Conv", [last, f"w{layer}"], [f"c{layer}"], pads=[1, 1, 1, 1]))
        nodes.append(helper.make_node("Relu", [f"c{layer}"], [f"r{layer}"]))
        channels, last = 64, f"r{layer}"
    nodes.append(helper.make_node("GlobalAveragePool", [last], ["OUTPUT0"]))
    graph = helper.make_graph(nodes, "work", [helper.make_tensor_value_info("INPUT0", TensorProto.FLOAT, ["b", 1, 32, 32])],
                              [helper.make_tensor_value_info("OUTPUT0", TensorProto.FLOAT, ["b", 64, 1, 1])], weights)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8), folder / "work/1/model.onnx")
    return folder


def numbers():
    return np.arange(16, dtype=np.int32), np.ones(16, dtype=np.int32)


def picture():
    return np.random.default_rng(1).random((1, 3, SIDE, SIDE), dtype=np.float32)


def as_json(tensors):
    types = {np.dtype("int32"): "INT32", np.dtype("float32"): "FP32"}
    return json.dumps({"inputs": [{"name": name, "shape": list(array.shape), "datatype": types[array.dtype],
                                   "data": array.ravel().tolist()} for name, array in tensors.items()]}).encode()


def as_binary(tensors):
    """The body and the length of its JSON."""
    types = {np.dtype("int32"): "INT32", np.dtype("float32"): "FP32"}
    head = json.dumps({"inputs": [{"name": name, "shape": list(array.shape), "datatype": types[array.dtype],
                                   "parameters": {"binary_data_size": array.nbytes}} for name, array in tensors.items()],
                       "parameters": {"binary_data_output": True}}, separators=(",", ":")).encode()
    return head + b"".join(array.tobytes() for array in tensors.values()), len(head)


def varint(number):
    out = b""
    while number > 127:
        out += bytes([number & 127 | 128])
        number >>= 7
    return out + bytes([number])


def field(number, payload):
    return varint(number << 3 | 2) + varint(len(payload)) + payload


def as_grpc(model, tensors):
    """A ModelInferRequest with raw contents, framed as gRPC frames it."""
    types = {np.dtype("int32"): b"INT32", np.dtype("float32"): b"FP32"}
    message = field(1, model.encode())
    for name, array in tensors.items():
        shape = b"".join(varint(dim) for dim in array.shape)
        message += field(5, field(1, name.encode()) + field(2, types[array.dtype]) + field(3, shape))
    for array in tensors.values():
        message += field(7, array.tobytes())
    return b"\0" + struct.pack(">I", len(message)) + message


def questions(folder):
    """Bodies as files, by name, with the fields that go with each."""
    first, second = numbers()
    pair = {"INPUT0": first.reshape(1, 16), "INPUT1": second.reshape(1, 16)}
    image = {"input": picture()}
    found = {}
    for name, body, head in (("simple.json", as_json(pair), None), ("mnv2.json", as_json(image), None),
                             ("simple.bin", *as_binary(pair)), ("mnv2.bin", *as_binary(image)),
                             ("simple.grpc", as_grpc("simple", pair), None), ("mnv2.grpc", as_grpc("mnv2", image), None),
                             ("rows.json", json.dumps({"instances": [{"INPUT0": first.tolist(), "INPUT1": second.tolist()}]})
                              .encode(), None)):
        (folder / name).write_bytes(body)
        found[name] = {"file": folder / name, "head": head}
    return found
