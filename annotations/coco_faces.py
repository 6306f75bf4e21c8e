"""A face as COCO writes it: one row of ``annotations``, every field checked."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, cast

from ..core.errors import DataError
from . import masks
from .landmarks import LANDMARKS
from .masks import Rle

KEYPOINTS: Final = 3 * LANDMARKS
# Fields that have a column or are derived; any other field is kept as it is.
_KNOWN: Final = (
    "id", "image_id", "category_id", "bbox", "area", "segmentation", "iscrowd", "keypoints",
    "num_keypoints", "method", "manipulation", "boundary",
)  # fmt: skip


def is_whole(value: object) -> bool:
    """Whether a JSON value is a whole number that an int64 holds."""
    # bool is an int to Python, but true is no id.
    return type(value) is int and abs(value) < 2**63


def is_number(value: object) -> bool:
    """Whether a JSON value is a finite number."""
    return type(value) in (int, float) and math.isfinite(cast("float", value))


def is_box(value: object) -> bool:
    """Whether a JSON value is an x, y, width, height box within reach of a picture."""
    if not isinstance(value, list) or len(value) != 4 or not all(map(is_number, value)):
        return False
    return bool(min(value[2:]) >= 0 and max(map(abs, value)) <= masks.MAX_COORDINATE)


@dataclass(frozen=True, slots=True)
class ParsedFace:
    """A row of ``annotations`` whose every field has been checked; boxes as x, y, w, h."""

    id: int
    label: int
    box: list[float]
    area: float
    mask: Rle
    keypoints: list[float]
    method: str | None
    manipulation: Rle | None
    boundary: Rle | None
    other: Mapping[str, object]


def parse_face(
    row: Mapping[str, Any], size: tuple[int, int], labels: Mapping[int, int], where: object
) -> ParsedFace:
    """Parse a row of ``annotations`` that belongs to an image of ``size`` (height, width).

    Raises:
        DataError: the first field that cannot be read, with its place.
    """
    place = f"{where}, annotation {row.get('id')!r:.40}"
    fault = _faulty_field(row, labels)
    if fault is not None:
        what, name, expected = fault
        got = f"{row.get(name)!r:.60}"
        raise DataError(what, where=f"{place}, {name}", got=got, expected=expected)
    mask = _mask(row, "segmentation", size, place)
    return ParsedFace(
        id=row["id"],
        label=labels[row["category_id"]],
        box=row["bbox"],
        # COCO's evaluators sort faces into sizes by the stated area, so a scorer needs it.
        area=float(row["area"]) if is_number(row.get("area")) else float(masks.area(mask)),
        mask=mask,
        keypoints=row.get("keypoints") or [0.0] * KEYPOINTS,
        method=row.get("method"),
        manipulation=_mask(row, "manipulation", size, place) if row.get("manipulation") else None,
        boundary=_mask(row, "boundary", size, place) if row.get("boundary") else None,
        other=_other(row),
    )


def _faulty_field(row: Mapping[str, Any], labels: Mapping[int, int]) -> tuple[str, str, str] | None:
    """What is wrong with the first faulty plain field, its name, what should be there."""
    category, method = row.get("category_id"), row.get("method")
    if not is_whole(row.get("id")):
        return "the id cannot be read", "id", "a whole number"
    if not is_whole(category) or category not in labels:
        return "a category is unknown", "category_id", f"one of {sorted(labels)}"
    if not is_box(row.get("bbox")):
        return "the box cannot be read", "bbox", "[x, y, width, height]"
    if not is_keypoints(row.get("keypoints")):
        return "the keypoints cannot be read", "keypoints", f"{KEYPOINTS} numbers: x, y, v each"
    if method is not None and not isinstance(method, str):
        return "the method cannot be read", "method", "a name or null"
    return None


def is_keypoints(points: Any) -> bool:  # noqa: ANN401 - any JSON, checked here
    """Whether a JSON value is the x, y, v of 68 landmarks, or nothing."""
    if not points:
        return points is None or points == []
    return isinstance(points, list) and len(points) == KEYPOINTS and all(map(is_number, points))


def _mask(row: Mapping[str, Any], name: str, size: tuple[int, int], place: str) -> Rle:
    try:
        return masks.from_coco(row.get(name), size)
    except DataError as error:
        raise DataError(
            error.what, where=f"{place}, {name}", got=error.got, expected=error.expected
        ) from error


def _other(row: Mapping[str, Any]) -> dict[str, Any]:
    other = {name: value for name, value in row.items() if name not in _KNOWN}
    # We only write 0, the field's meaning everywhere else; what differs is kept.
    return {**other, "iscrowd": row["iscrowd"]} if row.get("iscrowd") else other
