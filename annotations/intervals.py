"""Many masks at once, as the intervals that they cover in each pixel column.

COCO's run lengths go down the columns. Decoding a mask at a time costs more in calls than
in work, so all masks of a file are decoded in one pass over their joined text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..core.errors import DataError
from ..core.ragged import offsets, sums, within
from .masks import MAX_CHARACTERS

Ints = NDArray[np.int64]
Small = NDArray[np.int32]

# The sign-extended value of a number's last character: five bits, the highest the sign.
_LAST: Final = np.array([v - 32 if v & 16 else v for v in range(32)] * 2, dtype=np.int32)


@dataclass(frozen=True, eq=False, slots=True)
class Intervals:
    """The covered rows of N masks, column by column: K intervals in all.

    Args:
        mask: (N + 1,) where each mask's columns start in ``column``.
        left: (N,) its first column, 0 for an empty mask.
        column: (C + 1,) where the intervals of each column of each mask start. A mask
            has an entry for each column from its first to its last.
        top: (K,) first row covered.
        bottom: (K,) the row after the last one covered.
        area: (N,) pixels.
    """

    mask: Ints
    left: Ints
    column: Ints
    top: Small
    bottom: Small
    area: Ints

    def __len__(self) -> int:
        return len(self.left)

    @property
    def width(self) -> Ints:
        """(N,) columns from the first to the last covered one."""
        return np.diff(self.mask)


def decode_counts(counts: Sequence[bytes], sizes: Ints) -> Intervals:
    """Decode compressed COCO run lengths.

    Args:
        counts: of N masks.
        sizes: (N, 2) height and width of each.

    Raises:
        DataError: some run lengths cannot be read or do not fill their image; which, the
            reader of single masks says.
    """
    if not len(counts):
        none = np.zeros(0, np.int32)
        return indexed(none, none, none.astype(np.int64), none.astype(np.int64), 0)
    values, numbers = _numbers(counts)
    rows = (numbers + 1) // 2
    ends = _ends(values, numbers, rows)
    if (ends[offsets(rows)[1:] - 1, 1] != sizes.prod(axis=1)).any():
        raise DataError("some run lengths do not fill their image")
    mask = np.repeat(np.arange(len(counts)), rows)
    covered = ends[:, 1] > ends[:, 0]
    return _by_column(ends[covered, 0], ends[covered, 1], mask[covered], sizes[:, 0])


def _numbers(counts: Sequence[bytes]) -> tuple[Small, Ints]:
    """The signed numbers that all texts spell, and how many are each text's."""
    codes = np.frombuffer(b"".join(counts), np.uint8) - np.uint8(48)
    lengths = np.fromiter(map(len, counts), np.int64, len(counts))
    if not lengths.all() or codes.max() > 63:
        raise DataError("some run lengths hold a byte outside the RLE alphabet, or none")
    closes = codes < 32
    stops = offsets(lengths)[1:]
    if not closes[stops - 1].all():
        raise DataError("some run lengths end within a number")
    ends = np.flatnonzero(closes)
    numbers = np.diff(np.searchsorted(ends, stops, side="left"), prepend=0)
    return _spelled(codes, ends), numbers


def _spelled(codes: NDArray[np.uint8], ends: Ints) -> Small:
    values = _LAST[codes[ends]]
    # A number's character goes on if the one before it does. Every text closes its last
    # number, so this never reaches into the text before, nor before the first (index -1).
    long, extra = np.flatnonzero(codes[ends - 1] >= 32), 1
    while len(long):
        # One character less than single masks may have: 30 bits hold any image, and fit here.
        if extra >= MAX_CHARACTERS - 1:
            raise DataError("a run length is longer than any image")
        values[long] = (values[long] << 5) | (codes[ends[long] - extra] & 31)
        extra += 1
        long = long[codes[ends[long] - extra] >= 32]
    return values


def _ends(values: Small, numbers: Ints, rows: Ints) -> Small:
    """(R, 2) where each mask's runs end: its uncovered and covered ones in turn.

    Sums run over all masks at once; what came before a mask is taken off again, so that
    overflow in between does no harm.
    """
    first = offsets(rows)[:-1]
    runs = _undo_differences(values, numbers, rows)
    ends = np.cumsum(runs.ravel(), dtype=np.int32).reshape(-1, 2)
    base = np.zeros(len(rows), np.int32)
    base[1:] = ends[first[1:] - 1, 1]
    ends -= np.repeat(base, rows)[:, None]
    if ends.min() < 0:  # steps are below 2³¹, so no sum overflows without passing here
        raise DataError("some run lengths do not fill their image")
    return ends


