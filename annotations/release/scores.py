"""Result files whose truth has lost images: numbers that no longer compare with new ones."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from ...core.errors import DataError, UsageError
from ...core.files import read_json
from .tombstones import Tombstone


@dataclass(frozen=True, slots=True)
class Touched:
    """A result file and the split whose truth it was scored against."""

    file: str
    split: str
    truth: str

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON."""
        return asdict(self)


def touched_scores(paths: Sequence[Path], stones: Iterable[Tombstone]) -> list[Touched]:
    """The result files whose truth is that of a split before something was withdrawn from it.

    Args:
        paths: result files, or folders that are searched for them.

    Raises:
        UsageError: a path does not exist.
        DataError: a file that is named is no result file.
    """
    truths = {truth: split for stone in stones for split, truth in stone.truth_before.items()}
    found = []
    for path in _files(paths):
        truth = _truth(path, named=path in paths)
        if truth in truths:
            found.append(Touched(str(path), truths[truth], truth))
    return found


def _files(paths: Sequence[Path]) -> list[Path]:
    found: list[Path] = []
    for path in paths:
        if not path.exists():
            raise UsageError("there is no such result file or folder", where=path)
        found += sorted(path.rglob("*.json")) if path.is_dir() else [path]
    return list(dict.fromkeys(found))


def _truth(path: Path, *, named: bool) -> str:
    """The hash of the truth that a result file states; empty for another file in a folder."""
    try:
        data = read_json(path)
    except DataError:
        if named:
            raise
        return ""
    hashes = data.get("hashes") if isinstance(data, dict) else None
    truth = hashes.get("truth") if isinstance(hashes, dict) else None
    if isinstance(truth, str):
        return truth
    if named:
        raise DataError(
            "this is not a result file", where=path, expected="what `manyfaces score` writes"
        )
    return ""
