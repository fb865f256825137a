"""Quantises a network with somebody else's tool, in that tool's own environment.

usage: quantise.py TOOL RECIPE MODEL.onnx CALIBRATION.npy OUT.onnx     e.g. ort u8s8, nncf mixed

Prints one line of JSON: the peak of resident memory, and the quantiser's version. Its exit code is the tool's.
"""
import json
import sys
from pathlib import Path

import numpy


def input_name(model: str) -> str:
    import onnx

    graph = onnx.load(model, load_external_data=False).graph
    weights = {one.name for one in graph.initializer}
    return next(one.name for one in graph.input if one.name not in weights)


def rows(file: str):
    """One sample after the other, never all of them: what a quantiser holds is then its own doing."""
    samples = numpy.load(file, mmap_mode="r")
    for i in range(len(samples)):
        yield numpy.array(samples[i : i + 1])


def onnxruntime(recipe: str, model: str, calibration: str, out: str):
    from onnxruntime.quantization import CalibrationDataReader, QuantType, quantize_static
    from onnxruntime.quantization.shape_inference import quant_pre_process

    name = input_name(model)

    class Reader(CalibrationDataReader):
        def __init__(self):
            self.rows = rows(calibration)

        def get_next(self):
            row = next(self.rows, None)
            return None if row is None else {name: row}

    options = {} if recipe == "default" else dict(per_channel=True, activation_type=QuantType.QUInt8, weight_type=QuantType.QInt8)
    if recipe == "u8s8-reduced":
        options["reduce_range"] = True
    ready = Path(out).with_suffix(".pre.onnx")
    quant_pre_process(model, str(ready))
    quantize_static(str(ready), out, Reader(), **options)


def nncf(recipe: str, model: str, calibration: str, out: str):
    import onnx

    import nncf as tool

    name = input_name(model)
    samples = numpy.load(calibration, mmap_mode="r")
    data = tool.Dataset(list(range(len(samples))), lambda i: {name: numpy.array(samples[i : i + 1])})
    preset = {} if recipe == "default" else dict(preset=tool.QuantizationPreset.MIXED)
    onnx.save(tool.quantize(onnx.load(model), data, subset_size=len(samples), **preset), out)


OLIVE_DATA = """
import numpy
from olive.data.registry import Registry

class Rows:
    def __init__(self, file, name):
        self.rows, self.name = numpy.load(file, mmap_mode="r"), name
    def __len__(self):
        return len(self.rows)
    def __getitem__(self, i):
        return {self.name: numpy.array(self.rows[i])}, 0

@Registry.register_dataset()
def rows(data_dir=None, file=None, name=None, **kwargs):
    return Rows(file, name)
"""


def olive(_recipe: str, model: str, calibration: str, out: str):
    import shutil

    from olive import run

    work = Path(out).with_suffix(".olive")
    work.mkdir(exist_ok=True)
    (work / "rows.py").write_text(OLIVE_DATA)
    name = input_name(model)
    run({
        "input_model": {"type": "ONNXModel", "model_path": model},
        "data_configs": [{"name": "rows", "user_script": str(work / "rows.py"), "type": "DataContainer",
                          "load_dataset_config": {"type": "rows", "params": {"file": calibration, "name": name}},
                          "dataloader_config": {"batch_size": 1}}],
        "passes": {"quantise": {"type": "OnnxStaticQuantization", "data_config": "rows"}},
        "output_dir": str(work / "out"), "cache_dir": str(work / "cache"),
    })
    shutil.copy(next((work / "out").rglob("*.onnx")), out)


def peak_mb() -> float:
    for line in Path("/proc/self/status").read_text().splitlines():
        if line.startswith("VmHWM"):
            return int(line.split()[1]) / 1024
    return 0


if __name__ == "__main__":
    tool, *words = sys.argv[1:]
    {"ort": onnxruntime, "nncf": nncf, "olive": olive}[tool](*words)
    print(json.dumps({"peak_mb": peak_mb()}))
