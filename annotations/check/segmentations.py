"""Checks of segmentation: RLE text, run lengths as a list, or polygons."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from functools import partial
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...core.errors import DataError
from .. import masks
from ..boxes import to_xywh
from ..intervals import Intervals, decode_counts
from ..manifest import ManifestEntry
from .blocks import blocks
from .entries import Entries
from .findings import Findings, Told, shown
from .polygons import check_polygons

Floats = NDArray[np.float64]

NAME: Final = "segmentation"
ALPHABET: Final = frozenset(map(chr, range(48, 112)))
MORE: Final = 32  # the bit of a character that says that its number goes on

Odd = dict[str, list[int]]  # code → rows


def check_segmentations(entries: Entries, findings: Findings) -> Floats:
    """Note masks that cannot be read, or are not their image's.

    Returns:
        (N, 4) x, y, width, height of each mask's box; NaN where there is no sound mask.
    """
    values = entries.column(NAME)
    boxes = np.full((len(values), 4), np.nan)
    rles = [row for row, value in enumerate(values) if type(value) is dict and "counts" in value]
    lists = [row for row, value in enumerate(values) if type(value) is list]
    known = {*rles, *lists}
    odd = [row for row, value in enumerate(values) if value is not None and row not in known]
    entries.note(findings, "mask-type", odd, NAME)
    _check_rles(entries, rles, boxes, findings)
    check_polygons(entries, lists, boxes, findings)
    empty = np.flatnonzero((boxes[:, 2:] == 0).any(axis=1)).tolist()
    place = partial(_place, entries)
    findings.add_rows("mask-empty", empty, place, lambda _: ("0 pixels", None))
    return boxes


def _place(entries: Entries, row: int) -> str:
    return entries.place(row, NAME)


def _check_rles(entries: Entries, rows: Sequence[int], boxes: Floats, findings: Findings) -> None:
    odd: Odd = defaultdict(list)
    texts = _texts(entries, _sized(entries, rows, odd), boxes, odd)
    lengths = [len(entries.rows[row][NAME]["counts"]) for row in texts]
    for block in blocks(texts, lengths):
        _decode(entries, block, boxes, odd)
    for code, faulty in odd.items():
        tell = partial(_tell, entries, code)
        findings.add_rows(code, sorted(faulty), partial(_place, entries), tell)


def _sized(entries: Entries, rows: Sequence[int], odd: Odd) -> list[int]:
    """The rows whose masks have the size of their image; unknown images have none."""
    sized = []
    for row in rows:
        image, stated = entries.images[row], entries.rows[row][NAME].get("size")
        if image is None:
            continue
        if stated == [image.height, image.width]:
            sized.append(row)
        else:
            turned = stated == [image.width, image.height]
            odd["mask-transposed" if turned else "mask-size"].append(row)
    return sized


def _texts(entries: Entries, rows: Sequence[int], boxes: Floats, odd: Odd) -> list[int]:
    """The rows whose run lengths are text to decode; lists are looked at here."""
    texts = []
    for row in rows:
        counts = entries.rows[row][NAME]["counts"]
        most = _pixels(_image(entries, row)) + 1
        if type(counts) is str:
            fault = "mask-too-long" if len(counts) > masks.MAX_CHARACTERS * most else None
            fault = fault or (None if counts.isascii() else "mask-bad-character")
            texts += [row] if fault is None else []
        else:
            fault = _fault_of_list(counts, most) if type(counts) is list else "mask-counts-type"
            if fault is None:
                boxes[row] = _box(entries, row)
        if fault is not None:
            odd[fault].append(row)
    return texts


def _fault_of_list(runs: list[Any], most: int) -> str | None:
    if not {*map(type, runs)} <= {int}:
        return "mask-counts-type"
    if len(runs) > 2 * most:
        return "mask-too-long"
    if runs and min(runs) < 0:
        return "mask-bad-run"
    return None if sum(runs) == most - 1 else "mask-not-filling"


def _decode(entries: Entries, rows: Sequence[int], boxes: Floats, odd: Odd) -> None:
    """Decode a block at once; where that fails, each mask alone, to say which and why."""
    counts = [entries.rows[row][NAME]["counts"].encode() for row in rows]
    images = [_image(entries, row) for row in rows]
    sizes = np.array([(image.height, image.width) for image in images], dtype=np.int64)
    try:
        boxes[list(rows)] = _boxes(decode_counts(counts, sizes))
    except DataError:
        for row in rows:
            fault = _fault_of_text(entries, row)
            if fault is None:
                boxes[row] = _box(entries, row)
            else:
                odd[fault].append(row)


def _boxes(found: Intervals) -> Floats:
    """(N, 4) x, y, width, height of decoded masks; zeros for an empty one."""
    boxes = np.zeros((len(found), 4))
    solid = found.area > 0
    if solid.any():
        starts = found.column[found.mask[:-1][solid]]
        top = np.minimum.reduceat(found.top, starts)
        tall = np.maximum.reduceat(found.bottom, starts) - top
        boxes[solid] = np.stack([found.left[solid], top, found.width[solid], tall], axis=1)
    return boxes


def _fault_of_text(entries: Entries, row: int) -> str | None:
    counts = entries.rows[row][NAME]["counts"]
    if not ALPHABET.issuperset(counts):
        return "mask-bad-character"
    if counts and (ord(counts[-1]) - 48) & MORE:
        return "mask-cut"
    try:
        total = int(masks.unpack_counts(counts.encode()).sum())
    except DataError:
        return "mask-bad-run"
    return None if total == _pixels(_image(entries, row)) else "mask-not-filling"


def _box(entries: Entries, row: int) -> Floats:
    image = _image(entries, row)
    rle = masks.from_coco(entries.rows[row][NAME], (image.height, image.width))
    return np.asarray(to_xywh(masks.box(rle)[None])[0])


def _image(entries: Entries, row: int) -> ManifestEntry:
    image = entries.images[row]
    if image is None:
        raise ValueError(f"row {row} has no image")
    return image


def _pixels(image: ManifestEntry) -> int:
    return image.height * image.width


def _tell(entries: Entries, code: str, row: int) -> Told:
    """What a faulty RLE has, and what it should."""
    image, value = _image(entries, row), entries.rows[row][NAME]
    counts = value["counts"]
    if code in {"mask-size", "mask-transposed"}:
        return shown(value.get("size")), [image.height, image.width]
    if code == "mask-bad-character":
        at = next(i for i, character in enumerate(counts) if character not in ALPHABET)
        return f"{shown(counts[at])} as character {at + 1:,}", None
    if code == "mask-not-filling":
        runs = counts if isinstance(counts, list) else masks.unpack_counts(counts.encode())
        return f"{int(sum(runs)):,} pixels", f"{_pixels(image):,} pixels"
    return shown(counts) if code == "mask-counts-type" else _ending(counts), None


def _ending(counts: str | list[int]) -> str:
    if isinstance(counts, list):
        return f"{len(counts):,} runs, {min(counts)} the least"
    return f"{len(counts):,} characters, ending in {shown(counts[-8:])}"
