"""The HTTP API: JSON in and out, a bearer token for whatever is an account's."""

from __future__ import annotations

from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Request
from pydantic import BaseModel, ConfigDict
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.responses import JSONResponse, Response

from ...core.files import read_bytes
from ..challenge.method import Method
from ..database import now
from ..scoring import queue
from ..submissions import views
from ..submissions.accounts import create_account
from ..submissions.archives import unpack
from .intake import add_file, take_archive
from .state import Caller, Keeper, Server, address_of, spend
from .uploads import receive, upload_folder

ID: Final = r"^[0-9a-f]{16}$"
TRACK: Final = r"^[a-z0-9][a-z0-9._-]{0,79}$"
Key = Annotated[str, Path(pattern=ID, description="The submission's id.")]
Track = Annotated[str, Path(pattern=TRACK, description="A track of the challenge.")]
# What FastAPI cannot see: a body that is read as it comes.
_FILE: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}},
    }
}
_ERROR: Final[dict[str, Any]] = {
    "description": "What is wrong; `problems` lists all that the check found.",
    "content": {
        "application/json": {
            "schema": {
                "type": "object",
                "required": ["error"],
                "properties": {
                    "error": {"type": "string"},
                    "problems": {"type": "array", "items": {"type": "object"}},
                },
            }
        }
    },
}
CODES: Final[tuple[int | str, ...]] = (400, 401, 403, 404, 408, 413, 422, 429, 503)
ERRORS: Final = dict.fromkeys(CODES, _ERROR)

api = APIRouter(prefix="/api", responses=ERRORS)


class NewAccount(BaseModel):
    """Who wants an account."""

    model_config = ConfigDict(extra="forbid")

    name: str


@api.get("/challenge")
async def challenge(state: Server) -> dict[str, Any]:
    """The rules, the commitment to the truth, ids of withdrawn pictures, and the time here.

    `closed` says why no submissions are taken now; it is empty while they are.
    """
    folder = state.folder
    return {
        **folder.rules.public_record(),
        "commitment": folder.commitment,
        "withdrawn": {track: folder.withdrawn(track) for track in folder.rules.track_names},
        "closed": state.desk.closed,
        "now": f"{now():%Y-%m-%dT%H:%M:%SZ}",
    }


@api.get("/tracks/{track}/manifest", response_class=JSONResponse)
async def manifest(state: Server, track: Track) -> Response:
    """The pictures of a track: id, file, size, SHA-256, split."""
    state.desk.require_track(track)
    data = await run_in_threadpool(read_bytes, state.folder.manifest_file(track))
    return Response(data, media_type="application/json")


@api.post("/accounts", status_code=201)
async def register(state: Server, request: Request, wanted: NewAccount) -> dict[str, str]:
    """Open an account, where the challenge lets anyone do so. The token is shown this once."""
    if state.folder.rules.registration != "open":
        raise HTTPException(403, "the maintainer of this challenge opens accounts")
    spend(state.registrations, address_of(request))
    token = await run_in_threadpool(create_account, state.board.database, wanted.name)
    return {"name": wanted.name, "token": token}


@api.get("/account")
def account(state: Server, caller: Caller) -> dict[str, Any]:
    """Who the token belongs to, and how much of the limits is used."""
    used = views.usage_of(state.board.database, caller)
    return {
        "name": caller.name,
        "maintainer": caller.maintainer,
        "usage": used.to_json(state.folder.rules.limits),
    }


@api.get("/submissions")
def submissions(state: Server, caller: Caller) -> dict[str, Any]:
    """The account's submissions, the latest first."""
    return {"submissions": views.submissions_of(state.board.database, caller)}


@api.post("/submissions", status_code=201)
def begin(state: Server, caller: Caller, method: Method) -> dict[str, Any]:
    """Open a submission; files and hand-in follow."""
    key = state.desk.begin(caller, method)
    return views.submission_view(state.folder, state.board.database, caller, key)


@api.get("/submissions/{key}")
def submission(state: Server, caller: Caller, key: Key) -> dict[str, Any]:
    """Where a submission stands: state, times, reasons, and what may be seen of its scores."""
    return views.submission_view(state.folder, state.board.database, caller, key)


@api.put("/submissions/{key}/parts/{track}", openapi_extra=_FILE)
async def part(
    state: Server, request: Request, caller: Caller, key: Key, track: Track
) -> dict[str, Any]:
    """Send a track's predictions file. 422 with every problem where it cannot be scored."""
    state.desk.require_track(track)
    await run_in_threadpool(views.submission_view, state.folder, state.board.database, caller, key)
    spend(state.uploads, str(caller.id))
    with upload_folder(state.folder) as place:
        await receive(request, place / track)
        checked = await add_file(state, caller, key, track, place / track)
    if checked.problems:
        told = {"error": f"the check found problems in {track}", **checked.to_json()}
        return JSONResponse(told, 422)  # type: ignore[return-value]
    return checked.to_json()


@api.post("/archive", status_code=201, openapi_extra=_FILE)
async def archive(state: Server, request: Request, caller: Caller) -> dict[str, Any]:
    """Hand a whole submission in as one zip, as `manyfaces board submit --pack` writes it."""
    spend(state.uploads, str(caller.id))
    with upload_folder(state.folder) as place:
        await receive(request, place / ".zip")
        tracks, most = state.folder.rules.track_names, state.folder.rules.limits.file_size
        files, about = await run_in_threadpool(unpack, place / ".zip", tracks, place, most)
        key, faulty = await take_archive(state, caller, files, about)
    view = await run_in_threadpool(
        views.submission_view, state.folder, state.board.database, caller, key
    )
    if faulty:
        told = {
            "error": view["reason"],
            "problems": [problem.to_json() for row in faulty for problem in row.problems],
            "submission": view,
        }
        return JSONResponse(told, 422)  # type: ignore[return-value]
    return view


@api.post("/submissions/{key}/hand-in")
def hand_in(state: Server, caller: Caller, key: Key) -> dict[str, Any]:
    """Put a submission into the queue, if the limits allow."""
    state.desk.hand_in(caller, key)
    return views.submission_view(state.folder, state.board.database, caller, key)


@api.post("/submissions/{key}/final")
def final(state: Server, caller: Caller, key: Key) -> dict[str, Any]:
    """Make a scored submission the account's final one."""
    state.desk.choose(caller, key)
    return views.submission_view(state.folder, state.board.database, caller, key)


@api.delete("/submissions/{key}")
def withdraw(state: Server, caller: Caller, key: Key) -> dict[str, Any]:
    """Take a submission off the board; the ledger keeps its record."""
    state.desk.withdraw(caller, key)
    return views.submission_view(state.folder, state.board.database, caller, key)


@api.get("/maintainer")
def overview(state: Server, _: Keeper) -> dict[str, Any]:
    """For maintainers: states, queue, what went wrong, what was noticed."""
    database = state.board.database
    return {
        "states": views.counts(database),
        "queue": views.queue_view(database),
        "failures": views.all_submissions(database, ("failed", "set aside")),
        "notices": views.notices(database),
    }


@api.post("/maintainer/submissions/{key}/requeue")
def requeue(state: Server, keeper: Keeper, key: Key) -> dict[str, Any]:
    """For maintainers: score again what failed or was set aside."""
    queue.requeue(state.board.database, key, now())
    return views.submission_view(state.folder, state.board.database, keeper, key)
