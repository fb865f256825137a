"""Paints the six kinds of defect on a clean layout (bool [H, W], True = copper).

Real flaws are ragged: scratches, over-etching, burrs. So everything here is drawn as a
ragged stroke or spot, and a flaw is placed by the distance to the nearest copper edge.
"""
import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

WINDOW = 96


def _ragged(mask, rng):
    """Shakes the outline of a drawn mark."""
    noise = ndimage.gaussian_filter(rng.standard_normal(mask.shape), 0.8)
    soft = ndimage.gaussian_filter(mask.astype(np.float32), 0.8)
    return (soft + noise * rng.uniform(0, 0.7) > 0.45) & (soft > 0.12)


def _canvas(shape, cx, cy, reach):
    """The window around a mark, so that raggedness costs little: slices and origin."""
    y0, y1 = max(0, int(cy - reach)), min(shape[0], int(cy + reach) + 1)
    x0, x1 = max(0, int(cx - reach)), min(shape[1], int(cx + reach) + 1)
    return (slice(y0, y1), slice(x0, x1)), x0, y0


def _stroke(shape, rng, start, angle, length, width):
    """A bent, ragged line from `start`; bool of the full shape."""
    window, x0, y0 = _canvas(shape, *start, length + width + 4)
    image = Image.new("1", (window[1].stop - x0, window[0].stop - y0))
    draw, (x, y) = ImageDraw.Draw(image), (start[0] - x0, start[1] - y0)
    n = int(rng.integers(2, 6))
    for _ in range(n):
        nx = x + np.cos(angle) * length / n
        ny = y + np.sin(angle) * length / n
        draw.line([x, y, nx, ny], fill=1, width=max(1, int(round(width * rng.uniform(0.6, 1.4)))))
        x, y, angle = nx, ny, angle + rng.normal(0, 0.45)
    out = np.zeros(shape, bool)
    out[window] = _ragged(np.array(image, bool), rng)
    return out


def _spot(shape, rng, centre, radius):
    """An uneven spot, sometimes long."""
    if rng.random() < 0.5:
        angle, length = rng.uniform(0, 2 * np.pi), radius * rng.uniform(1.5, 4)
        return _stroke(shape, rng, centre, angle, length, max(2, radius * 0.8))
    window, x0, y0 = _canvas(shape, *centre, 2.5 * radius + 4)
    ys, xs = np.mgrid[window]
    dx, dy, turn = xs - centre[0], ys - centre[1], rng.uniform(0, np.pi)
    a, b = dx * np.cos(turn) + dy * np.sin(turn), dy * np.cos(turn) - dx * np.sin(turn)
    stretch = rng.uniform(0.6, 1.7)
    out = np.zeros(shape, bool)
    out[window] = _ragged((a / stretch) ** 2 + (b * stretch) ** 2 < radius ** 2, rng)
    return out


def _pick(where, rng):
    """A random True position as (x, y), or None."""
    found = np.flatnonzero(where)
    if not found.size:
        return None
    y, x = divmod(int(found[rng.integers(found.size)]), where.shape[1])
    return x, y


def _uphill(distance, x, y):
    """Direction in which the distance to the edge grows."""
    h, w = distance.shape
    gx = distance[y, min(x + 2, w - 1)] - distance[y, max(x - 2, 0)]
    gy = distance[min(y + 2, h - 1), x] - distance[max(y - 2, 0), x]
    return np.arctan2(gy, gx)


def _bridge(inside, rng, widest):
    """Crosses a narrow strip of `inside`: an open in copper, a short in the gap."""
    distance = ndimage.distance_transform_edt(inside)
    ridge = (distance > 1.5) & (distance < widest / 2) & (distance >= ndimage.maximum_filter(distance, 3) - 0.01)
    at = _pick(ridge, rng)
    if at is None:
        return None
    half = distance[at[1], at[0]] + rng.uniform(2, 5)
    angle = _across(inside, at, half) + rng.normal(0, 0.3)
    start = (at[0] - np.cos(angle) * half, at[1] - np.sin(angle) * half)
    return _stroke(inside.shape, rng, start, angle, 2 * half, rng.uniform(2, 7)) & inside


def _across(inside, at, half):
    """The direction in which the strip is narrowest."""
    best, least = 0.0, 1e9
    for angle in np.arange(8) * np.pi / 8:
        run = 0
        for t in np.linspace(-2.2 * half, 2.2 * half, 23):
            x, y = int(at[0] + t * np.cos(angle)), int(at[1] + t * np.sin(angle))
            run += 0 <= x < inside.shape[1] and 0 <= y < inside.shape[0] and inside[y, x]
        if run < least:
            best, least = angle, run
    return best


def _at_edge(inside, rng, reach):
    """Position on the rim just inside, its inward direction, or None."""
    distance = ndimage.distance_transform_edt(inside)
    at = _pick((distance > 0) & (distance < 2) & (ndimage.maximum_filter(distance, 2 * reach + 1) > 2.5), rng)
    return None if at is None else (at, _uphill(ndimage.gaussian_filter(distance, 1.5), *at))


def _intrusion(inside, rng):
    """Eats into `inside` from its rim: a mousebite in copper, a spur in the gap."""
    found = _at_edge(inside, rng, 6)
    if found is None:
        return None
    at, angle = found
    if rng.random() < 0.55:
        mark = _stroke(inside.shape, rng, at, angle + rng.normal(0, 0.4), rng.uniform(6, 18), rng.uniform(2, 6))
    else:
        mark = _spot(inside.shape, rng, at, rng.uniform(3, 7))
    return mark & inside


def _island(inside, rng):
    """A spot away from the rim: a pin-hole in copper, stray copper in the gap."""
    distance = np.full(inside.shape, 99.0) if inside.all() else ndimage.distance_transform_edt(inside)
    at = _pick(distance > rng.uniform(4, 9), rng)
    if at is None:
        return None
    return _spot(inside.shape, rng, at, min(rng.uniform(2.2, 6.5), distance[at[1], at[0]])) & inside


def spoil(copper, rng, count):
    """Adds up to `count` flaws; returns (copper, mask of changed pixels).

    Each flaw is placed inside a random window: distances are then cheap to compute.
    """
    copper, mask = copper.copy(), np.zeros_like(copper)
    for _ in range(count):
        y, x = (int(rng.integers(0, max(1, n - WINDOW + 1))) for n in copper.shape)
        window = (slice(y, y + WINDOW), slice(x, x + WINDOW))
        inside = copper[window] if rng.random() < 0.5 else ~copper[window]
        if not inside.any():
            inside = ~inside
        kind = 2 if inside.all() else rng.integers(3)
        if kind == 0:
            change = _bridge(inside, rng, 46)
        else:
            change = _intrusion(inside, rng) if kind == 1 else _island(inside, rng)
        if change is not None and 14 < change.sum() < 900:
            copper[window] ^= change
            mask[window] |= change
    return copper, mask
