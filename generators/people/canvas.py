"""What a face is painted on: colour and gloss over face coordinates."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from .fields import F32, fill, mix, spread, stroke

_LEFT: Final = -1.14
_TOP: Final = 1.32
_WIDE: Final = 2.28
_HIGH: Final = 3.12

Vec = NDArray[np.float64]


class Canvas:
    """A picture over face coordinates, ``pitch`` pixels to the unit, in linear light.

    Attributes:
        colour: (H, W, 3) albedo.
        gloss: (H, W) strength of the specular reflection, 1 is skin's.
        x, y: (H, W) face coordinates.
    """

    def __init__(self, pitch: float, colour: ArrayLike) -> None:
        self.pitch = pitch
        self.shape = (round(_HIGH * pitch), round(_WIDE * pitch))
        line_x = _LEFT + (np.arange(self.shape[1], dtype=np.float32)) / np.float32(pitch)
        line_y = _TOP - (np.arange(self.shape[0], dtype=np.float32)) / np.float32(pitch)
        self.x, self.y = np.meshgrid(line_x, line_y)
        self.colour: F32 = np.empty((*self.shape, 3), np.float32)
        self.colour[:] = np.asarray(colour, np.float32)
        self.gloss: F32 = np.ones(self.shape, np.float32)

    def pixels(self, points: ArrayLike) -> Vec:
        """Face coordinates (N, 2) to canvas pixels."""
        place = np.asarray(points, dtype=np.float64)
        return np.column_stack(
            [(place[:, 0] - _LEFT) * self.pitch, (_TOP - place[:, 1]) * self.pitch]
        )

    def columns_rows(self, ground: F32) -> tuple[F32, F32]:
        """Where (N, 2) face coordinates are looked up in the canvas."""
        columns = (ground[:, 0] - np.float32(_LEFT)) * np.float32(self.pitch)
        rows = (np.float32(_TOP) - ground[:, 1]) * np.float32(self.pitch)
        return columns, rows

    def area(self, polygon: ArrayLike, soft: float = 0.0) -> F32:
        """A polygon in face coordinates as a mask, ``soft`` in units."""
        return fill(self.shape, self.pixels(polygon), soft * self.pitch)

    def line(self, points: ArrayLike, width: float, soft: float = 0.0) -> F32:
        """A polyline in face coordinates as a mask, width and softness in units."""
        return stroke(self.shape, self.pixels(points), width * self.pitch, soft * self.pitch)

    def tint(self, factors: tuple[float, float, float], weight: F32) -> None:
        """Multiply the colour by ``factors`` where ``weight`` is 1."""
        share = np.asarray(weight, np.float32)
        self.colour *= spread([1 + share * np.float32(factor - 1) for factor in factors])

    def cover(self, colour: ArrayLike, weight: F32) -> None:
        """Paint ``colour`` (3,) or (H, W, 3) where ``weight`` is 1."""
        self.colour = mix(self.colour, colour, weight)

    def window(self, low: tuple[float, float], high: tuple[float, float]) -> Window:
        """The part between two corners as a canvas of its own.

        Paint on it, then hand it to ``put_back``.
        """
        corners = self.pixels([(low[0], high[1]), (high[0], low[1])])
        left, top = np.maximum(np.floor(corners[0]), 0).astype(int)
        right, bottom = np.minimum(np.ceil(corners[1]) + 1, self.shape[::-1]).astype(int)
        return Window(self, slice(top, bottom), slice(left, right))

    def put_back(self, part: Window) -> None:
        """Take over what was painted on a window."""
        self.colour[part.rows, part.columns] = part.colour
        self.gloss[part.rows, part.columns] = part.gloss


class Window(Canvas):
    """A part of a canvas; its arrays are its own until they are put back."""

    def __init__(self, whole: Canvas, rows: slice, columns: slice) -> None:
        self.pitch = whole.pitch
        self.rows, self.columns = rows, columns
        self.x, self.y = whole.x[rows, columns], whole.y[rows, columns]
        self.shape = (self.x.shape[0], self.x.shape[1])
        self.colour = whole.colour[rows, columns].copy()
        self.gloss = whole.gloss[rows, columns].copy()

    def pixels(self, points: ArrayLike) -> Vec:
        """Face coordinates (N, 2) to pixels of the window."""
        corner = np.array([self.columns.start, self.rows.start], dtype=np.float64)
        return np.asarray(super().pixels(points) - corner)
