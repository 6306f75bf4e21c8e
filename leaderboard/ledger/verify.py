"""Does everything that the board stands on still have the bytes that were recorded?"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from sqlalchemy import select

from ...annotations.problems import Problem
from ...core.errors import DataError
from ...core.files import read_bytes, sha256, sha256_of_file
from ..challenge.commitment import opens
from ..challenge.folder import ChallengeFolder
from ..database import Database
from ..tables import LedgerRow, Part, Submission
from .chain import START, Record, records

RESTORE = "Bring the file back from a copy"


def verify_board(folder: ChallengeFolder, database: Database) -> tuple[Problem, ...]:
    """Every byte that differs from what was recorded; nothing is changed."""
    try:
        chain = records(folder.ledger)
    except DataError as error:
        where, got = str(error.where), str(error.got or error.what)
        return (Problem("ledger-unreadable", where, got, "one record a line", RESTORE),)
    return (
        *_chain(chain),
        *_against_database(chain, database),
        *_truth(folder, chain),
        *_files(folder, chain, database),
    )


def _chain(chain: Sequence[Record]) -> Iterator[Problem]:
    previous = START
    for number, record in enumerate(chain, 1):
        where = f"ledger, record {number}"
        if record.number != number or record.previous != previous:
            got = f"number {record.number} after {record.previous[:16]}"
            expected = f"number {number} after {previous[:16]}"
            yield Problem("ledger-broken", where, got, expected, RESTORE)
        previous = record.sha256
    if not chain or chain[0].kind != "challenge":
        yield Problem("ledger-headless", "ledger", "no first record", "the challenge's", RESTORE)


def _against_database(chain: Sequence[Record], database: Database) -> Iterator[Problem]:
    """The file against the table, and each scored submission against its record."""
    parts: dict[str, dict[str, str]] = {}
    with database.read() as session:
        rows = {row.number: row for row in session.scalars(select(LedgerRow))}
        scored = session.scalars(select(Submission).where(Submission.record.is_not(None))).all()
        for part in session.scalars(select(Part)):
            parts.setdefault(part.submission_id, {})[part.track] = part.sha256
    for number, row in rows.items():
        if sha256(row.content.encode()) != row.sha256:
            where = f"database, record {number}"
            yield Problem("record-changed", where, "other bytes", row.sha256[:16], RESTORE)
        if number > len(chain) or chain[number - 1].sha256 != row.sha256:
            got = "nothing" if number > len(chain) else chain[number - 1].sha256[:16]
            where = f"ledger, record {number}"
            yield Problem("record-changed", where, got, row.sha256[:16], RESTORE)
    for number in range(len(rows) + 1, len(chain) + 1):
        where = f"ledger, record {number}"
        yield Problem("record-unknown", where, "a record", "none in the database", RESTORE)
    known = {record.sha256: record for record in chain}
    for submission in scored:
        yield from _submission(submission, parts.get(submission.id, {}), known)


def _submission(
    row: Submission, parts: Mapping[str, str], known: Mapping[str, Record]
) -> Iterator[Problem]:
    where, record = f"submission {row.id}", known.get(row.record or "")
    if record is None:
        yield Problem("record-missing", where, "no record", f"{row.record}"[:16], RESTORE)
        return
    if dict(record.body.get("predictions", {})) != dict(parts):
        yield Problem("parts-exchanged", where, "other files", "those of its record", RESTORE)
    results = {"public": row.public_result, "hidden": row.hidden_result}
    recorded = record.body.get("results", {})
    for split, digest in results.items():
        if recorded.get(split) != digest:
            got, expected = f"{digest}"[:16], f"{recorded.get(split)}"[:16]
            yield Problem("result-exchanged", f"{where}, {split}", got, expected, RESTORE)


def _truth(folder: ChallengeFolder, chain: Sequence[Record]) -> Iterator[Problem]:
    """Truth, salt and manifests against the last commitment in the ledger."""
    bodies = [record.body for record in chain if record.kind in {"challenge", "truth changed"}]
    if not bodies:
        return
    committed = str(bodies[-1].get("commitment"))
    try:
        same = opens(committed, folder.truth_hashes(), folder.salt)
    except (OSError, ValueError, DataError):
        same = False
    if not same:
        got, expected = "other truth or another salt", f"commitment {committed[:16]}"
        yield Problem("truth-changed", "private/truth", got, expected, RESTORE)
    if folder.commitment != committed:
        where = "commitment.json"
        yield Problem("commitment-changed", where, folder.commitment[:16], committed[:16], RESTORE)
    for track, digest in bodies[-1].get("manifests", {}).items():
        yield from _file(folder.manifest_file(track), digest, "manifest-changed")
    if folder.revealed:
        yield from _revealed(folder)


def _revealed(folder: ChallengeFolder) -> Iterator[Problem]:
    for track, splits in folder.truth_hashes().items():
        for split, digest in splits.items():
            path = folder.reveal / "truth" / track / f"{split}.json"
            yield from _file(path, digest, "reveal-changed")
    if read_bytes(folder.reveal / "salt.txt").decode().strip() != folder.salt:
        yield Problem("reveal-changed", "reveal/salt.txt", "another salt", "the salt", RESTORE)


def _files(
    folder: ChallengeFolder, chain: Sequence[Record], database: Database
) -> Iterator[Problem]:
    """Every predictions file and result that a record or the database names."""
    predictions, results = _named(chain)
    with database.read() as session:
        predictions |= set(session.scalars(select(Part.sha256)))
    for digest in sorted(predictions):
        yield from _file(folder.predictions / digest, digest, "predictions-changed")
    for digest in sorted(results):
        yield from _file(folder.results / f"{digest}.json", digest, "result-changed")


def _named(chain: Sequence[Record]) -> tuple[set[str], set[str]]:
    predictions: set[str] = set()
    results: set[str] = set()
    for record in chain:
        predictions |= _values(record.body, "predictions")
        results |= _values(record.body, "results")
    return predictions, results


def _values(body: Mapping[str, Any], name: str) -> set[str]:
    found = body.get(name, {})
    return set(map(str, found.values())) if isinstance(found, dict) else set()


def _file(path: Path, digest: str, code: str) -> Iterator[Problem]:
    where = f"{path.parent.name}/{path.name}"
    try:
        got = sha256_of_file(path)
    except OSError as error:
        yield Problem(code, where, error.strerror or str(error), digest[:16], RESTORE)
        return
    if got != digest:
        yield Problem(code, where, got[:16], digest[:16], RESTORE)
