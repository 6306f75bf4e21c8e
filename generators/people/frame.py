"""A person's place in the picture: its window of pixels, and samples of it in head units."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np

from .fields import F32

HEAD_BOX: Final = (-1.78, -2.02, 1.78, 2.12)  # left, bottom, right, top in units
BODY_BOX: Final = (-3.2, -60.0, 3.2, 2.3)


@dataclass(frozen=True, slots=True)
class Window:
    """A rectangle of pixels of the picture, half-open."""

    left: int
    top: int
    right: int
    bottom: int

    @property
    def shape(self) -> tuple[int, int]:
        """Height and width in pixels."""
        return max(0, self.bottom - self.top), max(0, self.right - self.left)

    def within(self, other: Window) -> tuple[slice, slice]:
        """Rows and columns of this window in a window that contains it."""
        rows = slice(self.top - other.top, self.bottom - other.top)
        return rows, slice(self.left - other.left, self.right - other.left)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a head is: centre in pixels (pixel centres at integers), pixels to the unit."""

    x: float
    y: float
    scale: float

    def window(self, box: tuple[float, float, float, float], size: tuple[int, int]) -> Window:
        """The pixels of a picture of ``size`` (height, width) that a box of units touches."""
        left = int(np.floor(self.x + box[0] * self.scale))
        right = int(np.ceil(self.x + box[2] * self.scale)) + 1
        top = int(np.floor(self.y - box[3] * self.scale))
        bottom = int(np.ceil(self.y - box[1] * self.scale)) + 1
        left, right = np.clip([left, right], 0, size[1]).tolist()
        top, bottom = np.clip([top, bottom], 0, size[0]).tolist()
        return Window(left, top, max(left, right), max(top, bottom))

    def samples(self, window: Window, fine: int) -> tuple[F32, F32]:
        """Head units x and y (up) of ``fine`` x ``fine`` samples to the pixel, as (H, W) grids."""
        height, width = window.shape
        column = (np.arange(width * fine) + 0.5) / fine - 0.5 + window.left
        row = (np.arange(height * fine) + 0.5) / fine - 0.5 + window.top
        x = ((column - self.x) / self.scale).astype(np.float32)
        y = ((self.y - row) / self.scale).astype(np.float32)
        across, down = np.meshgrid(x, y)
        return across, down

    def pixels(self, points: np.ndarray) -> np.ndarray:
        """Camera points (N, 3) in units to pixels; z grows away from the camera."""
        return np.column_stack(
            [
                self.x + self.scale * points[:, 0],
                self.y - self.scale * points[:, 1],
                -self.scale * points[:, 2],
            ]
        )


def pooled(samples: F32, fine: int) -> F32:
    """The mean over each pixel's samples."""
    if fine == 1:
        return samples
    size = (samples.shape[1] // fine, samples.shape[0] // fine)
    return np.asarray(cv2.resize(samples, size, interpolation=cv2.INTER_AREA), np.float32)
