"""Draws one duck on its conveyor: ray marching, plastic shading, shadow, camera.

Light is linear until `develop`, which plays the camera: exposure, curve, blur, noise.
"""
from dataclasses import dataclass, field

import numpy as np
from PIL import Image, ImageFilter

import duckshape
from scenery import HEIGHT, WIDTH, draw_background
from tracing import CHUNK, camera, rays, to_duck, trace


@dataclass
class Scene:
    """Everything that decides one picture, apart from defects painted on the skin."""
    shape: duckshape.Shape
    skin: tuple = (0.95, 0.60, 0.015)
    beak: tuple = (0.90, 0.20, 0.012)
    has_eye: bool = True
    yaw: float = 0.0            # radians; positive turns the beak towards the camera
    roll: float = 0.0           # radians, in the picture plane
    pitch: float = 0.28         # how far the camera looks down, radians
    scale: float = 150.0        # pixels per unit
    foot: tuple = (320.0, 345.0)   # where the duck's middle stands, pixels
    facing: int = 1             # 1 right, -1 left
    light: tuple = (-0.5, 0.85, 0.6)
    exposure: float = 1.0
    tint: tuple = (1.0, 1.0, 1.0)
    lens_blur: float = 0.5      # sigma, pixels
    motion_blur: int = 0        # pixels along the belt
    noise: float = 2.0          # grey levels
    line: dict = field(default_factory=dict)


def _light(scene):
    v = np.array(scene.light, float)
    v[0] *= scene.facing
    return (to_duck(scene, v / np.linalg.norm(v))).astype(np.float32)


def _shade_inputs(scene, p, n, light):
    """Occlusion by the duck's own parts and by the belt, and its shadow on itself."""
    occlusion = np.zeros(p[0].size, np.float32)
    for h, w in ((0.06, 0.55), (0.16, 0.35), (0.34, 0.2)):
        q = [p[i] + n[i] * h for i in range(3)]
        d = np.minimum(duckshape.distance(scene.shape, *q), q[1] - duckshape.FLOOR)
        occlusion += w * np.clip(1 - d / h, 0, 1)
    shadow = np.ones(p[0].size, np.float32)
    for t in (0.07, 0.15, 0.28, 0.45, 0.7):
        q = [p[i] + n[i] * np.float32(0.02) + light[i] * np.float32(t) for i in range(3)]
        shadow = np.minimum(shadow, 0.5 + 4.0 * duckshape.distance(scene.shape, *q) / t)
    return 1 - 0.75 * np.clip(occlusion, 0, 1), np.clip(shadow, 0, 1)


def _albedo(scene, surface):
    """Base colour and gloss of each visible point: skin, beak, printed eye."""
    n = surface.index.size
    p = surface.point
    colour = np.tile(np.array(scene.skin, np.float32), (n, 1))
    gloss = np.full(n, 0.75, np.float32)
    skin = np.ones(n, np.float32)
    is_beak = duckshape.beak(scene.shape, *p) < 0.012
    colour[is_beak], gloss[is_beak], skin[is_beak] = scene.beak, 0.6, 0
    if scene.has_eye:
        u, v = duckshape.eye_coordinates(scene.shape, *p)
        edge = 1.6 / (scene.scale * 0.47)
        for (du, dv, ru, rv), paint in (((0, 0, .205, .265), (.86, .86, .83)),
                                        ((.03, -.01, .150, .205), (.006, .006, .008)),
                                        ((-.03, .085, .048, .058), (.95, .95, .95))):
            r = np.sqrt(((u - du) / ru) ** 2 + ((v - dv) / rv) ** 2)
            a = np.clip((1 - r) * ru / edge + 0.5, 0, 1)[:, None]
            colour = colour * (1 - a) + np.array(paint, np.float32) * a
            skin *= 1 - a[:, 0]
    return colour, gloss, skin


def _softbox(r, centre, half, soft):
    """Reflection of a rectangular lamp: 1 where the mirrored ray meets it."""
    c = np.array(centre, np.float32)
    c /= np.linalg.norm(c)
    right = np.cross([0, 1, 0], c)
    right /= np.linalg.norm(right)
    up = np.cross(c, right)
    along = np.maximum(c @ r, 1e-3)
    a, b = np.abs(right @ r) / along, np.abs(up @ r) / along
    m = np.clip((half[0] - a) / soft + 0.5, 0, 1) * np.clip((half[1] - b) / soft + 0.5, 0, 1)
    return m * (c @ r > 0.05)


@dataclass
class Lighting:
    """What light does at each visible point whatever its colour: reusable for many paints."""
    diffuse: np.ndarray     # [n] light that the colour multiplies
    crease: np.ndarray      # [n] light that bounced off the duck itself
    shine: np.ndarray       # [n] mirror reflections at full gloss


