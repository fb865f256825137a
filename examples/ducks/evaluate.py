"""Measures the duck model on pictures it never saw, through files on disk.

    python evaluate.py              2,000 varied pictures, seeds from 1,000,000 on
    python evaluate.py --images     the sample line in images/ instead

Exit status 1 below 98 % six-class accuracy.
"""
import argparse
import csv
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path

import numpy as np
import onnxruntime
from PIL import Image

from generate import EVALUATION_SEEDS, as_jpeg, sample
from preprocess import PACKAGE, load_package, tensor

REQUIRED = 0.98


def _draw(folder, seed):
    image, label = sample(seed)
    path = Path(folder) / f"{seed}.jpg"
    path.write_bytes(as_jpeg(image))
    return path, label


def drawn(count, folder, workers):
    """Draws `count` unseen pictures into `folder`; returns [(path, label)]."""
    with ProcessPoolExecutor(workers) as pool:
        return list(pool.map(partial(_draw, folder), range(EVALUATION_SEEDS, EVALUATION_SEEDS + count), chunksize=20))


def on_disk(folder):
    """The pictures and labels of a folder with a truth.csv."""
    with open(folder / "truth.csv", newline="") as f:
        return [(folder / row["file"], row["label"]) for row in csv.DictReader(f)]


def predict(rows, settings):
    """Predicted class index per picture, and the median inference time in milliseconds."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(str(PACKAGE / "model.onnx"), options, ["CPUExecutionProvider"])
    name, found, spent = session.get_inputs()[0].name, [], []
    for path, _ in rows:
        with Image.open(path) as image:
            x = tensor(image, settings)
        start = time.perf_counter()
        logits = session.run(None, {name: x})[0]
        spent.append(time.perf_counter() - start)
        found.append(int(logits[0].argmax()))
    return np.array(found), 1000 * float(np.median(spent))


def report(labels, truth, found):
    """Prints the confusion matrix and the accuracies; returns the six-class accuracy."""
    matrix = np.zeros((len(labels), len(labels)), int)
    np.add.at(matrix, (truth, found), 1)
    width = max(map(len, labels)) + 1
    print("rows: truth, columns: found")
    print(" " * width + "".join(f"{name:>13}" for name in labels))
    for name, row in zip(labels, matrix):
        print(f"{name:<{width}}" + "".join(f"{v:>13}" for v in row))
    accuracy = float(np.mean(truth == found))
    good = labels.index("good")
    refused = int(np.sum((truth == good) & (found != good)))
    missed = int(np.sum((truth != good) & (found == good)))
    print(f"pictures {len(truth)}, accuracy {100 * accuracy:.2f} %")
    print(f"OK/KO accuracy {100 * np.mean((truth == good) == (found == good)):.2f} % "
          f"(good refused {refused}, bad let through {missed})")
    return accuracy


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--count", type=int, default=2000)
    p.add_argument("--images", action="store_true", help="measure the sample line instead")
    p.add_argument("--workers", type=int, default=2)
    args = p.parse_args()
    settings = load_package()
    with tempfile.TemporaryDirectory() as folder:
        rows = on_disk(Path(__file__).parent / "images") if args.images else drawn(args.count, folder, args.workers)
        found, milliseconds = predict(rows, settings)
    truth = np.array([settings["labels"].index(label) for _, label in rows])
    accuracy = report(settings["labels"], truth, found)
    print(f"inference {milliseconds:.2f} ms per picture, one thread")
    sys.exit(0 if accuracy >= REQUIRED else 1)


if __name__ == "__main__":
    main()
