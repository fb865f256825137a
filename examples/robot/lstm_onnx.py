"""Writes the two files of an LSTM auto-encoder: the scaler and the network, node by node.

Written by hand rather than exported, so that each network is the same few native LSTM nodes whichever library
trained it. An LSTM's weights come as (kernel [4h, in], recurrent [4h, h], bias [4h]) with the gates in the order
i, f, g, o (torch's and Keras'); ONNX wants i, o, f, c.
"""
import numpy as np
import onnx
from onnx import TensorProto, helper, numpy_helper


def to_onnx_gates(rows):
    i, f, g, o = np.split(rows, 4, axis=0)
    return np.concatenate([i, o, f, g], axis=0)


class Graph:
    """Nodes and constants; `half` stores constants as float16 and casts them when the file is loaded."""

    def __init__(self, half=False):
        self.nodes, self.constants, self.half = [], [], half

    def constant(self, name, values):
        values = np.asarray(values)
        if self.half and values.dtype == np.float32 and values.size > 64:
            self.constants.append(numpy_helper.from_array(values.astype(np.float16), name + "_half"))
            self.node("Cast", [name + "_half"], [name], to=TensorProto.FLOAT)
        else:
            self.constants.append(numpy_helper.from_array(values, name))
        return name

    def node(self, op, inputs, outputs, **attributes):
        self.nodes.append(helper.make_node(op, inputs, outputs, **attributes))
        return outputs[0]

    def lstm(self, name, x, weights, activation, sequence):
        """x is [steps, batch, features]; gives [steps, batch, h] or, without `sequence`, [batch, h]."""
        kernel, recurrent, bias = (np.asarray(w, np.float32) for w in weights)
        hidden = recurrent.shape[1]
        bias = np.concatenate([to_onnx_gates(bias), np.zeros(4 * hidden, np.float32)])
        parts = [self.constant(name + "_w", to_onnx_gates(kernel)[None]),
                 self.constant(name + "_r", to_onnx_gates(recurrent)[None]),
                 self.constant(name + "_b", bias[None])]
        self.node("LSTM", [x] + parts, [name + "_y", name + "_h"], hidden_size=hidden,
                  activations=["Sigmoid", activation, activation])
        axis = self.constant(name + "_axis", np.array([1 if sequence else 0], np.int64))
        return self.node("Squeeze", [name + ("_y" if sequence else "_h"), axis], [name + "_out"])

    def save(self, path, inputs, outputs, domains=()):
        def values(specs):
            return [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in specs]

        graph = helper.make_graph(self.nodes, "oree", values(inputs), values(outputs), self.constants)
        opsets = [helper.make_opsetid("", 17)] + [helper.make_opsetid(d, v) for d, v in domains]
        model = helper.make_model(graph, opset_imports=opsets, producer_name="oree")
        model.ir_version = 8
        onnx.checker.check_model(model)
        onnx.save(model, path)


def write_scaler(path, mean, deviation):
    """(x - mean) / deviation, as scikit-learn's StandardScaler is converted: one ai.onnx.ml Scaler."""
    graph = Graph()
    graph.nodes.append(helper.make_node("Scaler", ["X"], ["variable"], domain="ai.onnx.ml",
                                        offset=[float(v) for v in mean],
                                        scale=[float(1 / v) for v in deviation]))
    n = len(mean)
    graph.save(path, [("X", [None, n])], [("variable", [None, n])], domains=[("ai.onnx.ml", 1)])


def write_autoencoder(path, layers, dense, steps, activation, half=False):
    """layers: the weights of four LSTMs (encoder, encoder, decoder, decoder); dense: (kernel [4, h], bias [4])."""
    graph = Graph(half)
    features = np.asarray(dense[0]).shape[0]
    x = graph.node("Transpose", ["input"], ["steps_first"], perm=[1, 0, 2])
    x = graph.lstm("encode_1", x, layers[0], activation, sequence=True)
    x = graph.lstm("encode_2", x, layers[1], activation, sequence=False)
    axis = graph.constant("front", np.array([0], np.int64))
    x = graph.node("Unsqueeze", [x, axis], ["code"])
    repeats = graph.constant("repeats", np.array([steps, 1, 1], np.int64))
    x = graph.node("Tile", [x, repeats], ["repeated"])
    x = graph.lstm("decode_1", x, layers[2], activation, sequence=True)
    x = graph.lstm("decode_2", x, layers[3], activation, sequence=True)
    x = graph.node("Transpose", [x], ["batch_first"], perm=[1, 0, 2])
    kernel = graph.constant("dense_w", np.asarray(dense[0], np.float32).T)
    x = graph.node("MatMul", [x, kernel], ["dense"])
    bias = graph.constant("dense_b", np.asarray(dense[1], np.float32))
    graph.node("Add", [x, bias], ["output"])
    shape = [None, steps, features]
    graph.save(path, [("input", shape)], [("output", shape)])
