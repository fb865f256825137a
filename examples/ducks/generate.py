"""Generates pictures of plastic ducks on a conveyor, good and defective.

    python generate.py --count 60 --out images          the sample line of this example
    python generate.py --count 500 --mixed --out DIR    a varied set with every class equally often

Every picture depends only on its seed. Seeds below 1,000,000 are for training, seeds
from 1,000,000 on for evaluation, the sample line uses seeds from 5,000,000.
"""
import argparse
import csv
import io
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

import defects
import render
from defects import LABELS
from duckshape import Shape
from scenery import random_line
from tracing import view_direction

EVALUATION_SEEDS = 1_000_000
SAMPLE_SEEDS = 5_000_000
DEFECT_EVERY = 10          # of ten consecutive ducks on the sample line, three are bad
BAD_PER_TEN = 3


def _random_scene(rng):
    """A good duck anywhere the line's tolerances and camera mountings allow."""
    shape = Shape(squash=float(rng.uniform(0.975, 1.025)), lean=float(rng.uniform(-0.012, 0.012)),
                  tail_lift=0.62 + float(rng.uniform(-0.06, 0.06)))
    warm = rng.uniform(-0.05, 0.05)
    light = np.array([rng.uniform(-0.75, 0.35), rng.uniform(0.7, 1.0), rng.uniform(0.45, 0.85)])
    return render.Scene(
        shape=shape,
        skin=tuple(np.array([0.95, 0.60, 0.015]) * [1, rng.uniform(0.94, 1.06), rng.uniform(0.6, 2)]),
        yaw=float(rng.uniform(-0.22, 0.52)), roll=float(rng.normal(0, 0.025)),
        pitch=float(rng.uniform(0.22, 0.34)), scale=float(rng.uniform(128, 166)),
        foot=(float(rng.uniform(255, 385)), float(rng.uniform(338, 360))),
        facing=int(rng.choice([-1, 1])), light=tuple(light), exposure=float(rng.uniform(0.78, 1.18)),
        tint=(1 + warm, 1.0, 1 - warm), lens_blur=float(rng.uniform(0.4, 0.95)),
        motion_blur=int(rng.choice([0, 0, 0, 2, 3])), noise=float(rng.uniform(0.8, 3.5)),
        line=random_line(rng))


def _on_line(scene, line, rng):
    """The same duck on one given line: fixed lamp and camera, ducks all facing one way."""
    scene.line = dict(line, offset=float(rng.uniform(0, 640)))
    scene.facing, scene.pitch, scene.exposure = 1, 0.28, float(rng.uniform(0.98, 1.04))
    scene.light = (-0.5 + float(rng.normal(0, 0.02)), 0.85, 0.6)
    scene.tint, scene.lens_blur, scene.motion_blur, scene.noise = (1.0, 1.0, 1.0), 0.5, 0, 1.2
    scene.scale, scene.foot = 152.0 + float(rng.normal(0, 2)), (float(rng.uniform(295, 345)), 349.0)
    return scene


def scene_of(seed, line=None):
    """The good duck of a seed, on a random line or on the given one."""
    rng = np.random.default_rng([7, seed])
    scene = _random_scene(rng)
    return scene if line is None else _on_line(scene, line, rng)


def sample(seed, label=None, line=None, ss=1):
    """Picture and label of one seed; label None draws every class equally often."""
    rng = np.random.default_rng([8, seed])
    label = label or LABELS[rng.integers(len(LABELS))]
    scene = scene_of(seed, line)
    paint = defects.apply(label, scene, rng, view_direction(scene), ss)
    return render.take(scene, render.set_stage(scene, ss), rng, paint), label


def variants(scene, labels, seed):
    """The same duck once per label; only for labels that leave its shape alone."""
    rng, stage = np.random.default_rng([9, seed]), render.set_stage(scene)
    for label in labels:
        changed = replace(scene)
        paint = defects.apply(label, changed, rng, view_direction(scene), 1)
        yield render.take(changed, stage, rng, paint)


def as_jpeg(image, quality=88):
    """JPEG bytes as the line's camera would send them."""
    buffer = io.BytesIO()
    image.save(buffer, "JPEG", quality=quality, optimize=True)
    return buffer.getvalue()


def through_jpeg(image, quality=88):
    """The picture as anyone downstream sees it: decoded from JPEG."""
    return Image.open(io.BytesIO(as_jpeg(image, quality))).convert("RGB")


def line_labels(count, rng):
    """Labels in line order: about 70 % good, every defect present, never announced."""
    labels, kinds = [], []
    while len(labels) < count:
        bad = set(rng.choice(DEFECT_EVERY, BAD_PER_TEN, replace=False))
        for k in range(DEFECT_EVERY):
            if not kinds:
                kinds = list(rng.permutation(LABELS[1:]))
            labels.append(str(kinds.pop()) if k in bad else "good")
    return labels[:count]


def _write(args):
    out = Path(args.out)
    out.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(args.seed)
    line = None if args.mixed else random_line(np.random.default_rng(args.line))
    labels = [None] * args.count if args.mixed else line_labels(args.count, rng)
    rows = []
    for i, wanted in enumerate(labels):
        image, label = sample(args.seed + i, wanted, line, ss=args.supersampling)
        name = f"{i + 1:03d}.jpg"
        (out / name).write_bytes(as_jpeg(image))
        rows.append((name, label, "OK" if label == "good" else "KO"))
    with open(out / "truth.csv", "w", newline="") as f:
        writer = csv.writer(f, lineterminator="\n")
        writer.writerow(("file", "label", "decision"))
        writer.writerows(rows)
    print(f"{len(rows)} pictures in {out}")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--out", default="images")
    p.add_argument("--count", type=int, default=60)
    p.add_argument("--seed", type=int, default=SAMPLE_SEEDS)
    p.add_argument("--line", type=int, default=16, help="which conveyor and hall the sample line has")
    p.add_argument("--mixed", action="store_true", help="varied lines, every class equally often")
    p.add_argument("--supersampling", type=int, default=2)
    _write(p.parse_args())


if __name__ == "__main__":
    main()