def _undo_differences(values: Small, numbers: Ints, rows: Ints) -> Small:
    """(R, 2) run lengths: from the fourth on, a number is what the run before the last lacks."""
    first, odd = offsets(rows)[:-1], numbers % 2 == 1
    table = np.zeros((int(rows.sum()), 2), np.int32)
    place = slice(None) if not odd.any() else within(numbers) + np.repeat(2 * first, numbers)
    table.ravel()[place] = values
    opening = table[first, 0].copy()
    table[first, 0] = 0  # the first run is nobody's base
    runs = np.cumsum(table, axis=0, dtype=np.int32)
    before = np.zeros((len(rows), 2), np.int32)
    before[1:] = runs[first[1:] - 1]
    runs -= np.repeat(before, rows, axis=0)
    runs[first, 0] = opening
    runs[(first + rows - 1)[odd], 1] = 0  # there is no covered run at the end
    if runs.min() < 0:
        raise DataError("a run length is negative")
    return runs


def _by_column(starts: Small, ends: Small, mask: Ints, heights: Ints) -> Intervals:
    """Intervals of column-major positions, cut where they cross from column to column."""
    height = _height_of(mask, heights)
    column, last = starts // height, (ends - 1) // height
    crossing = column != last
    if crossing.any():
        pieces = np.where(crossing, last - column + 1, 1)
        column = np.repeat(column, pieces) + within(pieces).astype(np.int32)
        starts, ends = np.repeat(starts, pieces), np.repeat(ends, pieces)
        mask = np.repeat(mask, pieces)
        height = _height_of(mask, heights)
    low = column * height
    top, bottom = np.maximum(starts - low, 0), np.minimum(ends - low, height)
    return indexed(top, bottom, column, mask, len(heights))


def _height_of(mask: Ints, heights: Ints) -> Small:
    """Each interval's image height; a single number where all are alike, which is faster."""
    alike = len(heights) and (heights == heights[0]).all()
    return heights[:1].astype(np.int32) if alike else heights.astype(np.int32)[mask]


def indexed(top: Small, bottom: Small, column: Small | Ints, mask: Ints, count: int) -> Intervals:
    """The intervals of ``count`` masks, given in order of mask, column and row.

    Args:
        top, bottom: (K,) rows, half-open.
        column: (K,) pixel column.
        mask: (K,) whose interval it is.
        count: of masks; some may have no interval.
    """
    ends = offsets(np.bincount(mask, minlength=count))
    covered = ends[1:] > ends[:-1]
    left, right = np.zeros(count, np.int64), np.full(count, -1)
    left[covered] = column[ends[:-1][covered]]
    right[covered] = column[ends[1:][covered] - 1]
    starts = offsets(right - left + 1)
    cell = starts[mask] + column - left[mask]
    per_column = np.bincount(cell, minlength=int(starts[-1]))
    area = sums(bottom - top, np.diff(ends))
    return Intervals(starts, left, offsets(per_column), top, bottom, area)


def may_meet(first: Intervals, second: Intervals, rows: Ints, others: Ints) -> NDArray[np.bool_]:
    """(P,) whether the tight boxes of two masks overlap."""
    own, their = _boxes(first)[:, rows], _boxes(second)[:, others]
    low, high = np.maximum(own[:2], their[:2]), np.minimum(own[2:], their[2:])
    return np.asarray((low < high).all(axis=0))


def _boxes(masks: Intervals) -> Ints:
    """(4, N) left, top, right, bottom; right is left of an empty mask."""
    box = np.zeros((4, len(masks)), np.int64)
    box[0], box[2] = masks.left, masks.left + masks.width
    some = np.flatnonzero(masks.width)
    starts = masks.column[masks.mask[some]]
    if len(some):
        box[1, some] = np.minimum.reduceat(masks.top, starts)
        box[3, some] = np.maximum.reduceat(masks.bottom, starts)
    return box


def intersections(first: Intervals, second: Intervals, rows: Ints, others: Ints) -> Ints:
    """(P,) pixels that mask ``rows[k]`` of the first and ``others[k]`` of the second share."""
    left = np.maximum(first.left[rows], second.left[others])
    right = np.minimum(
        first.left[rows] + first.width[rows], second.left[others] + second.width[others]
    )
    columns = np.maximum(right - left, 0)
    place = within(columns)
    here, there = (
        np.repeat(own.mask[which] + left - own.left[which], columns) + place
        for own, which in ((first, rows), (second, others))
    )
    return sums(_shared_in_columns(first, second, here, there), columns)


def _shared_in_columns(first: Intervals, second: Intervals, here: Ints, there: Ints) -> Ints:
    """Pixels shared in column ``here[k]`` of the first and ``there[k]`` of the second."""
    begin, other = first.column[here], second.column[there]
    many, others = first.column[here + 1] - begin, second.column[there + 1] - other
    pairs = many * others
    if (pairs == 1).all():  # no holes, no parts beside each other: the usual case
        return _overlap(first, second, begin, other)
    each, turn = np.repeat(np.arange(len(pairs)), pairs), within(pairs)
    row, column = begin[each] + turn // others[each], other[each] + turn % others[each]
    return sums(_overlap(first, second, row, column), pairs)


def _overlap(first: Intervals, second: Intervals, rows: Ints, others: Ints) -> Ints:
    low = np.maximum(first.top[rows], second.top[others])
    high = np.minimum(first.bottom[rows], second.bottom[others])
    return np.asarray(np.maximum(high - low, 0), dtype=np.int64)
