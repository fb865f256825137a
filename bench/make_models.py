"""Makes the models that the measurements need and nobody may ship: MobileNetV2 of any width, with random weights.

Speed and size depend on the shapes alone. Width 1.0 is the 14 MB classifier of the figures; width 0.35 with two
classes is as large as the classifiers VIO brings (2.1 MB).
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper

# Expansion, channels, repeats, stride: the table of Sandler et al., "MobileNetV2", CVPR 2018.
BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]


def rounded(channels: float) -> int:
    """To a multiple of eight, never losing more than a tenth."""
    new = max(8, int(channels + 4) // 8 * 8)
    return new + 8 if new < 0.9 * channels else new


class Graph:
    def __init__(self, seed: int):
        self.random = np.random.default_rng(seed)
        self.nodes, self.weights, self.count = [], [], 0

    def add(self, kind, inputs, **attributes) -> str:
        self.count += 1
        out = f"t{self.count}"
        self.nodes.append(helper.make_node(kind, inputs, [out], **attributes))
        return out

    def weight(self, *shape) -> str:
        self.count += 1
        fan_in = int(np.prod(shape[1:])) or 1
        values = self.random.normal(0, (2 / fan_in) ** 0.5, shape).astype(np.float32)
        self.weights.append(numpy_helper.from_array(values, f"w{self.count}"))
        return f"w{self.count}"

    def convolution(self, x, inputs, outputs, kernel, stride=1, groups=1, activate=True):
        pad = kernel // 2
        x = self.add("Conv", [x, self.weight(outputs, inputs // groups, kernel, kernel), self.weight(outputs)],
                     strides=[stride] * 2, pads=[pad] * 4, group=groups, kernel_shape=[kernel] * 2)
        if not activate:
            return x
        for name, value in (("zero", 0.0), ("six", 6.0)):
            if all(w.name != name for w in self.weights):
                self.weights.append(numpy_helper.from_array(np.float32(value), name))
        return self.add("Clip", [x, "zero", "six"])


def mobilenet_v2(width: float, classes: int, path: str, last: int = 1280):
    g = Graph(seed=1)
    channels = rounded(32 * width)
    x = g.convolution("input", 3, channels, 3, stride=2)
    for expansion, out, repeats, first_stride in BLOCKS:
        out = rounded(out * width)
        for i in range(repeats):
            stride, inner = first_stride if i == 0 else 1, channels * expansion
            y = g.convolution(x, channels, inner, 1) if expansion > 1 else x
            y = g.convolution(y, inner, inner, 3, stride=stride, groups=inner)
            y = g.convolution(y, inner, out, 1, activate=False)
            x = g.add("Add", [x, y]) if stride == 1 and channels == out else y
            channels = out
    x = g.convolution(x, channels, last, 1)
    x = g.add("Flatten", [g.add("GlobalAveragePool", [x])])
    x = g.add("Gemm", [x, g.weight(last, classes), g.weight(classes)])
    g.nodes.append(helper.make_node("Softmax", [x], ["output"]))
    graph = helper.make_graph(g.nodes, "mobilenet_v2",
                              [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, 3, 224, 224])],
                              [helper.make_tensor_value_info("output", TensorProto.FLOAT, [1, classes])], g.weights)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 13)], ir_version=8)
    onnx.checker.check_model(model)
    onnx.save(model, path)


def dense_autoencoder(rows: int, columns: int, path):
    """[n, rows, columns] → the same, through 64 numbers."""
    random, size = np.random.default_rng(2), rows * columns
    weights = {"down": random.normal(0, 0.05, (size, 64)), "up": random.normal(0, 0.1, (64, size))}
    initial = [numpy_helper.from_array(value.astype(np.float32), name) for name, value in weights.items()]
    initial += [numpy_helper.from_array(np.array([-1, size], dtype=np.int64), "flat"),
                numpy_helper.from_array(np.array([-1, rows, columns], dtype=np.int64), "shaped")]
    nodes = [helper.make_node("Reshape", ["input", "flat"], ["a"]), helper.make_node("MatMul", ["a", "down"], ["b"]),
             helper.make_node("Tanh", ["b"], ["c"]), helper.make_node("MatMul", ["c", "up"], ["d"]),
             helper.make_node("Reshape", ["d", "shaped"], ["output"])]
    shape = ["n", rows, columns]
    graph = helper.make_graph(nodes, "dense", [helper.make_tensor_value_info("input", TensorProto.FLOAT, shape)],
                              [helper.make_tensor_value_info("output", TensorProto.FLOAT, shape)], initial)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), str(path))
