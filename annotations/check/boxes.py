"""Checks of bbox: four numbers, in pixels, in the image, and in the order of COCO."""

from __future__ import annotations

from itertools import chain
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..masks import MAX_COORDINATE
from .entries import Entries
from .findings import Findings, Told, shown

Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]

SLACK: Final = 1.0  # pixels that a box may go past its image: rounding
SHARE: Final = 0.2  # of boxes past their image, from which the order of values is in doubt
FIT: Final = 0.95  # of boxes that must make sense as corners
OVERLAP: Final = 0.5  # of a box and its mask's box, below which they do not fit


def check_boxes(entries: Entries, findings: Findings) -> Floats:
    """Note boxes that are none, or not in their image.

    Returns:
        (N, 4) x, y, width, height of each entry; NaN where there is no sound box.
    """
    values = entries.column("bbox")
    stated = [row for row, value in enumerate(values) if value is not None]
    rows = [row for row in stated if _is_four_numbers(values[row])]
    if len(rows) < len(stated):
        sound = set(rows)
        entries.note(findings, "box-type", [row for row in stated if row not in sound], "bbox")
    found = np.fromiter(chain.from_iterable(values[row] for row in rows), np.float64)
    places, found = np.array(rows, dtype=np.int64), found.reshape(-1, 4)
    finite = np.isfinite(found).all(axis=1)
    entries.note(findings, "box-not-finite", places[~finite].tolist(), "bbox")
    boxes = np.full((len(values), 4), np.nan)
    boxes[places[finite]] = found[finite]
    _check_shape(entries, boxes, findings)
    _check_place(entries, boxes, findings)
    return boxes


def _is_four_numbers(value: Any) -> bool:  # noqa: ANN401 - any JSON, checked here
    return type(value) is list and len(value) == 4 and {*map(type, value)} <= {int, float}


def _check_shape(entries: Entries, boxes: Floats, findings: Findings) -> None:
    least = boxes[:, 2:].min(axis=1)
    entries.note(findings, "box-negative", _rows(least < 0), "bbox")
    entries.note(findings, "box-empty", _rows(least == 0), "bbox")


def _check_place(entries: Entries, boxes: Floats, findings: Findings) -> None:
    sides = sides_of(entries)
    past = _past(boxes, sides)
    away = (boxes[:, :2] >= sides) | (boxes[:, :2] + boxes[:, 2:] <= 0)
    # A box without an area is told as such, wherever it is.
    outside: Flags = away.any(axis=1) & (boxes[:, 2:].min(axis=1) > 0)
    outside |= np.abs(boxes).max(axis=1) > MAX_COORDINATE

    def tell(row: int) -> Told:
        width, height = sides[row]
        got = f"{shown(entries.rows[row]['bbox'])}, {past[row]:.4g} px past it"
        return got, None if np.isnan(width) else f"inside {width:.0f} x {height:.0f}"

    def place(row: int) -> str:
        return entries.place(row, "bbox")

    findings.add_rows("box-outside", _rows(outside), place, tell)
    findings.add_rows("box-beyond", _rows((past > SLACK) & ~outside), place, tell)
    _suspect_corners(boxes, sides, past > SLACK, findings)
    _suspect_normalised(boxes, sides, findings)


def sides_of(entries: Entries) -> Floats:
    """(N, 2) width and height of each entry's image; NaN where that is unknown."""
    unknown = (np.nan, np.nan)
    sides = [(row.width, row.height) if row else unknown for row in entries.images]
    return np.array(sides, dtype=np.float64).reshape(-1, 2)


def _past(boxes: Floats, sides: Floats) -> Floats:
    """(N,) pixels by which each box goes past its image; NaN where either is unknown."""
    before, behind = -boxes[:, :2], boxes[:, :2] + boxes[:, 2:] - sides
    return np.asarray(np.maximum(before, behind).max(axis=1))


def _suspect_corners(boxes: Floats, sides: Floats, past: Flags, findings: Findings) -> None:
    known = ~np.isnan(boxes[:, 0]) & ~np.isnan(sides[:, 0])
    count = int(known.sum())
    corners = (boxes[:, 2:] > boxes[:, :2]) & (boxes[:, 2:] <= sides + SLACK)
    fits = int((corners & (boxes[:, :2] >= -SLACK)).all(axis=1).sum())
    beyond = int(past.sum())
    # One box past its image is an accident.
    if beyond > 1 and beyond >= SHARE * count and fits >= FIT * count:
        got = f"{beyond:,} of {count:,} boxes past their image; as corners {fits:,} fit"
        findings.add("boxes-corners", "all entries, bbox", got)


def _suspect_normalised(boxes: Floats, sides: Floats, findings: Findings) -> None:
    solid = (boxes[:, 2:] > 0).all(axis=1) & ~(sides <= 2).any(axis=1)
    if solid.any() and boxes[solid].min() >= -1 and boxes[solid].max() <= 1:
        got = f"{int(solid.sum()):,} boxes, none larger than a pixel"
        findings.add("boxes-normalised", "all entries, bbox", got)


def check_fit(entries: Entries, boxes: Floats, of_masks: Floats, findings: Findings) -> None:
    """Note boxes that do not fit their mask's box; both (N, 4) x, y, width, height."""
    both = ~np.isnan(boxes[:, 0]) & (of_masks[:, 2:] > 0).all(axis=1)
    overlap = _overlap(boxes, of_masks)
    poor = both & (overlap < OVERLAP)

    def tell(row: int) -> Told:
        got = f"{shown(entries.rows[row]['bbox'])}, IoU {overlap[row]:.2f}"
        return got, "about " + shown([round(side, 1) for side in of_masks[row].tolist()])

    findings.add_rows("mask-box-differs", _rows(poor), lambda r: entries.place(r, "bbox"), tell)
    corners = np.concatenate([boxes[:, :2], boxes[:, 2:] - boxes[:, :2]], axis=1)
    better = poor & (_overlap(corners, of_masks) >= OVERLAP)
    count = int(both.sum())
    if (
        better.sum() > 1
        and better.sum() >= OVERLAP * count
        and not findings.counts["boxes-corners"]
    ):
        got = f"{int(better.sum()):,} of {count:,} boxes fit their masks as corners only"
        findings.add("boxes-corners", "all entries, bbox", got)


def _overlap(first: Floats, second: Floats) -> Floats:
    """(N,) intersection over union of two boxes a row."""
    low = np.maximum(first[:, :2], second[:, :2])
    high = np.minimum(first[:, :2] + first[:, 2:], second[:, :2] + second[:, 2:])
    shared = np.clip(high - low, 0, None).prod(axis=1)
    joined = np.abs(first[:, 2:]).prod(axis=1) + second[:, 2:].prod(axis=1) - shared
    return np.asarray(np.divide(shared, joined, out=np.zeros_like(shared), where=joined > 0))


def _rows(flags: Flags) -> list[int]:
    return np.flatnonzero(flags).tolist()
