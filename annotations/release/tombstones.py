"""What was withdrawn, without showing it: ``tombstones.jsonl``, one line a photograph."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final

from ...core.errors import DataError
from ...core.files import read_json_lines, sha256, write_json_lines

FILE: Final = "tombstones.jsonl"


@dataclass(frozen=True, slots=True)
class Tombstone:
    """One withdrawn photograph.

    Args:
        photograph: its SHA-256.
        name_sha256: of its name, which may tell whom it shows, and is not kept.
        date: ISO.
        images: split → ids of the images that are gone.
        annotations: how many annotations went with them.
        truth_before: split → SHA-256 of its annotation file before, which result files state.
        truth_after: and after.
    """

    photograph: str
    name_sha256: str
    date: str
    images: Mapping[str, list[int]]
    annotations: int
    truth_before: Mapping[str, str] = field(default_factory=dict)
    truth_after: Mapping[str, str] = field(default_factory=dict)


def read_tombstones(root: Path) -> list[Tombstone]:
    """All tombstones of a folder, the first withdrawn first.

    Raises:
        DataError: a line is not one.
    """
    path = root / FILE
    if not path.is_file():
        return []
    try:
        return [Tombstone(**row) for row in read_json_lines(path)]
    except TypeError as error:
        raise DataError("a tombstone cannot be read", where=path, got=str(error)) from error


def write_tombstones(root: Path, stones: Iterable[Tombstone]) -> None:
    """Write all tombstones."""
    write_json_lines(root / FILE, map(to_json, stones))


def to_json(stone: Tombstone) -> dict[str, Any]:
    """One line."""
    return asdict(stone)


def find(stones: Iterable[Tombstone], text: str) -> Tombstone | None:
    """The tombstone of a photograph, named by its hash (12 digits suffice) or by its name."""
    name = sha256(text.encode())
    for stone in stones:
        if stone.name_sha256 == name or (len(text) >= 12 and stone.photograph.startswith(text)):
            return stone
    return None
