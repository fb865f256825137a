"""Where the camera's rays meet the duck: camera geometry and sphere tracing."""
from dataclasses import dataclass

import numpy as np

import duckshape
from scenery import HEIGHT, WIDTH

CHUNK = 16384           # points marched together: temporaries stay in the L2 cache
STEP = 4                # pixels per block of the coarse first look


@dataclass
class Surface:
    """What the camera sees of the duck, per covered pixel of the (supersampled) grid."""
    index: np.ndarray       # flat pixel index
    cover: np.ndarray       # 0..1 share of the pixel
    point: tuple            # x, y, z in the duck frame
    normal: np.ndarray      # [3, n]


def camera(scene):
    """Ray direction, picture-right and picture-up in the duck frame."""
    cp, sp = np.cos(scene.pitch), np.sin(scene.pitch)
    basis = np.array([[0, -sp, -cp], [1, 0, 0], [0, cp, -sp]])
    cr, sr = np.cos(scene.roll), np.sin(scene.roll)
    right, up = basis[1] * cr + basis[2] * sr, basis[2] * cr - basis[1] * sr
    return [to_duck(scene, v).astype(np.float32) for v in (basis[0], right, up)]


def to_duck(scene, v):
    """World direction (x right, y up, z to the viewer) to the duck frame."""
    c, s = np.cos(scene.yaw), np.sin(scene.yaw)
    return np.array([v[0] * c + v[2] * s, v[1], -v[0] * s + v[2] * c])


def view_direction(scene):
    """Direction of sight in the duck frame."""
    return camera(scene)[0]


def rays(scene, xs, ys):
    """Origins of the rays through pixels, on the plane through the duck's foot."""
    ray, right, up = camera(scene)
    u = ((xs - scene.foot[0]) * scene.facing / scene.scale).astype(np.float32)
    v = ((scene.foot[1] - ys) / scene.scale).astype(np.float32)
    foot = np.array([0, duckshape.FLOOR, 0], np.float32)
    return [u * right[i] + v * up[i] + foot[i] for i in range(3)], ray


def _enter(origin, ray):
    """Where rays enter the sphere that holds any duck; inf where they miss it."""
    o = [origin[i] - np.float32((0.05, 0.3, 0)[i]) for i in range(3)]
    b = sum(o[i] * ray[i] for i in range(3))
    disc = b * b - (sum(c * c for c in o) - np.float32(1.62 ** 2))
    return np.where(disc > 0, -b - np.sqrt(np.maximum(disc, 0)), np.float32(np.inf))


def _march(shape, origin, ray, start, pixel):
    """Walks rays from `start` to the duck: the nearest distance met, and where.

    Rays that start at inf are skipped: distance 9. Near misses matter for the outline.
    """
    nearest, at, t = np.full(start.shape, 9, np.float32), start.copy(), start.copy()
    todo = np.flatnonzero(np.isfinite(start))
    for _ in range(30):
        if not todo.size:
            break
        tt = t[todo]
        d = duckshape.distance(shape, *[origin[i][todo] + tt * ray[i] for i in range(3)])
        better = d < nearest[todo]
        nearest[todo[better]], at[todo[better]] = d[better], tt[better]
        t[todo] = tt + d * np.float32(0.92)
        todo = todo[(d > 0.25 * pixel) & (d < nearest[todo] + 0.25) & (t[todo] < 3)]
    return nearest, at


def _near_duck(scene, x0, x1, y0, y1):
    """A coarse first look: per block of STEP pixels a safe start for its rays, or inf."""
    ys, xs = np.mgrid[y0 + STEP / 2:y1:STEP, x0 + STEP / 2:x1:STEP]
    origin, ray = rays(scene, xs.ravel(), ys.ravel())
    block = STEP / scene.scale
    nearest, at = _march(scene.shape, origin, ray, _enter(origin, ray), block / 4)
    start = np.pad(np.where(nearest < block, at, np.float32(np.inf)).reshape(xs.shape), 1, constant_values=np.inf)
    rows, columns = xs.shape
    around = [start[i:i + rows, j:j + columns] for i in range(3) for j in range(3)]
    return np.minimum.reduce(around) - np.float32(0.12)


def _normals(shape, p, step=0.004):
    n = np.zeros((3, p[0].size), np.float32)
    for k in ((1, -1, -1), (-1, -1, 1), (-1, 1, -1), (1, 1, 1)):
        d = duckshape.distance(shape, *[p[i] + np.float32(step * k[i]) for i in range(3)])
        for i in range(3):
            n[i] += k[i] * d
    return n / (np.sqrt((n * n).sum(0)) + 1e-9)


def trace(scene, ss):
    """The duck's visible surface on a grid of `ss` samples per pixel side."""
    s, (fx, fy) = scene.scale, scene.foot
    x0, x1 = max(0, int(fx - 1.75 * s) // STEP * STEP), min(WIDTH, int(fx + 1.75 * s) // STEP * STEP + STEP)
    y0, y1 = max(0, int(fy - 2.25 * s) // STEP * STEP), min(HEIGHT, int(fy + 0.7 * s) // STEP * STEP + STEP)
    start = _near_duck(scene, x0, x1, y0, y1).repeat(STEP * ss, 0).repeat(STEP * ss, 1)
    gy, gx = np.nonzero(np.isfinite(start))
    start = start[gy, gx]
    gx, gy = gx + x0 * ss, gy + y0 * ss
    parts, pixel = [], 1 / (s * ss)
    for k in range(0, gx.size, CHUNK):
        cx, cy = gx[k:k + CHUNK], gy[k:k + CHUNK]
        origin, ray = rays(scene, (cx + 0.5) / ss, (cy + 0.5) / ss)
        nearest, at = _march(scene.shape, origin, ray, start[k:k + CHUNK], pixel)
        cover = np.clip(1.25 - nearest / pixel, 0, 1)
        hit = np.flatnonzero(cover > 0.02)
        p = [origin[i][hit] + at[hit] * ray[i] for i in range(3)]
        parts.append((cy[hit] * (WIDTH * ss) + cx[hit], cover[hit], np.stack(p), _normals(scene.shape, p)))
    index, cover = (np.concatenate([q[i] for q in parts]) for i in (0, 1))
    point, normal = (np.concatenate([q[i] for q in parts], axis=1) for i in (2, 3))
    return Surface(index, cover, tuple(point), normal)
