"""The entries of a predictions file, whatever they are: JSON, gzipped JSON or Parquet.

The files come from strangers: nothing is allocated on the word of a file, and what is too
large to be honest is refused before it is unpacked or parsed.
"""

from __future__ import annotations

import gzip
import io
import json
import re
import stat
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import orjson

from ..core.errors import SubmissionError
from ..core.memory import collector_paused
from ..core.tables import table
from .problems import Rule

GZIP: Final = b"\x1f\x8b"
PARQUET: Final = b"PAR1"
OTHERS: Final = {
    b"PK\x03\x04": "a zip archive", b"BZh": "a bzip2 archive", b"\xfd7zXZ": "an xz archive",
    b"\x28\xb5\x2f\xfd": "a zstd archive", b"\x89HDF": "an HDF5 file", b"\x93NUMPY": "a NumPy file",
}  # fmt: skip
# JSON of masks shrinks 3 to 30 times; deflate can shrink nothing 1000 times.
UNPACKED: Final = 200  # times the packed file …
ALWAYS: Final = 64 << 20  # … or this many bytes
WHOLE: Final = 20  # characters of a number that an int64 may have

_LIST: Final = "a JSON list of COCO results"
_WRITE: Final = "Write the list again with a JSON library, and let it finish"
_FEWER: Final = "Keep the 100 best entries for each image and class, masks as RLE"

FILE_RULES: Final[Mapping[str, Rule]] = table(
    (
        Rule("file-unreadable", "a file", "Name a predictions file", "the file cannot be read"),
        Rule("file-too-large", "a smaller file", _FEWER, "the file is too large"),
        Rule("file-unpacks-too-large", "a file that unpacks to its honest size", _FEWER,
             "the compressed file unpacks to far more than it should"),
        Rule("gzip-unreadable", "a whole gzip file", "Compress the JSON file again",
             "the gzip file is damaged"),
        Rule("parquet-unreadable", "a whole Parquet file", "Write the table again",
             "the Parquet file cannot be read"),
        Rule("file-empty", _LIST, _WRITE, "the file is empty"),
        Rule("file-not-utf8", "UTF-8 text", "Save the file as UTF-8 JSON",
             "the file is not text in UTF-8"),
        Rule("file-truncated", "a list that ends with ]", _WRITE, "the file breaks off"),
        Rule("file-json-lines", _LIST, "Put the lines between [ and ], with commas",
             "the file has one JSON value a line"),
        Rule("file-nested-too-deep", "entries with plain fields", _WRITE,
             "the file is nested too deep"),
        Rule("file-not-json", _LIST, _WRITE, "the file is not JSON"),
        Rule("file-is-dataset", _LIST, "Hand in the detections, not the annotation file",
             "this is a COCO dataset file, not results"),
        Rule("file-not-list", _LIST, "Put the entries into one list, at the top of the file",
             "the top of the file is not a list"),
        Rule("entries-too-many", "a list that the images can need", _FEWER,
             "the file has too many entries"),
    )
)  # fmt: skip


class UnreadableResultsError(SubmissionError):
    """A predictions file whose entries cannot be read at all; ``code`` names the rule."""

    def __init__(self, rule: Rule, where: object, got: object, expected: object = None) -> None:
        self.rule, self.code = rule, rule.name
        wanted = rule.expected if expected is None else expected
        super().__init__(rule.what, where=where, got=got, expected=wanted, mend=rule.mend)

    def __reduce__(self) -> tuple[object, ...]:
        """Pickle with the rule, as workers send it."""
        return UnreadableResultsError, (self.rule, self.where, self.got, self.expected)


@dataclass(frozen=True, slots=True)
class Limits:
    """What is refused unread.

    Args:
        size: bytes of the file, packed and unpacked.
        values: numbers, texts, lists and objects in the file: each takes up to 70 bytes
            of memory.
        entries: entries of the list; None for any number.
    """

    size: int = 4 << 30
    values: int = 100_000_000
    entries: int | None = None


@dataclass(frozen=True, slots=True)
class Results:
    """The entries, and the place of the first number that JSON does not have (NaN)."""

    rows: list[Any]
    not_a_number: str | None = None


DEFAULT: Final = Limits()


def refuse(code: str, where: object, got: object, expected: object = None) -> SubmissionError:
    """The error of a rule in ``FILE_RULES``."""
    return UnreadableResultsError(FILE_RULES[code], where, got, expected)


def load_rows(path: Path, limits: Limits = DEFAULT) -> list[Any]:
    """The entries of a predictions file (.json, .json.gz, .parquet), unchecked.

    Raises:
        SubmissionError: the file cannot be read as a list, or is over a limit.
    """
    return load_results(path, limits).rows


def load_results(path: Path, limits: Limits = DEFAULT) -> Results:
    """As ``load_rows``, and whether the file has numbers that JSON does not have."""
    try:
        with collector_paused():
            results = _load(path, limits)
    except MemoryError as error:
        raise refuse("file-too-large", path, "more than the memory holds") from error
    if limits.entries is not None and len(results.rows) > limits.entries:
        got, most = f"{len(results.rows):,} entries", f"at most {limits.entries:,}"
        raise refuse("entries-too-many", path, got, most)
    return results


