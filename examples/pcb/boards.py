"""The real boards (DeepPCB): where they are, how they are split, what their labels say."""
import os
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image
from scipy import ndimage

KINDS = {1: "open", 2: "short", 3: "mousebite", 4: "spur", 5: "copper", 6: "pin-hole"}

# Whole families are held out: boards of one family share a layout, so a random split
# would measure memory. The list was fixed before the first training and is never used
# to choose anything.
HELD_OUT_FAMILIES = ("12000", "13000", "50600", "92000")


@dataclass
class Pair:
    """One board: the drawing it should match, the board as made, its defects."""
    name: str
    template: np.ndarray        # uint8 [640, 640]; copper is black
    tested: np.ndarray
    defects: list               # (x1, y1, x2, y2, kind)

    @property
    def family(self):
        return self.name[:5]


def default_folder():
    """Where the data is expected: $OREE_SHARED_DATA, or beside the repository."""
    root = os.environ.get("OREE_SHARED_DATA") or Path(__file__).resolve().parents[3] / "shared" / "data"
    return Path(root) / "deeppcb"


def load(folder):
    """Every pair of the folder, by name."""
    pairs = []
    for path in sorted(Path(folder).glob("*_test.jpg")):
        name = path.name[:-len("_test.jpg")]
        lines = (path.parent / f"{name}.txt").read_text().split("\n")
        defects = [tuple(int(v) for v in line.replace(",", " ").split()[:5]) for line in lines if line.strip()]
        pairs.append(Pair(name, grey(path.parent / f"{name}_temp.jpg"), grey(path), defects))
    return pairs


def grey(path):
    """A picture as uint8 [H, W]."""
    with Image.open(path) as image:
        return np.asarray(image.convert("L"))


def split(pairs):
    """(training pairs, held-out pairs)."""
    held = [p for p in pairs if p.family in HELD_OUT_FAMILIES]
    return [p for p in pairs if p.family not in HELD_OUT_FAMILIES], held


def _difference(tested, template, window, reach=5):
    """Where the window differs from the template, which may sit a few pixels off there."""
    rows, columns = window
    best = None
    for dy in range(-reach, reach + 1):
        for dx in range(-reach, reach + 1):
            moved = template[reach + rows.start + dy:reach + rows.stop + dy,
                             reach + columns.start + dx:reach + columns.stop + dx]
            found = tested[window] ^ moved
            if best is None or found.sum() < best.sum():
                best = found
    return best


def targets(pair):
    """Defect mask and trust mask of the tested board, both bool [H, W].

    The labels are boxes; inside them the difference to the template tells the pixels.
    The rest of each box is not trusted: it may or may not be part of the flaw.
    """
    tested, template = pair.tested < 128, np.pad(pair.template < 128, 5, mode="edge")
    mask, trust = np.zeros_like(tested), np.ones_like(tested)
    for x1, y1, x2, y2, _ in pair.defects:
        trust[max(0, y1 - 4):y2 + 4, max(0, x1 - 4):x2 + 4] = False
        inner = (slice(y1, y2), slice(x1, x2))
        found = _difference(tested, template, inner)
        thick = ndimage.binary_opening(found, np.ones((2, 2)))       # edges wander by one pixel
        mask[inner] |= thick if thick.sum() > 8 else found
    mask = ndimage.binary_dilation(mask, iterations=1)
    return mask, trust | mask
