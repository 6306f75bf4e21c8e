"""What follows from pictures, annotations and provenance: every other file of a release.

All of it is made from the release's own folder, so that it can be made again after something
was taken out.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from ...core.files import read_bytes, sha256_of_file, write_json, write_json_lines, write_text
from ...core.progress import Progress
from ..coco import AnnotatedImage
from ..dataset import open_split
from ..manifest import FILE as MANIFEST
from ..manifest import read_manifest
from . import card, croissant, datasheet
from .contents import read_lines
from .credits import FILE as CREDITS
from .credits import credits_csv, credits_of
from .facts import Counting, Facts
from .lines import Line, by_image
from .marks import read_mark
from .parquet import FOLDER as PARQUET
from .parquet import write_split
from .record import Record
from .rows import METADATA, metadata_row, split_name
from .tombstones import read_tombstones

SUMS: Final = "SHA256SUMS"
HIDDEN: Final = "hidden"


def derive(root: Path, splits: Sequence[str], record: Record, progress: Progress) -> Facts:
    """Write the derived files of a release; those that nothing stands for any more go.

    Args:
        splits: the open ones, whose annotations and provenance lie in ``root``.
    """
    terms = record.terms
    counting = Counting(terms.purpose)
    tables: list[Path] = []
    for split in splits:
        images, lines = open_split(root, split).images, read_lines(root, split)
        counting.add(split, images, lines)
        tables += _write_split(root, split, images, by_image(lines), counting, progress)
    _drop_others(root / PARQUET, tables)
    facts = counting.facts(_hidden(root, terms.hidden), len(read_tombstones(root)))
    names = {row.id: row.file_name for row in read_manifest(root / MANIFEST).images}
    write_text(root / CREDITS, credits_csv(credits_of(counting.lines), names))
    write_text(root / card.FILE, card.card(terms.about, facts))
    write_text(root / datasheet.FILE, datasheet.datasheet(terms.about, facts))
    described = croissant.croissant(terms.about, facts, _files(root), terms.published)
    write_json(root / croissant.FILE, described, indent=True)
    write_sums(root, progress)
    return facts


def _write_split(
    root: Path,
    split: str,
    images: Sequence[AnnotatedImage],
    lines: Mapping[int, Sequence[Line]],
    counting: Counting,
    progress: Progress,
) -> list[Path]:
    metadata = root / "images" / split / METADATA
    if not images:
        metadata.unlink(missing_ok=True)
        return []
    for image in images:
        term = read_mark(read_bytes(root / image.entry.file_name))
        if term is not None:
            counting.marks[term] += 1
    rows = (metadata_row(image, lines.get(image.id, ())) for image in images)
    write_json_lines(metadata, rows)
    shown = progress(images, total=len(images), what=f"tables of {split}")
    written = write_split(root, split_name(split), images, lines, shown)
    # The bar ends when its items do.
    next(shown, None)
    return written


def _drop_others(folder: Path, kept: Sequence[Path]) -> None:
    for path in folder.glob("*.parquet"):
        if path not in kept:
            path.unlink()


def _hidden(root: Path, splits: Sequence[str]) -> dict[str, int]:
    return {split: len(read_manifest(root / HIDDEN / split / MANIFEST).images) for split in splits}


def _files(root: Path) -> list[croissant.FileOf]:
    """Everything but the pictures, and what is written after the Croissant file."""
    late = {croissant.FILE, SUMS}
    return [
        croissant.FileOf(name, (root / name).stat().st_size, sha256_of_file(root / name))
        for name in _names(root)
        if name not in late
        and not (name.startswith(("images/", f"{HIDDEN}/")) and _is_picture(name))
    ]


def _is_picture(name: str) -> bool:
    return not name.endswith((".jsonl", ".json", ".csv"))


def _names(root: Path) -> list[str]:
    """All files from the root, hidden ones left out."""
    paths = (path.relative_to(root) for path in root.rglob("*") if path.is_file())
    return sorted(
        path.as_posix() for path in paths if not any(part.startswith(".") for part in path.parts)
    )


def write_sums(root: Path, progress: Progress) -> None:
    """Write ``SHA256SUMS``, as ``sha256sum -c`` reads it."""
    names = [name for name in _names(root) if name != SUMS]
    rows = [
        f"{sha256_of_file(root / name)}  {name}\n"
        for name in progress(names, total=len(names), what="checksums")
    ]
    write_text(root / SUMS, "".join(rows))
