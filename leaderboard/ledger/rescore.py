"""Score everything again, and say who moved and why."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...benchmark.protocol import Protocol
from ...core.files import parse_json, write_bytes, write_json
from ...core.progress import Progress, silent
from ..challenge.folder import PROTOCOL, ChallengeFolder
from ..database import Database, now
from ..publishing import board_entries
from ..ranking import standings
from ..scoring.process import Bounds, Scored, score_apart, score_submission
from ..scoring.score import software
from ..scoring.worker import scored_body
from ..tables import Account, LedgerRow, Part, Submission
from .chain import append, write_file

Scorer = Callable[[str, dict[str, str]], Scored]


@dataclass(frozen=True, slots=True)
class Place:
    """Where an entry stands on the public split's board; None without a value or a rank."""

    rank: int | None
    overall: float | None


@dataclass(frozen=True, slots=True)
class Move:
    """An entry before and after; ``why`` names what its score was made by and has changed."""

    name: str
    before: Place
    after: Place
    why: tuple[str, ...]

    @property
    def moved(self) -> bool:
        """Whether rank or value differ."""
        return self.before != self.after


@dataclass(frozen=True, slots=True)
class Rescoring:
    """What became of all submissions: how many were scored, and how many scored otherwise."""

    scored: int
    changed: int
    moves: tuple[Move, ...]


def apart(
    folder: ChallengeFolder, database: Database, bounds: Bounds, held: Sequence[IO[Any]] = ()
) -> Scorer:
    """Scores each submission in a process of its own, within bounds; ``held`` as there."""

    def scorer(key: str, parts: dict[str, str]) -> Scored:
        # No connection may be shared with the process that is forked now.
        database.close()
        return score_apart(folder, key, parts, bounds, held=held)

    return scorer


def rescore(
    folder: ChallengeFolder,
    database: Database,
    protocol: Protocol | None = None,
    progress: Progress = silent,
    scorer: Scorer | None = None,
) -> Rescoring:
    """Score every scored submission again, and put all of it on the board at once.

    Under the same protocol, truth and software nothing changes, and nothing is written. What
    fails or is interrupted leaves board and protocol as they were.

    Args:
        protocol: the rules from now on; None for those of now.
        scorer: scores one submission, by its id and its files; here and without limits by
            default.
    """
    scorer = scorer or (lambda _, files: score_submission(folder, files))
    before = _places(folder, database)
    rows, parts, recorded = _scored(database)
    with _under(folder, protocol):
        found = {
            row.id: scorer(row.id, parts[row.id])
            for row in progress(rows, total=len(rows), what="scoring again")
        }
    changed = [row.id for row in rows if _differs(row, found[row.id])]
    reasons = {row.name: _why(recorded[row.id], found[row.id], row) for row in rows}
    if changed:
        _write(folder, database, {key: found[key] for key in changed}, parts)
    write_file(database, folder.ledger)
    after = _places(folder, database)
    nowhere = Place(None, None)
    moves = tuple(
        Move(name, before.get(name, nowhere), place, reasons.get(name, ()))
        for name, place in after.items()
    )
    return Rescoring(len(rows), len(changed), moves)


@contextmanager
def _under(folder: ChallengeFolder, protocol: Protocol | None) -> Iterator[None]:
    """The folder has this protocol from now on, if the block goes through."""
    if protocol is None or protocol == folder.protocol:
        yield
        return
    path = folder.root / PROTOCOL
    before = path.read_bytes() if path.is_file() else None
    write_json(path, protocol.record(), indent=True)
    try:
        yield
    except BaseException:
        if before is None:
            path.unlink()
        else:
            write_bytes(path, before)
        raise


def _places(folder: ChallengeFolder, database: Database) -> dict[str, Place]:
    entries = board_entries(folder, database, hidden=False)
    rows = standings(entries, folder.rules.ranking.headline)
    return {row.entry.name: Place(row.rank, row.overall) for row in rows}


def _scored(
    database: Database,
) -> tuple[Sequence[Submission], dict[str, dict[str, str]], dict[str, Mapping[str, Any]]]:
    """Scored submissions, their files, and what the ledger says of each."""
    query = select(Submission).where(Submission.state == "scored").order_by(Submission.queued)
    with database.read() as session:
        rows = session.scalars(query).all()
        parts: dict[str, dict[str, str]] = {row.id: {} for row in rows}
        for part in session.scalars(select(Part).where(Part.submission_id.in_(parts))):
            parts[part.submission_id][part.track] = part.sha256
        wanted = [row.record for row in rows]
        records = session.scalars(select(LedgerRow).where(LedgerRow.sha256.in_(wanted)))
        bodies = {
            row.sha256: parse_json(row.content.encode(), where="the ledger")["body"]
            for row in records
        }
    return rows, parts, {row.id: bodies.get(row.record or "", {}) for row in rows}


def _differs(row: Submission, scored: Scored) -> bool:
    return (row.public_result, row.hidden_result) != (scored.public, scored.hidden)


def _why(recorded: Mapping[str, Any], scored: Scored, row: Submission) -> tuple[str, ...]:
    """What a score depends on and is not as it was."""
    if not _differs(row, scored):
        return ()
    reasons = []
    if recorded.get("protocol") != scored.protocol:
        reasons.append("protocol")
    if recorded.get("commitment") != scored.commitment:
        reasons.append("truth")
    versions = recorded.get("software", {})
    reasons += [
        f"{name} {versions.get(name)} → {version}"
        for name, version in software().items()
        if versions.get(name) != version
    ]
    return tuple(reasons) or ("nothing on record: the kept result was not what it scores",)


def _write(
    folder: ChallengeFolder,
    database: Database,
    found: Mapping[str, Scored],
    parts: Mapping[str, dict[str, str]],
) -> None:
    """All new results in one transaction, so that no board mixes old and new."""
    time = now()
    with database.write() as session:
        for key, scored in found.items():
            row = session.get_one(Submission, key)
            body = _body(session, folder, row, parts[key], scored)
            row.record = append(session, "rescored", body, time)
            row.public_result, row.hidden_result = scored.public, scored.hidden


def _body(
    session: Session,
    folder: ChallengeFolder,
    row: Submission,
    parts: dict[str, str],
    scored: Scored,
) -> dict[str, object]:
    account = session.get_one(Account, row.account_id)
    return {"replaces": row.record, **scored_body(folder, row, account.name, parts, scored)}
