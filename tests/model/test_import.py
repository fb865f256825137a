"""oree import cv: the zips that Custom Vision exports, made here around real networks; and zips that mean harm."""
import hashlib
import io
import json
import stat
import struct
import subprocess
import zipfile

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from parts import DUCKS, duck_with, ducks_station

DUCK_LABELS = ["good", "missing_eye", "scratch", "stain", "wrong_colour", "deformed"]
PROPERTIES = {  # as the service writes them, each a text
    "CustomVision.Metadata.AdditionalModelInfo": "",
    "CustomVision.Metadata.Version": "1.2",
    "CustomVision.Postprocess.Method": "ClassificationMultiClass",
    "CustomVision.Postprocess.Yolo.Biases": "[]",
    "CustomVision.Postprocess.Yolo.NmsThreshold": "0.0",
    "CustomVision.Preprocess.CropMethod": "NoCrop",
    "CustomVision.Preprocess.NormalizeMean": "[0.0, 0.0, 0.0]",
    "CustomVision.Preprocess.NormalizeStd": "[1.0, 1.0, 1.0]",
    "CustomVision.Preprocess.ResizeMethod": "Stretch",
    "Image.BitmapPixelFormat": "Rgb8",
    "Image.ColorSpaceGamma": "SRGB",
    "Image.NominalPixelRange": "Normalized_0_1",
}


def manifest(domain="Classification", platform="ONNX", flavour=None, model="model.onnx", network=b"", **more) -> bytes:
    return json.dumps({
        "DomainType": domain, "Platform": platform, "Flavor": flavour, "ExporterVersion": "2.0",
        "ExportedDate": "2024-02-19T00:38:41.880282Z", "IterationId": "cedbe897-b4b0-4b13-ac1d-bf824ecca388",
        "ModelFileName": model, "LabelFileName": "labels.txt", "MetadataPropsFileName": "metadata_properties.json",
        "ModelFileSHA1": hashlib.sha1(network).hexdigest(), "SchemaVersion": "1.0", **more}, indent=2).encode()


def packed(path, files: dict, folder=""):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(folder + name, data)
    return path


def softmaxed_ducks(ending: str) -> bytes:
    """The ducks' own network, its end as the service makes it: scores, or scores in a sequence of maps."""
    model = onnx.load(DUCKS / "models/ducks/1/model.onnx")
    logits = model.graph.output[0].name
    scores = helper.make_tensor_value_info("model_output", TensorProto.FLOAT, [1, 6])
    model.graph.node.append(helper.make_node("Softmax", [logits], ["model_output"], axis=-1))
    del model.graph.output[:]
    if ending == "scores":
        model.graph.output.append(scores)
        return model.SerializeToString()
    model.opset_import.append(helper.make_opsetid("ai.onnx.ml", 1))
    model.graph.value_info.append(scores)
    model.graph.initializer.append(helper.make_tensor("names", TensorProto.STRING, [6], DUCK_LABELS))
    model.graph.node.extend([
        helper.make_node("ZipMap", ["model_output"], ["loss"], domain="ai.onnx.ml", classlabels_strings=DUCK_LABELS),
        helper.make_node("ArgMax", ["model_output"], ["best"], axis=1, keepdims=1),
        helper.make_node("ArrayFeatureExtractor", ["names", "best"], ["classLabel"], domain="ai.onnx.ml")])
    model.graph.output.extend([
        helper.make_tensor_value_info("classLabel", TensorProto.STRING, [1, 1]),
        helper.make_value_info("loss", helper.make_sequence_type_proto(helper.make_map_type_proto(
            TensorProto.STRING, helper.make_tensor_type_proto(TensorProto.FLOAT, []))))])
    return model.SerializeToString()


def constant(name, values, dtype=np.float32):
    return numpy_helper.from_array(np.asarray(values, dtype), name)


def detector(kind: str) -> bytes:
    """A network with a known answer: a box in the right half of any picture, label 1."""
    picture = helper.make_tensor_value_info("image_tensor", TensorProto.FLOAT, [1, 3, 64, 64])
    # The picture counts for nothing: times zero, and no runtime may fold it away.
    nothing = [helper.make_node("ReduceMean", ["image_tensor"], ["mean"], keepdims=0),
               helper.make_node("Mul", ["mean", "zero"], ["nothing"])]
    kept = [constant("zero", 0)]
    if kind == "s1":
        kept += [constant("boxes", [[0.5, 0.25, 1, 0.75], [0, 0, 0.1, 0.1]]), constant("classes", [1, 0], np.int64),
                 constant("scores", [0.9, 0.02])]
        nodes = nothing + [helper.make_node("Add", ["boxes", "nothing"], ["detected_boxes"]),
                           helper.make_node("Identity", ["classes"], ["detected_classes"]),
                           helper.make_node("Add", ["scores", "nothing"], ["detected_scores"])]
        outputs = [helper.make_tensor_value_info("detected_boxes", TensorProto.FLOAT, ["n", 4]),
                   helper.make_tensor_value_info("detected_classes", TensorProto.INT64, ["n"]),
                   helper.make_tensor_value_info("detected_scores", TensorProto.FLOAT, ["n"])]
    else:
        cells = np.full((1, 5 * 7, 2, 2), -9, np.float32)
        # Column 1, row 0, the first anchor (0.573 by 0.677 cells of 32 pixels), its centre in the cell's middle.
        cells[0, 0:7, 0, 1] = [0, 0, 0, 0, 6, 0, 5]
        kept.append(constant("cells", cells))
        nodes = nothing + [helper.make_node("Add", ["cells", "nothing"], ["model_outputs0"])]
        outputs = [helper.make_tensor_value_info("model_outputs0", TensorProto.FLOAT, [1, 35, 2, 2])]
    graph = helper.make_graph(nodes, "detector", [picture], outputs, kept)
    model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 11)], ir_version=7)
    helper.set_model_props(model, {"Image.BitmapPixelFormat": "Bgr8", "Image.NominalPixelRange": "NominalRange_0_255"})
    return model.SerializeToString()


