"""Measures the classifier on the labelled photographs, with the preprocessing of model.yaml.

    python evaluate.py [--data ../../../shared/data]

Prints top-1 and top-5 over all 1,001 outputs, and what the Granny Smith line would do.
Says "skipped" and exits 0 where the shared data folder is absent.
"""
import argparse
import csv
import sys
import time
from collections import defaultdict
from pathlib import Path

import numpy as np
import onnxruntime
import yaml
from PIL import Image

from prepare import HERE, MODEL, default_data

PACKAGE = HERE / "models" / "imagenet" / "1"
WANTED = "Granny Smith"


def tensor(path, layout):
    """The centre square, shrunk: float32 [1, 3, H, W], x' = (x - mean) * scale."""
    with Image.open(path) as opened:
        image = opened.convert("RGB")
    side = round(layout["crop"] * min(image.size))
    left, top = (image.width - side) // 2, (image.height - side) // 2
    square = image.crop((left, top, left + side, top + side)).resize(tuple(layout["size"]), Image.BILINEAR)
    x = (np.asarray(square, np.float32) - np.float32(layout["mean"])) * np.float32(layout["scale"])
    return np.ascontiguousarray(x.transpose(2, 0, 1)[None])


def run_all(data, rows, layout):
    """Scores [n, 1001] and the median inference time in milliseconds, one thread."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(data / MODEL), options, ["CPUExecutionProvider"])
    name, scores, spent = session.get_inputs()[0].name, [], []
    for row in rows:
        x = tensor(data / "grocery" / row["file"], layout)
        start = time.perf_counter()
        scores.append(session.run(None, {name: x})[0][0])
        spent.append(time.perf_counter() - start)
    return np.array(scores), 1000 * float(np.median(spent))


def report(rows, scores, labels):
    """Prints accuracy overall and per class, then the line's verdicts."""
    truth = np.array([int(r["imagenet_index_0based"]) + 1 for r in rows])     # output 0 is background
    best = np.argsort(-scores, axis=1)[:, :5]
    top1, top5 = best[:, 0] == truth, (best == truth[:, None]).any(1)
    per_class = defaultdict(list)
    for row, hit1, hit5 in zip(rows, top1, top5):
        per_class[row["class"]].append((hit1, hit5))
    for name, hits in sorted(per_class.items()):
        first, five = 100 * np.mean(hits, axis=0)
        print(f"{name:<22}{len(hits):>4} photographs   top-1 {first:6.2f} %   top-5 {five:6.2f} %")
    print(f"all {len(rows)}: top-1 {100 * top1.mean():.2f} %, top-5 {100 * top5.mean():.2f} %")
    apple, passed = truth == labels.index(WANTED), best[:, 0] == labels.index(WANTED)
    print(f"the line: {np.sum(apple & passed)} of {apple.sum()} {WANTED} pass, "
          f"{np.sum(~apple & passed)} of {np.sum(~apple)} others pass")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, default=default_data())
    data = p.parse_args().data
    if not (data / MODEL).is_file() or not (data / "grocery" / "labels.csv").is_file():
        print(f"skipped: no grocery photographs or no model under {data}")
        sys.exit(0)
    layout = yaml.safe_load((PACKAGE / "model.yaml").read_text())["input"]
    labels = (PACKAGE / "labels.txt").read_text().splitlines()
    with open(data / "grocery" / "labels.csv", newline="") as f:
        rows = [r for r in csv.DictReader(f) if r["file"].startswith("eval/") and r["imagenet_index_0based"]]
    scores, milliseconds = run_all(data, rows, layout)
    report(rows, scores, labels)
    print(f"inference {milliseconds:.1f} ms per photograph, one thread")


if __name__ == "__main__":
    main()
