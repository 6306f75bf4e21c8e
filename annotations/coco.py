"""COCO instance files, ours and those of OpenForensics, without loss."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ..core.errors import DataError
from ..core.files import read_json, write_json
from . import boxes as box_tools
from . import masks
from .categories import COCO_CATEGORIES, NAMES
from .instances import Instances
from .landmarks import LANDMARKS
from .masks import Rle

KEYPOINTS: Final = 3 * LANDMARKS
# Fields that have a column or are derived; any other field is kept as it is.
_KNOWN: Final = (
    "id", "image_id", "category_id", "bbox", "area", "segmentation", "iscrowd", "keypoints",
    "num_keypoints", "method", "manipulation", "boundary",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class ImageEntry:
    """A row of ``images``; ``extra`` holds the fields that COCO does not define."""

    id: int
    file_name: str
    height: int
    width: int
    extra: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class AnnotatedImage:
    """An image and its true faces.

    The instances' ``extra`` columns are ``annotation_id`` (N,), ``keypoints`` (N, 204) with
    x, y, v of 68 landmarks (all 0 where unknown), ``area`` (N,) as the file states it (of the
    mask where it does not), and the object columns ``method``,
    ``manipulation``, ``boundary`` (None where there is none) and ``other`` (further fields).
    """

    entry: ImageEntry
    instances: Instances

    @property
    def id(self) -> int:
        """The image's id."""
        return self.entry.id

    @property
    def size(self) -> tuple[int, int]:
        """(height, width)."""
        return self.entry.height, self.entry.width


@dataclass(frozen=True, slots=True)
class AnnotationSet:
    """The content of one annotation file."""

    images: tuple[AnnotatedImage, ...]
    info: Mapping[str, object] = field(default_factory=dict)


def read_annotations(path: Path) -> AnnotationSet:
    """Read a COCO instances file, ours or a released OpenForensics one.

    Categories are read by name, so any numbering will do.

    Raises:
        DataError: the file is not COCO; the place of the first fault is named.
    """
    data = read_json(path)
    if not isinstance(data, dict):
        raise DataError("this is not a COCO file", where=path, got=type(data).__name__)
    return from_coco(data, where=path)


def from_coco(data: Mapping[str, Any], *, where: object) -> AnnotationSet:
    """Parse the object of a COCO instances file."""
    for name in ("images", "annotations", "categories"):
        if not isinstance(data.get(name), list):
            raise DataError(f"the list {name!r} is missing", where=where, expected="a COCO file")
    labels = _labels(data["categories"], where)
    rows: dict[int, list[Mapping[str, Any]]] = {}
    entries = [_entry(row, where) for row in data["images"]]
    known = {entry.id for entry in entries}
    for row in data["annotations"]:
        if row.get("image_id") not in known:
            raise DataError(
                f"annotation {row.get('id')} belongs to no image",
                where=where,
                got=f"image_id {row.get('image_id')!r}",
            )
        rows.setdefault(row["image_id"], []).append(row)
    images = tuple(
        AnnotatedImage(entry, _instances(entry, rows.get(entry.id, []), labels, where))
        for entry in entries
    )
    return AnnotationSet(images, data.get("info") or {})


def _labels(categories: Sequence[Mapping[str, Any]], where: object) -> dict[int, int]:
    labels = {}
    for row in categories:
        name = str(row.get("name", "")).strip().lower()
        if name not in NAMES:
            raise DataError(
                "a category is unknown", where=where, got=repr(name), expected="Real and Fake"
            )
        labels[int(row["id"])] = NAMES.index(name)
    return labels


def _entry(row: Mapping[str, Any], where: object) -> ImageEntry:
    try:
        extra = {
            name: value
            for name, value in row.items()
            if name not in {"id", "file_name", "height", "width"}
        }
        return ImageEntry(
            int(row["id"]), str(row["file_name"]), int(row["height"]), int(row["width"]), extra
        )
    except (KeyError, TypeError, ValueError) as error:
        raise DataError(
            "an image row cannot be read",
            where=where,
            got=f"{error!r} in {row!r:.80}",
            expected="id, file_name, height and width",
        ) from error


