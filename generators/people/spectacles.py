"""Spectacles on a rendered head: rims, bridge, arms, tinted or clear lenses."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .fields import F32, blurred, fill, linear, mix, smoothstep, stroke
from .frame import Place, Window
from .shape import Head
from .traits import Glasses, Identity


@dataclass(frozen=True, eq=False, slots=True)
class _Wire:
    lenses: list[np.ndarray]
    bars: list[np.ndarray]


def paint_glasses(
    identity: Identity,
    head: Head,
    turn: F32,
    place: Place,
    window: Window,
    fine: int,
    light: F32,
    alpha: F32,
    depth: F32,
) -> tuple[F32, F32]:
    """Draw the glasses over a head's samples; returns its light and cover with them."""
    glasses = identity.glasses
    if glasses is None:
        return light, alpha
    shape = (alpha.shape[0], alpha.shape[1])
    wire = _wire(identity, glasses, head)
    rim = np.zeros(shape, np.float32)
    lens = np.zeros(shape, np.float32)
    width = max(0.55, glasses.rim * place.scale * fine)
    to_grid = _Grid(turn, place, window, fine)
    for outline in wire.lenses:
        points = to_grid(outline)
        lens = np.maximum(lens, fill(shape, points))
        rim = np.maximum(rim, stroke(shape, np.concatenate([points, points[:1]]), width))
    for bar in wire.bars:
        seen = _visible(to_grid(bar), (bar @ turn.T)[:, 2], depth)
        for part in seen:
            rim = np.maximum(rim, stroke(shape, part, width))
    return _blend(glasses, light, alpha, rim, lens, place.scale * fine)


def _wire(identity: Identity, glasses: Glasses, head: Head) -> _Wire:
    centre = 0.425 * identity.eye_spacing
    wide, high = 0.305 * glasses.size, (0.255 - 0.05 * glasses.squareness) * glasses.size
    bridge = head.lift(np.array([[0.0, 0.0]]))[0, 2] + 0.03
    cheek = head.lift(np.array([[centre, -0.02]]))[0, 2] + 0.09
    front = max(bridge - 0.05, cheek)
    angle = np.linspace(0, 2 * np.pi, 48, endpoint=False)
    power = 2 / (2 + 3 * glasses.squareness)
    lenses, bars = [], []
    for side in (-1, 1):
        x = side * centre + wide * np.sign(np.cos(angle)) * np.abs(np.cos(angle)) ** power
        y = -0.025 + high * np.sign(np.sin(angle)) * np.abs(np.sin(angle)) ** power
        lenses.append(np.column_stack([x, y, front - 0.16 * x * x + 0.0 * y]))
        hinge = np.array([side * (centre + wide), 0.06, front - 0.16 * (centre + wide) ** 2])
        corner = np.array([side * 0.93 * identity.face_width, 0.06, 0.5])
        ear = np.array([side * 0.98 * identity.face_width, 0.05, -0.08])
        share = np.linspace(0, 1, 12)[:, None]
        bars.append(
            np.concatenate([hinge + share * (corner - hinge), corner + share * (ear - corner)])
        )
    inner = centre - wide
    arch = np.linspace(-1, 1, 9)
    bars.append(
        np.column_stack([inner * arch, 0.05 + 0.03 * (1 - arch**2), np.full(9, front + 0.02)])
    )
    return _Wire(lenses, bars)


@dataclass(frozen=True, eq=False, slots=True)
class _Grid:
    turn: F32
    place: Place
    window: Window
    fine: int

    def __call__(self, points: np.ndarray) -> np.ndarray:
        pixels = self.place.pixels(points @ self.turn.T)[:, :2]
        return (pixels - (self.window.left, self.window.top) + 0.5) * self.fine - 0.5


def _visible(points: np.ndarray, z: np.ndarray, depth: F32) -> list[np.ndarray]:
    """The runs of a polyline that are in front of what is drawn."""
    rows = np.clip(np.round(points[:, 1]).astype(int), 0, depth.shape[0] - 1)
    columns = np.clip(np.round(points[:, 0]).astype(int), 0, depth.shape[1] - 1)
    front = z + 0.03 > depth[rows, columns]
    cuts = np.flatnonzero(np.diff(front.astype(int))) + 1
    parts = np.split(np.arange(len(points)), cuts)
    return [points[part] for part in parts if front[part[0]] and len(part) > 1]


def _blend(
    glasses: Glasses, light: F32, alpha: F32, rim: F32, lens: F32, scale: float
) -> tuple[F32, F32]:
    colour = linear(np.array(glasses.colour) / 255)
    shadow = blurred(np.roll(rim, round(0.05 * scale), axis=0), 0.025 * scale)
    result = light * (1 - 0.38 * np.clip(shadow, 0, 1))[..., None]
    rows = np.linspace(0, 1, light.shape[0], dtype=np.float32)[:, None]
    columns = np.linspace(0, 1, light.shape[1], dtype=np.float32)[None, :]
    streak = smoothstep(0.42, 0.5, (rows + columns) % 0.55 / 0.55) * 0.5
    glass = colour * 0.3 + np.float32(0.05)
    result = mix(
        result, glass + 0.25 * streak[..., None] * glasses.tint, lens * np.float32(glasses.tint)
    )
    result += (np.float32(0.035) * lens * (0.4 + streak))[..., None]
    edge = rim - np.roll(rim, max(1, round(0.008 * scale)), axis=0)
    shaded = colour * np.float32(0.75) + (0.35 * np.clip(edge, 0, 1))[..., None]
    return mix(result, shaded, rim), np.maximum(alpha, rim)
