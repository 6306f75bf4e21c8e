"""A split as a track shows it, written as a dataset of its own.

``images/<split>/*.png`` (lossless: the very pixels that the harness perturbs on the fly),
``annotations/<split>.json``, ``perturbation/<split>.jsonl`` (one record a picture, enough to
make it again), ``provenance/<split>.jsonl`` where the dataset has it, ``manifest.json``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath
from typing import Any, Final

from ..annotations.coco import AnnotatedImage, AnnotationSet, ImageEntry, write_coco
from ..annotations.dataset import annotation_file, image_path, open_split, require_images
from ..annotations.manifest import FILE, Manifest, ManifestEntry, read_manifest, write_manifest
from ..core.errors import UsageError
from ..core.files import (
    claim_folder,
    read_bytes,
    read_json,
    sha256_of_file,
    write_bytes,
    write_json,
    write_json_lines,
)
from ..core.images import encode_png, read_image
from ..core.progress import Progress, silent
from .track import Track, replay, replay_instances

RECORDS: Final = "perturbation"
TRACK_FILE: Final = f"{RECORDS}/track.json"


@dataclass(frozen=True, slots=True)
class _Item:
    """One picture of the dataset and its place in the new one."""

    source: AnnotatedImage
    entry: ImageEntry


def perturb_split(
    root: Path, split: str, track: Track, out: Path, progress: Progress = silent
) -> Manifest:
    """Write one split of a dataset as a track shows it; continue an interrupted run.

    Image and annotation ids stay. Further splits of the same track can be written into the
    same folder.

    Args:
        root: the dataset's folder.
        split: the name of a split.
        track: what happens to each picture.
        out: a new or empty folder, or one that an earlier run with this track has written.

    Raises:
        UsageError: there is no such split, or ``out`` holds something else.
        DataError: a picture or the annotations cannot be read, or a file cannot be written.
    """
    truth = require_images(open_split(root, split), root)
    _claim(root, split, track, out)
    items = _plan(truth.images, split)
    for item in progress(items, total=len(items), what=f"perturbing {split}"):
        _write_picture(root, item, track, out)
    for part in (out / "images" / split).glob(".*.part"):
        part.unlink()
    return _write_tables(root, split, track, out, truth.info, items)


def _claim(root: Path, split: str, track: Track, out: Path) -> None:
    """Make the folder ours, or make sure that an earlier run meant the same.

    What has been written is trusted, so all that it depends on is compared first.
    """
    definition = {"track": track.name, "version": track.version, "sha256": track.sha256}
    if claim_folder(out, marker=TRACK_FILE, purpose="another split of this track"):
        _compare(out / TRACK_FILE, definition)
    else:
        write_json(out / TRACK_FILE, definition)
    source = {"annotations": sha256_of_file(annotation_file(root, split))}
    if (root / FILE).is_file():
        source["manifest"] = sha256_of_file(root / FILE)
    marker = out / RECORDS / f"{split}.source.json"
    if marker.exists():
        _compare(marker, source)
    else:
        write_json(marker, source)


def _compare(path: Path, wanted: Mapping[str, Any]) -> None:
    found = read_json(path)
    if found != wanted:
        other = [name for name in wanted if found.get(name) != wanted[name]]
        raise UsageError(
            "the output folder was written from something else",
            where=path,
            got=", ".join(f"{name} {found.get(name)}" for name in other),
            expected=", ".join(f"{name} {wanted[name]}" for name in other),
            mend="Choose another folder",
        )


def _plan(images: Sequence[AnnotatedImage], split: str) -> list[_Item]:
    stems = Counter(_stem(image.entry) for image in images)
    items = []
    for image in images:
        stem = _stem(image.entry)
        # Pictures of several folders, or of several formats, may share a name.
        name = stem if stems[stem] == 1 else f"{stem}-{image.id}"
        entry = replace(image.entry, file_name=f"images/{split}/{name}.png")
        items.append(_Item(image, entry))
    return items


def _stem(entry: ImageEntry) -> str:
    return PurePosixPath(entry.file_name).stem


def _write_picture(root: Path, item: _Item, track: Track, out: Path) -> None:
    target = out / item.entry.file_name
    if target.exists():  # written atomically: what is there is whole
        return
    image = read_image(image_path(root, item.source.entry))
    shown = replay(track.draw(item.entry.id, item.source.size), image)
    write_bytes(target, encode_png(shown.image))


def _write_tables(
    root: Path,
    split: str,
    track: Track,
    out: Path,
    info: Mapping[str, object],
    items: Sequence[_Item],
) -> Manifest:
    records = [track.draw(item.entry.id, item.source.size) for item in items]
    rows = [
        {"file_name": item.entry.file_name, "source": item.source.entry.file_name, **record}
        for item, record in zip(items, records, strict=True)
    ]
    write_json_lines(out / RECORDS / f"{split}.jsonl", rows)
    moved = [
        AnnotatedImage(item.entry, replay_instances(record, item.source.instances))
        for item, record in zip(items, records, strict=True)
    ]
    info = {**info, "track": {"name": track.name, "sha256": track.sha256}}
    write_coco(out / "annotations" / f"{split}.json", AnnotationSet(tuple(moved), info))
    provenance = Path("provenance") / f"{split}.jsonl"
    if (root / provenance).is_file():
        write_bytes(out / provenance, read_bytes(root / provenance))
    return _write_manifest(out, split, items)


def _write_manifest(out: Path, split: str, items: Sequence[_Item]) -> Manifest:
    """List the pictures of this split beside those of the splits written before."""
    path = out / FILE
    others = read_manifest(path).images if path.is_file() else ()
    rows = [_manifest_row(out, split, item.entry) for item in items]
    manifest = Manifest((*(row for row in others if row.split != split), *rows))
    write_manifest(path, manifest)
    return manifest


def _manifest_row(out: Path, split: str, entry: ImageEntry) -> ManifestEntry:
    digest = sha256_of_file(out / entry.file_name)
    return ManifestEntry(entry.id, entry.file_name, entry.height, entry.width, digest, split)
