"""The ground on which a body is painted: height fields over the picture, lit as one.

Lengths are in head units around the head's centre.
"""

from __future__ import annotations

from dataclasses import dataclass

import cv2
import numpy as np

from .fields import F32, blurred, fill, mix
from .frame import Place, Window
from .shading import Light, shade
from .traits import Pose


@dataclass(eq=False, slots=True)
class Painting:
    """A picture in the making over a window: linear light (not premultiplied) and cover."""

    light: F32
    alpha: F32

    def over(self, light: F32, alpha: F32) -> None:
        """Lay something over what is there."""
        total = alpha + self.alpha * (1 - alpha)
        share = alpha / np.maximum(total, 1e-6)
        self.light[...] = mix(self.light, light, share)
        self.alpha[...] = total


@dataclass(frozen=True, eq=False, slots=True)
class Stand:
    """Where a body is under its head.

    Args:
        x, y: (H, W) head units.
        scale: pixels to the unit.
        foot: camera x of the neck's lower end.
        turn: (3, 3) head to camera.
        passed: (H, W) the share of the key light that passes the head.
    """

    x: F32
    y: F32
    scale: float
    foot: float
    turn: F32
    passed: F32

    def part(
        self, painting: Painting, box: tuple[float, float, float, float]
    ) -> tuple[Painting, Stand]:
        """The pixels in a box (left, bottom, right, top) of units, as views."""
        rows = _span(self.y[:, 0], box[1], box[3])
        columns = _span(self.x[0], box[0], box[2])
        at = Stand(
            self.x[rows, columns],
            self.y[rows, columns],
            self.scale,
            self.foot,
            self.turn,
            self.passed[rows, columns],
        )
        return Painting(painting.light[rows, columns], painting.alpha[rows, columns]), at

    def cover(self, distance: F32) -> F32:
        """Cover of a shape from its signed distance in units, positive inside."""
        return np.asarray(np.clip(distance * np.float32(self.scale) + 0.5, 0, 1))

    def area(self, points: list[tuple[float, float]]) -> F32:
        """A polygon in units beside the neck's foot as a mask."""
        column0, row0 = self.x[0, 0], self.y[0, 0]
        place = np.array(points, dtype=np.float64)
        pixels = np.column_stack(
            [(place[:, 0] + self.foot - column0) * self.scale, (row0 - place[:, 1]) * self.scale]
        )
        return fill((self.x.shape[0], self.x.shape[1]), pixels)


def _span(line: F32, low: float, high: float) -> slice:
    inside = np.flatnonzero((line >= low) & (line <= high))
    return slice(int(inside[0]), int(inside[-1]) + 1) if inside.size else slice(0, 0)


def stand(place: Place, window: Window, pose: Pose, turn: F32, light: Light, head: F32) -> Stand:
    """The body's place for a head's pose; ``head`` is its cover over the window."""
    x, y = place.samples(window, 1)
    foot = -0.55 * np.sin(np.radians(pose.roll)) - 0.12 * np.sin(np.radians(pose.yaw))
    return Stand(x, y, place.scale, float(foot), turn, _passed(light, place.scale, head))


def _passed(light: Light, scale: float, head: F32) -> F32:
    """The share of the key light that passes the head: its cover moved and blurred."""
    if not head.size:
        return head
    move = np.array([[1, 0, -light.towards[0] * 0.55 * scale], [0, 1, 0.42 * scale]], np.float32)
    moved = np.asarray(cv2.warpAffine(head, move, head.shape[::-1]), np.float32)
    return np.asarray(1 - 0.75 * blurred(moved, 0.16 * scale), np.float32)


def lit_field(
    light: Light,
    at: Stand,
    height: F32,
    albedo: F32,
    *,
    gloss: float,
    warm: float,
    lit: F32,
    sky: F32,
) -> F32:
    """Light from a height field (units) over the window."""
    across = cv2.Sobel(height, cv2.CV_32F, 1, 0, ksize=3, scale=at.scale / 8)
    down = cv2.Sobel(height, cv2.CV_32F, 0, 1, ksize=3, scale=at.scale / 8)
    normal = np.dstack([-across, down, np.ones_like(height)]).reshape(-1, 3)
    normal /= np.sqrt(np.einsum("ij,ij->i", normal, normal))[:, None]
    count = len(normal)
    seen = shade(light, normal, albedo.reshape(count, 3), open_sky=sky.ravel(), lit=lit.ravel(),
                 gloss=np.full(count, gloss, np.float32), warm=warm)  # fmt: skip
    return seen.reshape(*height.shape, 3)
