"""The participants' kit over HTTP: one file, for accounts, with its size and hash."""

from __future__ import annotations

import base64
from typing import Any, Final

from fastapi import APIRouter, Request
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, Response

from .api import ERRORS
from .kit import KitFile
from .pages import User, page
from .state import Caller, Server, State

api = APIRouter(prefix="/api", responses=ERRORS)
pages = APIRouter(prefix="/app", include_in_schema=False)
NAME: Final = "kit.zip"
_ZIP: Final[dict[int | str, dict[str, Any]]] = {
    200: {"description": "The zip.", "content": {"application/zip": {}}}
}


@api.get("/kit")
def about(state: Server) -> dict[str, Any]:
    """Size and SHA-256 of the participants' kit. 404 where none is handed out here."""
    kit = _kit(state)
    return {"bytes": kit.size, "sha256": kit.sha256}


@api.get("/kit.zip", response_class=FileResponse, responses=_ZIP)
def download(state: Server, _: Caller) -> Response:
    """The participants' kit; who takes it agrees to the terms. Ranges are served."""
    return _file(state)


@pages.get("/kit")
def kit_page(request: Request, state: Server, user: User) -> Response:
    """Where the kit is downloaded from."""
    _kit(state)
    return page(request, "kit.html", user)


@pages.get("/kit.zip")
def download_by_browser(state: Server, _: User) -> Response:
    """The same file."""
    return _file(state)


def _kit(state: State) -> KitFile:
    if state.kit is None:
        raise HTTPException(404, "this server hands out no kit")
    return state.kit


def _file(state: State) -> Response:
    kit = _kit(state)
    kit.require_current(state.folder)
    digest = base64.b64encode(bytes.fromhex(kit.sha256)).decode()
    headers = {"ETag": f'"{kit.sha256}"', "Repr-Digest": f"sha-256=:{digest}:"}
    return FileResponse(kit.path, headers=headers, media_type="application/zip", filename=NAME)
