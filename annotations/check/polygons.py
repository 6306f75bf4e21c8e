"""Checks of polygons, without drawing them: a hostile outline could be endless."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...core.ragged import offsets
from ..masks import MAX_COORDINATE
from .blocks import blocks
from .boxes import sides_of
from .entries import Entries
from .findings import Findings

Floats = NDArray[np.float64]

NAME: Final = "segmentation"
# Times the image's width and height together, for each part: around the whole image is 2.
OUTLINE: Final = 16

Odd = dict[str, list[int]]  # code → rows


def check_polygons(
    entries: Entries, rows: Sequence[int], boxes: Floats, findings: Findings
) -> None:
    """Note polygons that cannot be drawn; the boxes of the others go into ``boxes``."""
    odd: Odd = defaultdict(list)
    sides = sides_of(entries)
    sound = _well_formed(entries, rows, boxes, odd)
    points = [sum(map(len, entries.rows[row][NAME])) for row in sound]
    for block in blocks(sound, points):
        _measure(entries, np.array(block), sides, boxes, odd)
    for code, faulty in odd.items():
        entries.note(findings, code, sorted(faulty), NAME)


def _well_formed(entries: Entries, rows: Sequence[int], boxes: Floats, odd: Odd) -> list[int]:
    sound = []
    for row in rows:
        fault = next(filter(None, map(_fault_of, entries.rows[row][NAME])), None)
        if fault is not None:
            odd[fault].append(row)
        elif not entries.rows[row][NAME]:
            boxes[row] = 0  # no parts: an empty mask
        else:
            sound.append(row)
    return sound


def _fault_of(part: Any) -> str | None:  # noqa: ANN401 - any JSON, checked here
    if type(part) is not list or len(part) < 6 or len(part) % 2:
        return "polygon-malformed"
    return None if {*map(type, part)} <= {int, float} else "polygon-bad-number"


def _measure(
    entries: Entries, rows: NDArray[np.int64], sides: Floats, boxes: Floats, odd: Odd
) -> None:
    """Measure all parts of a block of entries in one pass."""
    entry_parts = [entries.rows[row][NAME] for row in rows.tolist()]
    parts = _parts(list(chain.from_iterable(entry_parts)))
    owners = offsets(np.array([len(part) for part in entry_parts]))[:-1]
    bad = np.logical_or.reduceat(parts.bad, owners)
    longest = np.maximum.reduceat(parts.length, owners)
    endless = ~bad & (longest > OUTLINE * sides[rows].sum(axis=1))
    odd["polygon-bad-number"] += rows[bad].tolist()
    odd["polygon-too-long"] += rows[endless].tolist()
    low = np.fmax(np.minimum.reduceat(parts.low, owners), 0)
    high = np.fmin(np.maximum.reduceat(parts.high, owners), sides[rows])
    found = np.concatenate([low, np.clip(high - low, 0, None)], axis=1)
    found[np.add.reduceat(parts.area, owners) == 0] = 0
    sound = ~(bad | endless)
    boxes[rows[sound]] = found[sound]


@dataclass(frozen=True, eq=False, slots=True)
class _Parts:
    """P polygons: corners of their boxes (P, 2), outline, area, and whether numbers are bad."""

    low: Floats
    high: Floats
    length: Floats
    area: Floats
    bad: NDArray[np.bool_]


def _parts(polygons: Sequence[Sequence[float]]) -> _Parts:
    counts = np.array([len(polygon) // 2 for polygon in polygons])
    points = np.fromiter(chain.from_iterable(polygons), np.float64).reshape(-1, 2)
    starts = offsets(counts)[:-1]
    following = np.arange(1, len(points) + 1)
    following[starts + counts - 1] = starts
    steps = np.abs(points[following] - points).max(axis=1)
    turns = points[:, 0] * points[following, 1] - points[following, 0] * points[:, 1]
    return _Parts(
        np.minimum.reduceat(points, starts),
        np.maximum.reduceat(points, starts),
        np.add.reduceat(steps, starts),
        np.abs(np.add.reduceat(turns, starts)) / 2,
        # NaN compares as false, and so is no coordinate.
        np.logical_or.reduceat(~(np.abs(points).max(axis=1) <= MAX_COORDINATE), starts),
    )
