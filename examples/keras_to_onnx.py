"""Writes a small Keras network as ONNX: batch normalisation folded, explicit pads, NCHW.

Only the layers the examples use are known. Written by hand because the graph then holds
nothing but Conv, Relu, Add and their like, which every runtime and optimiser understands.
"""
import numpy as np
from onnx import TensorProto, checker, helper, numpy_helper, save, shape_inference

OPSET = 13


class _Writer:
    def __init__(self):
        self.nodes, self.weights = [], []

    def weight(self, name, value):
        kept = np.ascontiguousarray(value, np.int64 if value.dtype == np.int64 else np.float32)
        self.weights.append(numpy_helper.from_array(kept, name))
        return name

    def node(self, op, inputs, output, **attributes):
        self.nodes.append(helper.make_node(op, inputs, [output], name=output, **attributes))


def _same_pads(size, kernel, stride):
    """Keras "same" padding as explicit [begin, end]; the extra pixel goes to the end."""
    total = max((-(-size // stride) - 1) * stride + kernel - size, 0)
    return total // 2, total - total // 2


def _consumers(model):
    """How many layers read each layer's output."""
    count = {}
    for layer in model.layers:
        for source in _sources(layer):
            count[source] = count.get(source, 0) + 1
    return count


def _sources(layer):
    """Names of the layers that feed a layer."""
    if type(layer).__name__ == "InputLayer":
        return []
    return [t._keras_history.operation.name for t in layer._inbound_nodes[0].input_tensors]


def _following_norm(model, layer):
    """The batch normalisation that can be folded into a convolution, or None."""
    if _consumers(model).get(layer.name) != 1:
        return None
    for other in model.layers:
        if _sources(other) == [layer.name]:
            return other if type(other).__name__ == "BatchNormalization" else None
    return None


def _conv(w, model, layer, source, depthwise):
    kernel = np.array(layer.get_weights()[0])
    kernel = kernel.transpose(2, 3, 0, 1) if depthwise else kernel.transpose(3, 2, 0, 1)
    bias = np.array(layer.get_weights()[1]) if layer.use_bias else np.zeros(kernel.shape[0], np.float32)
    norm = _following_norm(model, layer)
    if norm is not None:
        gamma, beta, mean, variance = [np.array(v) for v in norm.get_weights()]
        gain = gamma / np.sqrt(variance + norm.epsilon)
        kernel, bias = kernel * gain[:, None, None, None], (bias - mean) * gain + beta
    stride, dilation = layer.strides, layer.dilation_rate
    height, width = layer.input.shape[1:3]
    k = [(layer.kernel_size[i] - 1) * dilation[i] + 1 for i in (0, 1)]
    rows, columns = _same_pads(height, k[0], stride[0]), _same_pads(width, k[1], stride[1])
    w.node("Conv", [source, w.weight(layer.name + ".w", kernel), w.weight(layer.name + ".b", bias)], layer.name,
           kernel_shape=list(layer.kernel_size), strides=list(stride), dilations=list(dilation),
           pads=[rows[0], columns[0], rows[1], columns[1]], group=kernel.shape[0] if depthwise else 1)
    return norm


def _emit(w, model, layer, tensor, folded):
    """Adds one layer; `tensor` maps layer names to the ONNX values that hold their outputs."""
    kind, inputs = type(layer).__name__, [tensor[s] for s in _sources(layer)]
    tensor[layer.name] = layer.name
    if kind in ("Conv2D", "DepthwiseConv2D"):
        norm = _conv(w, model, layer, inputs[0], kind == "DepthwiseConv2D")
        if norm is not None:
            folded.add(norm.name)
    elif kind == "BatchNormalization" and layer.name in folded or kind in ("Dropout", "SpatialDropout2D"):
        tensor[layer.name] = inputs[0]
    elif kind == "ReLU":
        w.node("Relu", inputs, layer.name)
    elif kind == "Add":
        w.node("Add", inputs, layer.name)
    elif kind == "Concatenate":
        w.node("Concat", inputs, layer.name, axis=1)
    elif kind in ("GlobalAveragePooling2D", "GlobalMaxPooling2D"):
        op = "GlobalAveragePool" if "Average" in kind else "GlobalMaxPool"
        w.node(op, inputs, layer.name + ".pool")
        w.node("Flatten", [layer.name + ".pool"], layer.name, axis=1)
    elif kind == "UpSampling2D":
        scales = w.weight(layer.name + ".scales", np.array([1, 1, *layer.size], np.float32))
        w.node("Resize", [inputs[0], "", scales], layer.name, mode="nearest",
               coordinate_transformation_mode="asymmetric", nearest_mode="floor")
    elif kind == "Dense":
        kernel, bias = layer.get_weights()
        w.node("Gemm", [inputs[0], w.weight(layer.name + ".w", kernel), w.weight(layer.name + ".b", bias)], layer.name)
    else:
        raise SystemExit(f"keras_to_onnx: layer {layer.name} of kind {kind} is not known")


def export(model, path, output_name="output"):
    """Writes `model` (one NHWC input, one output) to `path`; the ONNX input is NCHW, batch 1."""
    height, width, channels = model.input.shape[1:]
    w, tensor, folded = _Writer(), {}, set()
    for layer in model.layers:
        if type(layer).__name__ == "InputLayer":
            tensor[layer.name] = "input"
        else:
            _emit(w, model, layer, tensor, folded)
    last = tensor[model.layers[-1].name]
    for node in w.nodes:
        node.output[0] = output_name if node.output[0] == last else node.output[0]
    shape = model.output.shape[1:]
    shape = [1, *shape] if len(shape) == 1 else [1, shape[2], shape[0], shape[1]]
    graph = helper.make_graph(
        w.nodes, "network", [helper.make_tensor_value_info("input", TensorProto.FLOAT, [1, channels, height, width])],
        [helper.make_tensor_value_info(output_name, TensorProto.FLOAT, shape)], w.weights)
    written = helper.make_model(graph, opset_imports=[helper.make_opsetid("", OPSET)], producer_name="oree-examples")
    written.ir_version = 8
    written = shape_inference.infer_shapes(written, strict_mode=True)
    checker.check_model(written, full_check=True)
    save(written, path)
