"""A dataset as the audits see it: every image and face with what must not tell."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np
from joblib import Parallel, cpu_count, delayed

from ...core.errors import DataError
from ...core.files import read_bytes
from ...core.images import decode_image
from ...core.progress import Progress
from .. import masks
from ..boxes import from_xywh
from ..categories import FAKE
from ..coco import ImageEntry
from ..coco_faces import is_whole
from ..dataset import annotation_file, annotation_files, image_path
from ..masks import BoolMask
from ..problems import Problem
from ..splits import perceptual_hash
from ..verify.origins import FOLDER, Lines, read_provenance
from ..verify.rows import Face, Split, read_split
from .background import compression, histogram
from .features import Floats
from .jpeg import Header, read_header
from .shape import describe

# Of a box's longer side. The background keeps this far from the box of each face, real or
# fake, so that the larger hole of a forgery's manipulation does not tell.
MARGIN: Final = 0.25
_VERIFY: Final = "Run manyfaces verify, which names every problem"


@dataclass(frozen=True, eq=False, slots=True)
class Image:
    """One image: ``position`` counts from 0 in its annotation file of ``listed`` images."""

    split: str
    entry: ImageEntry
    position: int
    listed: int
    faces: tuple[Face, ...]
    group: str
    looked: Looked

    @property
    def forged(self) -> bool:
        """Whether any of its faces is a forgery."""
        return any(face.parsed.label == FAKE for face in self.faces)


@dataclass(frozen=True, eq=False, slots=True)
class Looked:
    """What a look at one picture file gave; ``shapes`` has a row for each face."""

    size: int  # bytes
    header: Header
    histogram: Floats
    compression: Floats
    fingerprint: str
    shapes: Floats


@dataclass(frozen=True, eq=False, slots=True)
class Evidence:
    """All images in the order of the files, and the provenance lines of their splits."""

    images: tuple[Image, ...]
    lines: Lines

    def faces(self) -> Iterator[tuple[Image, int, Face]]:
        """Every face with its image and its place among the image's annotations, from 0."""
        for image in self.images:
            for order, face in enumerate(image.faces):
                yield image, order, face


def read_evidence(root: Path, split: str, progress: Progress) -> Evidence:
    """Read one split of a dataset, or ``all``.

    Raises:
        UsageError: there is no such dataset or split.
        DataError: a file is missing or damaged, or there is nothing to tell apart.
    """
    files = annotation_files(root) if split == "all" else {split: annotation_file(root, split)}
    splits = [_sound_split(root, name, path) for name, path in files.items()]
    _require_both_labels(root, splits)
    lines = _sound_lines(root, list(files))
    groups = _groups(lines)
    rows = [(part, entry) for part in splits for entry in part.entries.values()]
    jobs = (delayed(_look)(root, entry, part.faces[entry.id]) for part, entry in rows)
    looks = Parallel(n_jobs=min(8, cpu_count()), prefer="threads", return_as="generator")(jobs)
    shown = progress(looks, total=len(rows), what="reading pictures")
    places = [place for part in splits for place in range(len(part.entries))]
    images = [
        Image(
            split=part.name,
            entry=entry,
            position=place,
            listed=len(part.entries),
            faces=tuple(part.faces[entry.id]),
            # Without provenance; each released split numbers its images from 0.
            group=groups.get((part.name, entry.id), f"{part.name} {entry.id}"),
            looked=looked,
        )
        for (part, entry), place, looked in zip(rows, places, shown, strict=True)
    ]
    return Evidence(tuple(images), lines)


def _sound_split(root: Path, name: str, path: Path) -> Split:
    split, problems = read_split(name, path, path.relative_to(root).as_posix())
    _refuse(problems, "an annotation file cannot be read")
    return split


def _sound_lines(root: Path, splits: Sequence[str]) -> Lines:
    """The provenance, where there is one: folds that share no photograph hang on it."""
    if not (root / FOLDER).is_dir():
        return {}
    lines, problems = read_provenance(root, splits)
    # Lines of splits that were not asked for are no fault here.
    _refuse([p for p in problems if p.code != "provenance-unknown"], "provenance cannot be read")
    return lines


def _refuse(problems: Sequence[Problem], what: str) -> None:
    if problems:
        raise DataError(
            what,
            where=problems[0].where,
            got=problems[0].got,
            expected=problems[0].expected,
            mend=f"{_VERIFY} ({len(problems)} here)",
        )


def _require_both_labels(root: Path, splits: Sequence[Split]) -> None:
    labels = [
        face.parsed.label for part in splits for faces in part.faces.values() for face in faces
    ]
    fakes = labels.count(FAKE)
    if not fakes or fakes == len(labels):
        raise DataError(
            f"there is no {'real' if fakes else 'forged'} face to tell from the others",
            where=f"{root}, {' and '.join(part.name for part in splits)}",
            got=f"{len(labels)} faces, {fakes} of them forged",
            expected="real and forged faces",
            mend="Audit a dataset, or a split, that holds both",
        )


def _groups(lines: Lines) -> dict[tuple[str, int], str]:
    """(Split, image id) → what its photograph shares with others that may look alike."""
    found = {}
    for split, rows in lines.items():
        for row in rows:
            photo: Mapping[str, Any] = row.get("photo") or {}
            # The name alone is not enough to tell photographs of two folders apart.
            parts = [photo["group"]] if photo.get("group") else [
                str(photo.get("name", "")), str(photo.get("sha256", ""))
            ]  # fmt: skip
            if any(parts) and is_whole(row.get("image_id")):
                found[split, row["image_id"]] = json.dumps(parts)
    return found


def _look(root: Path, entry: ImageEntry, faces: Sequence[Face]) -> Looked:
    path = image_path(root, entry)
    data = read_bytes(path)
    picture = decode_image(data, where=path)
    size = picture.shape[:2]
    if size != (entry.height, entry.width):
        raise DataError(
            "a picture does not have its annotated size",
            where=entry.file_name,
            got=f"{size[1]} x {size[0]}",
            expected=f"{entry.width} x {entry.height}",
            mend=_VERIFY,
        )
    header, ground = read_header(data), _background((entry.height, entry.width), faces)
    table = header.tables[0].reshape(8, 8) if len(header.tables) else np.ones((8, 8))
    return Looked(
        size=len(data),
        header=header,
        histogram=histogram(picture, ground),
        compression=compression(picture, ground, table),
        fingerprint=perceptual_hash(picture),
        shapes=np.array([describe(face.parsed.mask) for face in faces]),
    )


def _background(size: tuple[int, int], faces: Sequence[Face]) -> BoolMask:
    ground = np.ones(size, dtype=bool)
    for face in faces:
        left, top, right, bottom = from_xywh([face.parsed.box])[0]
        margin = MARGIN * max(right - left, bottom - top)
        rows = slice(max(0, int(top - margin)), max(0, int(np.ceil(bottom + margin))))
        ground[rows, max(0, int(left - margin)) : max(0, int(np.ceil(right + margin)))] = False
        for rle in (face.parsed.mask, face.parsed.manipulation):
            if rle is not None:
                ground &= ~masks.decode(rle)
    return ground
