"""Accounts: a name and a token, of which only the hash is kept."""

from __future__ import annotations

import secrets
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from pydantic import TypeAdapter, ValidationError
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.orm import Session

from ...core.configuration import expectation
from ...core.errors import SubmissionError, UsageError
from ...core.files import sha256
from ..challenge.method import Title
from ..database import Database, now
from ..tables import Account

PREFIX: Final = "mf_"  # so that scanners for leaked secrets know one
_TITLE: Final = TypeAdapter(Title)


class AccessError(SubmissionError):
    """Somebody asked for what is not theirs; no word says whether it exists."""


@dataclass(frozen=True, slots=True)
class Member:
    """An account as the rest of the board knows it."""

    id: int
    name: str
    maintainer: bool


def folded(name: str) -> str:
    """The name with what a reader hardly sees taken away: case, width, accents, spaces."""
    wide = unicodedata.normalize("NFKD", name.casefold())
    kept = (letter for letter in wide if not unicodedata.combining(letter))
    return "".join("".join(kept).split())[:160]


def create_account(database: Database, name: str, *, maintainer: bool = False) -> str:
    """Make an account.

    Returns:
        Its token, which nobody can find out again.

    Raises:
        SubmissionError: the name is taken, or cannot be one.
    """
    try:
        clean = _TITLE.validate_python(name)
    except ValidationError as error:
        fault = expectation(error.errors()[0]["msg"])
        raise SubmissionError("an account cannot have this name", expected=fault) from error
    token = new_token()
    row = Account(
        name=clean,
        folded=folded(clean),
        token_sha256=hash_of(token),
        maintainer=maintainer,
        disabled=False,
        created=now(),
        turn=0,
    )
    try:
        with database.write() as session:
            session.add(row)
    except IntegrityError as error:
        raise SubmissionError(
            "there is an account of this name, or of one that looks like it",
            got=repr(clean),
            mend="Choose another name",
        ) from error
    return token


def new_token() -> str:
    """A token of 256 random bits."""
    return PREFIX + secrets.token_urlsafe(32)


def hash_of(token: str) -> str:
    """What is kept of a token: with 256 random bits, no salt and no slow hash are needed."""
    return sha256(token.encode("utf-8", "surrogatepass"))


def account_of(database: Database, token: str) -> Member:
    """The account that a token opens.

    Raises:
        AccessError: none, or it is disabled.
    """
    with database.read() as session:
        row = session.scalar(select(Account).where(Account.token_sha256 == hash_of(token)))
    if row is None or row.disabled:
        raise AccessError("the token opens no account", mend="Ask the maintainer for a token")
    return _member(row)


def account_by_id(database: Database, account_id: int) -> Member:
    """The account with an id.

    Raises:
        AccessError: none, or it is disabled.
    """
    with database.read() as session:
        row = session.get(Account, account_id)
    if row is None or row.disabled:
        raise AccessError("there is no such account")
    return _member(row)


def session_mark(database: Database, member: Member) -> str:
    """What a session is bound to: it ends when the account gets another token."""
    with database.read() as session:
        row = session.get_one(Account, member.id)
    return sha256(f"session {row.token_sha256}".encode())[:32]


def account_named(database: Database, name: str) -> Member:
    """The account of a name.

    Raises:
        UsageError: there is none.
    """
    with database.read() as session:
        return _member(_named(session, name))


def renew_token(database: Database, name: str) -> str:
    """Give an account a new token; the old one opens nothing any more.

    Raises:
        UsageError: there is no such account.
    """
    token = new_token()
    with database.write() as session:
        _named(session, name).token_sha256 = hash_of(token)
    return token


def set_disabled(database: Database, name: str, disabled: bool) -> None:
    """Shut an account out, or let it in again.

    Raises:
        UsageError: there is no such account.
    """
    with database.write() as session:
        _named(session, name).disabled = disabled


def accounts(database: Database) -> Sequence[Account]:
    """All accounts, by name."""
    with database.read() as session:
        return session.scalars(select(Account).order_by(Account.name)).all()


def _named(session: Session, name: str) -> Account:
    row = session.scalar(select(Account).where(Account.name == name))
    if row is None:
        raise UsageError("there is no account of this name", got=repr(name))
    return row


def _member(row: Account) -> Member:
    return Member(row.id, row.name, row.maintainer)
