"""A browser's session: a signed cookie, and the token that each of its forms must carry."""

from __future__ import annotations

import hashlib
import hmac
import time
from dataclasses import dataclass
from typing import Final

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from ..database import Database
from ..submissions.accounts import AccessError, Member, account_by_id, session_mark
from .settings import Settings

COOKIE: Final = "manyfaces_session"


@dataclass(frozen=True, slots=True)
class Sessions:
    """Makes and reads sessions."""

    database: Database
    settings: Settings

    def _sign(self, purpose: str, text: str) -> str:
        key = self.settings.secret.encode()
        return hmac.new(key, f"{purpose}:{text}".encode(), hashlib.sha256).hexdigest()

    def start(self, response: Response, member: Member) -> None:
        """Log a browser in."""
        expires = int(time.time() + 3600 * self.settings.session_hours)
        text = f"{member.id}.{expires}.{session_mark(self.database, member)}"
        response.set_cookie(
            COOKIE, f"{text}.{self._sign('session', text)}", httponly=True, samesite="strict",
            secure=self.settings.secure, path="/", max_age=int(3600 * self.settings.session_hours),
        )  # fmt: skip

    def end(self, response: Response) -> None:
        """Log a browser out."""
        response.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")

    def member(self, request: Request) -> Member | None:
        """Who is logged in; None where nobody is, or the cookie is forged or old."""
        text, _, signature = request.cookies.get(COOKIE, "").rpartition(".")
        if not text or not _equal(signature, self._sign("session", text)):
            return None
        number, expires, mark = text.split(".")
        if int(expires) < time.time():
            return None
        try:
            member = account_by_id(self.database, int(number))
        except AccessError:
            return None
        return member if _equal(mark, session_mark(self.database, member)) else None

    def form_token(self, request: Request) -> str:
        """What a form of this session must send back."""
        return self._sign("form", request.cookies.get(COOKIE, ""))

    def require_form_token(self, request: Request, given: object) -> None:
        """Refuse a form that another site, or another session, has made.

        Raises:
            HTTPException: 403.
        """
        require_same_origin(request)
        if not isinstance(given, str) or not _equal(given, self.form_token(request)):
            raise HTTPException(403, "the form is not of this session; load the page again")


def _equal(first: str, second: str) -> bool:
    return hmac.compare_digest(first.encode("utf-8", "replace"), second.encode())


def require_same_origin(request: Request) -> None:
    """Refuse what a browser says that another site has sent.

    Raises:
        HTTPException: 403.
    """
    site = request.headers.get("sec-fetch-site", "same-origin")
    origin = request.headers.get("origin")
    host = request.headers.get("host", "")
    if site not in {"same-origin", "none"} or (
        origin is not None and origin.partition("://")[2] != host
    ):
        raise HTTPException(403, "the form was sent from another site")