@pytest.fixture
def imported(oree, tmp_path):
    """imported(archive) → (what the program said, the folder)."""
    def run(archive, name="made"):
        folder = tmp_path / "models" / name / "1"
        done = subprocess.run([oree, "import", "cv", archive, folder, "--json"], capture_output=True, text=True)
        assert done.returncode == 0, done.stdout + done.stderr
        return json.loads(done.stdout), folder
    return run


@pytest.fixture
def refused(oree, tmp_path):
    """refused(archive) → the error; nothing was left behind."""
    def run(archive):
        folder = tmp_path / "none/made/1"
        done = subprocess.run([oree, "import", "cv", archive, folder], capture_output=True, text=True)
        assert done.returncode != 0 and done.stdout == "" and not folder.exists()
        assert str(archive) in done.stderr
        return done.stderr
    return run


def asked(oree, folder, picture) -> dict:
    done = subprocess.run([oree, "predict", folder, picture, "--json"], capture_output=True, text=True, check=True)
    return json.loads(done.stdout)


def best(prediction: dict) -> str:
    return max(prediction["classes"], key=lambda c: c["score"])["label"] if "classes" in prediction else prediction["label"]


@pytest.mark.parametrize("ending", ["scores", "maps"])
def test_a_classifier_answers_as_the_network_it_was_made_of(oree, imported, tmp_path, ending):
    network = softmaxed_ducks(ending)
    files = {"model.onnx": network, "labels.txt": "\r\n".join(DUCK_LABELS), "LICENSE": "…", "python/predict.py": "pass",
             "cvexport.manifest": manifest(network=network, flavour="ONNX12"),
             "metadata_properties.json": json.dumps(PROPERTIES)}
    said, folder = imported(packed(tmp_path / "export.zip", files))
    assert (said["task"], said["labels"]) == ("classification", 6)
    assert sorted(p.name for p in folder.iterdir()) == ["labels.txt", "model.onnx", "model.yaml"]
    assert ((folder / "model.onnx").read_bytes() == network) == (ending == "scores")
    for defect in ("good", "scratch", "stain"):
        mine, original = (asked(oree, f, duck_with(defect)) for f in (folder, DUCKS / "models/ducks/1"))
        assert mine["label"] == original["label"]
        assert mine["probability"] == pytest.approx(original["probability"], abs=1e-4)


@pytest.mark.parametrize("kind", ["s1", "yolo"])
def test_a_detector_finds_its_box(oree, imported, tmp_path, kind):
    network = detector(kind)
    files = {"model.onnx": network, "labels.txt": "screw\nnut\n",
             "cvexport.manifest": manifest("ObjectDetection", network=network)}
    said, folder = imported(packed(tmp_path / "export.zip", files))
    assert said["task"] == "detection" and said["input"] == [64, 64]
    assert "channels: bgr" in (folder / "model.yaml").read_text()
    found = asked(oree, folder, duck_with("good"))["detected_objects"]
    assert [o["label"] for o in found.values()] == ["nut"]


def test_a_tensorflow_lite_export_is_converted_and_answers(oree, imported, tmp_path, shared_data):
    network = (shared_data / "mlperf-tiny/ic_resnet8_float.tflite").read_bytes()
    labels = "\n".join("plane car bird cat deer dog frog horse ship truck".split())
    files = {"model.tflite": network, "labels.txt": labels,
             "cvexport.manifest": manifest(platform="TensorFlow", flavour="TensorFlowLite", model="model.tflite", network=network),
             "metadata_properties.json": json.dumps(PROPERTIES)}
    said, folder = imported(packed(tmp_path / "export.zip", files))
    assert said["input"] == [32, 32] and any("converted" in note for note in said["notes"])
    assert asked(oree, folder, duck_with("good"))["label"]


