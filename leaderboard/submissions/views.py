"""Submissions as participants and maintainers see them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import func, select
from sqlalchemy.orm import Session

from ..challenge.folder import ChallengeFolder
from ..database import Database, now
from ..publishing import read_kept_result
from ..tables import STATES, Account, Event, Job, Part, Submission
from .accounts import Member
from .desk import owned
from .quota import Usage, usage

Json = dict[str, Any]


def _time(value: Any) -> str | None:  # noqa: ANN401 - a time or nothing
    return None if value is None else f"{value:%Y-%m-%dT%H:%M:%SZ}"


def submission_view(
    folder: ChallengeFolder, database: Database, member: Member, submission: str
) -> Json:
    """One submission with its files, its history and what may be seen of its scores.

    Raises:
        AccessError: it is neither the member's nor is the member a maintainer.
    """
    with database.read() as session:
        row = owned(session, member, submission)
        parts = session.scalars(
            select(Part).where(Part.submission_id == row.id).order_by(Part.track)
        ).all()
        events = _events(session, row, private=member.maintainer)
        account = session.get_one(Account, row.account_id).name
    return {
        **summary(row, account),
        "method": json.loads(row.method),
        "parts": [_part(part) for part in parts],
        "events": events,
        "scores": shown_scores(folder, row),
        "record": row.record,
    }


def summary(row: Submission, account: str) -> Json:
    """A submission as a line of a list."""
    return {
        "id": row.id,
        "account": account,
        "name": row.name,
        "state": row.state,
        "reason": row.reason,
        "final": row.chosen,
        "baseline": row.baseline,
        "created": _time(row.created),
        "queued": _time(row.queued),
        "changed": _time(row.changed),
    }


def _part(part: Part) -> Json:
    return {
        "track": part.track,
        "sha256": part.sha256,
        "bytes": part.size,
        "entries": part.entries,
        "warnings": json.loads(part.warnings),
    }


def _events(session: Session, row: Submission, *, private: bool) -> list[Json]:
    query = select(Event).where(Event.submission_id == row.id).order_by(Event.id)
    if not private:
        query = query.where(Event.private.is_(False))
    return [
        {"time": _time(event.time), "state": event.state, "reason": event.reason}
        for event in session.scalars(query)
    ]


def shown_scores(folder: ChallengeFolder, row: Submission) -> Json:
    """Split → track → the ranking number, rounded; only what may be seen now."""
    rules = folder.rules
    shown: Json = {}
    if row.public_result is not None:
        shown[rules.splits.public] = _headlines(folder, row.public_result)
    if row.hidden_result is not None and rules.shows_hidden(now(), revealed=folder.revealed):
        shown[str(rules.splits.hidden)] = _headlines(folder, row.hidden_result)
    return shown


def _headlines(folder: ChallengeFolder, digest: str) -> Mapping[str, Json]:
    ranking = folder.rules.ranking
    result = read_kept_result(folder, digest)
    wanted = (ranking.task, ranking.metric, ranking.class_, "all")
    return {
        score.track: {
            "value": _rounded(score.value, folder.rules.decimals),
            "low": _rounded(score.low, folder.rules.decimals),
            "high": _rounded(score.high, folder.rules.decimals),
        }
        for score in result.scores
        if (score.task, score.metric, score.class_, score.stratum) == wanted
    }


def _rounded(value: float | None, decimals: int) -> float | None:
    return None if value is None else round(value, decimals)


def submissions_of(database: Database, member: Member) -> list[Json]:
    """An account's submissions, the latest first."""
    query = select(Submission).where(Submission.account_id == member.id)
    with database.read() as session:
        rows = session.scalars(query.order_by(Submission.created.desc(), Submission.id))
        return [summary(row, member.name) for row in rows]


def all_submissions(database: Database, states: Sequence[str] = STATES) -> list[Json]:
    """Everybody's submissions in some states, the latest first; for maintainers."""
    query = (
        select(Submission, Account.name)
        .join(Account, Account.id == Submission.account_id)
        .where(Submission.state.in_(states))
        .order_by(Submission.created.desc(), Submission.id)
    )
    with database.read() as session:
        return [summary(row, account) for row, account in session.execute(query)]


def notices(database: Database, most: int = 50) -> list[Json]:
    """What only maintainers are told: near-identical files, dead workers."""
    query = (
        select(Event, Submission.name)
        .join(Submission, Submission.id == Event.submission_id)
        .where(Event.private)
        .order_by(Event.id.desc())
        .limit(most)
    )
    with database.read() as session:
        return [
            {
                "time": _time(event.time),
                "submission": event.submission_id,
                "name": name,
                "reason": event.reason,
            }
            for event, name in session.execute(query)
        ]


def counts(database: Database) -> dict[str, int]:
    """How many submissions are in each state."""
    with database.read() as session:
        query = select(Submission.state, func.count()).group_by(Submission.state)
        found = {str(state): int(count) for state, count in session.execute(query)}
    return {state: found.get(state, 0) for state in STATES}


def queue_view(database: Database) -> list[Json]:
    """The jobs that are not done, in the order of the queue."""
    query = select(Job).where(Job.state != "done").order_by(Job.created)
    with database.read() as session:
        return [
            {
                "submission": job.submission_id,
                "state": job.state,
                "worker": job.worker if job.fence else None,
                "deaths": job.deaths,
                "failures": job.failures,
                "since": _time(job.created),
            }
            for job in session.scalars(query)
        ]


def usage_of(database: Database, member: Member) -> Usage:
    """What an account has used of its limits."""
    with database.read() as session:
        return usage(session, member.id, now())
