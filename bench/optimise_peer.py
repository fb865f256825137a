"""Quantises a network with ONNX Runtime's own quantiser over arrays of samples: peer.py MODEL INPUTS.npy OUT default|u8s8"""
import resource, sys, time
import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
model, inputs, out, recipe = sys.argv[1:]
name = onnx.load(model, load_external_data=False).graph.input[0].name
class Reader(CalibrationDataReader):
    def __init__(self): self.rows = iter(np.load(inputs))
    def get_next(self):
        row = next(self.rows, None)
        return None if row is None else {name: row[None]}
options = {} if recipe == "default" else dict(per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
quantize_static(model, out, Reader(), **options)
used = resource.getrusage(resource.RUSAGE_SELF)
print(f"{recipe}: {used.ru_utime + used.ru_stime:.1f} CPU s, {used.ru_maxrss / 1024:.0f} MB")
