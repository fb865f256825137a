"""What goes wrong with ducks: changes to the scene, and marks painted on the skin.

A mark is drawn as a mask in the picture plane, then kept only where the camera sees
bare skin, so it follows the outline, the wing and the eye.
"""
import numpy as np
from PIL import Image, ImageDraw, ImageFilter

from scenery import HEIGHT, WIDTH

LABELS = ["good", "missing_eye", "scratch", "stain", "wrong_colour", "deformed"]

WRONG_SKINS = [
    (0.90, 0.26, 0.020),    # orange: beak pigment in the body mould
    (0.42, 0.62, 0.050),    # green
    (0.88, 0.80, 0.500),    # pale: not enough pigment
    (0.90, 0.30, 0.300),    # pink: previous batch
    (0.52, 0.24, 0.030),    # brown: burnt in the mould
    (0.18, 0.42, 0.700),    # blue: previous batch
    (0.60, 0.60, 0.560),    # grey: recycled resin
]


def wrong_colour(scene, rng):
    """Another batch's pigment."""
    skin = np.array(WRONG_SKINS[rng.integers(len(WRONG_SKINS))])
    scene.skin = tuple(np.clip(skin * rng.uniform(0.9, 1.1, 3), 0.005, 0.95))


def _dent(scene, rng):
    """A hollow on the side that the camera sees: body or head."""
    if rng.random() < 0.35:
        hx, hy = scene.shape.head_centre
        angle, r = rng.uniform(1.8, 3.1), rng.uniform(0.30, 0.40)
        reach = 0.47 + r - rng.uniform(0.19, 0.26)
        side = rng.uniform(0.5, 0.75)
        flat = np.sqrt(1 - side ** 2)
        centre = (hx + reach * flat * np.cos(angle), hy + reach * flat * np.sin(angle), reach * side)
    else:
        r = rng.uniform(0.34, 0.50)
        x = rng.uniform(-0.35, 0.5)
        side = 0.70 * np.sqrt(1 - x * x)
        centre = (x, rng.uniform(-0.1, 0.2), side + r - rng.uniform(0.19, 0.27))
    scene.shape.dents = [(*[float(c) for c in centre], float(r))]


def deformed(scene, rng):
    """One of the ways a soft blow-moulded part leaves the mould in a bad shape."""
    kind, shape = rng.integers(5), scene.shape
    if kind == 0:
        _dent(scene, rng)
    elif kind == 1:                                            # flattened
        shape.squash = float(rng.uniform(0.68, 0.80))
    elif kind == 2:                                            # sagging forwards or backwards
        shape.lean = float(rng.choice([-1, 1]) * rng.uniform(0.10, 0.17))
    elif kind == 3:                                            # sunken head
        shape.head_centre = (0.50 - float(rng.uniform(0, 0.1)), float(rng.uniform(0.56, 0.66)))
        shape.head = (0.48, 0.42, 0.46)
    else:                                                      # no tail
        shape.tail_length, shape.tail_lift = 0.17, -0.2


