"""Scoring everything again, asked for over HTTP by maintainers; a worker does it."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Request
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import RedirectResponse, Response

from ..ledger import asked
from .api import ERRORS
from .pages import User, checked_form
from .state import Keeper, Server

api = APIRouter(prefix="/api/maintainer", responses=ERRORS)
pages = APIRouter(prefix="/app/maintain", include_in_schema=False)


@api.post("/rescore", status_code=202)
def rescore(state: Server, keeper: Keeper) -> dict[str, Any]:
    """For maintainers: have everything scored again under the protocol of now, by a worker."""
    asked.ask(state.folder, keeper.name)
    return asked.status(state.folder) or {}


@api.get("/rescore")
def rescoring(state: Server, _: Keeper) -> dict[str, Any]:
    """For maintainers: how far the last rescoring is, or who moved and why; empty for none."""
    return asked.status(state.folder) or {}


@pages.post("/rescore")
async def rescore_by_form(request: Request, state: Server, user: User) -> Response:
    """The maintainer's button."""
    if not user.maintainer:
        raise HTTPException(403, "this is for maintainers")
    await checked_form(request)
    await run_in_threadpool(asked.ask, state.folder, user.name)
    return RedirectResponse("/app/maintain#rescoring", 303)
