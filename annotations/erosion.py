"""Erosion of many masks at once, on their intervals.

A pixel stays if the square of 2 w + 1 pixels around it lies in the mask; the image's border
counts as an edge. That is w rounds of erosion by a 3 × 3 square.
"""

from __future__ import annotations

from typing import cast

import cv2
import numpy as np
from numpy.typing import NDArray

from ..core.ragged import offsets, within
from .intervals import Intervals, Ints, Small, indexed

_Parts = tuple[Small, Small, Ints, Ints]  # top, bottom, column, mask of intervals


def erode(masks: Intervals, widths: Ints) -> Intervals:
    """Masks without the band of ``widths`` (N,) pixels inside their edge."""
    simple = _one_interval_a_column(masks)
    none = np.zeros(0, np.int32)
    parts: list[_Parts] = [(none, none, none.astype(np.int64), none.astype(np.int64))]
    for width in np.unique(widths[simple]).tolist():
        parts.append(_erode_simple(masks, np.flatnonzero(simple & (widths == width)), width))
    parts += [_erode_any(masks, row, int(widths[row])) for row in np.flatnonzero(~simple).tolist()]
    top, bottom, column, mask = (np.concatenate(values) for values in zip(*parts, strict=True))
    if (np.diff(mask) < 0).any():
        order = np.lexsort((top, column, mask))
        top, bottom, column, mask = top[order], bottom[order], column[order], mask[order]
    return indexed(top, bottom, column, mask, len(masks))


def _one_interval_a_column(masks: Intervals) -> NDArray[np.bool_]:
    several = offsets(np.diff(masks.column) != 1)
    return np.asarray(several[masks.mask[1:]] == several[masks.mask[:-1]])


def _erode_simple(masks: Intervals, rows: Ints, width: int) -> _Parts:
    """Where each column has one interval, its ends are the extremes of its neighbours'."""
    # The columns whose whole window lies within the mask, by the window's first column.
    inner = np.maximum(masks.width[rows] - 2 * width, 0)
    place, mask = within(inner), np.repeat(rows, inner)
    at = masks.column[masks.mask[mask]] + place
    top = _sliding(masks.top, 2 * width + 1, np.maximum)[at] + width
    bottom = _sliding(masks.bottom, 2 * width + 1, np.minimum)[at] - width
    column = masks.left[mask] + place + width
    stays = bottom > top
    return top[stays], bottom[stays], column[stays], mask[stays]


def _sliding(values: Small, window: int, extreme: np.ufunc) -> Small:
    """The extreme of ``values[k : k + window]`` at each k, by doubling; the end is padded."""
    result, length = values, 1
    while 2 * length <= window:
        result = extreme(result, _shifted(result, length))
        length *= 2
    return np.asarray(extreme(result, _shifted(result, window - length)), dtype=np.int32)


def _shifted(values: Small, by: int) -> Small:
    if not by or not len(values):
        return values
    return np.concatenate([values[by:], np.repeat(values[-1:], min(by, len(values)))])


def _erode_any(masks: Intervals, row: int, width: int) -> _Parts:
    """One mask with holes or several parts, as a picture."""
    starts = masks.column[masks.mask[row] : masks.mask[row + 1] + 1]
    own = slice(int(starts[0]), int(starts[-1]))
    column = np.repeat(np.arange(len(starts) - 1), np.diff(starts)) + width
    top, bottom = masks.top[own], masks.bottom[own]
    low = int(top.min(initial=0)) - width
    size = (len(starts) - 1 + 2 * width, int(bottom.max(initial=0)) - low + width)
    side = 2 * width + 1
    kernel = np.ones((side, side), np.uint8)
    eroded = cv2.erode(_painted(top - low, bottom - low, column, size), kernel)
    step = np.diff(eroded.astype(np.int8), axis=1, prepend=0, append=0)
    found, first = np.nonzero(step == 1)
    last = np.nonzero(step == -1)[1]
    left = int(masks.left[row]) - width
    return (
        (first + low).astype(np.int32), (last + low).astype(np.int32),
        found + left, np.full(len(found), row),
    )  # fmt: skip


def _painted(top: Small, bottom: Small, column: Ints, size: tuple[int, int]) -> NDArray[np.uint8]:
    """Intervals on a (columns, rows) canvas: transposed, since they lie in columns."""
    edges = np.zeros((size[0], size[1] + 1), np.int16)
    np.add.at(edges, (column, top), 1)
    np.add.at(edges, (column, bottom), -1)
    return cast("NDArray[np.uint8]", np.cumsum(edges, axis=1)[:, :-1].astype(np.uint8))
