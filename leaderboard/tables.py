"""The tables of a board."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal, get_args

from sqlalchemy import BigInteger, Boolean, ForeignKey, Integer, String, Text
from sqlalchemy.orm import Mapped, mapped_column

from .database import Base, Moment

State = Literal[
    "received", "refused", "queued", "scoring", "scored", "failed", "set aside", "withdrawn"
]
STATES: Final[tuple[State, ...]] = get_args(State)
COUNTED: Final[tuple[State, ...]] = ("queued", "scoring", "scored", "withdrawn")  # use quota
PENDING: Final[tuple[State, ...]] = ("queued", "scoring")


class EntryRow(Base):
    """A result that was added by hand."""

    __tablename__ = "entries"

    id: Mapped[str] = mapped_column(String(64), primary_key=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    content: Mapped[str] = mapped_column(Text)


class Setting(Base):
    """A fact about the board."""

    __tablename__ = "settings"

    name: Mapped[str] = mapped_column(String(40), primary_key=True)
    value: Mapped[str] = mapped_column(Text)


class Account(Base):
    """Somebody who may submit; the token itself is nowhere."""

    __tablename__ = "accounts"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    name: Mapped[str] = mapped_column(String(80), unique=True)
    # Equal for names that look alike to a reader: no second account may have it.
    folded: Mapped[str] = mapped_column(String(160), unique=True)
    token_sha256: Mapped[str] = mapped_column(String(64), unique=True)
    maintainer: Mapped[bool] = mapped_column(Boolean, default=False)
    disabled: Mapped[bool] = mapped_column(Boolean, default=False)
    created: Mapped[datetime] = mapped_column(Moment)
    # Raised first in each submission's transaction: it makes them wait for each other.
    turn: Mapped[int] = mapped_column(Integer, default=0)


class Submission(Base):
    """What one account handed in, and where it stands."""

    __tablename__ = "submissions"

    id: Mapped[str] = mapped_column(String(32), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id"), index=True)
    state: Mapped[str] = mapped_column(String(16), index=True)
    reason: Mapped[str] = mapped_column(Text, default="")
    name: Mapped[str] = mapped_column(String(80))
    folded: Mapped[str] = mapped_column(String(160), index=True)
    method: Mapped[str] = mapped_column(Text)
    baseline: Mapped[bool] = mapped_column(Boolean, default=False)
    chosen: Mapped[bool] = mapped_column(Boolean, default=False)
    created: Mapped[datetime] = mapped_column(Moment)
    queued: Mapped[datetime | None] = mapped_column(Moment, index=True)
    changed: Mapped[datetime] = mapped_column(Moment)
    # SHA-256 of the result files and of the ledger's record, once scored.
    public_result: Mapped[str | None] = mapped_column(String(64))
    hidden_result: Mapped[str | None] = mapped_column(String(64))
    record: Mapped[str | None] = mapped_column(String(64))


class Part(Base):
    """One track's predictions file."""

    __tablename__ = "parts"

    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    track: Mapped[str] = mapped_column(String(80), primary_key=True)
    sha256: Mapped[str] = mapped_column(String(64), index=True)
    size: Mapped[int] = mapped_column(BigInteger)
    entries: Mapped[int] = mapped_column(Integer)
    warnings: Mapped[str] = mapped_column(Text, default="[]")
    sketch: Mapped[str] = mapped_column(Text, default="")


class Event(Base):
    """A change of a submission's state, or something noticed about it."""

    __tablename__ = "events"

    id: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=True)
    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), index=True)
    time: Mapped[datetime] = mapped_column(Moment)
    state: Mapped[str] = mapped_column(String(16))
    reason: Mapped[str] = mapped_column(Text, default="")
    # Shown to maintainers only.
    private: Mapped[bool] = mapped_column(Boolean, default=False)


class Job(Base):
    """A submission's scoring.

    ``worker``, ``fence`` and ``lease`` are set while somebody works on it; only who knows
    the fence may finish it.
    """

    __tablename__ = "jobs"

    submission_id: Mapped[str] = mapped_column(ForeignKey("submissions.id"), primary_key=True)
    state: Mapped[str] = mapped_column(String(16), index=True)  # waiting, running, done, set aside
    deaths: Mapped[int] = mapped_column(Integer, default=0)
    failures: Mapped[int] = mapped_column(Integer, default=0)
    worker: Mapped[str | None] = mapped_column(String(80))
    fence: Mapped[str | None] = mapped_column(String(32))
    lease: Mapped[datetime | None] = mapped_column(Moment)
    not_before: Mapped[datetime] = mapped_column(Moment)
    created: Mapped[datetime] = mapped_column(Moment)


class LedgerRow(Base):
    """One record of the ledger; the file is a copy of this table."""

    __tablename__ = "ledger"

    number: Mapped[int] = mapped_column(Integer, primary_key=True, autoincrement=False)
    sha256: Mapped[str] = mapped_column(String(64), unique=True)
    content: Mapped[str] = mapped_column(Text)
