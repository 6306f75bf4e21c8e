"""Which pictures of a dataset show the same photograph as another, with nothing forged."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from ..annotations.categories import FAKE
from ..annotations.coco import AnnotatedImage
from ..annotations.release.contents import read_lines
from ..core.errors import UsageError


def find_originals(root: Path, split: str, images: Sequence[AnnotatedImage]) -> dict[int, int]:
    """For rows of forged pictures, the row of their photograph's unforged picture.

    Rows whose photograph has no such picture of the same size are left out. Where it has
    several, it is the first.

    Raises:
        UsageError: no picture has one, or the dataset does not know its photographs.
    """
    photos = {line["image_id"]: line["photo"]["sha256"] for line in read_lines(root, split)}
    # A picture without faces has no provenance, nor anything forged.
    named = [(row, image, photos.get(image.entry.id)) for row, image in enumerate(images)]
    plain: dict[tuple[str | None, tuple[int, int]], int] = {}
    for row, image, photo in named:
        if not _is_forged(image):
            plain.setdefault((photo, image.instances.size), row)
    found = {
        row: plain[photo, image.instances.size]
        for row, image, photo in named
        if photo and _is_forged(image) and (photo, image.instances.size) in plain
    }
    if not found:
        raise UsageError(
            "no forged picture has its original beside it",
            where=root,
            got=f"{len(images)} pictures of {len(set(photos.values()))} known photographs",
            expected="a build of `pristine: 1.0` among others of the same photographs",
            mend="Build one and put it in with `manyfaces combine`",
        )
    return found


def _is_forged(image: AnnotatedImage) -> bool:
    return bool((image.instances.labels == FAKE).any())
