"""Networks' files: found where the user put them, known by their SHA-256."""

from __future__ import annotations

import os
from functools import lru_cache
from pathlib import Path

import platformdirs

from ...core.errors import DataError
from ...core.files import sha256, sha256_of_file
from ..analysis.models import FOLDER_VARIABLE


def find_network(name: str, expected: str | None = None, *, folder: bool = False) -> Path:
    """A network's file, or a pipeline's folder: as given, or in the places for models.

    Raises:
        DataError: it is nowhere, or its SHA-256 is not the expected one.
    """
    places = _places(name)
    found = next((path for path in places if path.is_dir() == folder and path.exists()), None)
    if found is None:
        raise DataError(
            f"the {'pipeline' if folder else 'network'} {name} is missing",
            expected=f"a {'folder' if folder else 'file'} at {' or '.join(map(str, places))}",
            mend="Put it there, or name its absolute path",
        )
    if expected is not None and hash_of(found) != expected:
        raise DataError(
            "the network is not the expected one",
            where=found,
            got=f"sha256 {hash_of(found)}",
            expected=f"sha256 {expected}",
            mend="Replace the file, or write its own sha256 into the recipe",
        )
    return found


def _places(name: str) -> list[Path]:
    path = Path(name).expanduser()
    if path.is_absolute():
        return [path]
    folder = os.environ.get(FOLDER_VARIABLE)
    cache = Path(platformdirs.user_cache_dir("manyfaces")) / "models"
    return [path, *([Path(folder) / path] if folder else []), cache / path]


def hash_of(path: Path) -> str:
    """The SHA-256 of a file, or of the names and hashes of a folder's files."""
    if not path.is_dir():
        return _hash_of_file(path, path.stat().st_size, path.stat().st_mtime_ns)
    files = sorted(
        file for file in path.rglob("*") if file.is_file() and not _hidden(file.relative_to(path))
    )
    lines = [f"{file.relative_to(path).as_posix()} {hash_of(file)}\n" for file in files]
    return sha256("".join(lines).encode())


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)


@lru_cache(maxsize=256)
def _hash_of_file(path: Path, size: int, written: int) -> str:  # noqa: ARG001 - a file written anew is another key
    return sha256_of_file(path)
