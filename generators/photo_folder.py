"""Photographs from a folder, with their licences from an optional ``manifest.csv``."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Final, Protocol

from ..core.errors import DataError, MissingDependencyError, UsageError
from ..core.files import read_bytes, sha256, sha256_of_file, to_json
from ..core.images import SUFFIXES, Rgb, fit_within, read_image
from .faces import Face
from .sources import Photo, Scene

MANIFEST: Final = "manifest.csv"

# The first column that is there and not empty is taken.
_LICENCE: Final = ("licence", "license")
_ORIGIN: Final = ("origin", "source", "source_repo", "url")
# Photographs of one event, or else of one source, may show the same people.
_GROUP: Final = ("group", "event_group", "source_repo", "source")

Row = Mapping[str, str]


class Analyser(Protocol):
    """Finds faces: the part of ``FaceAnalyser`` that a source needs."""

    def analyse(self, image: Rgb) -> tuple[Face, ...]:
        """The faces of an (H, W, 3) picture, front to back."""
        ...


def face_analyser() -> Analyser:
    """The analyser for photographs, its model files found.

    Raises:
        MissingDependencyError: a model file is missing or not the expected one.
    """
    from .analysis.analyser import FaceAnalyser
    from .analysis.models import FACE_DETECTOR, FACE_MESH, find_model

    try:
        for model in (FACE_DETECTOR, FACE_MESH):
            find_model(model)
        return FaceAnalyser()
    except DataError as error:
        # Not a fault of the photograph: a build must stop, not skip every picture.
        raise MissingDependencyError(
            error.what,
            where=error.where,
            got=error.got,
            expected=error.expected,
            mend=error.mend,
        ) from error


class PhotoFolder:
    """Every picture under a folder, as a ``Source``.

    Files are told by their suffix and taken in the order of their relative paths;
    hidden files and folders are left out. ``manifest.csv`` at the root may give, by
    ``file``, a ``licence``, an ``origin`` and a ``group`` (or ``source_repo`` and
    ``event_group``); a file that it lists and that is missing counts as unreadable.

    Args:
        root: the folder.
        analyser: makes the face analyser, once in each process that opens pictures.

    Raises:
        UsageError: the folder does not exist.
    """

    def __init__(self, root: Path, analyser: Callable[[], Analyser] = face_analyser) -> None:
        if not root.is_dir():
            raise UsageError(
                "there is no such folder of photographs",
                where=root,
                got="a file" if root.exists() else "nothing",
                expected="a folder",
            )
        self.root = root
        self._make_analyser = analyser
        self._analyser: Analyser | None = None
        self._photos: tuple[Photo, ...] | None = None

    def __getstate__(self) -> dict[str, object]:
        # Networks do not pickle, each process loads its own; the list is for the parent.
        return {**self.__dict__, "_analyser": None, "_photos": None}

    @property
    def identity(self) -> dict[str, object]:
        """The hash over every photograph's name, content, licence, origin and group."""
        rows = [
            [photo.name, photo.sha256, photo.licence, photo.origin, photo.group]
            for photo in self.photos()
        ]
        return {"source": "photographs", "count": len(rows), "content": sha256(to_json(rows))}

    def photos(self) -> Sequence[Photo]:
        """Every photograph, sorted by relative path; hashed on the first call.

        Raises:
            UsageError: there is no picture in the folder.
            DataError: ``manifest.csv`` cannot be read.
        """
        if self._photos is None:
            rows = read_manifest(self.root / MANIFEST)
            names = sorted({*picture_names(self.root), *rows})
            if not names:
                raise UsageError(
                    "the folder holds no photographs",
                    where=self.root,
                    expected=f"files that end in {', '.join(sorted(SUFFIXES))}",
                )
            self._photos = tuple(_photo(self.root, name, rows.get(name, {})) for name in names)
        return self._photos

    def open(self, photo: Photo, max_side: int) -> Scene:
        """Read one photograph upright, shrink it, and find its faces.

        Raises:
            DataError: the photograph cannot be read.
            MissingDependencyError: the analyser's model files are missing.
        """
        if self._analyser is None:
            self._analyser = self._make_analyser()
        image = fit_within(read_image(self.root / photo.name), max_side)
        return Scene(image, self._analyser.analyse(image))


def picture_names(root: Path) -> list[str]:
    """The relative POSIX paths of all pictures under ``root``."""
    found = []
    for path in root.rglob("*"):
        relative = path.relative_to(root)
        hidden = any(part.startswith(".") for part in relative.parts)
        if path.suffix.lower() in SUFFIXES and not hidden and path.is_file():
            found.append(relative.as_posix())
    return found


def read_manifest(path: Path) -> dict[str, Row]:
    """The rows of a ``manifest.csv`` by file; none where the file does not exist.

    Raises:
        DataError: it is not UTF-8 text, or has no column ``file``.
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
    return {Path(row["file"]).as_posix(): row for row in rows if row["file"]}


def _clean(row: Mapping[str | None, str | list[str] | None]) -> Row:
    return {
        str(name).strip().lower(): value.strip() if isinstance(value, str) else ""
        for name, value in row.items()
        if name is not None
    }


def _photo(root: Path, name: str, row: Row) -> Photo:
    return Photo(
        name=name,
        sha256=_hash(root, name),
        licence=_first(row, _LICENCE) or "unknown",
        origin=_first(row, _ORIGIN),
        group=_first(row, _GROUP),
    )


def _hash(root: Path, name: str) -> str:
    try:
        return sha256_of_file(root / name)
    except OSError:
        # Opening it will say why; until then its name stands for it.
        return sha256(f"unreadable {name}".encode())


def _first(row: Row, columns: Sequence[str]) -> str:
    return next((row[column] for column in columns if row.get(column)), "")
