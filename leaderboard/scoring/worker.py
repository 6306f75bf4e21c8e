"""A worker: takes jobs, scores each in a process of its own, writes the result once.

The worker lives on where that process dies, and counts the death.
"""

from __future__ import annotations

import os
import socket
import time as clock
from collections.abc import Callable
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from typing import Final

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError, InterfaceError, OperationalError

from ..challenge.folder import ChallengeFolder
from ..database import Database, now
from ..ledger.chain import append, write_file
from ..submissions.desk import method_of
from ..submissions.states import move
from ..tables import Account, Part, Submission
from . import queue
from .process import Bounds, Scored, received, rules_of, scoring
from .queue import Claim
from .score import software

BEAT: Final = timedelta(seconds=5)
AWAY: Final = (OperationalError, InterfaceError)  # the database does not answer
POLL: Final = 0.5  # seconds between looks at an empty queue
TRIES: Final = 20  # of a transaction that another one stood in the way of


class Worker:
    """Scores the submissions of one challenge, one after the other.

    Args:
        folder: of the challenge.
        database: of its board.
        bounds: on each job.
        after: called after each job, with False, and while nothing waits, with True.
        told: called with each submission that was in hand, and the state that it is in now.
    """

    def __init__(
        self,
        folder: ChallengeFolder,
        database: Database,
        bounds: Bounds | None = None,
        after: Callable[[bool], object] = bool,
        told: Callable[[str, str], object] = lambda *_: None,
    ) -> None:
        self.folder, self.database, self.after, self.told = folder, database, after, told
        self.bounds = bounds or Bounds()
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._stopped = False

    def stop(self) -> None:
        """Give the job in hand back, and end."""
        self._stopped = True

    def run(self, *, until_empty: bool = False) -> int:
        """Work until stopped, or until nothing waits; returns how many were scored."""
        count = 0
        while not self._stopped:
            try:
                held = queue.claim(self.database, self.name, now())
                if held is not None:
                    count += self._work(held)
                    self.told(held.submission, self._state(held.submission))
                self.after(held is None)
            except AWAY:
                # The database comes back; a job in hand is taken again when its lease ends.
                clock.sleep(POLL)
                continue
            if held is None:
                if until_empty:
                    break
                clock.sleep(POLL)
        return count

    def _state(self, submission: str) -> str:
        with self.database.read() as session:
            row = session.get(Submission, submission)
            return "gone" if row is None else row.state

    def _work(self, held: Claim) -> bool:
        parts = self._parts(held.submission)
        # No connection may be shared with the process that is forked now.
        self.database.close()
        with scoring(self.folder, held.submission, parts, self.bounds.memory) as (process, pipe):
            if not self._watch(held, process, pipe):
                process.kill()
                return False
            answer = received(pipe)
        if isinstance(answer, Scored):
            return self._finish(held, parts, answer)
        if answer is None:
            code = process.exitcode
            queue.died(self.database, held, f"the scoring process ended with {code}", now())
        else:
            queue.failed(self.database, held, answer, now())
        return False

    def _watch(self, held: Claim, process: BaseProcess, pipe: Connection) -> bool:
        """Keep the lease until the process has answered or ended; False where it must stop."""
        start = beaten = clock.monotonic()
        while process.is_alive() and not pipe.poll(0.05):
            at = clock.monotonic()
            if self._stopped:
                queue.give_back(self.database, held, now())
                return False
            if at - start > self.bounds.seconds:
                queue.died(self.database, held, f"stopped after {at - start:.0f} s", now())
                return False
            if at - beaten > BEAT.total_seconds():
                beaten = at
                if not queue.beat(self.database, held, now()):
                    return False
        return True

    def _parts(self, submission: str) -> dict[str, str]:
        with self.database.read() as session:
            rows = session.scalars(select(Part).where(Part.submission_id == submission))
            return {row.track: row.sha256 for row in rows}

    def _finish(self, held: Claim, parts: dict[str, str], scored: Scored) -> bool:
        """Write result, record and state in one transaction, once."""
        for attempt in range(TRIES):
            try:
                done = self._write(held, parts, scored)
            except (IntegrityError, *AWAY):
                # Another record took the ledger's next number, or the database was away.
                if attempt == TRIES - 1:
                    raise
                clock.sleep(0.05 * (attempt + 1))
                continue
            if done:
                write_file(self.database, self.folder.ledger)
            return done
        raise AssertionError

    def _write(self, held: Claim, parts: dict[str, str], scored: Scored) -> bool:
        time = now()
        with self.database.write() as session:
            found = queue.held_job(session, held)
            if found is None:
                return False
            job, row = found
            if (scored.protocol, scored.commitment) != rules_of(
                ChallengeFolder.open(self.folder.root)
            ):
                # A rescoring came in between; scored again, it stands with the others.
                job.state, job.fence, job.lease = "waiting", None, None
                move(session, row, "queued", "the rules of scoring have changed", time)
                return False
            account = session.get_one(Account, row.account_id)
            body = scored_body(self.folder, row, account.name, parts, scored)
            row.record = append(session, "scored", body, time)
            row.public_result, row.hidden_result = scored.public, scored.hidden
            move(session, row, "scored", "", time)
            job.state, job.fence, job.lease = "done", None, None
        return True


def scored_body(
    folder: ChallengeFolder,
    row: Submission,
    account: str,
    parts: dict[str, str],
    scored: Scored,
) -> dict[str, object]:
    """What the ledger says of a scored submission."""
    tracks = sorted(parts)
    results = {"public": scored.public, "hidden": scored.hidden}
    return {
        "submission": row.id,
        "account": account,
        "method": method_of(row).model_dump(),
        "predictions": {track: parts[track] for track in tracks},
        "manifests": folder.manifest_hashes(),
        "commitment": scored.commitment,
        "protocol": scored.protocol,
        "recipes": {track: folder.recipe(track)["sha256"] for track in tracks},
        "software": software(),
        "results": {name: value for name, value in results.items() if value is not None},
    }
