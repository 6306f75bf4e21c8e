"""Checks of the picture files, and of the manifest that lists them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from ...core.errors import DataError
from ...core.files import sha256
from ...core.images import SUFFIXES, decode_image
from ..coco import AnnotatedImage
from ..dataset import image_path
from ..manifest import FILE, Manifest, ManifestEntry
from ..splits import perceptual_hash
from .problem import Problem, problem


@dataclass(frozen=True, slots=True)
class Looked:
    """What a look at one picture file gave: its faults, and its fingerprint if it decodes."""

    problems: tuple[Problem, ...]
    fingerprint: str | None


def look(root: Path, image: AnnotatedImage, listed: ManifestEntry | None) -> Looked:
    """Check one picture file against its annotation row and its manifest row."""
    where = image.entry.file_name
    try:
        data = image_path(root, image.entry).read_bytes()
    except (DataError, OSError):
        return Looked((problem("image-missing", where, "no such file"),), None)
    found = []
    if listed is not None and sha256(data) != listed.sha256:
        found.append(problem("image-altered", where, sha256(data)[:16], listed.sha256[:16]))
    try:
        picture = decode_image(data, where=where)
    except DataError as error:
        return Looked((*found, problem("image-unreadable", where, error.got or error.what)), None)
    if picture.shape[:2] != image.size:
        got, wanted = (f"{size[1]} x {size[0]}" for size in (picture.shape, image.size))
        found.append(problem("image-size", where, got, wanted))
    return Looked(tuple(found), perceptual_hash(picture))


def check_unlisted(root: Path, images: Sequence[AnnotatedImage]) -> Iterator[Problem]:
    """Pictures under ``images/`` that no annotation names."""
    known = {image.entry.file_name for image in images}
    for path in sorted((root / "images").rglob("*")):
        name = path.relative_to(root).as_posix()
        if path.suffix.lower() in SUFFIXES and name not in known:
            yield problem("image-unlisted", name, "not annotated")


def check_manifest(
    images: Mapping[str, Sequence[AnnotatedImage]], manifest: Manifest
) -> Iterator[Problem]:
    """The manifest against the annotations of all splits."""
    listed = {row.id: row for row in manifest.images}
    annotated = {image.id: (split, image) for split, part in images.items() for image in part}
    for identity, (split, image) in annotated.items():
        where = f"{FILE}, image {identity}"
        if identity not in listed:
            yield problem("manifest-missing-image", where, "not listed")
            continue
        row = listed[identity]
        got = (row.file_name, row.height, row.width, row.split)
        wanted = (image.entry.file_name, *image.size, split)
        if got != wanted:
            yield problem("manifest-disagrees", where, got, wanted)
    for identity in sorted(listed.keys() - annotated.keys()):
        yield problem("manifest-extra-image", f"{FILE}, image {identity}", "not annotated")
