"""Records chained by hash, in the database and as a file that only grows.

A record is one line of JSON: its number, the hash of the record before it, a time, a kind and
a body. Its own hash is that of the line. The database is written in the transaction that the
record is about; the file follows, and catches up after any interruption.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, Any, Final, Literal

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...core.errors import DataError
from ...core.files import parse_json, sha256, to_json
from ..database import Database
from ..tables import LedgerRow

Kind = Literal["challenge", "scored", "rescored", "withdrawn", "truth changed", "revealed"]
START: Final = "0" * 64


@dataclass(frozen=True, slots=True)
class Record:
    """One record and its hash."""

    number: int
    sha256: str
    previous: str
    time: str
    kind: str
    body: Mapping[str, Any]


def append(session: Session, kind: Kind, body: Mapping[str, Any], time: datetime) -> str:
    """Add a record within a transaction that writes; returns its hash.

    Two at once cannot both take a number: the later one's transaction fails and is repeated.
    """
    last = session.scalar(
        select(LedgerRow).order_by(LedgerRow.number.desc()).limit(1).with_for_update()
    )
    line = to_json(
        {
            "number": 1 if last is None else last.number + 1,
            "previous": START if last is None else last.sha256,
            "time": f"{time:%Y-%m-%dT%H:%M:%SZ}",
            "kind": kind,
            "body": body,
        }
    )
    digest = sha256(line)
    number = 1 if last is None else last.number + 1
    session.add(LedgerRow(number=number, sha256=digest, content=line.decode()))
    session.flush()
    return digest


def write_file(database: Database, path: Path) -> None:
    """Add to the ledger's file what the database has beyond it."""
    with _locked(path) as file:
        lines = _whole_lines(file)
        with database.read() as session:
            rows = session.scalars(
                select(LedgerRow).where(LedgerRow.number > lines).order_by(LedgerRow.number)
            ).all()
        if rows:
            file.seek(0, os.SEEK_END)
            file.write(b"".join(row.content.encode() for row in rows))
            file.flush()
            os.fsync(file.fileno())


def _whole_lines(file: IO[bytes]) -> int:
    """How many records the file holds; half a line, of a write that was cut, is cut off."""
    file.seek(0)
    data = file.read()
    end = data.rfind(b"\n") + 1
    if end < len(data):
        file.truncate(end)
    return data.count(b"\n")


@contextmanager
def _locked(path: Path) -> Iterator[IO[bytes]]:
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o644)
    with os.fdopen(descriptor, "r+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield file


def records(path: Path) -> Sequence[Record]:
    """The records of a ledger's file, unchecked.

    Raises:
        DataError: it cannot be read.
    """
    try:
        lines = path.read_bytes().splitlines(keepends=True)
    except OSError as error:
        raise DataError("the ledger cannot be read", where=path, got=error.strerror) from error
    return [_record(line, f"{path}, record {number}") for number, line in enumerate(lines, 1)]


def _record(line: bytes, where: str) -> Record:
    data = parse_json(line, where=where)
    try:
        return Record(
            data["number"], sha256(line), data["previous"], data["time"], data["kind"], data["body"]
        )
    except (KeyError, TypeError) as error:
        raise DataError("this is no record of a ledger", where=where) from error
