"""What a withdrawal is about to do, written down first: an interrupted one is finished later."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Final

from ...core.errors import DataError
from ...core.files import read_json, write_json

FILE: Final = ".withdrawal.json"


@dataclass(frozen=True, slots=True)
class Journal:
    """One withdrawal; when provenance is rewritten, only this knows what is left to do.

    Args:
        photograph, name: SHA-256 and name of the photograph.
        date: ISO.
        images: split → ids of the images that go.
        files: image id, as text → its file.
        annotations: how many go.
        truth_before: split → SHA-256 of its annotation file.
    """

    photograph: str
    name: str
    date: str
    images: Mapping[str, list[int]]
    files: Mapping[str, str]
    annotations: int
    truth_before: Mapping[str, str]


def write_journal(root: Path, journal: Journal) -> None:
    """Write it; from now on the withdrawal will be finished."""
    write_json(root / FILE, asdict(journal))


def read_journal(root: Path) -> Journal | None:
    """The withdrawal that was interrupted here; None where none was.

    Raises:
        DataError: the journal is damaged.
    """
    if not (root / FILE).is_file():
        return None
    try:
        return Journal(**read_json(root / FILE))
    except TypeError as error:
        raise DataError(
            "the record of an interrupted withdrawal cannot be read",
            where=root / FILE,
            got=str(error),
            mend="Delete it and withdraw the photograph again",
        ) from error
