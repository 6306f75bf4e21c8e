"""How much an account has submitted, and how much it may."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from ...core.errors import SubmissionError
from ..challenge.rules import Limits
from ..tables import COUNTED, PENDING, Account, Submission

DAY: Final = timedelta(hours=24)


class LimitError(SubmissionError):
    """A limit is reached; ``mend`` says what to wait for."""


@dataclass(frozen=True, slots=True)
class Usage:
    """What counts against the limits of an account: submissions in 24 hours, in all, under way.

    Args:
        next: when one of today's no longer counts; None with none.
    """

    today: int
    total: int
    pending: int
    next: datetime | None

    def to_json(self, limits: Limits) -> dict[str, Any]:
        """Used and allowed."""
        return {
            "today": {"used": self.today, "limit": limits.per_day},
            "total": {"used": self.total, "limit": limits.total},
            "at_once": {"used": self.pending, "limit": limits.at_once},
        }


def take_turn(session: Session, account_id: int) -> None:
    """Make others of the same account wait until this transaction has ended."""
    session.execute(update(Account).where(Account.id == account_id).values(turn=Account.turn + 1))


def usage(session: Session, account_id: int, time: datetime) -> Usage:
    """What an account has used at a time."""
    query = select(Submission.state, Submission.queued).where(
        Submission.account_id == account_id,
        Submission.state.in_(COUNTED),
        Submission.queued.is_not(None),
    )
    rows = [(state, at) for state, at in session.execute(query) if at is not None]
    recent = [at for _, at in rows if at > time - DAY]
    pending = sum(state in PENDING for state, _ in rows)
    return Usage(len(recent), len(rows), pending, min(recent) + DAY if recent else None)


def require_room(session: Session, account_id: int, limits: Limits, time: datetime) -> None:
    """Refuse one submission more than the limits allow; call after ``take_turn``.

    Raises:
        LimitError: a limit is reached.
    """
    used = usage(session, account_id, time)
    if used.total >= limits.total:
        raise LimitError("the limit of submissions in all is reached", got=used.total)
    if used.pending >= limits.at_once:
        raise LimitError(
            "the limit of submissions at once is reached",
            got=used.pending,
            mend="Wait until one of them is scored",
        )
    if used.today >= limits.per_day:
        raise LimitError(
            "the limit of submissions in 24 hours is reached",
            got=used.today,
            mend=f"The next one is possible at {used.next:%Y-%m-%d %H:%M} UTC",
        )
