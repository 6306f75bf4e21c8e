"""Files that were handed in before, or hardly differ from some that were."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...core.errors import SubmissionError
from ..tables import COUNTED, Part, Submission
from .likeness import ALIKE, likeness
from .states import note


def parts_of(session: Session, submission: str) -> list[Part]:
    """The files of a submission, by track."""
    query = select(Part).where(Part.submission_id == submission).order_by(Part.track)
    return list(session.scalars(query))


def require_new(session: Session, row: Submission, parts: list[Part]) -> None:
    """Refuse the very files of an earlier submission of the same account.

    Raises:
        SubmissionError: naming that submission.
    """
    wanted = {(part.track, part.sha256) for part in parts}
    earlier = select(Submission.id).where(
        Submission.account_id == row.account_id, Submission.state.in_(COUNTED)
    )
    for other in session.scalars(earlier):
        if {(part.track, part.sha256) for part in parts_of(session, other)} == wanted:
            raise SubmissionError(
                "these are the files of an earlier submission",
                got=other,
                mend="Its scores are those that these would get",
            )


def notice_likeness(session: Session, row: Submission, parts: list[Part], time: datetime) -> None:
    """Tell the maintainer of files that hardly differ from others: probing, or a copy."""
    for part in parts:
        others = session.execute(
            select(Part.submission_id, Part.sketch, Submission.name)
            .join(Submission, Submission.id == Part.submission_id)
            .where(
                Part.track == part.track,
                Part.submission_id != row.id,
                Submission.state.in_(COUNTED),
            )
        )
        alike = [
            f"{other} ({name}) {share:.0%}"
            for other, text, name in others
            if (share := likeness(part.sketch, text)) >= ALIKE
        ]
        if alike:
            reason = f"{part.track} is near-identical to {', '.join(alike[:5])}"
            note(session, row, reason, time, private=True)
