"""The networks and samples that everybody gets: prepare.py CASE SHARED_DATA OUT OREE

In OUT afterwards:
  model.onnx                          the float network, for everybody
  calibration.npy, evaluation.npy     float32, one sample a row; labels.npy where there are labels (-1: unknown)
  case.json                           kind: classes or objects; small: few enough sums for qemu; model and data as
                                      `oree optimise run` gets them
The rows are those that `oree optimise run` takes for calibration and for judging, so that nobody sees other samples.
"""
import csv
import gzip
import hashlib
import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import onnx
from PIL import Image, ImageOps


def split(samples, labels, most=100):
    """As oree splits arrays: by the digest of each row, a quarter for calibration."""
    order = sorted(range(len(samples)), key=lambda i: hashlib.sha256(samples[i].tobytes()).hexdigest())
    n = min(max(8, len(samples) // 4), most)
    return order[:n], order[n:]


def arrays(out: Path, samples, labels):
    samples = numpy.ascontiguousarray(samples, "<f4")
    data = out / "data"
    data.mkdir()
    numpy.save(data / "inputs.npy", samples)
    calibration, evaluation = split(samples, labels)
    numpy.save(out / "calibration.npy", samples[calibration])
    numpy.save(out / "evaluation.npy", samples[evaluation])
    if labels is not None:
        numpy.save(data / "labels.npy", labels.astype("<f4"))
        numpy.save(out / "labels.npy", labels[evaluation].astype("<i4"))
    return data


def converted(oree: Path, source: Path, out: Path):
    """What others cannot read as it is: as ONNX, and weights that are kept in 8 bits as floats."""
    subprocess.run([oree, "model", "convert", source, out / "model.onnx", "--passes"], check=True, stdout=subprocess.DEVNULL)
    model = onnx.load(out / "model.onnx")
    tensors = {one.name: one for one in model.graph.initializer}
    for node in [n for n in model.graph.node if n.op_type == "DequantizeLinear" and n.input[0] in tensors]:
        values, scale, *zero = (onnx.numpy_helper.to_array(tensors[name]) for name in node.input)
        axis = next((a.i for a in node.attribute if a.name == "axis"), 1)
        along = [-1 if i == axis % values.ndim else 1 for i in range(values.ndim)] if scale.ndim else []
        floats = (values.astype("<f4") - (zero[0].astype("<f4").reshape(along) if zero else 0)) * scale.reshape(along)
        model.graph.initializer.append(onnx.numpy_helper.from_array(floats.astype("<f4"), node.output[0]))
        model.graph.node.remove(node)
    used = {name for node in model.graph.node for name in node.input}
    kept = [one for one in model.graph.initializer if one.name in used]
    del model.graph.initializer[:]
    model.graph.initializer.extend(kept)
    onnx.save(model, out / "model.onnx")


def mnist(shared: Path, out: Path, oree: Path):
    shutil.copy(shared / "mnist/mnist.onnx", out / "model.onnx")
    pictures = gzip.decompress((shared / "mnist/t10k-images-idx3-ubyte.gz").read_bytes())[16:]
    labels = gzip.decompress((shared / "mnist/t10k-labels-idx1-ubyte.gz").read_bytes())[8:]
    data = arrays(out, numpy.frombuffer(pictures, "u1").reshape(-1, 1, 28, 28)[:4000], numpy.frombuffer(labels, "u1")[:4000])
    return {"kind": "classes", "small": True, "model": str(out / "model.onnx"), "data": str(data)}


def keywords(shared: Path, out: Path, oree: Path):
    folder = shared / "mlperf-tiny"
    source = folder / "kws_ref_model_float32.tflite"
    converted(oree, source, out)
    raw = numpy.frombuffer((folder / "kws01_int8_inputs_500x490.bin").read_bytes(), "i1").astype("<f4")
    with (folder / "kws01_y_labels.csv").open() as stream:
        labels = numpy.array([int(row[-1]) for row in csv.reader(stream) if row][:500])
    data = arrays(out, ((raw - 83) * 0.584703).reshape(-1, 49, 10, 1), labels)
    return {"kind": "classes", "small": True, "model": str(out / "model.onnx"), "data": str(data)}


def pictures(folder: Path):
    return sorted(p for p in folder.rglob("*") if p.suffix.lower() in (".jpg", ".jpeg", ".png"))


def person(shared: Path, out: Path, oree: Path):
    source = shared / "mlperf-tiny/vww_96_float.tflite"
    converted(oree, source, out)
    files = pictures(shared / "grocery") + pictures(shared / "coral-photos")
    rows = [numpy.asarray(Image.open(f).convert("RGB").resize((96, 96), Image.BILINEAR), "<f4") / 255 for f in files]
    data = arrays(out, numpy.stack(rows), None)
    return {"kind": "classes", "small": True, "model": str(out / "model.onnx"), "data": str(data)}


def package(out: Path, model: Path, manifest: str) -> Path:
    folder = out / "package/1"
    folder.mkdir(parents=True)
    shutil.copy(model, folder / "model.onnx")
    (folder / "model.yaml").write_text(manifest)
    return folder


def photographs(out: Path, shared: Path, make, imagenet_labels: bool):
    """The grocery pictures as tensors: those below calib/ to calibrate with, those below eval/ to judge by."""
    with (shared / "grocery/labels.csv").open() as stream:
        index = {row["file"]: row["imagenet_index_0based"] for row in csv.DictReader(stream)}
    calibration = pictures(shared / "grocery/calib")[:100]
    evaluation = pictures(shared / "grocery/eval")
    for name, files in (("calibration", calibration), ("evaluation", evaluation)):
        numpy.save(out / f"{name}.npy", numpy.stack([make(Image.open(f).convert("RGB")) for f in files]))
    if imagenet_labels:
        cells = [index.get(str(f.relative_to(shared / "grocery")), "") for f in evaluation]
        numpy.save(out / "labels.npy", numpy.array([int(c) + 1 if c else -1 for c in cells], "<i4"))


def centre(picture) -> numpy.ndarray:
    side = min(picture.size) * 0.875
    left, top = (picture.width - side) / 2, (picture.height - side) / 2
    small = picture.resize((224, 224), Image.BILINEAR, box=(left, top, left + side, top + side))
    return (numpy.asarray(small, "<f4").transpose(2, 0, 1) - 127.5) * 0.007843137255


def letterbox(picture) -> numpy.ndarray:
    small = ImageOps.pad(picture, (416, 416), Image.BILINEAR, color=(114, 114, 114))
    return numpy.asarray(small, "<f4")[:, :, ::-1].transpose(2, 0, 1)


def groceries(shared: Path, out: Path, oree: Path):
    model = shared / "imagenet-tflite/mobilenet_v2_1.0_224_float_from_int8_weights.onnx"
    shutil.copy(model, out / "model.onnx")
    photographs(out, shared, centre, True)
    folder = package(out, model, "task: classification\nlabels_file: labels.txt\ninput: {size: [224, 224], mean: 127.5, "
                     "scale: 0.007843137255, resize: center_crop, crop: 0.875}\noutput: {decode: probabilities}\n")
    shutil.copy(shared / "imagenet-tflite/imagenet_labels.txt", folder / "labels.txt")
    return {"kind": "classes", "small": False, "model": str(folder), "data": str(shared / "grocery")}


def objects(shared: Path, out: Path, oree: Path):
    model = shared / "yolox-nano/yolox_nano.onnx"
    shutil.copy(model, out / "model.onnx")
    photographs(out, shared, letterbox, False)
    labels = ", ".join(f"c{i}" for i in range(80))
    folder = package(out, model, f"task: detection\nlabels: [{labels}]\ninput: {{channels: bgr, resize: letterbox}}\n"
                     "output: {decode: yolox, score_threshold: 0.3}\n")
    return {"kind": "objects", "small": False, "model": str(folder), "data": str(shared / "grocery")}


CASES = {"mnist": mnist, "kws": keywords, "vww": person, "mobilenet": groceries, "yolox": objects}

if __name__ == "__main__":
    name, shared, out, oree = sys.argv[1], *map(Path, sys.argv[2:])
    out.mkdir(parents=True)
    (out / "case.json").write_text(json.dumps(CASES[name](shared, out, oree)))
