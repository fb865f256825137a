"""The plastic duck as a solid: a signed distance field made of blended ellipsoids.

Why a solid and not a drawing: pose, light, shadow and outline then agree with each
other for every random duck, so the classifier cannot learn a drawing's artefacts.

Duck frame: x towards the beak, y up, z towards the viewer; the body is about 2 units
long and stands on the plane y = FLOOR. All arrays are float32 of shape [n].
"""
from dataclasses import dataclass, field

import numpy as np

FLOOR = -0.52
EYE_DIRECTION = np.array([0.60, 0.26, 0.76], np.float32) / np.float32(1.0027)


@dataclass
class Shape:
    """Dimensions of one duck; the defaults are the drawing of the part."""
    body: tuple = (1.0, 0.60, 0.72)
    head_centre: tuple = (0.50, 0.86)
    head: tuple = (0.50, 0.47, 0.47)
    tail_lift: float = 0.62          # radians
    tail_length: float = 0.40
    squash: float = 1.0              # height of the whole duck, 1 = as designed
    lean: float = 0.0                # x shift per unit of height: a duck that sags
    dents: list = field(default_factory=list)   # (x, y, z, radius) spheres carved out


def _ellipsoid(x, y, z, centre, radii, angle=0.0):
    """Approximate distance to an ellipsoid turned by `angle` around z."""
    x, y, z = x - np.float32(centre[0]), y - np.float32(centre[1]), z - np.float32(centre[2])
    if angle:
        c, s = np.float32(np.cos(angle)), np.float32(np.sin(angle))
        x, y = x * c + y * s, y * c - x * s
    a, b, c = x / np.float32(radii[0]), y / np.float32(radii[1]), z / np.float32(radii[2])
    k0 = np.sqrt(a * a + b * b + c * c)
    a, b, c = a / np.float32(radii[0]), b / np.float32(radii[1]), c / np.float32(radii[2])
    k1 = np.sqrt(a * a + b * b + c * c) + np.float32(1e-6)
    return k0 * (k0 - 1) / k1


def _smooth_min(a, b, k):
    """Union of two fields with a fillet of radius about k."""
    h = np.maximum(np.float32(k) - np.abs(a - b), 0)
    return np.minimum(a, b) - h * h * np.float32(0.25 / k)


def _wing(x, y, z):
    """The moulded wing, with two feather grooves towards its tip."""
    z = z + np.float32(0.33) * np.maximum(np.float32(0.1) - x, 0) ** 2      # follows the body inwards
    d = _ellipsoid(x, y, z, (-0.20, 0.10, 0.60), (0.52, 0.27, 0.17), -0.22) * np.float32(0.93)
    c, s = np.float32(np.cos(0.22)), np.float32(np.sin(0.22))
    u, v = (x + 0.20) * c - (y - 0.10) * s, (y - 0.10) * c + (x + 0.20) * s
    fade = np.clip(np.float32(0.15) - u, 0, np.float32(0.3)) * np.float32(3.3)
    bend = np.float32(0.35) * u * u
    groove = np.exp(-((v - 0.075 - bend) * 38) ** 2) + np.exp(-((v + 0.065 - bend) * 38) ** 2)
    return d + np.float32(0.022) * groove * fade


def _as_designed(shape, x, y, z):
    """Maps points of the deformed duck back to the undeformed one."""
    y = (y - FLOOR) / np.float32(shape.squash) + FLOOR
    if shape.lean:
        x = x - np.float32(shape.lean) * np.maximum(y - FLOOR, 0) ** 2
    return x, y, np.abs(z)


def beak(shape, x, y, z):
    """Distance to the orange part."""
    x, y, z = _as_designed(shape, x, y, z)
    return _beak_designed(shape, x, y, z)


def _beak_designed(shape, x, y, z):
    hx, hy = shape.head_centre
    front = hx + shape.head[0]
    upper = _ellipsoid(x, y, z, (front + 0.02, hy - 0.045, 0), (0.27, 0.075, 0.235), 0.20)
    lower = _ellipsoid(x, y, z, (front - 0.02, hy - 0.145, 0), (0.21, 0.060, 0.19), -0.12)
    return np.minimum(upper, lower)


def distance(shape, x, y, z):
    """Distance from points to the duck's surface, negative inside."""
    dent = None
    for cx, cy, cz, r in shape.dents:
        d = np.float32(r) - np.sqrt((x - cx) ** 2 + (y - cy) ** 2 + (z - cz) ** 2)
        dent = d if dent is None else np.maximum(dent, d)
    x, y, z = _as_designed(shape, x, y, z)
    hx, hy = shape.head_centre
    d = _ellipsoid(x, y, z, (0, 0, 0), shape.body)
    d = _smooth_min(d, _ellipsoid(x, y, z, (0.40, 0.13, 0), (0.58, 0.55, 0.60)), 0.25)
    tail = (-0.90, 0.26 + 0.1 * (shape.tail_lift - 0.62), 0)
    d = _smooth_min(d, _ellipsoid(x, y, z, tail, (shape.tail_length, 0.17, 0.30), -shape.tail_lift), 0.22)
    d = _smooth_min(d, _wing(x, y, z), 0.035)
    d = _smooth_min(d, _ellipsoid(x, y, z, (hx, hy, 0), shape.head), 0.13)
    d = _smooth_min(d, _beak_designed(shape, x, y, z), 0.018)
    if dent is not None:
        d = -_smooth_min(-d, -dent, 0.10)
    floor = FLOOR - y
    return np.maximum(d, floor)


def eye_coordinates(shape, x, y, z):
    """Position on the head's side relative to the eye, in head radii; far away = 9."""
    x, y, z = _as_designed(shape, x, y, z)
    hx, hy = shape.head_centre
    q = np.stack([(x - hx) / shape.head[0], (y - hy) / shape.head[1], z / shape.head[2]])
    e = EYE_DIRECTION[:, None]
    along = (q * e).sum(0)
    right = np.array([e[2, 0], 0, -e[0, 0]], np.float32)
    right /= np.linalg.norm(right)
    up = np.cross(e[:, 0], right) * -1
    up = up if up[1] > 0 else -up
    on_head = (along > 0.5) & (np.abs(np.sqrt((q * q).sum(0)) - 1) < 0.12)
    u = np.where(on_head, (q * right[:, None]).sum(0), 9)
    v = np.where(on_head, (q * up[:, None]).sum(0), 9)
    return u.astype(np.float32), v.astype(np.float32)
