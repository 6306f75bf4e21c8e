"""A submission's way through its states, each step with its time and reason."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Final

from sqlalchemy.orm import Session

from ...core.errors import UsageError
from ..tables import Event, State, Submission

# State → those that may follow. What is scored stays scored when it is scored again.
NEXT: Final[Mapping[State, tuple[State, ...]]] = MappingProxyType(
    {
        "received": ("refused", "queued", "withdrawn"),
        "refused": (),
        "queued": ("scoring", "withdrawn"),
        "scoring": ("scored", "failed", "set aside", "queued", "withdrawn"),
        "scored": ("withdrawn",),
        "failed": ("queued", "withdrawn"),
        "set aside": ("queued", "withdrawn"),
        "withdrawn": (),
    }
)


def move(session: Session, row: Submission, state: State, reason: str, time: datetime) -> None:
    """Change the state, and note when and why.

    Raises:
        UsageError: the one does not follow the other.
    """
    if state not in NEXT[row.state]:  # type: ignore[index]
        raise UsageError(
            f"a submission that is {row.state} cannot become {state}",
            where=row.id,
            expected=" or ".join(NEXT[row.state]) or "no change",  # type: ignore[index]
        )
    row.state, row.reason, row.changed = state, reason, time
    note(session, row, reason, time)


def note(
    session: Session, row: Submission, reason: str, time: datetime, *, private: bool = False
) -> None:
    """Write down what happened, without a change of state; ``private`` is for maintainers."""
    session.add(
        Event(submission_id=row.id, time=time, state=row.state, reason=reason, private=private)
    )
