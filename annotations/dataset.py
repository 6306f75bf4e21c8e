"""A dataset's folder: its splits, their annotations, their pictures."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from ..core.errors import DataError, UsageError
from .coco import AnnotationSet, ImageEntry, read_annotations
from .openforensics import FILES, resolve_image

ANNOTATIONS: Final = "annotations"
PERTURBATION: Final = "perturbation"  # what a track noted of the pictures that it changed


def annotation_files(root: Path) -> dict[str, Path]:
    """Split name → annotation file, of our layout or of a released OpenForensics folder.

    Raises:
        UsageError: the folder holds neither.
    """
    found = {path.stem: path for path in sorted((root / ANNOTATIONS).glob("*.json"))}
    found |= {split: root / name for name, split in FILES.items() if (root / name).is_file()}
    if not found:
        raise UsageError(
            "this is not a dataset",
            where=root,
            expected=f"{ANNOTATIONS}/<split>.json, or OpenForensics' <Split>_poly.json",
        )
    return found


def splits(root: Path) -> list[str]:
    """The names of a dataset's splits."""
    return list(annotation_files(root))


def annotation_file(root: Path, split: str) -> Path:
    """The annotation file of one split.

    Raises:
        UsageError: the dataset has no such split.
    """
    files = annotation_files(root)
    if split not in files:
        raise UsageError(
            f"the dataset has no split {split!r}", where=root, expected=" or ".join(files)
        )
    return files[split]


def open_split(root: Path, split: str) -> AnnotationSet:
    """Read the annotations of one split."""
    return read_annotations(annotation_file(root, split))


def image_path(root: Path, entry: ImageEntry) -> Path:
    """Where an image's file lies.

    Raises:
        DataError: it is missing.
    """
    return resolve_image(root, entry.file_name)


def require_images(annotations: AnnotationSet, where: object) -> AnnotationSet:
    """The same annotations, refused where they hold no image."""
    if not annotations.images:
        raise DataError("the split holds no images", where=where)
    return annotations