def _instances(
    entry: ImageEntry, rows: Sequence[Mapping[str, Any]], labels: Mapping[int, int], where: object
) -> Instances:
    size = (entry.height, entry.width)
    parsed = [_row(row, size, labels, where) for row in rows]
    return Instances(
        size=size,
        boxes=box_tools.from_xywh([row["bbox"] for row in rows]),
        labels=np.array([label for label, _, _ in parsed], dtype=np.int64),
        masks=tuple(mask for _, mask, _ in parsed),
        extra={
            "annotation_id": np.array([row["id"] for row in rows], dtype=np.int64),
            "keypoints": np.array(
                [row.get("keypoints") or [0.0] * KEYPOINTS for row in rows], dtype=np.float64
            ).reshape(-1, KEYPOINTS),
            "area": np.array(
                [_area(row, mask) for row, (_, mask, _) in zip(rows, parsed, strict=True)],
                dtype=np.float64,
            ),
            "method": objects([row.get("method") for row in rows]),
            "manipulation": objects([extra["manipulation"] for _, _, extra in parsed]),
            "boundary": objects([extra["boundary"] for _, _, extra in parsed]),
            "other": objects([_other(row) for row in rows]),
        },
    )


def _row(
    row: Mapping[str, Any], size: tuple[int, int], labels: Mapping[int, int], where: object
) -> tuple[int, Rle, dict[str, Rle | None]]:
    place = f"{where}, annotation {row.get('id')}"
    if row.get("category_id") not in labels:
        raise DataError("a category is unknown", where=place, got=row.get("category_id"))
    if not isinstance(row.get("bbox"), list) or len(row["bbox"]) != 4:
        raise DataError("the box cannot be read", where=place, got=row.get("bbox"))
    try:
        mask = masks.from_coco(row.get("segmentation"), size)
        extra = {
            name: masks.from_coco(row[name], size) if row.get(name) else None
            for name in ("manipulation", "boundary")
        }
    except DataError as error:
        raise DataError(error.what, where=place, got=error.got, expected=error.expected) from error
    return labels[row["category_id"]], mask, extra


def _area(row: Mapping[str, Any], mask: Rle) -> float:
    # COCO's evaluators sort faces into sizes by the stated area, so a scorer needs it.
    stated = row.get("area")
    return float(stated if isinstance(stated, (int, float)) else masks.area(mask))


def _other(row: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in row.items() if name not in _KNOWN}


def objects(values: Sequence[object]) -> NDArray[np.object_]:
    """A column of any objects."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def to_coco(annotations: AnnotationSet) -> dict[str, Any]:
    """The object of a COCO instances file."""
    return {
        "info": dict(annotations.info),
        "categories": [dict(category) for category in COCO_CATEGORIES],
        "images": [_image_row(image.entry) for image in annotations.images],
        "annotations": [row for image in annotations.images for row in annotation_rows(image)],
    }


def _image_row(entry: ImageEntry) -> dict[str, Any]:
    return {
        "id": entry.id,
        "file_name": entry.file_name,
        "height": entry.height,
        "width": entry.width,
        **entry.extra,
    }


def annotation_rows(image: AnnotatedImage) -> list[dict[str, Any]]:
    """The rows of one image; the area is the mask's, never the box's."""
    faces = image.instances
    boxes = box_tools.to_xywh(faces.boxes).tolist()
    return [
        {
            "id": int(faces.extra["annotation_id"][row]),
            "image_id": image.id,
            "category_id": int(faces.labels[row]),
            "bbox": boxes[row],
            "area": masks.area(faces.masks[row]),
            "segmentation": masks.to_coco(faces.masks[row]),
            "iscrowd": 0,
            **_columns(faces, row),
        }
        for row in range(len(faces))
    ]


def _columns(faces: Instances, row: int) -> dict[str, Any]:
    extra = faces.extra
    fields: dict[str, Any] = {}
    if "keypoints" in extra and extra["keypoints"][row].any():
        fields["keypoints"] = extra["keypoints"][row].tolist()
        fields["num_keypoints"] = int((extra["keypoints"][row][2::3] > 0).sum())
    if "method" in extra:
        fields["method"] = extra["method"][row]
    for name in ("manipulation", "boundary"):
        if name in extra and extra[name][row] is not None:
            fields[name] = masks.to_coco(extra[name][row])
    return {**fields, **(extra["other"][row] if "other" in extra else {})}


def write_coco(path: Path, annotations: AnnotationSet) -> None:
    """Write an annotation file atomically; the same content gives the same bytes."""
    write_json(path, to_coco(annotations))
