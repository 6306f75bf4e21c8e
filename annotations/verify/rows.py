"""An annotation file row by row: what is sound goes on to the other checks."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ...core.errors import DataError
from ...core.files import read_json
from ..coco import AnnotatedImage, ImageEntry, instances_of, parse_categories, parse_entry
from ..coco_faces import ParsedFace, is_keypoints, is_whole, parse_face
from .problem import Problem, problem

Row = Mapping[str, Any]
Size = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Face:
    """A sound row, as it stands in the file and parsed."""

    row: Row
    parsed: ParsedFace


@dataclass(slots=True)
class Split:
    """One annotation file: its sound rows, and every id that it states."""

    name: str
    file: str
    entries: dict[int, ImageEntry] = field(default_factory=dict)
    faces: dict[int, list[Face]] = field(default_factory=dict)  # by image id
    image_ids: list[int] = field(default_factory=list)
    annotation_ids: list[int] = field(default_factory=list)

    def images(self) -> list[AnnotatedImage]:
        """The images with their sound faces."""
        return [
            AnnotatedImage(
                entry,
                instances_of(
                    (entry.height, entry.width), [face.parsed for face in self.faces[entry.id]]
                ),
            )
            for entry in self.entries.values()
        ]


def read_split(name: str, path: Path, file: str) -> tuple[Split, list[Problem]]:
    """Read one annotation file and name every row that cannot be read."""
    split = Split(name, file)
    try:
        data = read_json(path)
        images, annotations, labels = _lists(data, file)
    except DataError as error:
        return split, [problem("unreadable-annotations", file, _cause(error))]
    problems = _read_images(split, images)
    for number, row in enumerate(annotations):
        where = f"{file}, annotations[{number}]"
        if isinstance(row, dict) and is_whole(row.get("id")):
            where = f"{file}, annotation {row['id']}"
            split.annotation_ids.append(row["id"])
        face = _read_face(row, split.entries, labels, where)
        if isinstance(face, Problem):
            problems.append(face)
        else:
            split.faces[face.row["image_id"]].append(face)
    return split, problems


def _cause(error: DataError) -> str:
    return error.what if error.got is None else f"{error.what}: {error.got}"


def _lists(data: object, file: str) -> tuple[Sequence[Any], Sequence[Any], dict[int, int]]:
    if not isinstance(data, dict):
        raise DataError("no object", got=type(data).__name__)
    for name in ("images", "annotations", "categories"):
        if not isinstance(data.get(name), list):
            raise DataError(f"no list {name!r}")
    return data["images"], data["annotations"], parse_categories(data["categories"], file)


def _read_images(split: Split, rows: Sequence[Any]) -> list[Problem]:
    problems = []
    for number, row in enumerate(rows):
        try:
            entry = parse_entry(row, split.file)
        except DataError as error:
            where = f"{split.file}, images[{number}]"
            problems.append(problem("image-row-unreadable", where, _cause(error)))
            continue
        split.image_ids.append(entry.id)
        split.entries.setdefault(entry.id, entry)
        split.faces.setdefault(entry.id, [])
    return problems


def _read_face(
    row: Any,  # noqa: ANN401 - any JSON, checked here
    entries: Mapping[int, ImageEntry],
    labels: Mapping[int, int],
    where: str,
) -> Face | Problem:
    if not isinstance(row, dict) or not is_whole(row.get("id")):
        return problem("annotation-unreadable", where, f"{row!r:.60}")
    entry = entries.get(row["image_id"]) if is_whole(row.get("image_id")) else None
    if entry is None:
        got = f"image_id {row.get('image_id')!r:.40}"
        return problem("annotation-unknown-image", where, got)
    size = (entry.height, entry.width)
    fault = _wrong_category(row, labels, where) or _wrong_size(row, size, where)
    if fault is not None:
        return fault
    try:
        return Face(row, parse_face(row, size, labels, where))
    except DataError as error:
        return problem("annotation-unreadable", str(error.where), _cause(error), error.expected)


def _wrong_category(row: Row, labels: Mapping[int, int], where: str) -> Problem | None:
    category = row.get("category_id")
    if is_whole(category) and category in labels:
        return None
    return problem("category-unknown", where, f"{category!r:.40}", f"one of {sorted(labels)}")


def _wrong_size(row: Row, size: Size, where: str) -> Problem | None:
    if not is_keypoints(row.get("keypoints")):
        return problem("keypoints-wrong", where, f"{row['keypoints']!r:.60}")
    for name in ("segmentation", "manipulation", "boundary"):
        value = row.get(name)
        if isinstance(value, dict) and value.get("size") != list(size):
            return problem("mask-size", f"{where}, {name}", value.get("size"), list(size))
    return None
