"""What the pixels away from every face tell: their colours, and traces of compression."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ...core.images import Rgb
from ..masks import BoolMask
from .features import Floats

BLOCK: Final = 8  # pixels: JPEG's
COLOURS: Final = 5  # bins of each channel
ENOUGH: Final = 256  # pixels of background below which nothing is said
_ROUND: Final = 4  # AC coefficients beside the DC, of rows and columns, that digits are read from


def histogram(picture: Rgb, ground: BoolMask) -> Floats:
    """(15,) shares of the background's pixels in five bins of red, green and blue each."""
    pixels = picture[ground]
    if len(pixels) < ENOUGH:
        return np.full(3 * COLOURS, np.nan)
    counts = [np.bincount(pixels[:, c] // 52, minlength=COLOURS) for c in range(3)]
    return np.concatenate(counts) / len(pixels)


def compression(picture: Rgb, ground: BoolMask, table: Floats) -> Floats:
    """(17,) shares of first digits 1 … 9, and differences at the 8 places in a block.

    A picture that was compressed once has first digits that fall by a power law (Fu, Shi
    and Su 2007) and edges at its own blocks only; an earlier compression bends the law,
    and leaves edges elsewhere if the picture was moved.
    """
    luma = cv2.cvtColor(picture, cv2.COLOR_RGB2GRAY).astype(np.float64)
    return np.concatenate([_first_digits(luma, ground, table), _edges(luma, ground)])


def _first_digits(luma: Floats, ground: BoolMask, table: Floats) -> Floats:
    height, width = (side // BLOCK for side in luma.shape)
    shape = (height, BLOCK, width, BLOCK)
    whole = (slice(height * BLOCK), slice(width * BLOCK))
    blocks = (luma[whole] - 128).reshape(shape).swapaxes(1, 2)
    free = ground[whole].reshape(shape).all(axis=(1, 3))
    basis = _basis()
    levels = np.rint(basis @ blocks[free] @ basis.T / table)[:, :_ROUND, :_ROUND]
    sizes = np.abs(levels.reshape(-1, _ROUND * _ROUND)[:, 1:]).ravel()
    sizes = sizes[sizes > 0]
    if len(sizes) < ENOUGH:
        return np.full(9, np.nan)
    digits = (sizes / 10 ** np.floor(np.log10(sizes))).astype(np.int64)
    return np.asarray(np.bincount(digits, minlength=10)[1:10] / len(sizes))


def _basis() -> Floats:
    return np.asarray(cv2.dct(np.eye(BLOCK), flags=cv2.DCT_ROWS).T)


def _edges(luma: Floats, ground: BoolMask) -> Floats:
    total, count = np.zeros(BLOCK), np.zeros(BLOCK)
    for axis in (0, 1):
        steps = np.abs(np.diff(luma, axis=axis))
        both = np.logical_and(*_neighbours(ground, axis))
        sums, counts = (steps * both).sum(axis=1 - axis), both.sum(axis=1 - axis)
        place = np.arange(len(sums)) % BLOCK
        total += np.bincount(place, sums, minlength=BLOCK)
        count += np.bincount(place, counts, minlength=BLOCK)
    if count.min() < ENOUGH / BLOCK or not total.any():
        return np.full(BLOCK, np.nan)
    means = total / count
    return np.asarray(means / means.mean())


def _neighbours(ground: BoolMask, axis: int) -> tuple[BoolMask, BoolMask]:
    return (ground[:-1], ground[1:]) if axis == 0 else (ground[:, :-1], ground[:, 1:])
