"""Training crops: real boards, real templates with painted flaws, invented layouts."""
import numpy as np
from PIL import Image
from scipy import ndimage

import boards
from flaws import spoil
from layouts import invent, roughen

SIZE = 192
SHRINK = 4                   # the network answers at a quarter of the input's resolution


class Crops:
    """An endless source of (picture, target, trust) for one worker."""

    def __init__(self, pairs, seed):
        self.rng = np.random.default_rng(seed)
        self.pairs = [(p, *boards.targets(p)) for p in pairs]

    def one(self):
        """uint8 [SIZE, SIZE], float target and trust [SIZE / 4, SIZE / 4]."""
        draw = self.rng.random()
        if draw < 0.35:
            picture, mask, trust = self._tested()
        else:
            clean = self._template() if draw < 0.60 else self._mixed() if draw < 0.75 else invent(self.rng, SIZE)
            picture, mask = spoil(clean, self.rng, self._how_many())
            trust = np.ones_like(mask)
        turn = self.rng.integers(8)
        picture, mask, trust = (_turned(a, turn) for a in (picture, mask, trust))
        return np.where(picture, 0, 255).astype(np.uint8), *_quarter(mask, trust)

    def _how_many(self):
        """Flaws to paint; a third of the crops stay clean."""
        return 0 if self.rng.random() < 0.33 else int(self.rng.integers(1, 5))

    def _tested(self):
        """A crop of a board as made, mostly around one of its defects."""
        pair, mask, trust = self.pairs[self.rng.integers(len(self.pairs))]
        if self.rng.random() < 0.75 and pair.defects:
            x1, y1, x2, y2, _ = pair.defects[self.rng.integers(len(pair.defects))]
            at = np.array([y1 + y2, x1 + x2]) // 2 - SIZE // 2 + self.rng.integers(-70, 71, 2)
        else:
            at = self.rng.integers(0, 640, 2) - SIZE // 2
        return self._cut([pair.tested < 128, mask, trust], at)

    def _template(self):
        """A clean crop of a template; flaws are painted on after the change of scale."""
        pair = self.pairs[self.rng.integers(len(self.pairs))][0]
        picture, = self._cut([pair.template < 128], self.rng.integers(0, 640, 2) - SIZE // 2)
        return roughen(picture, self.rng, self.rng.uniform(0, 1)) if self.rng.random() < 0.4 else picture

    def _mixed(self):
        """Copper of two clean layouts together: shapes no family has, still free of flaws."""
        one = _turned(self._template(), self.rng.integers(8))
        other = self._template() if self.rng.random() < 0.5 else invent(self.rng, SIZE)
        both = one | other if self.rng.random() < 0.6 else one & other
        return roughen(both, self.rng, self.rng.uniform(0, 0.5))

    def _cut(self, planes, at):
        """Crops all planes alike, at a random scale, tracks thickened or thinned a little."""
        scale = self.rng.choice([1.0, self.rng.uniform(0.75, 1.35)])
        side = min(640, int(round(SIZE * scale)))
        y, x = np.clip(at, 0, 640 - side)
        out = [p[y:y + side, x:x + side] for p in planes]
        if side != SIZE:
            out = [_scaled(p) for p in out]
        if self.rng.random() < 0.25:
            grow = self.rng.random() < 0.5
            out[0] = (ndimage.binary_dilation if grow else ndimage.binary_erosion)(out[0], border_value=not grow and 1)
        return out


def _scaled(plane):
    image = Image.fromarray(np.where(plane, 255, 0).astype(np.uint8))
    return np.asarray(image.resize((SIZE, SIZE), Image.BILINEAR)) > 127


def _turned(a, turn):
    """One of the eight symmetries of the square."""
    a = np.rot90(a, turn % 4)
    return a[:, ::-1] if turn >= 4 else a


def _quarter(mask, trust):
    """Quarter-resolution target: a cell is a defect if a fair part of it is."""
    n = SIZE // SHRINK
    cells = mask.reshape(n, SHRINK, n, SHRINK).sum((1, 3))
    doubt = (cells > 0) & (cells < 3)
    trusted = trust.reshape(n, SHRINK, n, SHRINK).all((1, 3)) & ~doubt
    return (cells >= 3).astype(np.float32), trusted.astype(np.float32)
