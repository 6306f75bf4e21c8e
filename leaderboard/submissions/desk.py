"""The desk: where submissions are opened, take their files, and are handed in."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from ...core.errors import SubmissionError, UsageError
from ...core.files import to_json
from ..challenge.folder import ChallengeFolder
from ..challenge.method import Method
from ..database import Database, now
from ..tables import Job, Part, Submission
from .accounts import AccessError, Member, folded
from .intake import CheckedPart, check_part, forget, keep
from .quota import LimitError, require_room, take_turn
from .repeats import notice_likeness, parts_of, require_new
from .states import move, note

DRAFTS: Final = 10  # that an account may have open


@dataclass(frozen=True, slots=True)
class Desk:
    """Takes submissions for one challenge.

    Args:
        folder: of the challenge.
        database: of its board.
        clock: tells the time; tests bring their own.
    """

    folder: ChallengeFolder
    database: Database
    clock: Callable[[], datetime] = now

    def begin(self, member: Member, method: Method, *, baseline: bool = False) -> str:
        """Open a submission.

        Returns:
            Its id.

        Raises:
            SubmissionError: the challenge is closed, a statement lacks, or the name is another
                account's.
            AccessError: a baseline, by somebody who is no maintainer.
        """
        self.require_open()
        time = self.clock()
        self._require_statements(method)
        if baseline and not member.maintainer:
            raise AccessError("only a maintainer hands in baselines")
        row = Submission(
            id=secrets.token_hex(8), account_id=member.id, state="received", reason="",
            name=method.name, folded=folded(method.name),
            method=to_json(method.model_dump()).decode(), baseline=baseline, chosen=False,
            created=time, changed=time,
        )  # fmt: skip
        with self.database.write() as session:
            take_turn(session, member.id)
            _require_free_name(session, row)
            _require_few_drafts(session, member.id)
            session.add(row)
            session.flush()
            note(session, row, "opened", time)
        return row.id

    def require_open(self) -> None:
        """Refuse what comes before the challenge opens, or after its end.

        Raises:
            SubmissionError: the challenge takes no submissions now.
        """
        time, rules = self.clock(), self.folder.rules
        if self.folder.revealed:
            raise SubmissionError("the challenge has ended: its truth is public")
        if not rules.is_open(time):
            raise SubmissionError(
                "the challenge takes no submissions now",
                got=f"{time:%Y-%m-%d %H:%M} UTC",
                expected=f"from {rules.opens:%Y-%m-%d %H:%M} to {rules.closes:%Y-%m-%d %H:%M} UTC",
            )

    @property
    def closed(self) -> str:
        """Why no submissions are taken now; empty while they are."""
        try:
            self.require_open()
        except SubmissionError as error:
            return str(error)
        return ""

    def _require_statements(self, method: Method) -> None:
        lacking = method.missing(self.folder.rules.required)
        if lacking:
            raise SubmissionError(
                "the method does not say all that this challenge requires",
                got=f"nothing for {', '.join(lacking)}",
                mend="Write none where there is none",
            )

    def check(self, track: str, path: Path) -> CheckedPart:
        """Check a file for a track; nothing is kept, and nothing in it raises.

        Raises:
            UsageError: the challenge has no such track.
        """
        self.require_track(track)
        most, gone = self.folder.rules.limits.file_size, self.folder.withdrawn(track)
        return check_part(self.folder.manifest(track), track, path, most, gone)

    def require_track(self, track: str) -> None:
        """Refuse a track that the challenge does not have.

        Raises:
            UsageError: naming those that it has.
        """
        names = self.folder.rules.track_names
        if track not in names:
            raise UsageError(
                "the challenge has no such track",
                got=f"{track!r:.60}",
                expected=f"one of {', '.join(names)}",
            )

    def add_part(self, member: Member, submission: str, path: Path, checked: CheckedPart) -> None:
        """Keep a checked file as a part; one that has problems is noted and removed.

        Raises:
            AccessError: the submission is not the member's.
            SubmissionError: it takes no more files.
        """
        time = self.clock()
        try:
            if not checked.problems:
                keep(self.folder, path, checked.sha256)
            with self.database.write() as session:
                row = owned(session, member, submission)
                _require_open_draft(row)
                note(session, row, _told(checked), time)
                if not checked.problems:
                    session.merge(_part(submission, checked))
        finally:
            forget(path)

    def hand_in(self, member: Member, submission: str) -> None:
        """Put a submission into the queue, if the limits allow.

        Raises:
            AccessError: it is not the member's.
            LimitError: a limit is reached; the submission stays as it is.
            SubmissionError: it has no files, or the same ones as an earlier one.
        """
        self.require_open()
        time = self.clock()
        with self.database.write() as session:
            take_turn(session, member.id)
            row = owned(session, member, submission)
            _require_open_draft(row)
            parts = parts_of(session, submission)
            if not parts:
                raise SubmissionError("the submission has no files", mend="Add one for a track")
            _require_free_name(session, row)
            require_new(session, row, parts)
            if not row.baseline:
                require_room(session, member.id, self.folder.rules.limits, time)
            notice_likeness(session, row, parts, time)
            row.queued = time
            move(session, row, "queued", "waits for a worker", time)
            session.add(
                Job(
                    submission_id=row.id, state="waiting", deaths=0, failures=0,
                    not_before=time, created=time,
                )
            )  # fmt: skip

    def refuse(self, member: Member, submission: str, reason: str) -> None:
        """End a submission that was not handed in."""
        with self.database.write() as session:
            row = owned(session, member, submission)
            if row.state == "received":
                move(session, row, "refused", reason, self.clock())

    def submit(
        self, member: Member, method: Method, files: Mapping[str, Path], *, baseline: bool = False
    ) -> tuple[str, tuple[CheckedPart, ...]]:
        """All steps at once, with one file a track; the files move away, good or bad.

        Returns:
            The submission's id and what the check said of each file; with a problem in any
            the submission is refused.

        Raises:
            SubmissionError: as ``begin`` and ``hand_in``; the submission is refused.
        """
        for track in files:
            self.require_track(track)
        submission = self.begin(member, method, baseline=baseline)
        checked = tuple(self.check(track, path) for track, path in files.items())
        for part, path in zip(checked, files.values(), strict=True):
            self.add_part(member, submission, path, part)
        self.finish(member, submission, checked)
        return submission, checked

    def finish(self, member: Member, submission: str, checked: tuple[CheckedPart, ...]) -> None:
        """Hand in, or refuse where a file has problems or a limit is reached.

        Raises:
            SubmissionError: as ``hand_in``; the submission is refused.
        """
        faulty = [part.track for part in checked if part.problems]
        if faulty:
            self.refuse(member, submission, f"the check found problems in {', '.join(faulty)}")
            return
        try:
            self.hand_in(member, submission)
        except SubmissionError as error:
            self.refuse(member, submission, str(error))
            raise

    def choose(self, member: Member, submission: str) -> None:
        """Make a scored submission the account's final one.

        Raises:
            AccessError: it is not the member's.
            SubmissionError: it is not scored, or the challenge is closed.
        """
        self.require_open()
        time = self.clock()
        with self.database.write() as session:
            take_turn(session, member.id)
            row = owned(session, member, submission)
            if row.state != "scored":
                raise SubmissionError(
                    "only a scored submission can be final", where=row.id, got=row.state
                )
            mine = select(Submission).where(Submission.account_id == row.account_id)
            for other in session.scalars(mine.where(Submission.chosen)):
                other.chosen = False
            row.chosen = True
            note(session, row, "chosen as final", time)

    def withdraw(self, member: Member, submission: str, reason: str = "") -> None:
        """Take a submission off the board; it stays in the ledger and in the quota.

        Raises:
            AccessError: it is neither the member's nor is the member a maintainer.
            UsageError: it has ended already.
        """
        time = self.clock()
        with self.database.write() as session:
            row = owned(session, member, submission)
            move(session, row, "withdrawn", reason or f"by {member.name}", time)
            row.chosen = False
            job = session.get(Job, row.id)
            if job is not None and job.state != "done":
                job.state, job.fence, job.lease = "done", None, None


def owned(session: Session, member: Member, submission: str) -> Submission:
    """A submission of the member's, or any for a maintainer.

    Raises:
        AccessError: there is none; whether it is another's is not told.
    """
    row = session.get(Submission, submission[:32])
    if row is None or not (member.maintainer or row.account_id == member.id):
        raise AccessError("you have no such submission", got=f"{submission!r:.40}")
    return row


def _require_free_name(session: Session, row: Submission) -> None:
    taken = session.scalar(
        select(Submission.id).where(
            Submission.folded == row.folded,
            Submission.account_id != row.account_id,
            Submission.state.not_in(("refused", "withdrawn", "received")),
        )
    )
    if taken is not None:
        raise SubmissionError(
            "another account has a method of this name, or of one that looks like it",
            got=repr(row.name),
            mend="Choose another name",
        )


def _require_few_drafts(session: Session, account_id: int) -> None:
    query = select(Submission.id).where(
        Submission.account_id == account_id, Submission.state == "received"
    )
    if len(session.scalars(query).all()) >= DRAFTS:
        raise LimitError(
            "too many submissions are open", got=DRAFTS, mend="Hand them in or withdraw them"
        )


def _require_open_draft(row: Submission) -> None:
    if row.state != "received":
        raise SubmissionError(
            "the submission takes no more files", where=row.id, got=f"it is {row.state}"
        )


def _part(submission: str, checked: CheckedPart) -> Part:
    warnings = to_json([warning.to_json() for warning in checked.warnings]).decode()
    return Part(
        submission_id=submission, track=checked.track, sha256=checked.sha256, size=checked.size,
        entries=checked.entries, warnings=warnings, sketch=checked.sketch,
    )  # fmt: skip


def _told(checked: CheckedPart) -> str:
    if not checked.problems:
        return f"{checked.track}: {checked.entries:,} entries, no problems"
    first = checked.problems[0]
    return (
        f"{checked.track}: {len(checked.problems)} problems, the first is {first.code} in "
        f"{first.where}: got {first.got}, expected {first.expected}"
    )


def method_of(row: Submission) -> Method:
    """What the participant said of a submission's method."""
    return Method.model_validate(json.loads(row.method))