def illuminate(scene, surface):
    """Lighting of every visible point."""
    light, (ray, _, _) = _light(scene), camera(scene)
    n = surface.normal
    ao, shadow = np.empty(n.shape[1], np.float32), np.empty(n.shape[1], np.float32)
    for k in range(0, n.shape[1], CHUNK):
        part = slice(k, k + CHUNK)
        ao[part], shadow[part] = _shade_inputs(scene, [c[part] for c in surface.point], n[:, part], light)
    wrapped = np.clip((light @ n + 0.25) / 1.25, 0, 1)          # soft plastic lets light through
    key = wrapped * (0.30 + 0.70 * shadow)
    ambient = (0.13 + 0.29 * (0.5 + 0.5 * n[1])) * ao
    facing = np.clip(-(ray @ n), 0, 1)
    mirror = ray[:, None] + 2 * facing * n
    fresnel = 0.045 + 0.75 * (1 - facing) ** 5
    lamp = _softbox(mirror, light, (0.34, 0.20), 0.10)
    strip = _softbox(mirror, to_duck(scene, np.array([0.9 * scene.facing, 0.5, 0.35])), (0.12, 0.7), 0.15)
    broad = np.clip(light @ mirror, 0, 1) ** 14
    room = 0.10 + 0.35 * np.clip(mirror[1], 0, 1)
    shine = shadow * (0.85 * lamp + 0.07 * broad) + 0.16 * strip + fresnel * room * ao
    return Lighting(1.55 * key * (0.55 + 0.45 * ao) + ambient, 0.22 * (1 - ao) * (0.4 + key), shine)


def shade(scene, surface, lighting, paint=None):
    """Linear RGB of the visible points; `paint` may alter (colour, gloss) first."""
    colour, gloss, skin = _albedo(scene, surface)
    if paint is not None:
        colour, gloss = paint(surface, colour, gloss, skin)
    shine = (gloss * lighting.shine)[:, None]
    return colour * lighting.diffuse[:, None] + colour * colour * lighting.crease[:, None] + shine


def belt_shadow(scene):
    """How much light reaches each belt pixel (computed coarsely: shadows are soft)."""
    step = 4
    ys, xs = np.mgrid[step / 2:HEIGHT:step, step / 2:WIDTH:step]
    origin, ray = rays(scene, xs.ravel(), ys.ravel())
    t = (duckshape.FLOOR + 0.004 - origin[1]) / ray[1]
    p = [origin[i] + t * ray[i] for i in range(3)]
    light = _light(scene)
    direct = np.ones(xs.size, np.float32)
    for h in (0.03, 0.08, 0.15, 0.25, 0.4, 0.6, 0.85, 1.15, 1.5):
        d = duckshape.distance(scene.shape, *[p[i] + light[i] * np.float32(h) for i in range(3)])
        direct = np.minimum(direct, 0.5 + 2.4 * d / (h + 0.1))
    contact = np.ones(xs.size, np.float32)
    for h in (0.05, 0.15, 0.4):
        d = duckshape.distance(scene.shape, p[0], p[1] + np.float32(h), p[2])
        contact *= 0.45 + 0.55 * np.clip(d / h, 0, 1)
    lit = (0.34 + 0.66 * np.clip(direct, 0, 1)) * contact
    small = Image.fromarray(lit.reshape(xs.shape).astype(np.float32))
    return np.asarray(small.resize((WIDTH, HEIGHT), Image.BICUBIC))


def develop(scene, linear, rng):
    """The camera: exposure, filmic curve, lens and motion blur, sensor noise; 8-bit RGB."""
    x = linear * (scene.exposure * np.array(scene.tint, np.float32))
    x = np.where(x < 0.55, x, 0.55 + 0.45 * np.tanh(np.maximum(x - 0.55, 0) / 0.75))
    srgb = 255 * np.clip(x, 0, 1) ** np.float32(1 / 2.2)
    image = Image.fromarray(np.clip(srgb + 0.5, 0, 255).astype(np.uint8))
    image = image.filter(ImageFilter.GaussianBlur(scene.lens_blur))
    y = np.asarray(image, np.float32)
    if scene.motion_blur > 1:
        y = np.mean([np.roll(y, k - scene.motion_blur // 2, axis=1) for k in range(scene.motion_blur)], axis=0)
    grain = rng.standard_normal((HEIGHT, WIDTH, 1), np.float32) * 0.8
    grain = grain + rng.standard_normal((HEIGHT, WIDTH, 3), np.float32) * 0.4
    y = y + grain * scene.noise * (0.5 + 0.5 * np.sqrt(y / 255))
    return Image.fromarray(np.clip(y + 0.5, 0, 255).astype(np.uint8))


@dataclass
class Stage:
    """A duck in place, lit, not yet coloured: the costly part, shared by several pictures."""
    back: np.ndarray        # [H, W, 3] background with the duck's shadow
    surface: object
    lighting: Lighting
    ss: int


def set_stage(scene, ss=1):
    """Everything that does not depend on the duck's colours."""
    back, is_belt = draw_background(scene.line)
    back = back * np.where(is_belt, belt_shadow(scene), 1.0)[:, :, None]
    surface = trace(scene, ss)
    return Stage(back, surface, illuminate(scene, surface), ss)


def take(scene, stage, rng, paint=None):
    """One finished picture."""
    surface, ss = stage.surface, stage.ss
    colour = shade(scene, surface, stage.lighting, paint)
    layer = np.zeros((HEIGHT * WIDTH * ss * ss, 4), np.float32)
    layer[surface.index, :3] = np.minimum(colour, 2.0) * surface.cover[:, None]
    layer[surface.index, 3] = surface.cover
    layer = layer.reshape(HEIGHT, ss, WIDTH, ss, 4).mean((1, 3)) if ss > 1 else layer.reshape(HEIGHT, WIDTH, 4)
    linear = stage.back * (1 - layer[:, :, 3:]) + layer[:, :, :3]
    return develop(scene, linear, rng)
