"""The queue: jobs under lease, so that a worker that dies gives its job back.

A claim carries a fence, drawn anew each time. Only the holder of the current fence may finish
the job, in the transaction that writes its result: however often a job is taken, it counts
once.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from sqlalchemy import Select, and_, or_, select, update
from sqlalchemy.orm import Session

from ...core.errors import UsageError
from ..database import Database
from ..submissions.states import move, note
from ..tables import Job, Submission

LEASE: Final = timedelta(seconds=30)
DEATHS: Final = 2  # of workers, after which a job is set aside
FAILURES: Final = 3  # without a death, after which the submission has failed
PAUSE: Final = timedelta(seconds=5)  # times the failures so far, before the next try
SET_ASIDE: Final = "scoring it has ended the worker twice; the maintainer has the log"
FAILED: Final = "the board could not score it, by its own fault; it uses no quota"


@dataclass(frozen=True, slots=True)
class Claim:
    """A job that a worker holds."""

    submission: str
    fence: str


def claim(database: Database, worker: str, time: datetime) -> Claim | None:
    """Take the oldest job that waits, or whose worker has been silent for too long.

    A job whose workers died too often is set aside on the way.
    """
    while True:
        with database.write() as session:
            job = session.scalar(_next(time))
            if job is None:
                return None
            if job.state == "running" and _count_death(session, job, time):
                continue
            return _take(session, job, worker, time)


def _next(time: datetime) -> Select[Job]:
    waiting = and_(Job.state == "waiting", Job.not_before <= time)
    silent = and_(Job.state == "running", Job.lease < time)
    query = select(Job).where(or_(waiting, silent))
    return query.order_by(Job.created, Job.submission_id).limit(1).with_for_update(skip_locked=True)


def _count_death(session: Session, job: Job, time: datetime) -> bool:
    """Count a dead worker; True where the job is now set aside."""
    row = session.get_one(Submission, job.submission_id)
    job.deaths += 1
    note(session, row, f"worker {job.worker} fell silent", time, private=True)
    return _settle_death(session, job, row, time)


def _settle_death(session: Session, job: Job, row: Submission, time: datetime) -> bool:
    job.fence, job.lease = None, None
    if job.deaths >= DEATHS:
        job.state = "set aside"
        move(session, row, "set aside", SET_ASIDE, time)
        return True
    job.state = "waiting"
    move(session, row, "queued", "its worker stopped; it waits for another", time)
    return False


def _take(session: Session, job: Job, worker: str, time: datetime) -> Claim:
    row = session.get_one(Submission, job.submission_id)
    job.state, job.worker, job.fence = "running", worker, secrets.token_hex(16)
    job.lease = time + LEASE
    move(session, row, "scoring", "", time)
    return Claim(job.submission_id, job.fence)


def beat(database: Database, held: Claim, time: datetime) -> bool:
    """Extend the lease; False where the job is no longer ours."""
    with database.write() as session:
        done = session.execute(
            update(Job)
            .where(Job.submission_id == held.submission, Job.fence == held.fence)
            .values(lease=time + LEASE)
        )
        return bool(done.rowcount)  # type: ignore[attr-defined]


def held_job(session: Session, held: Claim) -> tuple[Job, Submission] | None:
    """The job and its submission, locked; None where the job is no longer ours."""
    job = session.scalar(select(Job).where(Job.submission_id == held.submission).with_for_update())
    if job is None or job.fence != held.fence:
        return None
    return job, session.get_one(Submission, held.submission)


def died(database: Database, held: Claim, reason: str, time: datetime) -> None:
    """Give a job back whose scoring process has died."""
    with database.write() as session:
        found = held_job(session, held)
        if found is not None:
            job, row = found
            job.deaths += 1
            note(session, row, reason, time, private=True)
            _settle_death(session, job, row, time)


def failed(database: Database, held: Claim, reason: str, time: datetime) -> None:
    """Give a job back that could not be scored; after some tries the submission has failed."""
    with database.write() as session:
        found = held_job(session, held)
        if found is None:
            return
        job, row = found
        job.failures += 1
        job.fence, job.lease = None, None
        note(session, row, reason, time, private=True)
        if job.failures >= FAILURES:
            job.state = "done"
            move(session, row, "failed", FAILED, time)
        else:
            job.state, job.not_before = "waiting", time + PAUSE * job.failures
            move(session, row, "queued", "it is tried again", time)


def give_back(database: Database, held: Claim, time: datetime) -> None:
    """Give a job back untouched: its worker was asked to stop."""
    with database.write() as session:
        found = held_job(session, held)
        if found is not None:
            job, row = found
            job.state, job.fence, job.lease = "waiting", None, None
            move(session, row, "queued", "its worker was stopped; it waits for another", time)


def requeue(database: Database, submission: str, time: datetime) -> None:
    """Put a submission that failed or was set aside into the queue again.

    Raises:
        UsageError: it is neither, or was never handed in.
    """
    with database.write() as session:
        row, job = session.get(Submission, submission), session.get(Job, submission)
        if row is None or job is None:
            raise UsageError("there is no such submission in the queue", got=f"{submission!r:.40}")
        move(session, row, "queued", "put back by the maintainer", time)
        job.state, job.deaths, job.failures = "waiting", 0, 0
        job.fence, job.lease, job.not_before = None, None, time
