"""The manifest: which image files a dataset has.

It holds no labels, so a hidden split's can be published.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any, Final

from ..core.errors import DataError
from ..core.files import read_json, write_json
from .coco_faces import is_whole

FILE: Final = "manifest.json"


@dataclass(frozen=True, slots=True)
class ManifestEntry:
    """One image file: pixels as height and width, SHA-256 of the file's bytes."""

    id: int
    file_name: str
    height: int
    width: int
    sha256: str
    split: str


@dataclass(frozen=True, slots=True)
class Manifest:
    """All image files of a dataset."""

    images: tuple[ManifestEntry, ...]

    def sizes(self, split: str | None = None) -> dict[int, tuple[int, int]]:
        """Image id → (height, width), of one split or of all."""
        return {
            row.id: (row.height, row.width)
            for row in self.images
            if split is None or row.split == split
        }


def write_manifest(path: Path, manifest: Manifest) -> None:
    """Write ``manifest.json`` atomically."""
    write_json(path, {"images": [asdict(row) for row in manifest.images]})


def read_manifest(path: Path) -> Manifest:
    """Read ``manifest.json``.

    Raises:
        DataError: it is not a manifest; the first bad row is named.
    """
    data = read_json(path)
    rows = data.get("images") if isinstance(data, dict) else None
    if not isinstance(rows, list):
        raise DataError("this is not a manifest", where=path, expected="an object with images")
    entries = [_entry(row, f"{path}, images[{number}]") for number, row in enumerate(rows)]
    twice = [row for row, count in Counter(entry.id for entry in entries).items() if count > 1]
    if twice:
        raise DataError("an image stands twice in the manifest", where=path, got=f"id {twice[0]}")
    return Manifest(tuple(entries))


def _entry(row: Any, where: str) -> ManifestEntry:  # noqa: ANN401 - any JSON, checked here
    names = {field.name for field in fields(ManifestEntry)}
    if isinstance(row, dict) and row.keys() == names:
        entry = ManifestEntry(**row)
        whole = all(map(is_whole, (entry.id, entry.height, entry.width)))
        texts = (entry.file_name, entry.sha256, entry.split)
        if whole and min(entry.height, entry.width) > 0 and all(type(t) is str for t in texts):
            return entry
    raise DataError(
        "a manifest row cannot be read",
        where=where,
        got=f"{row!r:.100}",
        expected="id, file_name, height, width, sha256 and split",
    )
