"""Packages of ducks: good ones, such that claim what is not so, and large ones."""
from parts import DUCKS, duck_with

MODEL = DUCKS / "models/ducks/1"


def ducks_package(version, golden="good", padding=0) -> dict:
    """The files of a duck model. Its golden picture shows a good duck; `golden` is what the package claims it shows."""
    files = {
        "model.onnx": (MODEL / "model.onnx").read_bytes(),
        "model.yaml": (MODEL / "model.yaml").read_bytes() + f"# version {version}\n".encode(),
        "golden/one.jpg": duck_with("good").read_bytes(),
        "golden/one.json": b'{"label": "%s"}' % golden.encode(),
    }
    for file in MODEL.iterdir():
        if file.is_file() and file.name not in files:
            files[file.name] = file.read_bytes()
    if padding:
        files["padding.bin"] = bytes(range(256)) * (padding // 256)
    return files


def large_network(megabytes, seed) -> bytes:
    """The network of the ducks and, beside it, random weights of that size which every picture goes through; what it
    answers is the same."""
    import numpy as np
    import onnx
    from onnx import helper, numpy_helper

    model = onnx.load(MODEL / "model.onnx")
    side = int((megabytes * (1 << 20) / 4 / 2) ** 0.5)
    chance = np.random.default_rng(seed)
    weights = {"in": (3, side), "first": (side, side), "second": (side, side), "out": (side, 6)}
    for name, shape in weights.items():
        values = chance.standard_normal(shape, dtype=np.float32) / np.float32(shape[0] ** 0.5)
        model.graph.initializer.append(numpy_helper.from_array(values * np.float32(1e-6 if name == "out" else 1), f"large.{name}"))
    last = model.graph.output[0].name
    for node in model.graph.node:
        node.output[:] = ["ducks" if name == last else name for name in node.output]
    at = "large.mean"
    model.graph.node.append(helper.make_node("ReduceMean", [model.graph.input[0].name], [at], axes=[2, 3], keepdims=0))
    for name in weights:
        model.graph.node.append(helper.make_node("MatMul", [at, f"large.{name}"], [f"large.after_{name}"]))
        at = f"large.after_{name}"
    model.graph.node.append(helper.make_node("Add", ["ducks", at], [last]))
    onnx.checker.check_model(model)
    return model.SerializeToString()
