"""Writes add.tflite and widen.tflite for the tests of what reads .tflite. Wants the packages flatbuffers, tflite.

usage: make_models.py FOLDER
"""
import pathlib
import sys

import flatbuffers
import numpy as np
import tflite


def vector(b, values, dtype):
    return b.CreateNumpyVector(np.array(values, dtype))


def offsets(b, start, values):
    start(b, len(values))
    for one in reversed(values):
        b.PrependUOffsetTRelative(one)
    return b.EndVector()


def tensor(b, name, shape, signature, kind):
    name, shape = b.CreateString(name), vector(b, shape, np.int32)
    signature = vector(b, signature, np.int32) if signature else None
    tflite.TensorStart(b)
    tflite.TensorAddShape(b, shape)
    tflite.TensorAddType(b, kind)
    tflite.TensorAddBuffer(b, 0)
    tflite.TensorAddName(b, name)
    if signature is not None:
        tflite.TensorAddShapeSignature(b, signature)
    return tflite.TensorEnd(b)


def network(tensors, code, inputs, outputs, options):
    """One operator from the first tensors to the last one. `options(b)` makes its kind and its options."""
    b = flatbuffers.Builder(1024)
    tflite.BufferStart(b)
    empty = tflite.BufferEnd(b)
    made = [tensor(b, *one) for one in tensors]
    kind, table = options(b)
    takes, gives = vector(b, inputs, np.int32), vector(b, outputs, np.int32)
    tflite.OperatorStart(b)
    tflite.OperatorAddOpcodeIndex(b, 0)
    tflite.OperatorAddInputs(b, takes)
    tflite.OperatorAddOutputs(b, gives)
    tflite.OperatorAddBuiltinOptionsType(b, kind)
    tflite.OperatorAddBuiltinOptions(b, table)
    operator = tflite.OperatorEnd(b)
    tflite.OperatorCodeStart(b)
    tflite.OperatorCodeAddDeprecatedBuiltinCode(b, code)
    tflite.OperatorCodeAddBuiltinCode(b, code)
    tflite.OperatorCodeAddVersion(b, 1)
    opcode = tflite.OperatorCodeEnd(b)
    made = offsets(b, tflite.SubGraphStartTensorsVector, made)
    operators = offsets(b, tflite.SubGraphStartOperatorsVector, [operator])
    takes, gives, name = vector(b, inputs, np.int32), vector(b, outputs, np.int32), b.CreateString("main")
    tflite.SubGraphStart(b)
    tflite.SubGraphAddTensors(b, made)
    tflite.SubGraphAddInputs(b, takes)
    tflite.SubGraphAddOutputs(b, gives)
    tflite.SubGraphAddOperators(b, operators)
    tflite.SubGraphAddName(b, name)
    graphs = offsets(b, tflite.ModelStartSubgraphsVector, [tflite.SubGraphEnd(b)])
    codes = offsets(b, tflite.ModelStartOperatorCodesVector, [opcode])
    buffers = offsets(b, tflite.ModelStartBuffersVector, [empty])
    tflite.ModelStart(b)
    tflite.ModelAddVersion(b, 3)
    tflite.ModelAddOperatorCodes(b, codes)
    tflite.ModelAddSubgraphs(b, graphs)
    tflite.ModelAddBuffers(b, buffers)
    b.Finish(tflite.ModelEnd(b), b"TFL3")
    return bytes(b.Output())


def add_options(b):
    tflite.AddOptionsStart(b)
    return tflite.BuiltinOptions.AddOptions, tflite.AddOptionsEnd(b)


def cast_options(b):
    tflite.CastOptionsStart(b)
    tflite.CastOptionsAddInDataType(b, tflite.TensorType.UINT8)
    tflite.CastOptionsAddOutDataType(b, tflite.TensorType.FLOAT32)
    return tflite.BuiltinOptions.CastOptions, tflite.CastOptionsEnd(b)


F32, U8 = tflite.TensorType.FLOAT32, tflite.TensorType.UINT8
folder = pathlib.Path(sys.argv[1])
open_batch = ([1, 3], [-1, 3], F32)
(folder / "add.tflite").write_bytes(
    network([("a", *open_batch), ("b", *open_batch), ("sum", *open_batch)], 0, [0, 1], [2], add_options))
(folder / "widen.tflite").write_bytes(
    network([("x", [2, 2], None, U8), ("y", [2, 2], None, F32)], 53, [0], [1], cast_options))
