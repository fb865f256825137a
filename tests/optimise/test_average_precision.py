"""Average precision as pycocotools counts it, over boxes that a detector reads out of its pictures.

The network only rearranges pixels: six of them are a box, its class and its score. So the boxes found are known here to
the last bit, and whatever differs is the counting.
"""
import contextlib
import io
import json

import numpy as np
import onnx
import pytest
from onnx import TensorProto, helper, numpy_helper
from PIL import Image

from nets import oree_optimise

coco = pytest.importorskip("pycocotools.coco", reason="pycocotools is not installed; ./run test installs it")
from pycocotools.cocoeval import COCOeval  # noqa: E402

SIDE, BOXES, CLASSES = 32, 40, 3
VALUES = 7  # top, left, bottom, right, class, score, score's lower half


def detector(folder):
    def constant(name, values):
        return numpy_helper.from_array(np.array(values, "i8"), name)

    nodes = [helper.make_node("Reshape", ["x", "flat"], ["f"]), helper.make_node("Slice", ["f", "from", "to"], ["s"]),
             helper.make_node("Reshape", ["s", "rows"], ["r"]),
             helper.make_node("Split", ["r", "parts"], ["boxes", "class3", "high", "low"], axis=2),
             helper.make_node("Mul", ["class3", "byte"], ["classf"]), helper.make_node("Round", ["classf"], ["classr"]),
             helper.make_node("Reshape", ["classr", "list"], ["classes"]), helper.make_node("Div", ["low", "two_bytes"], ["lower"]),
             helper.make_node("Add", ["high", "lower"], ["sum"]), helper.make_node("Reshape", ["sum", "list"], ["scores"])]
    values = [constant("flat", [SIDE * SIDE * 3]), constant("from", [0]), constant("to", [BOXES * VALUES]), constant("rows", [1, BOXES, VALUES]),
              constant("parts", [4, 1, 1, 1]), constant("list", [1, BOXES]), numpy_helper.from_array(np.float32(255), "byte"),
              numpy_helper.from_array(np.float32(256), "two_bytes"), numpy_helper.from_array(np.array([BOXES], "f4"), "count")]
    outputs = [helper.make_tensor_value_info(n, TensorProto.FLOAT, s) for n, s in
               (("boxes", [1, BOXES, 4]), ("classes", [1, BOXES]), ("scores", [1, BOXES]), ("count_out", [1]))]
    nodes.append(helper.make_node("Identity", ["count"], ["count_out"]))
    graph = helper.make_graph(nodes, "g", [helper.make_tensor_value_info("x", TensorProto.FLOAT, [1, SIDE, SIDE, 3])], outputs, values)
    folder.mkdir(parents=True)
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=8), folder / "model.onnx")
    (folder / "model.yaml").write_text(
        f"task: detection\nlabels: [bolt, nut, pin]\ninput: {{size: [{SIDE}, {SIDE}], layout: nhwc, scale: 0.00392156862745098}}\n"
        "output: {decode: ssd, score_threshold: 0.5, iou_threshold: 1}\n")
    return folder


def drawn_and_found(random):
    """Boxes that somebody drew (crowds among them), and rows of bytes: some near a drawn box, some anywhere."""
    drawn, rows = [], []
    for _ in range(random.integers(0, 9)):
        left, top = random.integers(0, 200, 2)
        width, height = random.integers(8, 55, 2)
        drawn.append((left, top, width, height, int(random.integers(CLASSES)), bool(random.random() < 0.15)))
    for _ in range(BOXES):
        if drawn and random.random() < 0.7:
            left, top, width, height, label, _ = drawn[random.integers(len(drawn))]
            box = np.array([top, left, top + height, left + width]) + random.integers(-6, 7, 4)
            label = label if random.random() < 0.9 else int(random.integers(CLASSES))
        else:
            top, left = random.integers(0, 200, 2)
            box, label = np.array([top, left, top + random.integers(8, 55), left + random.integers(8, 55)]), int(random.integers(CLASSES))
        box = np.clip(box, 0, 255)
        rows.append([*box, label, random.integers(3, 255), random.integers(0, 256)])
    return drawn, np.array(rows, "u1")


def scaled(byte):
    return np.float32(byte) * np.float32(0.00392156862745098)


def theirs(images, annotations, found):
    with contextlib.redirect_stdout(io.StringIO()):
        truth = coco.COCO()
        truth.dataset = {"images": images, "annotations": annotations, "categories": [{"id": i + 1, "name": n} for i, n in enumerate(("bolt", "nut", "pin"))]}
        truth.createIndex()
        judge = COCOeval(truth, truth.loadRes(found), "bbox")
        judge.evaluate()
        judge.accumulate()
        judge.summarize()
    return judge.stats[0], judge.stats[1]


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_average_precision_is_that_of_pycocotools(oree, tmp_path, seed):
    random = np.random.default_rng(seed)
    package = detector(tmp_path / "detector/1")
    (tmp_path / "data/calib").mkdir(parents=True)
    images, annotations, found = [], [], []
    for number in range(30):
        drawn, rows = drawn_and_found(random)
        pixels = np.zeros(SIDE * SIDE * 3, "u1")
        pixels[: rows.size] = rows.ravel()
        name = f"{number:03}.png"
        Image.fromarray(pixels.reshape(SIDE, SIDE, 3)).save(tmp_path / "data" / ("calib/" + name if number < 8 else name))
        if number < 8:
            continue
        images.append({"id": number, "file_name": name, "width": SIDE, "height": SIDE})
        for left, top, width, height, label, crowd in drawn:
            sides = [float(scaled(v) * SIDE) for v in (left, top, left + width, top + height)]
            box = [sides[0], sides[1], sides[2] - sides[0], sides[3] - sides[1]]
            annotations.append({"id": len(annotations) + 1, "image_id": number, "category_id": label + 1, "bbox": box,
                                "area": box[2] * box[3], "iscrowd": int(crowd)})
        for top, left, bottom, right, label, high, low in rows:
            score = scaled(high) + scaled(low) / np.float32(256)
            sides = [float(scaled(v) * np.float32(SIDE)) for v in (left, top, right, bottom)]
            if score >= np.float32(0.01) and sides[2] > sides[0] and sides[3] > sides[1]:
                found.append({"image_id": number, "category_id": int(label) + 1, "score": float(score),
                              "bbox": [sides[0], sides[1], sides[2] - sides[0], sides[3] - sides[1]]})
    (tmp_path / "data/annotations.json").write_text(json.dumps({
        "images": images, "annotations": annotations,
        "categories": [{"id": i + 1, "name": n} for i, n in enumerate(("Bolt", "Nut", "Pin"))]}))
    ours = oree_optimise(oree, "score", package, "--data", tmp_path / "data", "--target", "vnni", "--json")[0]
    ap, ap50 = theirs(images, annotations, found)
    assert 0.05 < ap < 0.95
    assert ours["boxes"] == sum(not a["iscrowd"] for a in annotations)
    assert ours["ap"] == pytest.approx(ap, abs=1e-5)
    assert ours["ap50"] == pytest.approx(ap50, abs=1e-5)
