"""From submissions to the static board: who stands on it, and with how many digits."""

from __future__ import annotations

import fcntl
import shutil
import tempfile
import time as clock
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Final

from sqlalchemy import select

from ..benchmark.results import Result
from ..core.files import (
    parse_json,
    read_bytes,
    replace_folder,
    sha256,
    to_json,
    write_bytes,
    write_json,
    write_text,
)
from ..core.memory import collector_paused
from .board import publish
from .challenge.folder import ChallengeFolder
from .database import Database, now
from .entries import Entry
from .ledger.chain import write_file
from .site.challenge_facts import HIDDEN, challenge_facts, withdrawals
from .store import Store
from .submissions.desk import method_of
from .tables import LedgerRow, Submission

EVERY: Final = 5.0  # seconds between two publications, at least


def standing(database: Database) -> list[Submission]:
    """The submissions on the board: each account's final one, and every baseline.

    An account that has chosen none is there with its latest.
    """
    query = select(Submission).where(Submission.state == "scored")
    with database.read() as session:
        rows = session.scalars(query.order_by(Submission.queued, Submission.id)).all()
    shown: dict[object, Submission] = {}
    for row in rows:
        key = row.id if row.baseline else row.account_id
        if row.chosen or key not in shown or not shown[key].chosen:
            shown[key] = row
    return sorted(shown.values(), key=lambda row: row.name)


def read_kept_result(folder: ChallengeFolder, digest: str) -> Result:
    """A result that the board keeps, by its hash."""
    path = folder.results / f"{digest}.json"
    return Result.model_validate(parse_json(read_bytes(path), where=path))


def board_entries(folder: ChallengeFolder, database: Database, *, hidden: bool) -> Sequence[Entry]:
    """The entries of the public or the hidden split's board, those added by hand included."""
    entries = list(_standing_entries(folder, database, hidden=hidden).values())
    return entries if hidden else [*entries, *Store(database).entries()]


def _standing_entries(
    folder: ChallengeFolder, database: Database, *, hidden: bool
) -> dict[str, Entry]:
    """Submission → its entry, for those on the public or the hidden split's board."""
    return {
        row.id: _entry(row, read_kept_result(folder, digest))
        for row in standing(database)
        if (digest := row.hidden_result if hidden else row.public_result) is not None
    }


def _entry(row: Submission, result: Result) -> Entry:
    method = method_of(row)
    return Entry(
        name=row.name,
        result=result,
        date=f"{row.queued:%Y-%m-%d}",
        authors=method.authors,
        url=method.paper or method.code,
        description=method.description,
        baseline=row.baseline,
    )


def publish_challenge(folder: ChallengeFolder, database: Database, out: Path | None = None) -> Path:
    """Write the static board of a challenge; it changes at once or not at all.

    Returns:
        Its first page.
    """
    site = out or folder.site
    write_file(database, folder.ledger)
    site.parent.mkdir(parents=True, exist_ok=True)
    with _lock(folder), tempfile.TemporaryDirectory(dir=site.parent, prefix=".site.") as place:
        staging = Path(place) / "site"
        with collector_paused():
            _write(folder, database, staging)
        staging.chmod(0o755)
        replace_folder(staging, site)
    return site / "index.html"


def _write(folder: ChallengeFolder, database: Database, site: Path) -> None:
    _write_split(folder, database, site, hidden=False)
    rules = folder.rules
    if rules.splits.hidden and rules.shows_hidden(now(), revealed=folder.revealed):
        _write_split(folder, database, site / HIDDEN, hidden=True)
    _add_public_files(folder, site)


def _write_split(folder: ChallengeFolder, database: Database, out: Path, *, hidden: bool) -> None:
    """The board of the public or the hidden split."""
    rules = folder.rules
    own = _standing_entries(folder, database, hidden=hidden)
    added = [] if hidden else list(Store(database).entries())
    ids = {submission: entry.id for submission, entry in own.items()}
    facts = challenge_facts(folder, database, ids, added, hidden=HIDDEN if hidden else "")
    title = f"{rules.title}: hidden split" if hidden else rules.title
    decimals = None if folder.revealed else rules.decimals
    publish([*own.values(), *added], title, out, rules.ranking.headline, decimals, facts)


def _add_public_files(folder: ChallengeFolder, site: Path) -> None:
    """What anyone needs to verify the board beside the board itself."""
    write_json(site / "challenge.json", folder.rules.public_record(), indent=True)
    for path in (folder.root / "commitment.json", folder.ledger):
        write_bytes(site / path.name, read_bytes(path))
    for track in folder.rules.track_names:
        source = folder.manifest_file(track)
        write_bytes(site / "manifests" / source.name, read_bytes(source))
    if folder.revealed:
        shutil.copytree(folder.reveal, site / folder.reveal.name)


@contextmanager
def _lock(folder: ChallengeFolder) -> Iterator[None]:
    with (folder.private / "publishing.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


class Publisher:
    """Publishes when something has changed, and not more often than it should.

    Args:
        folder: of the challenge.
        database: of its board.
        every: seconds between two publications.
    """

    def __init__(self, folder: ChallengeFolder, database: Database, every: float = EVERY) -> None:
        self.folder, self.database, self.every = folder, database, every
        self._next = 0.0
        self._stamp = folder.private / "published.txt"

    def look(self, *, at_once: bool = False) -> bool:
        """Publish if the board has changed; True where it did."""
        if not at_once and clock.monotonic() < self._next:
            return False
        self._next = clock.monotonic() + self.every
        stamp = self._state()
        if self._stamp.is_file() and self._stamp.read_text() == stamp and self.folder.site.is_dir():
            return False
        publish_challenge(self.folder, self.database)
        write_text(self._stamp, stamp)
        self._next = clock.monotonic() + self.every
        return True

    def _state(self) -> str:
        """A hash of all that the board depends on."""
        rows = [
            (row.id, row.public_result, row.hidden_result, row.record)
            for row in standing(self.database)
        ]
        store = Store(self.database)
        shown = self.folder.rules.shows_hidden(now(), revealed=self.folder.revealed)
        added = [entry.id for entry in store.entries()]
        gone = [asdict(row) for row in withdrawals(self.database)]
        facts = [shown, self.folder.revealed, self.folder.commitment, self._last_record(), gone]
        return sha256(to_json([rows, added, *facts]))

    def _last_record(self) -> str | None:
        """The ledger's end; its file and its history are part of the board."""
        query = select(LedgerRow.sha256).order_by(LedgerRow.number.desc()).limit(1)
        with self.database.read() as session:
            return session.scalar(query)
