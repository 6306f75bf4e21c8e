"""A worker: takes jobs, scores each in a process of its own, writes the result once.

What scoring a stranger's file does to that process (memory, a crash) ends with it; the worker
lives on, and counts the death.
"""

from __future__ import annotations

import multiprocessing
import os
import resource
import signal
import socket
import sys
import time as clock
import traceback
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
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
from .queue import Claim
from .score import keep_result, score_split, software

BEAT: Final = timedelta(seconds=5)
AWAY: Final = (OperationalError, InterfaceError)  # the database does not answer
POLL: Final = 0.5  # seconds between looks at an empty queue
GRACE: Final = 10.0  # seconds for a process that has answered to end
TRIES: Final = 20  # of a transaction that another one stood in the way of


@dataclass(frozen=True, slots=True)
class Bounds:
    """What scoring one submission may take.

    Args:
        seconds: until it is stopped, which counts as a death.
        memory: bytes of address space; None for any.
    """

    seconds: float = 3600
    memory: int | None = None


@dataclass(frozen=True, slots=True)
class Scored:
    """Hashes of a submission's result files, and of what they were made by."""

    public: str
    hidden: str | None
    protocol: str
    commitment: str


class Worker:
    """Scores the submissions of one challenge, one after the other.

    Args:
        folder: of the challenge.
        database: of its board.
        bounds: on each job.
        after: called after each job, with False, and while nothing waits, with True.
    """

    def __init__(
        self,
        folder: ChallengeFolder,
        database: Database,
        bounds: Bounds | None = None,
        after: Callable[[bool], object] = bool,
    ) -> None:
        self.folder, self.database, self.after = folder, database, after
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
                count += held is not None and self._work(held)
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

    def _work(self, held: Claim) -> bool:
        parts = self._parts(held.submission)
        # No connection may be shared with the process that is forked now.
        self.database.close()
        with _scoring(self.folder, held.submission, parts, self.bounds.memory) as (process, pipe):
            if not self._watch(held, process, pipe):
                process.kill()
                return False
            answer = _received(pipe)
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
            if (scored.protocol, scored.commitment) != _rules(
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


def score_submission(folder: ChallengeFolder, parts: dict[str, str]) -> Scored:
    """Score both splits and keep the results."""
    protocol, commitment = _rules(folder)
    found = [
        keep_result(folder, score_split(folder, parts, split, folder.protocol))
        for split in folder.rules.splits.names
    ]
    return Scored(found[0], found[1] if len(found) > 1 else None, protocol, commitment)


def _rules(folder: ChallengeFolder) -> tuple[str, str]:
    """What a score must have been made by to stand on the board now."""
    return folder.protocol.sha256, folder.commitment


@contextmanager
def _scoring(
    folder: ChallengeFolder, submission: str, parts: dict[str, str], memory: int | None
) -> Iterator[tuple[BaseProcess, Connection]]:
    """A process that scores; it has ended when the block does."""
    # Forked, it has every module in memory; the worker runs no threads.
    context = multiprocessing.get_context("fork")
    here, there = context.Pipe(duplex=False)
    process = context.Process(
        target=_score_and_tell, args=(folder, submission, parts, there, memory), daemon=True
    )
    process.start()
    there.close()
    try:
        yield process, here
    except BaseException:
        process.kill()
        raise
    finally:
        process.join(GRACE)
        if process.is_alive():
            process.kill()
        process.join()
        here.close()


def _score_and_tell(
    folder: ChallengeFolder,
    submission: str,
    parts: dict[str, str],
    pipe: Connection,
    memory: int | None,
) -> None:
    """Score and send the answer: hashes, or what to note; the log has the rest."""
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    if memory is not None:
        resource.setrlimit(resource.RLIMIT_AS, (memory, memory))
    log = (folder.logs / f"{submission}.log").open("a", buffering=1)
    os.dup2(log.fileno(), 1)
    os.dup2(log.fileno(), 2)
    sys.stdout = sys.stderr = log
    try:
        sys.stderr.write(f"{now():%Y-%m-%dT%H:%M:%SZ} scoring {', '.join(parts)}\n")
        pipe.send(score_submission(folder, parts))
    except Exception as error:
        # What an error says may quote the truth: it goes into the log alone.
        traceback.print_exc()
        pipe.send(f"scoring raised {type(error).__name__}")


def _received(pipe: Connection) -> Scored | str | None:
    """The process's answer; None where it died without one."""
    try:
        if pipe.poll(0):
            answer: Scored | str = pipe.recv()
            return answer
    except (EOFError, OSError):
        pass
    return None
