"""Writes tiny.tflite: int8 CONV_2D 1x1 with ReLU, then RESHAPE; for the tests. Wants the packages flatbuffers, tflite."""
import sys

import flatbuffers
import numpy as np
import tflite

b = flatbuffers.Builder(1024)


def vector(values, dtype):
    return b.CreateNumpyVector(np.array(values, dtype))


def offsets(start, values):
    start(b, len(values))
    for one in reversed(values):
        b.PrependUOffsetTRelative(one)
    return b.EndVector()


def buffer(data=None):
    data = vector(data, np.uint8) if data is not None else None
    tflite.BufferStart(b)
    if data is not None:
        tflite.BufferAddData(b, data)
    return tflite.BufferEnd(b)


def tensor(name, shape, kind, buffer, scales=None, zero_points=None, axis=0):
    name, shape, quantised = b.CreateString(name), vector(shape, np.int32), None
    if scales:
        s, z = vector(scales, np.float32), vector(zero_points, np.int64)
        tflite.QuantizationParametersStart(b)
        tflite.QuantizationParametersAddScale(b, s)
        tflite.QuantizationParametersAddZeroPoint(b, z)
        tflite.QuantizationParametersAddQuantizedDimension(b, axis)
        quantised = tflite.QuantizationParametersEnd(b)
    tflite.TensorStart(b)
    tflite.TensorAddShape(b, shape)
    tflite.TensorAddType(b, kind)
    tflite.TensorAddBuffer(b, buffer)
    tflite.TensorAddName(b, name)
    if quantised:
        tflite.TensorAddQuantization(b, quantised)
    return tflite.TensorEnd(b)


def operator(code, inputs, outputs, kind, options):
    inputs, outputs = vector(inputs, np.int32), vector(outputs, np.int32)
    tflite.OperatorStart(b)
    tflite.OperatorAddOpcodeIndex(b, code)
    tflite.OperatorAddInputs(b, inputs)
    tflite.OperatorAddOutputs(b, outputs)
    tflite.OperatorAddBuiltinOptionsType(b, kind)
    tflite.OperatorAddBuiltinOptions(b, options)
    return tflite.OperatorEnd(b)


def opcode(code):
    tflite.OperatorCodeStart(b)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(b, code)
    tflite.OperatorCodeAddBuiltinCode(b, code)
    tflite.OperatorCodeAddVersion(b, 3)
    return tflite.OperatorCodeEnd(b)


I8, I32 = tflite.TensorType.INT8, tflite.TensorType.INT32
weights = np.arange(-4, 4, dtype=np.int8).view(np.uint8)          # [2, 1, 1, 4]
bias = np.array([10, -10], np.int32).view(np.uint8)
target = np.array([1, 18], np.int32).view(np.uint8)
buffers = [buffer(), buffer(weights), buffer(bias), buffer(target)]
tensors = [tensor("image", [1, 3, 3, 4], I8, 0, [0.5], [-1]),
           tensor("kernel", [2, 1, 1, 4], I8, 1, [0.25, 0.125], [0, 0], 0),
           tensor("bias", [2], I32, 2, [0.125, 0.0625], [0, 0], 0),
           tensor("hidden", [1, 3, 3, 2], I8, 0, [0.75], [-128]),
           tensor("target", [2], I32, 3),
           tensor("scores", [1, 18], I8, 0, [0.75], [-128])]
tflite.Conv2DOptionsStart(b)
tflite.Conv2DOptionsAddPadding(b, tflite.Padding.VALID)
tflite.Conv2DOptionsAddStrideW(b, 1)
tflite.Conv2DOptionsAddStrideH(b, 1)
tflite.Conv2DOptionsAddFusedActivationFunction(b, tflite.ActivationFunctionType.RELU)
conv = tflite.Conv2DOptionsEnd(b)
shape = vector([1, 18], np.int32)
tflite.ReshapeOptionsStart(b)
tflite.ReshapeOptionsAddNewShape(b, shape)
reshape = tflite.ReshapeOptionsEnd(b)
operators = [operator(0, [0, 1, 2], [3], tflite.BuiltinOptions.Conv2DOptions, conv),
             operator(1, [3, 4], [5], tflite.BuiltinOptions.ReshapeOptions, reshape)]
tensors, operators = offsets(tflite.SubGraphStartTensorsVector, tensors), offsets(tflite.SubGraphStartOperatorsVector, operators)
inputs, outputs, name = vector([0], np.int32), vector([5], np.int32), b.CreateString("main")
tflite.SubGraphStart(b)
tflite.SubGraphAddTensors(b, tensors)
tflite.SubGraphAddInputs(b, inputs)
tflite.SubGraphAddOutputs(b, outputs)
tflite.SubGraphAddOperators(b, operators)
tflite.SubGraphAddName(b, name)
graphs = offsets(tflite.ModelStartSubgraphsVector, [tflite.SubGraphEnd(b)])
codes = offsets(tflite.ModelStartOperatorCodesVector, [opcode(3), opcode(22)])
buffers = offsets(tflite.ModelStartBuffersVector, buffers)
description = b.CreateString("a tiny one")
tflite.ModelStart(b)
tflite.ModelAddVersion(b, 3)
tflite.ModelAddOperatorCodes(b, codes)
tflite.ModelAddSubgraphs(b, graphs)
tflite.ModelAddDescription(b, description)
tflite.ModelAddBuffers(b, buffers)
b.Finish(tflite.ModelEnd(b), b"TFL3")
open(sys.argv[1], "wb").write(bytes(b.Output()))
