"""Several datasets as one: ids anew, splits kept, nothing copied that can be linked."""

from __future__ import annotations

import shutil
import tempfile
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np

from ..core.errors import DataError, UsageError
from ..core.files import (
    link_or_copy,
    read_json_lines,
    sha256_of_file,
    write_json,
    write_json_lines,
    write_text,
)
from ..core.progress import Progress, silent
from .coco import AnnotatedImage, AnnotationSet, ImageEntry, write_coco
from .dataset import image_path, open_split, splits
from .manifest import FILE, Manifest, ManifestEntry, write_manifest
from .parts import RECORD, Part, require_parts
from .statistics import Records, write_tables
from .verify.origins import FOLDER, check_shared


@dataclass(frozen=True, slots=True)
class _Picture:
    """One image of one of the datasets.

    Args:
        lines: its provenance, one line a face.
    """

    split: str
    path: Path
    sha256: str
    image: AnnotatedImage
    lines: Sequence[Mapping[str, Any]]


def combine(roots: Sequence[Path], out: Path, progress: Progress = silent) -> dict[str, int]:
    """Write one dataset that holds the pictures of all of them, each in its split.

    Images are numbered in the order of their files' hashes, so that a number says nothing
    of where an image comes from. In a split where a photograph has several pictures, each
    names its photograph as its ``source``, so that scoring draws photographs. ``out``
    appears at once, or not at all.

    Returns:
        How many images each split holds.

    Raises:
        UsageError: ``out`` holds something, fewer than two datasets are given, or they are
            no parts of one, as ``require_parts`` says.
        DataError: a dataset cannot be read, or a photograph would stand in two splits.
    """
    if len(roots) < 2:
        raise UsageError("one dataset is whole by itself", expected="at least two datasets")
    if out.exists() and (not out.is_dir() or any(out.iterdir())):
        raise UsageError(
            "the output folder holds something", where=out, expected="a new or empty folder"
        )
    parts = require_parts(roots)
    read = [row for root in roots for row in _read(root, progress)]
    pictures = _sourced(_numbered(read))
    _require_disjoint(pictures)
    out.parent.mkdir(parents=True, exist_ok=True)
    staging = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        counts = _write(pictures, staging, progress)
        _describe(parts, counts, staging)
        staging.chmod(0o755)
        staging.replace(out)
    finally:
        shutil.rmtree(staging, ignore_errors=True)
    return counts


def _read(root: Path, progress: Progress) -> Iterator[_Picture]:
    for split in splits(root):
        lines = _lines(root, split)
        images = open_split(root, split).images
        for image in progress(images, total=len(images), what=f"reading {root.name}, {split}"):
            path = image_path(root, image.entry)
            yield _Picture(split, path, sha256_of_file(path), image, lines.get(image.id, ()))


def _lines(root: Path, split: str) -> dict[int, list[Mapping[str, Any]]]:
    path = root / FOLDER / f"{split}.jsonl"
    found: dict[int, list[Mapping[str, Any]]] = {}
    for line in read_json_lines(path) if path.is_file() else ():
        found.setdefault(int(line["image_id"]), []).append(line)
    return found


def _numbered(pictures: Sequence[_Picture]) -> list[_Picture]:
    """The pictures with new ids of images and annotations, from 1."""
    numbered = []
    first = 1
    for image_id, picture in enumerate(sorted(pictures, key=lambda row: row.sha256), 1):
        numbered.append(_renamed(picture, image_id, first))
        first += len(picture.image.instances)
    return numbered


def _renamed(picture: _Picture, image_id: int, first: int) -> _Picture:
    entry, faces = picture.image.entry, picture.image.instances
    name = f"images/{picture.split}/{image_id:06d}{picture.path.suffix}"
    ids = np.arange(first, first + len(faces), dtype=np.int64)
    new_ids = dict(zip(faces.extra["annotation_id"].tolist(), ids.tolist(), strict=True))
    image = AnnotatedImage(
        ImageEntry(image_id, name, entry.height, entry.width, entry.extra),
        replace(faces, extra={**faces.extra, "annotation_id": ids}),
    )
    lines = [
        {**line, "image_id": image_id, "annotation_id": new_ids[line["annotation_id"]]}
        for line in picture.lines
    ]
    return replace(picture, image=image, lines=lines)


def _sourced(pictures: Sequence[_Picture]) -> list[_Picture]:
    """The pictures; where some of a split were made from one photograph, each names its own."""
    counts = Counter((row.split, _photograph(row)) for row in pictures)
    shared = {split for (split, _), count in counts.items() if count > 1}
    return [_with_source(row) if row.split in shared else row for row in pictures]


def _photograph(picture: _Picture) -> str:
    """The hash of the photograph; without a face no provenance tells it: of the picture."""
    return str(picture.lines[0]["photo"]["sha256"]) if picture.lines else picture.sha256


def _with_source(picture: _Picture) -> _Picture:
    entry = picture.image.entry
    extra = {"source": _photograph(picture), **entry.extra}
    return replace(picture, image=replace(picture.image, entry=replace(entry, extra=extra)))


def _require_disjoint(pictures: Sequence[_Picture]) -> None:
    lines: dict[str, list[Mapping[str, Any]]] = {}
    for picture in pictures:
        lines.setdefault(picture.split, []).extend(picture.lines)
    for fault in check_shared(lines):
        raise DataError(
            "the datasets do not agree on their splits",
            where=fault.where,
            got=fault.got,
            expected="each photograph in one split",
            mend="Build them with the same `split_seed` and the same shares of splits",
        )


def _write(pictures: Sequence[_Picture], root: Path, progress: Progress) -> dict[str, int]:
    records = Records()
    for picture in progress(pictures, total=len(pictures), what="putting together"):
        link_or_copy(picture.path, root / picture.image.entry.file_name)
        records.add(picture.split, picture.image)
    names = list(dict.fromkeys(picture.split for picture in pictures))
    groups = {name: [row for row in pictures if row.split == name] for name in names}
    for name, rows in groups.items():
        write_coco(
            root / "annotations" / f"{name}.json", AnnotationSet(tuple(row.image for row in rows))
        )
        write_json_lines(root / FOLDER / f"{name}.jsonl", (x for row in rows for x in row.lines))
    write_manifest(root / FILE, Manifest(tuple(map(_entry, pictures))))
    write_tables(records.tables(), root / "statistics")
    return {name: len(rows) for name, rows in groups.items()}


def _entry(picture: _Picture) -> ManifestEntry:
    entry = picture.image.entry
    return ManifestEntry(
        entry.id, entry.file_name, entry.height, entry.width, picture.sha256, picture.split
    )


def _describe(parts: Sequence[Part], counts: Mapping[str, int], root: Path) -> None:
    write_json(root / RECORD, {"datasets": parts}, indent=True)
    names = "\n".join(f"- {part['name']}" for part in parts)
    rows = "\n".join(f"| {name} | {count} |" for name, count in counts.items())
    write_text(
        root / "README.md",
        f"# Multi-face forgery dataset\n\nThe images of these datasets, together:\n\n{names}\n\n"
        f"| split | images |\n|---|---|\n{rows}\n\n"
        f"`{RECORD}` has the hashes of their annotations; `provenance/` has each face's "
        "photograph, licence and making.\n",
    )
