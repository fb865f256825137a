"""Training pictures, drawn once, shrunk to the network's input and kept in a cache file.

They come in groups: the same duck in the same light, good and with each painted defect.
Placing and lighting a duck is the costly part, and pairs that differ only by a scratch
teach a scratch many times faster than unrelated pictures.
"""
import os
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

from defects import LABELS
from generate import sample, scene_of, through_jpeg, variants
from preprocess import load_package, shrink

CACHE = Path(os.environ.get("OREE_DUCKS_CACHE", Path.home() / ".cache" / "oree-ducks"))


def _group(seed):
    """Five pictures of one seed: uint8 [5, H, W, 3] and their label indices."""
    labels = ["good", "scratch", "stain", ("missing_eye", "wrong_colour")[seed % 2]]
    pictures = [*variants(scene_of(seed), labels, seed), sample(seed, "deformed")[0]]
    size, quality = load_package()["input"]["size"], 80 + seed % 16
    x = np.stack([shrink(through_jpeg(p, quality), size) for p in pictures])
    return x, [LABELS.index(name) for name in [*labels, "deformed"]]


def training_set(groups, workers=2):
    """uint8 [n, H, W, 3] and int labels [n] for seeds 0..groups-1."""
    path = CACHE / f"train-{groups}.npz"
    if not path.exists():
        CACHE.mkdir(parents=True, exist_ok=True)
        rows = []
        with ProcessPoolExecutor(workers) as pool:
            for row in pool.map(_group, range(groups), chunksize=10):
                rows.append(row)
                if len(rows) % 100 == 0:
                    print(f"drew {len(rows)} of {groups} groups", flush=True)
        np.savez(path, x=np.concatenate([r[0] for r in rows]), y=np.array([v for r in rows for v in r[1]]))
    stored = np.load(path)
    return stored["x"], stored["y"]


if __name__ == "__main__":
    pictures, truth = training_set(1200)
    print(pictures.shape, dict(zip(LABELS, np.bincount(truth))))
