"""Draws samples/: small varied pictures to optimise the network with (../../run demo optimise).

    python samples.py --out samples

samples/calib holds 40 to calibrate with, the rest 120 to judge by, every class equally often; labels.csv names them.
Their seeds are neither those of the training nor those of evaluate.py.
"""
import argparse
import csv
from pathlib import Path

from PIL import Image

from generate import as_jpeg, sample

CALIBRATION_SEEDS, JUDGING_SEEDS = 900_000, 7_000_000
SIZE = (320, 240)


def draw(folder, prefix, seeds):
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds):
        image, label = sample(seed)
        name = f"{number + 1:03d}.jpg"
        (folder / name).write_bytes(as_jpeg(image.resize(SIZE, Image.LANCZOS), 85))
        yield prefix + name, label


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--out", type=Path, default=Path("samples"))
    parser.add_argument("--calibration", type=int, default=40)
    parser.add_argument("--judging", type=int, default=120)
    args = parser.parse_args()
    rows = [*draw(args.out / "calib", "calib/", range(CALIBRATION_SEEDS, CALIBRATION_SEEDS + args.calibration)),
            *draw(args.out / "test", "test/", range(JUDGING_SEEDS, JUDGING_SEEDS + args.judging))]
    with open(args.out / "labels.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows([("file", "label"), *rows])


if __name__ == "__main__":
    main()
