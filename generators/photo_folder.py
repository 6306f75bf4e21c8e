"""Photographs from a folder, with their licences from an optional ``manifest.csv``."""

from __future__ import annotations

import csv
import io
import posixpath
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Final

from ..core.errors import DataError, UsageError
from ..core.files import read_bytes
from ..core.images import SUFFIXES
from .photo_sources.files import picture_names
from .photo_sources.listed import Analyser, Listed, ListedPhotos, face_analyser, require_folder

__all__ = ["Analyser", "PhotoFolder", "face_analyser", "picture_names"]

MANIFEST: Final = "manifest.csv"

# The first column that is there and not empty is taken.
_LICENCE: Final = ("licence", "license")
_ORIGIN: Final = ("origin", "source", "source_repo", "url")
# Photographs of one event, or else of one source, may show the same people.
_GROUP: Final = ("group", "event_group", "source_repo", "source")

Row = Mapping[str, str]


class PhotoFolder(ListedPhotos):
    """Every picture under a folder, as a ``Source``.

    Files are told by their suffix and taken in the order of their relative paths;
    hidden files and folders are left out. ``manifest.csv`` at the root may give, by
    ``file``, a ``licence``, an ``origin`` and a ``group`` (or ``source_repo`` and
    ``event_group``); a file that it lists and that is missing is left out, and said so.

    Args:
        root: the folder.
        analyser: makes the face analyser, once in each process that opens pictures.

    Raises:
        UsageError: the folder does not exist.
    """

    def __init__(self, root: Path, analyser: Callable[[], Analyser] = face_analyser) -> None:
        require_folder(root)
        super().__init__(root, "photographs", partial(list_folder, root), analyser=analyser)


def list_folder(root: Path) -> list[Listed]:
    """The pictures of a folder and what its ``manifest.csv`` says of them, by relative path.

    Raises:
        UsageError: there is no picture in the folder.
        DataError: ``manifest.csv`` cannot be read, or says what cannot be.
    """
    rows = read_manifest(root / MANIFEST)
    names = sorted({*picture_names(root), *rows})
    if not names:
        raise UsageError(
            "the folder holds no photographs",
            where=root,
            expected=f"files that end in {', '.join(sorted(SUFFIXES))}",
        )
    return [_listed(name, rows.get(name, {})) for name in names]


def read_manifest(path: Path) -> dict[str, Row]:
    """The rows of a ``manifest.csv`` by file; none where the file does not exist.

    Raises:
        DataError: it is not UTF-8 text, has no column ``file``, names a file outside its
            folder, or says two things of one file.
    """
    if not path.is_file():
        return {}
    try:
        text = read_bytes(path).decode("utf-8-sig")
        reader = csv.DictReader(io.StringIO(text, newline=""), strict=True)
        rows = [_clean(row) for row in reader]
    except (UnicodeDecodeError, csv.Error) as error:
        raise DataError(
            "the list of photographs cannot be read",
            where=path,
            got=str(error),
            expected="a CSV file in UTF-8",
        ) from error
    if rows and "file" not in rows[0]:
        raise DataError(
            "the list of photographs has no column 'file'", where=path, got=", ".join(rows[0])
        )
    return _by_file([row for row in rows if row["file"]], path)


def _by_file(rows: Sequence[Row], path: Path) -> dict[str, Row]:
    found: dict[str, Row] = {}
    for row in rows:
        name = _inside(row["file"], path)
        _require_same(found.setdefault(name, row), row, f"{path}, {name}")
    return found


def _inside(file: str, path: Path) -> str:
    """The plain relative path of a file that the list names."""
    name = posixpath.normpath(Path(file).as_posix())
    if Path(name).is_absolute() or Path(name).parts[:1] == ("..",):
        raise DataError(
            "the list of photographs names a file outside its folder",
            where=path,
            got=file,
            expected="paths from the folder of the list",
            mend="Copy the file into the folder, or drop its row",
        )
    return name


def _require_same(first: Row, row: Row, where: str) -> None:
    for column, value in row.items():
        if column != "file" and value != first[column]:
            raise DataError(
                "the list of photographs says two things of one file",
                where=where,
                got=f"{column} {first[column]!r} and {value!r}",
                expected="one row a file",
                mend="Keep the row that is right",
            )


def _clean(row: Mapping[str | None, str | list[str] | None]) -> Row:
    return {
        str(name).strip().lower(): value.strip() if isinstance(value, str) else ""
        for name, value in row.items()
        if name is not None
    }


def _listed(name: str, row: Row) -> Listed:
    return Listed(
        name=name,
        licence=_first(row, _LICENCE) or "unknown",
        origin=_first(row, _ORIGIN),
        group=_first(row, _GROUP),
    )


def _first(row: Row, columns: Sequence[str]) -> str:
    return next((row[column] for column in columns if row.get(column)), "")
