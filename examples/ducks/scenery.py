"""The conveyor and the factory behind it, as linear RGB."""
import numpy as np
from PIL import Image, ImageFilter

WIDTH, HEIGHT = 640, 480


def random_line(rng):
    """One production line's looks: belt colour and grain, rails, hall."""
    belts = [(0.028, 0.034, 0.040), (0.020, 0.045, 0.060), (0.030, 0.055, 0.045), (0.085, 0.090, 0.095),
             (0.045, 0.045, 0.048), (0.016, 0.018, 0.022)]
    halls = [(0.20, 0.25, 0.28), (0.30, 0.30, 0.28), (0.10, 0.15, 0.19), (0.36, 0.38, 0.40), (0.15, 0.13, 0.12)]
    return {
        "belt": tuple(np.array(belts[rng.integers(len(belts))]) * rng.uniform(0.8, 1.3)),
        "hall": tuple(np.array(halls[rng.integers(len(halls))]) * rng.uniform(0.7, 1.2)),
        "grain": float(rng.uniform(0.04, 0.13)),
        "weave": float(rng.uniform(0.0, 0.10)),
        "offset": float(rng.uniform(0, 640)),
        "rail": float(rng.uniform(0.25, 0.5)),
        "back_edge": float(rng.uniform(1.15, 1.5)),
        "front_edge": float(rng.uniform(1.25, 1.6)),
        "seed": int(rng.integers(1 << 31)),
    }


def _blurred_hall(line):
    """Out-of-focus hall: columns, machines and lamps."""
    rng = np.random.default_rng(line["seed"])
    w, h = WIDTH // 4, HEIGHT // 4
    y = np.linspace(1.15, 0.55, h)[:, None, None]
    hall = np.array(line["hall"]) * y * np.ones((h, w, 1))
    for _ in range(rng.integers(5, 10)):
        x0, width = rng.integers(-10, w), rng.integers(4, 34)
        y0 = rng.integers(0, h // 2)
        hall[y0:, max(0, x0):max(0, x0 + width)] *= rng.uniform(0.45, 1.4) * rng.uniform(0.9, 1.1, 3)
    for _ in range(rng.integers(1, 5)):
        x0, y0, r = rng.integers(0, w), rng.integers(0, h // 4), rng.integers(2, 5)
        hall[max(0, y0 - r // 2):y0 + r // 2 + 1, max(0, x0 - 3 * r):x0 + 3 * r] += rng.uniform(0.2, 0.7)
    planes = []
    for c in range(3):
        im = Image.fromarray(hall[:, :, c].astype(np.float32))
        im = im.resize((WIDTH, HEIGHT), Image.BICUBIC)
        planes.append(np.asarray(im))
    eight = Image.fromarray((255 * np.clip(np.stack(planes, 2), 0, 1) ** 0.5).astype(np.uint8))
    eight = eight.filter(ImageFilter.GaussianBlur(14))
    return (np.asarray(eight, np.float32) / 255) ** 2


def _belt(line, rows):
    """Belt rubber: cloth-like weave, grain drawn out along the travel, faint scuffs."""
    rng = np.random.default_rng(line["seed"] + 1)
    x = np.arange(WIDTH) + line["offset"]
    y = np.arange(rows)[:, None]
    weave = 1 + line["weave"] * np.sin(x * 0.9) * np.sin(y * 1.7)
    grain = rng.standard_normal((rows, WIDTH + 24)).astype(np.float32)
    grain = sum(grain[:, k:k + WIDTH] for k in range(0, 24, 3)) / 2.8
    texture = weave * (1 + line["grain"] * grain)
    for _ in range(rng.integers(2, 7)):
        row, width = rng.integers(0, rows), rng.uniform(1, 3)
        texture = texture * (1 + rng.uniform(-0.10, 0.16) * np.exp(-((y - row) / width) ** 2))
    return np.maximum(texture, 0)[:, :, None] * np.array(line["belt"])


def _rail(height, brightness, rng):
    """A brushed aluminium profile seen from the side."""
    y = np.linspace(0, 1, height)[:, None]
    profile = 0.35 + 0.9 * np.exp(-((y - 0.22) / 0.13) ** 2) - 0.25 * (np.abs(y - 0.62) < 0.10) + 0.2 * (y > 0.85)
    brush = 1 + 0.02 * rng.standard_normal((height, WIDTH))
    return (brightness * np.maximum(profile, 0.08) * brush)[:, :, None] * np.array([0.97, 1.0, 1.03])


def draw_background(line):
    """Background [H, W, 3] and the mask of belt pixels; ducks stand around row 348."""
    rng = np.random.default_rng(line["seed"] + 2)
    depth = 41.45                    # rows per unit of belt depth, seen at a low angle
    back = int(348 - line["back_edge"] * depth)
    front = int(374 + line["front_edge"] * depth)
    image = _blurred_hall(line)
    rail = 22
    image[back - rail:back] = _rail(rail, line["rail"], rng)
    shade = np.exp(-np.arange(12) / 4.0)[:, None, None]
    image[back:front] = _belt(line, front - back)
    image[back:back + 12] *= 1 - 0.55 * shade
    light = 1 + 0.35 * np.exp(-((np.arange(WIDTH) - 250) / 260.0) ** 2)[None, :, None]
    image[back - rail:] *= light
    if front < HEIGHT:
        image[front:] = _rail(60, line["rail"], rng)[:HEIGHT - front] * 0.8
    mask = np.zeros((HEIGHT, WIDTH), bool)
    mask[back:front] = True
    return image.astype(np.float32), mask
