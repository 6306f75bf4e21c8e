"""Files: hashes, JSON, and writes that are whole or not there at all."""

from __future__ import annotations

import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any

import orjson

from .errors import DataError, UsageError

_JSON_OPTIONS = orjson.OPT_SERIALIZE_NUMPY | orjson.OPT_APPEND_NEWLINE


@contextmanager
def atomic(path: Path) -> Iterator[IO[bytes]]:
    """Open a temporary file that becomes ``path`` when the block ends without error.

    Raises:
        DataError: the disk is full or the folder cannot be written.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        descriptor, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.name}.", suffix=".part"
        )
    except OSError as error:
        raise _cannot_write(path, error) from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            yield file
        # mkstemp makes files private; a dataset is for others to read.
        Path(name).chmod(0o644)
        Path(name).replace(path)
    except BaseException as error:
        Path(name).unlink(missing_ok=True)
        if isinstance(error, OSError):
            raise _cannot_write(path, error) from error
        raise


def _cannot_write(path: Path, error: OSError) -> DataError:
    return DataError(
        "a file cannot be written",
        where=path,
        got=error.strerror or str(error),
        mend="Free space or choose another folder, then run the same command again: "
        "what was finished is kept",
    )


def write_bytes(path: Path, data: bytes) -> None:
    """Write a whole file atomically."""
    with atomic(path) as file:
        file.write(data)


def write_text(path: Path, text: str) -> None:
    """Write a whole UTF-8 text file atomically."""
    write_bytes(path, text.encode())


def link_or_copy(source: Path, target: Path) -> None:
    """Link a file into another place, or copy it where links are not possible."""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        os.link(source, target)
    except OSError:
        write_bytes(target, read_bytes(source))


def to_json(value: object, *, indent: bool = False) -> bytes:
    """JSON bytes, keys in the order given, numpy arrays and numbers included."""
    return orjson.dumps(value, option=_JSON_OPTIONS | (orjson.OPT_INDENT_2 if indent else 0))


def write_json(path: Path, value: object, *, indent: bool = False) -> None:
    """Write JSON atomically."""
    write_bytes(path, to_json(value, indent=indent))


def write_json_lines(path: Path, rows: Iterable[object]) -> None:
    """Write one JSON object a line, atomically."""
    with atomic(path) as file:
        for row in rows:
            file.write(to_json(row))


def append_json_line(path: Path, row: object) -> None:
    """Add one JSON object to a file of lines; an interruption cuts off the last line at most.

    Raises:
        DataError: the disk is full or the file cannot be written.
    """
    try:
        with path.open("ab") as file:
            file.write(to_json(row))
    except OSError as error:
        raise _cannot_write(path, error) from error


def read_json(path: Path) -> Any:  # noqa: ANN401 - JSON is any shape; callers validate
    """Read a JSON file.

    Raises:
        DataError: the file is missing, unreadable or not JSON (with line and column).
    """
    return parse_json(read_bytes(path), where=path)


def parse_json(data: bytes, *, where: object) -> Any:  # noqa: ANN401 - as read_json
    """Parse JSON bytes; ``where`` names their origin in the error."""
    try:
        return orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise DataError("the file is not valid JSON", where=where, got=str(error)) from error


def read_json_lines(path: Path) -> list[Any]:
    """Read one JSON value a line; blank lines are skipped."""
    lines = read_bytes(path).splitlines()
    return [
        parse_json(line, where=f"{path}, line {number}")
        for number, line in enumerate(lines, 1)
        if line.strip()
    ]


def read_bytes(path: Path) -> bytes:
    """Read a whole file.

    Raises:
        DataError: it is missing, a folder, or may not be read.
    """
    try:
        return path.read_bytes()
    except OSError as error:
        raise DataError("a file cannot be read", where=path, got=error.strerror) from error


def sha256(data: bytes) -> str:
    """The SHA-256 of the bytes, in hexadecimal."""
    return hashlib.sha256(data).hexdigest()


def sha256_of_file(path: Path) -> str:
    """The SHA-256 of a file, in hexadecimal, read in blocks."""
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            digest.update(block)
    return digest.hexdigest()


def replace_folder(new: Path, out: Path) -> None:
    """Put a whole folder in the place of another one, or of none.

    Args:
        new: beside ``out``, on the same disk; afterwards it is ``out``.

    Raises:
        DataError: it cannot be put there; ``out`` is as it was.
    """
    old = new.with_name(f"{new.name}.old")
    try:
        if out.exists():
            out.rename(old)
        new.rename(out)
    except OSError as error:
        if old.exists() and not out.exists():
            old.rename(out)
        raise _cannot_write(out, error) from error
    shutil.rmtree(old, ignore_errors=True)


def claim_folder(folder: Path, *, marker: str, purpose: str) -> bool:
    """Make ``folder`` ours: create it, or accept one that carries ``marker``.

    Returns:
        True where an earlier run's folder is continued.

    Raises:
        UsageError: the folder holds something else.
    """
    if folder.exists() and not folder.is_dir():
        raise UsageError("the output is a file", where=folder, expected="a folder")
    if (folder / marker).exists():
        return True
    if folder.exists() and any(folder.iterdir()):
        raise UsageError(
            "the output folder holds something else",
            where=folder,
            expected=f"an empty folder, a new one, or one that holds {purpose}",
            mend="Choose another folder, or empty this one yourself",
        )
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _cannot_write(folder, error) from error
    return False
