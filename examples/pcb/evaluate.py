"""Measures the board segmenter on board families it never saw.

    python evaluate.py [--data ../../../shared/data/deeppcb] [--families held-out|training|all]

For every pair the board as made should be KO and its template OK, by the rule of
station.yaml. A defect counts as found when the mask marks a pixel in its box.
Says "skipped" and exits 0 where the data folder is absent.
"""
import argparse
import sys
import time
from collections import Counter
from pathlib import Path

import numpy as np
import onnxruntime
import yaml
from PIL import Image
from scipy import ndimage

import boards

HERE = Path(__file__).resolve().parent
PACKAGE = HERE / "models" / "boards" / "1"


class Segmenter:
    """The committed model behind the preprocessing of its model.yaml, one thread."""

    def __init__(self, model):
        settings = yaml.safe_load((PACKAGE / "model.yaml").read_text())
        self.layout, self.threshold = settings["input"], settings["output"]["score_threshold"]
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        self.session = onnxruntime.InferenceSession(str(model), options, ["CPUExecutionProvider"])
        self.spent = []

    def mask(self, grey):
        """bool [h, w] at the network's own resolution."""
        image = Image.fromarray(grey).resize(tuple(self.layout["size"]), Image.BILINEAR)
        x = (np.asarray(image, np.float32) - np.float32(self.layout["mean"])) * np.float32(self.layout["scale"])
        start = time.perf_counter()
        logits = self.session.run(None, {"input": x[None, None]})[0][0, 0]
        self.spent.append(time.perf_counter() - start)
        return 1 / (1 + np.exp(-logits)) > self.threshold


def area_limit():
    """The share of the mask above which station.yaml says KO."""
    station = yaml.safe_load((HERE / "station.yaml").read_text())
    return station["steps"]["copper"]["rule"]["threshold"]


def boxes_found(mask, pair):
    """Per defect: (kind, found); and how many marked spots lie outside every box."""
    step = pair.tested.shape[0] // mask.shape[0]
    spots, n = ndimage.label(mask, np.ones((3, 3)))
    inside, rows = set(), []
    for x1, y1, x2, y2, kind in pair.defects:
        box = spots[max(0, y1 // step - 1):y2 // step + 2, max(0, x1 // step - 1):x2 // step + 2]
        hit = set(np.unique(box[box > 0]))
        inside |= hit
        rows.append((boards.KINDS[kind], bool(hit)))
    return rows, n - len(inside)


def measure(pairs, segmenter, limit, verbose):
    """Prints the figures of a set of pairs."""
    found, total = Counter(), Counter()
    right = {"board as made": 0, "template": 0}
    false_spots = {"board as made": 0, "template": 0}
    for pair in pairs:
        made, template = segmenter.mask(pair.tested), segmenter.mask(pair.template)
        rows, stray = boxes_found(made, pair)
        for kind, hit in rows:
            total[kind] += 1
            found[kind] += hit
        right["board as made"] += made.mean() > limit
        right["template"] += template.mean() <= limit
        false_spots["board as made"] += stray
        false_spots["template"] += ndimage.label(template, np.ones((3, 3)))[1]
        if verbose:
            print(f"  {pair.name}: {sum(h for _, h in rows)} of {len(rows)} defects, share marked "
                  f"{made.mean():.5f}, template {template.mean():.5f}")
    n = len(pairs)
    print(f"{n} pairs of {len({p.family for p in pairs})} families, KO above {limit} of the mask")
    for side, verdict in (("board as made", "KO"), ("template", "OK")):
        print(f"{side}: {right[side]} of {n} {verdict}; spots marked without cause: {false_spots[side]}")
    print(f"board-level accuracy {100 * sum(right.values()) / (2 * n):.1f} %")
    for kind in boards.KINDS.values():
        print(f"  {kind:<10} {found[kind]:>3} of {total[kind]:>3} found")
    print(f"  all        {sum(found.values()):>3} of {sum(total.values()):>3} found "
          f"({100 * sum(found.values()) / sum(total.values()):.1f} %)")
    print(f"inference {1000 * np.median(segmenter.spent):.1f} ms per board, one thread")


def main():
    p = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    p.add_argument("--data", type=Path, default=boards.default_folder())
    p.add_argument("--families", choices=["held-out", "training", "all"], default="held-out")
    p.add_argument("--only", nargs="*", help="just these families of the choice")
    p.add_argument("--model", type=Path, default=PACKAGE / "model.onnx")
    p.add_argument("--verbose", action="store_true", help="one line per board")
    args = p.parse_args()
    if not args.data.is_dir():
        print(f"skipped: no board pictures at {args.data}")
        sys.exit(0)
    pairs = boards.load(args.data)
    training, held = boards.split(pairs)
    chosen = {"held-out": held, "training": training, "all": pairs}[args.families]
    chosen = [q for q in chosen if not args.only or q.family in args.only]
    measure(chosen, Segmenter(args.model), area_limit(), args.verbose)


if __name__ == "__main__":
    main()