def _load(path: Path, limits: Limits) -> Results:
    data = _read(path, limits)
    if data.startswith(PARQUET):
        from .result_tables import parquet_rows

        return Results(parquet_rows(data, path, limits))
    if data.startswith(GZIP):
        data = _unpack(data, path, limits)
    return _parse(data, path, limits)


def _read(path: Path, limits: Limits) -> bytes:
    try:
        status = path.stat()
        if not stat.S_ISREG(status.st_mode):
            # A pipe or a device may never end.
            kind = "a folder" if stat.S_ISDIR(status.st_mode) else "no plain file"
            raise refuse("file-unreadable", path, kind)
        if status.st_size > limits.size:
            raise refuse("file-too-large", path, *_sizes(status.st_size, limits.size))
        return path.read_bytes()
    except (OSError, ValueError) as error:
        raise refuse("file-unreadable", path, getattr(error, "strerror", None) or error) from error


def _sizes(got: int, limit: int) -> tuple[str, str]:
    return f"{got:,} bytes", f"at most {limit:,} bytes"


def _unpack(data: bytes, path: Path, limits: Limits) -> bytes:
    most = min(limits.size, max(ALWAYS, UNPACKED * len(data)))
    try:
        with gzip.GzipFile(fileobj=io.BytesIO(data)) as file:
            unpacked = file.read(most + 1)
    except (OSError, EOFError, zlib.error) as error:
        raise refuse("gzip-unreadable", path, error) from error
    if len(unpacked) > most:
        got = f"{len(data):,} bytes that unpack to more than {most:,}"
        raise refuse("file-unpacks-too-large", path, got)
    return unpacked


def _parse(data: bytes, path: Path, limits: Limits) -> Results:
    values = data.count(b",") + data.count(b"{") + data.count(b"[")
    if values > limits.values:
        raise refuse("file-too-large", path, f"{values:,} values", f"at most {limits.values:,}")
    # An entry is an object and may have a few within it; this many cannot be honest.
    if limits.entries is not None and (objects := data.count(b"{")) > 4 * limits.entries:
        got, most = f"{objects:,} objects", f"at most {limits.entries:,} entries"
        raise refuse("entries-too-many", path, got, most)
    try:
        return Results(_list(orjson.loads(data), path))
    except orjson.JSONDecodeError as error:
        place = _place(error.lineno, error.colno)
        if (lenient := _lenient(data, error.pos)) is None:
            raise _explain(data, path, error) from error
    return Results(_list(lenient, path), place)


def _place(line: int, column: int) -> str:
    return f"line {line}, column {column:,}"


def _lenient(data: bytes, position: int) -> Any:  # noqa: ANN401 - any JSON; None if it is none
    """JSON that Python's own writer made: with NaN, Infinity, or numbers beyond a float.

    The strict reader has stopped at a position; only such a number there gets the slow one.
    """
    try:
        text = data.decode()
        if text[position : position + 1] not in tuple("NI-0123456789"):
            return None
        return json.loads(text, parse_int=_whole)
    except (ValueError, RecursionError):
        return None


def _whole(text: str) -> float:
    # As the strict reader does; and Python refuses or takes ages over a million digits.
    return int(text) if len(text) < WHOLE else float(text)


def _list(data: Any, path: Path) -> list[Any]:  # noqa: ANN401 - any JSON, checked here
    if isinstance(data, list):
        return data
    if not isinstance(data, dict):
        raise refuse("file-not-list", path, f"{type(data).__name__} {data!r:.60}")
    names = ", ".join(ascii(name[:20]) for name in list(data)[:6])
    code = "file-is-dataset" if {"images", "annotations"} & data.keys() else "file-not-list"
    raise refuse(code, path, f"an object with {names}" if names else "an empty object")


def _explain(data: bytes, path: Path, error: orjson.JSONDecodeError) -> SubmissionError:
    """What keeps the bytes from being JSON, and where."""
    if not data.strip():
        return refuse("file-empty", path, f"{len(data)} bytes, none of them JSON")
    for magic, kind in OTHERS.items():
        if data.startswith(magic):
            return refuse("file-not-utf8", path, kind)
    try:
        text = data.decode()
    except UnicodeDecodeError as wrong:
        got = f"byte 0x{data[wrong.start]:02x} at byte {wrong.start + 1:,}"
        return refuse("file-not-utf8", path, got)
    return _explain_text(text, path, error)


def _explain_text(text: str, path: Path, error: orjson.JSONDecodeError) -> SubmissionError:
    place, end = _place(error.lineno, error.colno), len(text.rstrip())
    if re.search("depth|recursion", error.msg, re.IGNORECASE):
        return refuse("file-nested-too-deep", path, f"more levels than can be read, at {place}")
    if error.pos >= end:
        got = f"its end at {place}, after {text[max(0, end - 30) : end]!r}"
        return refuse("file-truncated", path, got)
    if text.lstrip().startswith("{") and error.lineno > 1 and error.colno == 1:
        return refuse("file-json-lines", path, f"another value at {place}")
    near = text[max(0, error.pos - 15) : error.pos + 15]
    return refuse("file-not-json", path, f"{error.msg} at {place}, near {near!r}")
