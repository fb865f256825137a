"""Invented board layouts: tracks, buses, pads, rings, pours.

Seven real families are too few shapes; invented ones teach what regular copper looks like.
Pictures are bool [size, size], True where there is copper.
"""
import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

STEPS = [(1, 0), (1, 1), (0, 1), (-1, 1), (-1, 0), (-1, -1), (0, -1), (1, -1)]


def _track(draw, rng, size, width, fill=1):
    """A track that runs straight and turns by 45 degrees."""
    x, y = rng.integers(-20, size + 20, 2)
    heading = rng.integers(8)
    points = [(x, y)]
    for _ in range(rng.integers(1, 7)):
        length = rng.integers(15, 160)
        x, y = x + STEPS[heading][0] * length, y + STEPS[heading][1] * length
        points.append((x, y))
        heading = (heading + rng.choice([-1, 1, -2, 2])) % 8
    draw.line([c for p in points for c in p], fill=fill, width=width, joint="curve")
    for px, py in points[1:-1]:
        _disc(draw, px, py, width / 2 - 0.5, fill)
    return points


def _disc(draw, x, y, r, fill):
    if r >= 0.5:
        draw.ellipse([x - r, y - r, x + r, y + r], fill=fill)


def _pad(draw, rng, x, y):
    """A pad: disc, ring, ring with a dot, rectangle or rounded rectangle, with or without a hole."""
    r, kind = rng.integers(7, 60) if rng.random() < 0.3 else rng.integers(6, 24), rng.integers(5)
    if kind <= 2:
        _disc(draw, x, y, r, 1)
        if kind > 0:
            _disc(draw, x, y, r * rng.uniform(0.25, 0.85), 0)
        if kind == 2:
            _disc(draw, x, y, r * rng.uniform(0.1, 0.3), 1)
        return
    w, h = r * rng.uniform(0.6, 1.6), r * rng.uniform(0.6, 1.6)
    corner = 0 if kind == 3 else min(w, h) * rng.uniform(0.2, 0.9)
    draw.rounded_rectangle([x - w, y - h, x + w, y + h], corner, fill=1)
    if rng.random() < 0.3:
        _disc(draw, x, y, min(w, h) * rng.uniform(0.2, 0.6), 0)


def _bus(draw, rng, size):
    """Parallel tracks, straight or with one common bend."""
    width, gap, n = rng.integers(4, 26), rng.integers(6, 26), rng.integers(2, 10)
    start, bend = rng.integers(-20, size), rng.integers(20, size)
    turned, slope = rng.random() < 0.5, rng.choice([-1, 0, 1])
    for k in range(n):
        c = start + k * (width + gap)
        points = [(-10, c), (bend, c), (bend + size, c + slope * size)]
        points = [(y, x) if turned else (x, y) for x, y in points]
        draw.line([v for p in points for v in p], fill=1, width=int(width), joint="curve")
        if rng.random() < 0.3:
            _disc(draw, *points[1], width * rng.uniform(0.5, 1.0), 1)


def _pour(draw, rng, size):
    """A filled area with cut corners, slots and vias in it."""
    x, y = rng.integers(-60, size - 40, 2)
    w, h = rng.integers(60, size, 2)
    cut = rng.integers(0, 40)
    corners = [(x + cut, y), (x + w, y), (x + w, y + h - cut), (x + w - cut, y + h), (x, y + h), (x, y + cut)]
    draw.polygon(corners, fill=1)
    for _ in range(rng.integers(0, 4)):
        _track(draw, rng, size, int(rng.integers(5, 16)), 0)
    for _ in range(rng.integers(0, 5)):
        _disc(draw, x + rng.integers(0, w), y + rng.integers(0, h), rng.integers(4, 14), 0)


def _comb(draw, rng, size):
    """Interlaced fingers: contacts, edge connectors, capacitor-like patterns."""
    x, y = rng.integers(-40, size - 30, 2)
    width, gap, length, n = rng.integers(4, 20), rng.integers(5, 20), rng.integers(25, 140), rng.integers(2, 9)
    rounded, upright = rng.random() < 0.5, rng.random() < 0.5
    for k in range(n):
        a = x + k * (width + gap)
        box = [a, y + (k % 2) * rng.integers(0, 2) * 8, a + width, y + length]
        box = box if upright else [box[1], box[0], box[3], box[2]]
        draw.rounded_rectangle([int(v) for v in box], int(width) // 2 if rounded else 0, fill=1)
    if rng.random() < 0.6:
        bar = [x, y + length - width, x + n * (width + gap), y + length]
        draw.rectangle([int(v) for v in (bar if upright else [bar[1], bar[0], bar[3], bar[2]])], fill=1)


def _grid(draw, rng, size):
    """Rows of equal pads or holes: a footprint, a via field."""
    x, y = rng.integers(-20, size, 2)
    pitch, r, fill = rng.integers(14, 44), rng.integers(3, 10), int(rng.random() < 0.7)
    square = rng.random() < 0.5
    for i in range(rng.integers(1, 6)):
        for j in range(rng.integers(2, 6)):
            px, py = x + i * pitch, y + j * pitch
            if square:
                draw.rectangle([px - r, py - r, px + r, py + r], fill=fill)
            else:
                _disc(draw, px, py, r, fill)
            if fill and r > 5 and not square:
                _disc(draw, px, py, r * 0.4, 0)


def _frame(draw, rng, size):
    """Outlines: thin rectangles with round corners, clearances around a pad or a pour."""
    x, y = rng.integers(-60, size - 20, 2)
    w, h, corner = rng.integers(20, size, 3)
    for k in range(rng.integers(1, 4)):
        inset = k * rng.integers(8, 24)
        if w > 2 * inset + 8 and h > 2 * inset + 8:
            draw.rounded_rectangle([int(v) for v in (x + inset, y + inset, x + w - inset, y + h - inset)],
                                   int(min(corner, w / 2, h / 2)), outline=int(k % 2 == 0 or rng.random() < 0.5),
                                   width=int(rng.integers(3, 14)))


def invent(rng, size):
    """One layout."""
    image = Image.new("1", (size, size), 0)
    draw = ImageDraw.Draw(image)
    for _ in range(rng.integers(0, 3)):
        _pour(draw, rng, size)
    for _ in range(rng.integers(0, 3)):
        _bus(draw, rng, size)
    for part in (_comb, _grid, _frame):
        if rng.random() < 0.35:
            part(draw, rng, size)
    for _ in range(rng.integers(0, 6)):
        points = _track(draw, rng, size, int(rng.integers(3, 9) if rng.random() < 0.5 else rng.integers(6, 50)))
        for px, py in (points[0], points[-1]):
            if rng.random() < 0.6:
                _pad(draw, rng, px, py)
    for _ in range(rng.integers(0, 9)):
        _pad(draw, rng, *rng.integers(0, size, 2))
    return roughen(np.array(image, bool), rng, rng.uniform(0.0, 1.0))


def roughen(copper, rng, amount):
    """Edges wander by a pixel or two, as the line-scan camera's threshold makes them."""
    soft = ndimage.gaussian_filter(copper.astype(np.float32), rng.uniform(0.7, 1.3))
    noise = ndimage.gaussian_filter(rng.standard_normal(copper.shape, np.float32), rng.uniform(0.6, 1.8))
    rough = soft + noise / (noise.std() + 1e-6) * 0.25 * amount > 0.5
    return np.where((soft > 0.06) & (soft < 0.94), rough, copper)        # never far from an edge
