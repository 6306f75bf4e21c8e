"""Checks of the picture files, and of the manifest that lists them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from joblib import Parallel, cpu_count, delayed

from ...core.errors import DataError
from ...core.files import sha256
from ...core.images import SUFFIXES, decode_image
from ...core.progress import Progress
from ..coco import ImageEntry
from ..dataset import image_path
from ..manifest import FILE, Manifest, ManifestEntry
from ..splits import perceptual_hash
from .origins import check_near_duplicates
from .problem import Problem, problem
from .rows import Split


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at one picture file gave: its faults, and its fingerprint if it decodes."""

    problems: tuple[Problem, ...]
    fingerprint: str | None


def look(root: Path, entry: ImageEntry, listed: ManifestEntry | None) -> Looked:
    """Check one picture file against its annotation row and its manifest row."""
    where = entry.file_name
    try:
        data = image_path(root, entry).read_bytes()
    except (DataError, OSError):
        return Looked((problem("image-missing", where, "no such file"),), None)
    found = []
    if listed is not None and sha256(data) != listed.sha256:
        found.append(problem("image-altered", where, sha256(data)[:16], listed.sha256[:16]))
    try:
        picture = decode_image(data, where=where)
    except DataError as error:
        return Looked((*found, problem("image-unreadable", where, error.got or error.what)), None)
    if picture.shape[:2] != (entry.height, entry.width):
        got = f"{picture.shape[1]} x {picture.shape[0]}"
        found.append(problem("image-size", where, got, f"{entry.width} x {entry.height}"))
    return Looked(tuple(found), perceptual_hash(picture))


def look_at_all(
    root: Path, splits: Sequence[Split], manifest: Manifest | None, progress: Progress
) -> list[Problem]:
    """Check every picture file, in threads: decoding releases Python's lock."""
    listed = {row.id: row for row in manifest.images} if manifest else {}
    rows = [(split.name, entry) for split in splits for entry in split.entries.values()]
    jobs = (delayed(look)(root, entry, listed.get(entry.id)) for _, entry in rows)
    looks = Parallel(n_jobs=min(8, cpu_count()), prefer="threads", return_as="generator")(jobs)
    problems: list[Problem] = []
    fingerprints = []
    shown = progress(looks, total=len(rows), what="checking pictures")
    for (split, entry), looked in zip(rows, shown, strict=True):
        problems += looked.problems
        if looked.fingerprint is not None:
            fingerprints.append((split, entry.file_name, looked.fingerprint))
    problems += check_unlisted(root, [entry for _, entry in rows])
    return [*problems, *check_near_duplicates(fingerprints)]


def check_unlisted(root: Path, entries: Sequence[ImageEntry]) -> Iterator[Problem]:
    """Pictures under ``images/`` that no annotation names, or several do."""
    known = Counter(entry.file_name for entry in entries)
    for name, count in known.items():
        if count > 1:
            yield problem("image-file-duplicate", name, f"{count} rows")
    for path in sorted((root / "images").rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix.lower() in SUFFIXES and name not in known:
            yield problem("image-unlisted", name, "not annotated")


def check_manifest(splits: Sequence[Split], manifest: Manifest) -> Iterator[Problem]:
    """The manifest against the annotations of all splits."""
    listed = {row.id: row for row in manifest.images}
    stated = {identity for split in splits for identity in split.image_ids}
    for split in splits:
        for entry in split.entries.values():
            where = f"{FILE}, image {entry.id}"
            if entry.id not in listed:
                yield problem("manifest-missing-image", where, "not listed")
                continue
            row = listed[entry.id]
            got = (row.file_name, row.height, row.width, row.split)
            wanted = (entry.file_name, entry.height, entry.width, split.name)
            if got != wanted:
                yield problem("manifest-disagrees", where, got, wanted)
    for identity in sorted(listed.keys() - stated):
        yield problem("manifest-extra-image", f"{FILE}, image {identity}", "not annotated")
