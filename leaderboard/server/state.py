"""What every request of one server shares, and who it is from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request

from ..boards import Board
from ..challenge.folder import ChallengeFolder
from ..submissions.accounts import AccessError, Member, account_of
from ..submissions.desk import Desk
from .checker import Checker
from .detection import Detection
from .kit import KitFile, open_kit
from .limits import Buckets
from .monitoring import Metrics
from .sessions import Sessions
from .settings import Settings
from .site import Site

HOUR = 3600.0


@dataclass(slots=True)
class State:
    """The parts of one server."""

    board: Board
    settings: Settings
    checker: Checker
    site: Site
    sessions: Sessions
    requests: Buckets
    logins: Buckets
    registrations: Buckets
    uploads: Buckets
    detection: Detection
    kit: KitFile | None = None
    metrics: Metrics = field(default_factory=Metrics)

    @classmethod
    def of(cls, board: Board, settings: Settings) -> State:
        """A server's parts for a board.

        Raises:
            UsageError: the kit is none of this challenge.
        """
        kit = None if settings.kit is None else open_kit(settings.kit, board.folder)
        hourly = board.folder.rules.limits.uploads_per_hour
        logins = settings.logins_per_minute
        return cls(
            board, settings, Checker(board.folder, settings),
            Site(board.folder.site, kit is not None),
            Sessions(board.database, settings), Buckets(settings.requests_per_minute, 60),
            Buckets(logins, 60), Buckets(logins, HOUR), Buckets(hourly, HOUR),
            Detection(settings.detection, board.folder.incoming), kit,
        )  # fmt: skip

    @property
    def folder(self) -> ChallengeFolder:
        """The challenge's folder."""
        return self.board.folder

    @property
    def desk(self) -> Desk:
        """Takes submissions."""
        return self.board.desk


def state_of(request: Request) -> State:
    """The server's parts."""
    found: State = request.app.state.board
    return found


async def server_state(request: Request) -> State:
    """``state_of`` for routes: in the loop, where it waits for no thread."""
    return state_of(request)


def address_of(request: Request) -> str:
    """Where a request comes from."""
    return request.client.host if request.client else "unknown"


def spend(buckets: Buckets, key: str) -> None:
    """Take from a bucket.

    Raises:
        HTTPException: 429, with the seconds to wait.
    """
    wait = buckets.take(key)
    if wait:
        seconds = str(int(wait) + 1)
        raise HTTPException(
            429, f"too many requests; try again in {seconds} s", {"Retry-After": seconds}
        )


async def bearer(request: Request) -> Member:
    """The account whose token a request carries.

    Raises:
        HTTPException: 401; 429 after too many wrong tokens.
    """
    state = state_of(request)
    kind, _, token = request.headers.get("authorization", "").partition(" ")
    try:
        if kind.lower() != "bearer":
            raise AccessError("a token is missing")
        member = await run_in_threadpool(account_of, state.board.database, token.strip())
    except AccessError:
        spend(state.logins, address_of(request))
        raise HTTPException(
            401, "the token opens no account", {"WWW-Authenticate": "Bearer"}
        ) from None
    request.state.account = member.id
    return member


async def maintainer(member: Annotated[Member, Depends(bearer)]) -> Member:
    """A maintainer's account.

    Raises:
        HTTPException: 403.
    """
    if not member.maintainer:
        raise HTTPException(403, "this is for maintainers")
    return member


Caller = Annotated[Member, Depends(bearer)]
Keeper = Annotated[Member, Depends(maintainer)]
Server = Annotated[State, Depends(server_state)]
