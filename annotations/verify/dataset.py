"""All checks over one dataset's folder."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import DataError, ManyfacesError
from ...core.progress import Progress, silent
from ..dataset import ANNOTATIONS, annotation_files
from ..manifest import FILE, Manifest, read_manifest
from .faces import check_faces
from .origins import check_lines, check_shared, read_provenance
from .pictures import check_manifest, look_at_all
from .problem import CHECKS, Problem, problem
from .rows import Split, read_split


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was looked at, and every problem of it in the order of the files."""

    images: int
    faces: int
    problems: tuple[Problem, ...]


def verify_dataset(root: Path, progress: Progress = silent) -> list[Problem]:
    """Every problem of a dataset, in the order of its files; none for a sound one."""
    return list(examine(root, progress).problems)


def examine(root: Path, progress: Progress = silent) -> Verdict:
    """Check all files of a dataset; of a released OpenForensics folder what it can have.

    Bad data never raises and never ends the check: each fault is a ``Problem``.
    """
    try:
        files = annotation_files(root)
    except ManyfacesError as error:
        return Verdict(0, 0, (problem("no-annotations", str(root), error.what),))
    released = not (root / ANNOTATIONS).is_dir()
    splits, problems = _read(root, files)
    problems += _check_ids(splits)
    problems += _check_faces(splits, progress)
    manifest, faults = _manifest(root)
    problems += faults
    if manifest is not None:
        problems += check_manifest(splits, manifest)
    problems += look_at_all(root, splits, manifest, progress)
    problems += _check_origins(root, splits)
    kept = [fault for fault in problems if not released or CHECKS[fault.code].released]
    faces = sum(len(split.annotation_ids) for split in splits)
    return Verdict(sum(len(split.image_ids) for split in splits), faces, tuple(kept))


def _read(root: Path, files: dict[str, Path]) -> tuple[list[Split], list[Problem]]:
    splits: list[Split] = []
    problems: list[Problem] = []
    for name, path in files.items():
        split, faults = read_split(name, path, path.relative_to(root).as_posix())
        splits.append(split)
        problems += faults
    return splits, problems


def _manifest(root: Path) -> tuple[Manifest | None, list[Problem]]:
    if not (root / FILE).is_file():
        return None, [problem("no-manifest", FILE, "no such file")]
    try:
        return read_manifest(root / FILE), []
    except DataError as error:
        return None, [problem("unreadable-manifest", FILE, error.got or error.what)]


def _check_ids(splits: Sequence[Split]) -> Iterator[Problem]:
    images = [identity for split in splits for identity in split.image_ids]
    annotations = [identity for split in splits for identity in split.annotation_ids]
    yield from _check_kind("image", images)
    yield from _check_kind("annotation", annotations)


def _check_kind(kind: str, ids: Iterable[int]) -> Iterator[Problem]:
    for identity, count in Counter(ids).items():
        where = f"{ANNOTATIONS}, {kind} {identity}"
        if count > 1:
            yield problem(f"{kind}-id-duplicate", where, f"{count} rows")
        if identity < 1:
            yield problem(f"{kind}-id-low", where, identity)


def _check_faces(splits: Sequence[Split], progress: Progress) -> list[Problem]:
    rows = [(split, entry) for split in splits for entry in split.entries.values()]
    problems: list[Problem] = []
    for split, entry in progress(rows, total=len(rows), what="checking annotations"):
        problems += check_faces(split.faces[entry.id], (entry.height, entry.width), split.file)
    return problems


def _check_origins(root: Path, splits: Sequence[Split]) -> list[Problem]:
    lines, problems = read_provenance(root, [split.name for split in splits])
    for split in splits:
        if split.name in lines:
            problems += check_lines(split, lines[split.name])
    return [*problems, *check_shared(lines)]