def _mask_grid(surface, ss):
    """Flat visible-skin lookup helpers: picture x and y of each surface point, in pixels."""
    width = WIDTH * ss
    return (surface.index % width) / ss, (surface.index // width) / ss


def _aim(surface, skin, x, y, rng, view):
    """A point on bare skin that faces the camera well enough to be seen."""
    seen = np.flatnonzero((skin > 0.99) & (surface.cover > 0.99) & (-(view @ surface.normal) > 0.5))
    k = seen[rng.integers(seen.size)]
    return float(x[k]), float(y[k])


def _sample(mask, x, y, ss):
    """Mask value (0..1) at each surface point; the mask is drawn at ss samples per pixel."""
    image = np.asarray(mask, np.float32) / 255
    return image[np.minimum((y * ss).astype(int), image.shape[0] - 1),
                 np.minimum((x * ss).astype(int), image.shape[1] - 1)]


def _stroke(points, width, ss, shift=(0, 0)):
    """Antialiased polyline that thins out towards both ends."""
    up = 2 * ss
    image = Image.new("L", (WIDTH * up, HEIGHT * up))
    draw = ImageDraw.Draw(image)
    n = len(points)
    for i in range(n - 1):
        taper = np.sin(np.pi * (i + 0.7) / n) ** 0.5
        ends = [((px + shift[0]) * up, (py + shift[1]) * up) for px, py in points[i:i + 2]]
        draw.line([c for e in ends for c in e], fill=255, width=max(1, round(width * taper * up)))
    return image.resize((WIDTH * ss, HEIGHT * ss), Image.BOX)


def scratch_painter(rng, view, ss):
    """Returns the paint function of a scratch: a dark groove with a raised pale lip."""
    def paint(surface, colour, gloss, skin):
        x, y = _mask_grid(surface, ss)
        for _ in range(40):
            points = _wander(*_aim(surface, skin, x, y, rng, view), rng)
            core = _stroke(points, rng.uniform(3.6, 6.0), ss)
            a = _sample(core, x, y, ss) * skin
            if a.sum() > 0.85 * (np.asarray(core, np.float32).sum() / 255) and a.sum() / ss ** 2 > 190:
                break
        lip = _sample(_stroke(points, 2.4, ss, (2.2, 2.9)), x, y, ss) * skin
        depth = rng.uniform(0.8, 0.95)
        dark = colour * np.array([0.26, 0.19, 0.16], np.float32)
        colour = colour * (1 - 0.45 * lip[:, None]) + 0.45 * lip[:, None] * np.array([1.0, 0.86, 0.45], np.float32)
        a = a[:, None] * depth
        return colour * (1 - a) + dark * a, gloss * (1 - 0.9 * a[:, 0])
    return paint


def _wander(x, y, rng):
    """A slightly bent line through (x, y)."""
    length, angle, bend = rng.uniform(65, 135), rng.uniform(0, np.pi), rng.uniform(-0.9, 0.9)
    n, points = 14, []
    step, heading = length / n, angle - bend / 2
    px, py = x - np.cos(angle) * length / 2, y - np.sin(angle) * length / 2
    for _ in range(n + 1):
        points.append((px, py))
        px, py = px + step * np.cos(heading), py + step * np.sin(heading)
        heading += bend / n + rng.normal(0, 0.05)
    return points


def stain_painter(rng, view, ss):
    """Returns the paint function of a stain: oil, ink or grease, with splashes around."""
    pigment = np.array([(0.06, 0.035, 0.02), (0.05, 0.05, 0.055), (0.03, 0.05, 0.09),
                        (0.16, 0.07, 0.02)][rng.integers(4)], np.float32)

    def paint(surface, colour, gloss, skin):
        x, y = _mask_grid(surface, ss)
        for _ in range(40):
            cx, cy = _aim(surface, skin, x, y, rng, view)
            mask = _blob(cx, cy, rng, ss)
            a = _sample(mask, x, y, ss) * skin
            if a.sum() > 0.8 * (np.asarray(mask, np.float32).sum() / 255) and a.sum() / ss ** 2 > 480:
                break
        a = (a * rng.uniform(0.72, 0.94))[:, None]
        return colour * (1 - a) + pigment * a, gloss * (1 - 0.5 * a[:, 0])
    return paint


def _blob(cx, cy, rng, ss):
    """An irregular spot of 14 to 29 pixels radius and a few droplets."""
    image = Image.new("L", (WIDTH * ss, HEIGHT * ss))
    draw = ImageDraw.Draw(image)
    radius, phase = rng.uniform(14, 29), rng.uniform(0, 2 * np.pi, 4)
    angles = np.linspace(0, 2 * np.pi, 60, endpoint=False)
    wave = 1 + sum(w * np.sin(k * angles + p) for k, w, p in zip((2, 3, 5, 8), (0.22, 0.14, 0.08, 0.05), phase))
    outline = [((cx + radius * w * np.cos(t)) * ss, (cy + 0.85 * radius * w * np.sin(t)) * ss)
               for t, w in zip(angles, wave)]
    draw.polygon(outline, fill=255)
    for _ in range(rng.integers(1, 6)):
        t, far, r = rng.uniform(0, 2 * np.pi), radius * rng.uniform(1.3, 1.9), rng.uniform(1.5, 4.5)
        px, py = cx + far * np.cos(t), cy + far * np.sin(t)
        draw.ellipse([(px - r) * ss, (py - r) * ss, (px + r) * ss, (py + r) * ss], fill=230)
    return image.filter(ImageFilter.GaussianBlur(rng.uniform(0.8, 2.2) * ss))


def apply(label, scene, rng, view, ss):
    """Puts the defect `label` into the scene; returns the paint function or None."""
    if label == "missing_eye":
        scene.has_eye = False
    elif label == "wrong_colour":
        wrong_colour(scene, rng)
    elif label == "deformed":
        deformed(scene, rng)
    elif label == "scratch":
        return scratch_painter(rng, view, ss)
    elif label == "stain":
        return stain_painter(rng, view, ss)
    return None
