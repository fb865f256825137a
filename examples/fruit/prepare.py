"""Copies the model and the photographs of the shared data folder into this example.

    python3 prepare.py [--data ../../../shared/data]

They are too big to commit. Photographs get a number in front, in a fixed shuffled order,
so that the belt carries a mix; running it again changes nothing.
"""
import argparse
import csv
import os
import random
import shutil
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent
MODEL = Path("imagenet-tflite") / "mobilenet_v2_1.0_224_float_from_int8_weights.onnx"


def default_data():
    """$OREE_SHARED_DATA, or the folder beside the repository."""
    return Path(os.environ.get("OREE_SHARED_DATA") or HERE.parents[2] / "shared" / "data")


def belt_order(data):
    """Evaluation photographs whose class the model knows, mixed."""
    with open(data / "grocery" / "labels.csv", newline="") as f:
        files = sorted(r["file"] for r in csv.DictReader(f)
                       if r["file"].startswith("eval/") and r["imagenet_index_0based"])
    random.Random(1).shuffle(files)
    return files


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, default=default_data())
    data = p.parse_args().data
    missing = [q for q in (data / MODEL, data / "grocery" / "labels.csv") if not q.is_file()]
    if missing:
        sys.exit(f"prepare: {missing[0]} is absent; give the shared data folder with --data or OREE_SHARED_DATA")
    shutil.copyfile(data / MODEL, HERE / "models" / "imagenet" / "1" / "model.onnx")
    images = HERE / "images"
    images.mkdir(exist_ok=True)
    files = belt_order(data)
    for i, name in enumerate(files):
        shutil.copyfile(data / "grocery" / name, images / f"{i + 1:03d}-{Path(name).name}")
    print(f"prepare: model and {len(files)} photographs are in place")


if __name__ == "__main__":
    main()
