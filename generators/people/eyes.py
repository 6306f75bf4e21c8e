"""Eyes: white, iris, pupil, lids, lashes and the light in them."""

from __future__ import annotations

import numpy as np

from .canvas import Canvas
from .fields import F32, blurred, linear, rgb, smoothstep, spline
from .marks import Marks, Vec
from .traits import Identity


def paint_eyes(canvas: Canvas, identity: Identity, marks: Marks) -> None:
    """Paint both eyes in their windows."""
    for side, loop in enumerate(marks.eyes):
        low, high = loop.min(axis=0) - 0.16, loop.max(axis=0) + 0.2
        part = canvas.window((float(low[0]), float(low[1])), (float(high[0]), float(high[1])))
        _paint_eye(part, identity, marks, side)
        canvas.put_back(part)


def _paint_eye(canvas: Canvas, identity: Identity, marks: Marks, side: int) -> None:
    loop = marks.eyes[side]
    upper = spline(loop[:10], 40)
    lower = spline(np.concatenate([loop[9:], loop[:1]]), 40)
    opening = canvas.area(np.concatenate([upper, lower]), 0.004)
    _paint_lids(canvas, identity, upper, lower)
    canvas.cover(_ball(canvas, identity, marks, side, upper), opening)
    canvas.gloss *= 1 - 0.85 * opening
    _paint_lashes(canvas, identity, upper, lower, side)
    openness = float((loop[4, 1] - loop[14, 1]) / 0.12)
    _paint_glint(canvas, marks.irises[side], opening, min(1.0, openness))


def _ball(canvas: Canvas, identity: Identity, marks: Marks, side: int, upper: Vec) -> F32:
    """The eyeball's colours: white that reddens to the corners, iris with its dark ring."""
    loop, centre, radius = marks.eyes[side], marks.irises[side], marks.iris_radius
    middle = (loop[0] + loop[9]) / 2
    reach = np.abs(canvas.x - np.float32(middle[0])) / np.float32(abs(loop[9, 0] - loop[0, 0]) / 2)
    white = rgb(232, 226, 221) * (1 - np.float32(0.32) * smoothstep(0.35, 1.05, reach))[..., None]
    white[..., 1:] *= (1 - 0.35 * smoothstep(0.75, 1.05, reach))[..., None]
    distance = np.hypot(canvas.x - np.float32(centre[0]), canvas.y - np.float32(centre[1]))
    soft = max(0.012, 0.7 / canvas.pitch)
    ring = smoothstep(radius + soft, radius - soft, distance)
    ball = white + (_iris(identity, distance / np.float32(radius)) - white) * ring[..., None]
    pupil = smoothstep(0.036 + soft, 0.036 - soft, distance)
    ball += (rgb(10, 8, 8) - ball) * pupil[..., None]
    lid = np.interp(canvas.x[0], *_by_x(upper)).astype(np.float32)[None, :]
    shade = smoothstep(0.10, 0.0, lid - canvas.y)
    return np.asarray(ball * (1 - np.float32(0.42) * shade)[..., None], np.float32)


def _iris(identity: Identity, distance: F32) -> F32:
    colour = linear(np.array(identity.iris) / 255)
    shade = 0.65 + 0.75 * smoothstep(1.0, 0.45, distance) - 0.62 * smoothstep(0.72, 1.02, distance)
    return np.asarray(colour * shade[..., None], np.float32)


def _by_x(line: Vec) -> tuple[Vec, Vec]:
    order = np.argsort(line[:, 0])
    return line[order, 0], line[order, 1]


def _paint_lids(canvas: Canvas, identity: Identity, upper: Vec, lower: Vec) -> None:
    rise = 0.028 + 0.035 * identity.lid_fold
    arch = np.sin(np.pi * np.linspace(0.0, 1.0, len(upper)))
    fold = upper + np.column_stack([0 * arch, rise * arch + 0.008])
    weight = np.float32(0.35 + 0.4 * identity.lid_fold) * canvas.line(fold, 0.018, 0.008)
    canvas.tint((0.5, 0.38, 0.34), weight)
    rim = lower - np.column_stack([0 * arch, 0.012 * np.sin(np.pi * np.linspace(0, 1, len(lower)))])
    canvas.cover(canvas.colour * np.float32(1.12), 0.6 * canvas.line(rim, 0.02, 0.008))


def _paint_lashes(canvas: Canvas, identity: Identity, upper: Vec, lower: Vec, side: int) -> None:
    dark = linear(np.minimum(np.array(identity.brow_colour) * 0.35, 60) / 255)
    made_up = identity.makeup
    inner = upper[::-1] if side == 0 else upper
    heavy = canvas.line(inner, 0.017 + 0.012 * min(made_up, 1.2), 0.005)
    heavy = np.maximum(heavy, canvas.line(inner[16:], 0.026 + 0.016 * min(made_up, 1.2), 0.006))
    outer = inner[-1]
    away = np.sign(outer[0])
    if identity.masculine < 0.5:
        flick = np.array(
            [
                inner[-8],
                outer + np.array([0.012 * away, 0.012]),
                outer + np.array([0.04 * away, 0.03]),
            ]
        )
        heavy = np.maximum(heavy, np.float32(0.75) * canvas.line(flick, 0.018, 0.006))
    canvas.cover(dark, np.clip(heavy * np.float32(0.92), 0, 1))
    canvas.cover(
        dark, np.float32(0.22 + 0.2 * min(made_up, 1.0)) * canvas.line(lower, 0.010, 0.005)
    )


def _paint_glint(canvas: Canvas, centre: Vec, opening: F32, openness: float) -> None:
    at = np.array([centre[0] + 0.028, centre[1] + 0.032])
    spot = canvas.line([at, at + 1e-4], 0.034)
    second = centre - np.array([0.032, 0.034])
    faint = canvas.line([second, second + 1e-4], 0.03, 0.01)
    soft = blurred(spot, 0.004 * canvas.pitch)
    canvas.cover(rgb(250, 250, 252), np.float32(0.9 * openness) * soft * opening)
    canvas.cover(rgb(200, 200, 210), np.float32(0.2 * openness) * faint * opening)