def test_the_containers_zip_is_read_where_it_holds_a_lite_network(imported, refused, tmp_path, shared_data):
    network = (shared_data / "mlperf-tiny/vww_96_float.tflite").read_bytes()
    files = {"model.tflite": network, "labels.txt": "none\nperson\n", "app.py": "import flask",
             "cvexport.manifest": manifest(platform="DockerFile", flavour="Linux", model="model.tflite", network=network)}
    said, _ = imported(packed(tmp_path / "container.zip", files, folder="app/"))
    assert said["labels"] == 2
    old = {"model.pb": b"\x0a\x00", "labels.txt": "a\nb\n", "app.py": "",
           "cvexport.manifest": manifest(platform="DockerFile", flavour="Linux", model="model.pb")}
    said = refused(packed(tmp_path / "old.zip", old, folder="app/"))
    assert "DockerFile (Linux) with model.pb; export it again, as ONNX or as TensorFlow Lite" in said
    del old["cvexport.manifest"]  # the container of brief 000
    said = refused(packed(tmp_path / "older.zip", old, folder="app/"))
    assert "with app/model.pb; export it again, as ONNX or as TensorFlow Lite" in said


def test_what_was_imported_is_packed_signed_verified_and_judges_at_a_station(oree, imported, station, tmp_path):
    network = softmaxed_ducks("scores")
    files = {"model.onnx": network, "labels.txt": "\n".join(DUCK_LABELS), "cvexport.manifest": manifest(network=network),
             "metadata_properties.json": json.dumps(PROPERTIES)}
    _, folder = imported(packed(tmp_path / "export.zip", files), "ducks")

    def good(*words):
        done = subprocess.run([oree, *map(str, words)], capture_output=True, text=True)
        assert done.returncode == 0, done.stderr

    good("model", "keygen", "signing", tmp_path / "release.key")
    good("model", "pack", folder)
    good("model", "sign", folder, "--key", tmp_path / "release.key")
    good("model", "verify", folder, "--trust", tmp_path / "release.key.pub")
    line = station(ducks_station(models=str(folder.parent.parent)))
    answer = line.post("/api/v1/trigger", data=duck_with("good").read_bytes(), headers={"Content-Type": "image/jpeg"})
    assert answer.status_code == 200, answer.text


def zip_with(path, name, data=b"x", mode=None):
    info = zipfile.ZipInfo(name)
    if mode is not None:
        info.create_system, info.external_attr = 3, mode << 16
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("cvexport.manifest", manifest())
        archive.writestr(info, data, zipfile.ZIP_DEFLATED)
    return path


def encrypted(path):
    """zipfile writes no passwords: the flag is set in both headers, as any packer does."""
    data = bytearray(zip_with(path, "model.onnx").read_bytes())
    for magic, at in ((b"PK\x03\x04", 6), (b"PK\x01\x02", 8)):
        place = data.rindex(magic)
        struct.pack_into("<H", data, place + at, struct.unpack_from("<H", data, place + at)[0] | 1)
    path.write_bytes(data)
    return path


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_hostile_archives_are_refused_by_name(refused, tmp_path):
    for number, (name, mode, words) in enumerate([
            ("../../etc/cron.d/x", None, "leaves its folder by '..'"), ("/etc/passwd", None, "is an absolute path"),
            ("C:\\x", None, "backslash"), ("model.onnx", stat.S_IFLNK | 0o777, "is a link or a device"),
            ("a\nb", None, "control characters")]):
        assert words in refused(zip_with(tmp_path / f"{number}.zip", name, mode=mode))
    twice = tmp_path / "twice.zip"
    with zipfile.ZipFile(twice, "w") as archive:
        archive.writestr("model.onnx", "one")
        archive.writestr("model.onnx", "two")
    assert "twice" in refused(twice)
    bomb = tmp_path / "bomb.zip"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive, archive.open("model.onnx", "w") as file:
        for _ in range(64):
            file.write(bytes(1 << 20))
    assert "unpacks to more than 100 times the archive" in refused(bomb)
    assert "is encrypted" in refused(encrypted(tmp_path / "encrypted.zip"))
    cut = tmp_path / "cut.zip"
    cut.write_bytes(bomb.read_bytes()[:-30])
    refused(cut)
    (tmp_path / "text.zip").write_text("this is no archive")
    refused(tmp_path / "text.zip")
    assert "no export of Custom Vision" in refused(packed(tmp_path / "other.zip", {"readme.txt": "x"}))


def test_a_streamed_archive_is_read_as_any_other(imported, tmp_path):
    """Sizes after the data, as a server writes that does not know them beforehand."""
    class Pipe(io.RawIOBase):
        def __init__(self):
            super().__init__()
            self.bytes = b""

        def writable(self):
            return True

        def write(self, data):
            self.bytes += bytes(data)
            return len(data)

    pipe, network = Pipe(), detector("s1")
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("model.onnx", network)
        archive.writestr("labels.txt", "screw\nnut\n")
    (tmp_path / "streamed.zip").write_bytes(pipe.bytes)
    said, _ = imported(tmp_path / "streamed.zip")
    assert said["task"] == "detection"


def test_a_network_that_does_not_fit_its_labels_is_not_installed(refused, tmp_path):
    network = softmaxed_ducks("scores")
    files = {"model.onnx": network, "labels.txt": "a\nb\n", "cvexport.manifest": manifest(network=network),
             "metadata_properties.json": json.dumps(PROPERTIES)}
    assert "labels: there are 2" in refused(packed(tmp_path / "export.zip", files))
