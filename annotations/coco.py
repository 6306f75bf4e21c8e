"""COCO instance files, ours and those of OpenForensics, without loss."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Final

import numpy as np
from numpy.typing import NDArray

from ..core.errors import DataError
from ..core.files import atomic, read_json, to_json, write_json
from . import boxes as box_tools
from . import masks
from .categories import COCO_CATEGORIES, NAMES
from .coco_faces import KEYPOINTS, ParsedFace, is_whole, parse_face
from .instances import Instances

__all__ = [
    "KEYPOINTS",
    "AnnotatedImage",
    "AnnotationSet",
    "ImageEntry",
    "annotation_rows",
    "from_coco",
    "instances_of",
    "objects",
    "parse_categories",
    "parse_entry",
    "parse_image",
    "read_annotations",
    "to_coco",
    "write_coco",
    "write_coco_rows",
]

_ENTRY: Final = ("id", "file_name", "height", "width")
_TOP: Final = ("info", "categories", "images", "annotations")
MAX_PIXELS: Final = 2**28  # of one picture; Pillow refuses larger ones as well


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
    """The content of one annotation file; ``further`` holds lists such as ``licenses``."""

    images: tuple[AnnotatedImage, ...]
    info: Mapping[str, object] = field(default_factory=dict)
    further: Mapping[str, object] = field(default_factory=dict)


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
    info = data.get("info") or {}
    if not isinstance(info, dict):
        raise DataError("info is no object", where=where, got=f"{info!r:.60}")
    labels = parse_categories(data["categories"], where)
    entries = [parse_entry(row, where) for row in data["images"]]
    rows: dict[int, list[Mapping[str, Any]]] = {entry.id: [] for entry in entries}
    if len(rows) < len(entries):
        twice = [id_ for id_, count in Counter(entry.id for entry in entries).items() if count > 1]
        raise DataError("an image id stands twice", where=where, got=twice[0])
    for row in data["annotations"]:
        _home(row, rows, where).append(row)
    images = tuple(parse_image(entry, rows[entry.id], labels, where) for entry in entries)
    further = {name: value for name, value in data.items() if name not in _TOP}
    return AnnotationSet(images, info, further)


def parse_image(
    entry: ImageEntry, rows: Sequence[Mapping[str, Any]], labels: Mapping[int, int], where: object
) -> AnnotatedImage:
    """Parse the rows of ``annotations`` of one image."""
    size = (entry.height, entry.width)
    faces = [parse_face(row, size, labels, where) for row in rows]
    return AnnotatedImage(entry, instances_of(size, faces))


def _home(row: object, rows: dict[int, list[Mapping[str, Any]]], where: object) -> list[Any]:
    if not isinstance(row, dict):
        raise DataError("an annotation cannot be read", where=where, got=f"{row!r:.60}")
    image: Any = row.get("image_id")
    if not is_whole(image) or image not in rows:
        raise DataError(
            f"annotation {row.get('id')} belongs to no image",
            where=where,
            got=f"image_id {image!r:.40}",
        )
    return rows[image]


def parse_categories(categories: Sequence[Any], where: object) -> dict[int, int]:
    """Category id → label; categories are told by their names, in any case."""
    labels = {}
    for row in categories:
        name = str(row.get("name", "")).strip().lower() if isinstance(row, dict) else ""
        if name not in NAMES or not is_whole(row.get("id")):
            raise DataError(
                "a category is unknown",
                where=where,
                got=f"{row!r:.60}",
                expected="Real and Fake, each with an id",
            )
        labels[row["id"]] = NAMES.index(name)
    return labels


def parse_entry(row: Any, where: object) -> ImageEntry:  # noqa: ANN401 - any JSON, checked here
    """Parse a row of ``images``.

    Raises:
        DataError: a field is missing, or the size is none of a picture.
    """
    known = isinstance(row, dict) and all(is_whole(row.get(n)) for n in ("id", "height", "width"))
    if not known or not isinstance(row.get("file_name"), str):
        raise DataError(
            "an image row cannot be read",
            where=where,
            got=f"{row!r:.80}",
            expected="id, file_name, height and width",
        )
    if min(row["height"], row["width"]) < 1 or row["height"] * row["width"] > MAX_PIXELS:
        raise DataError(
            f"image {row['id']} has an impossible size",
            where=where,
            got=f"{row['width']} x {row['height']}",
            expected=f"1 to {MAX_PIXELS} pixels",
        )
    extra = {name: value for name, value in row.items() if name not in _ENTRY}
    return ImageEntry(row["id"], row["file_name"], row["height"], row["width"], extra)


def instances_of(size: tuple[int, int], faces: Sequence[ParsedFace]) -> Instances:
    """The rows of one image as ``Instances``."""
    return Instances(
        size=size,
        boxes=box_tools.from_xywh([face.box for face in faces]),
        labels=np.array([face.label for face in faces], dtype=np.int64),
        masks=tuple(face.mask for face in faces),
        extra={
            "annotation_id": np.array([face.id for face in faces], dtype=np.int64),
            "keypoints": np.array([face.keypoints for face in faces], dtype=np.float64).reshape(
                -1, KEYPOINTS
            ),
            "area": np.array([face.area for face in faces], dtype=np.float64),
            "method": objects([face.method for face in faces]),
            "manipulation": objects([face.manipulation for face in faces]),
            "boundary": objects([face.boundary for face in faces]),
            "other": objects([face.other for face in faces]),
        },
    )


def objects(values: Sequence[object]) -> NDArray[np.object_]:
    """A column of any objects."""
    column = np.empty(len(values), dtype=object)
    column[:] = values
    return column


def to_coco(annotations: AnnotationSet) -> dict[str, Any]:
    """The object of a COCO instances file."""
    return {
        "info": dict(annotations.info),
        **annotations.further,
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
    # Rounding undoes what the corner form cost in the last digit: x + w - x is not always w.
    boxes = box_tools.to_xywh(faces.boxes).round(6).tolist()
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


def write_coco_rows(
    path: Path, images: Iterable[ImageEntry], annotated: Iterable[AnnotatedImage]
) -> None:
    """Write an annotation file without holding it: ``write_coco``'s bytes.

    Args:
        images: every image's entry.
        annotated: the same images with their faces, in the same order; taken one by one.
    """
    head = {"info": {}, "categories": [dict(category) for category in COCO_CATEGORIES]}
    rows = (row for image in annotated for row in annotation_rows(image))
    with atomic(path) as file:
        file.write(to_json(head).removesuffix(b"}\n") + b',"images":[')
        _write_list(file, map(_image_row, images))
        file.write(b'],"annotations":[')
        _write_list(file, rows)
        file.write(b"]}\n")


def _write_list(file: IO[bytes], rows: Iterable[object]) -> None:
    for number, row in enumerate(rows):
        file.write((b"," if number else b"") + to_json(row).rstrip(b"\n"))


def write_coco(path: Path, annotations: AnnotationSet) -> None:
    """Write an annotation file atomically; the same content gives the same bytes."""
    write_json(path, to_coco(annotations))
