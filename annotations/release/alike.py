"""Images that look like one that is withdrawn: copies of the photograph under another name."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from joblib import Parallel, cpu_count, delayed

from ...core.images import read_image
from ...core.progress import Progress
from ..manifest import FILE, ManifestEntry, read_manifest
from ..splits import NEAR, near_duplicates, perceptual_hash


def images_alike(
    root: Path, images: dict[str, set[int]], gone: set[int], progress: Progress
) -> list[str]:
    """Files of images that differ little from some of the same split, and are not going.

    Near-duplicates never stand in two splits, so no other split is looked at.

    Args:
        images: split → ids of the images that the photograph was made into.
        gone: ids of all images that go.
    """
    found = []
    for split, own in images.items():
        rows = [row for row in read_manifest(root / FILE).images if row.split == split]
        found += _alike(root, rows, own, gone, progress)
    return found


def _alike(
    root: Path, rows: Sequence[ManifestEntry], own: set[int], gone: set[int], progress: Progress
) -> list[str]:
    rows = [row for row in rows if row.id in own or row.id not in gone]
    jobs = (delayed(_hash)(root / row.file_name) for row in rows)
    hashes = Parallel(n_jobs=min(8, cpu_count()), prefer="threads", return_as="generator")(jobs)
    values = list(progress(hashes, total=len(rows), what="looking for copies"))
    found = set()
    for pair in near_duplicates(values, NEAR):
        first, second = (rows[index] for index in pair)
        if (first.id in own) != (second.id in own):
            found.add((second if first.id in own else first).file_name)
    return sorted(found)


def _hash(path: Path) -> str:
    return perceptual_hash(read_image(path))
