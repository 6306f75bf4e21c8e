"""Detection over HTTP: the API and the pages. Accounts only; one's own results only."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path as FilePath
from typing import Annotated, Any, Final

from fastapi import APIRouter, Path, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import FileResponse, JSONResponse, RedirectResponse, Response

from .api import ERRORS
from .detection import UPLOAD, Job, result
from .detection_rules import NAME
from .detection_work import COPIES
from .headers import STRICT
from .pages import REFRESH, User, checked_form, page, text_of
from .state import Caller, Server, State, address_of, spend

api = APIRouter(prefix="/api", responses=ERRORS)
pages = APIRouter(prefix="/app", include_in_schema=False)
Key = Annotated[str, Path(pattern=r"^[0-9a-f]{32}$", description="The result's id.")]
Name = Annotated[str, Query(pattern=NAME, description="One of `GET /api/detectors`.")]
FIELD: Final = "file"
BLOCK: Final = 1 << 20
_FORM: Final[dict[str, Any]] = {
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": [FIELD],
                    "properties": {FIELD: {"type": "string", "format": "binary"}},
                }
            }
        },
    }
}
_COPY: Final[dict[int | str, dict[str, Any]]] = {
    200: {
        "description": "The annotated copy.",
        "content": {media: {} for _, media in COPIES.values()},
    }
}


@api.get("/detectors")
async def detectors(state: Server) -> dict[str, Any]:
    """What faces can be detected with here, and what one file may have."""
    rules = state.detection.rules
    return {
        "detectors": list(rules.detectors),
        "limits": {
            "bytes": rules.size,
            "pixels": rules.pixels,
            "frames": rules.frames,
            "seconds": rules.length,
            "per_hour": rules.per_hour,
        },
        "kept_seconds": rules.keep,
    }


@api.post("/detect", openapi_extra=_FORM, responses=_COPY, response_model=dict[str, Any])
async def detect(state: Server, request: Request, caller: Caller, detector: Name) -> Any:  # noqa: ANN401 - JSON or a file
    """Detect the faces of a picture or a video, sent as a form's `file`.

    The answer is JSON, or the annotated copy where `Accept` asks for its type first. The
    file is deleted at once, the result after some minutes.
    """
    state.detection.require(detector)
    _admit(state, request, caller.id)
    async with _form(request) as form:
        job = await _begin(state, caller.id, detector, form)
    assert job.task is not None
    await job.task
    told = await run_in_threadpool(result, job, state.detection.rules.keep)
    copy, media = job.copy
    if request.headers.get("accept", "").startswith(media):
        return FileResponse(copy, media_type=media)
    return told


@api.get("/detect/{key}")
async def detected(state: Server, caller: Caller, key: Key) -> dict[str, Any]:
    """A result once more, until it is deleted."""
    job = state.detection.find(caller.id, key)
    return await run_in_threadpool(result, job, state.detection.rules.keep)


@api.get("/detect/{key}/annotated", responses=_COPY, response_class=FileResponse)
async def annotated(state: Server, caller: Caller, key: Key) -> Response:
    """The annotated copy: PNG of a picture, WebM of a video."""
    return _copy(state.detection.find(caller.id, key))


@api.delete("/detect/{key}")
async def forget(state: Server, caller: Caller, key: Key) -> dict[str, str]:
    """Delete a result now."""
    state.detection.forget(state.detection.find(caller.id, key))
    return {"id": key, "state": "deleted"}


@pages.get("/detect")
async def detect_form(request: Request, state: Server, user: User) -> Response:
    """The form."""
    _require_service(state)
    return page(request, "detect.html", user, limits=state.detection.rules)


@pages.post("/detect")
async def detect_by_form(request: Request, state: Server, user: User) -> Response:
    """Take a file from the form."""
    _require_service(state)
    _admit(state, request, user.id)
    async with _form(request) as form:
        state.sessions.require_form_token(request, form.get("csrf"))
        detector = text_of(form, "detector")
        state.detection.require(detector)
        job = await _begin(state, user.id, detector, form)
    return RedirectResponse(f"/app/detect/{job.key}", 303)


@pages.get("/detect/{key}")
async def detected_page(request: Request, state: Server, user: User, key: Key) -> Response:
    """The result; the page loads itself again until it is there."""
    job = state.detection.find(user.id, key)
    told = await run_in_threadpool(result, job, state.detection.rules.keep)
    response = page(request, "detected.html", user, job=job, told=told)
    if job.ended is None:
        response.headers["Refresh"] = str(REFRESH)
    response.headers["Content-Security-Policy"] = f"{STRICT}; media-src 'self'"
    return response


@pages.get("/detect/{key}/annotated")
async def annotated_page(state: Server, user: User, key: Key) -> Response:
    """The annotated copy."""
    return _copy(state.detection.find(user.id, key))


@pages.get("/detect/{key}/faces")
async def faces_page(state: Server, user: User, key: Key) -> Response:
    """The faces as JSON."""
    job = state.detection.find(user.id, key)
    return JSONResponse(await run_in_threadpool(result, job, state.detection.rules.keep))


@pages.post("/detect/{key}/delete")
async def forget_by_form(request: Request, state: Server, user: User, key: Key) -> Response:
    """Delete a result now."""
    await checked_form(request)
    state.detection.forget(state.detection.find(user.id, key))
    return RedirectResponse("/app/detect", 303)


def _require_service(state: State) -> None:
    if not state.detection.on:
        raise HTTPException(404, "there is no such page")


def _admit(state: State, request: Request, owner: int) -> None:
    """Refuse what there is no room for, or is asked too often, before its body is read."""
    detection = state.detection
    detection.require_room(owner)
    spend(detection.accounts, str(owner))
    spend(detection.addresses, address_of(request))


@asynccontextmanager
async def _form(request: Request) -> AsyncIterator[FormData]:
    # A part that is no file is held in memory.
    async with request.form(max_files=1, max_fields=5, max_part_size=16 << 10) as form:
        yield form


async def _begin(state: State, owner: int, detector: str, form: FormData) -> Job:
    upload = form.get(FIELD)
    if not isinstance(upload, UploadFile) or not upload.size:
        raise HTTPException(422, f"the form has no file in its field {FIELD!r}, or an empty one")
    if upload.size > state.detection.rules.size:
        raise HTTPException(413, f"the file is larger than {state.detection.rules.size:,} bytes")
    folder = await run_in_threadpool(state.detection.new_folder)
    try:
        await run_in_threadpool(_save, upload, folder / UPLOAD)
        return state.detection.begin(owner, detector, folder)
    except BaseException:
        await run_in_threadpool(state.detection.discard, folder)
        raise


def _save(upload: UploadFile, path: FilePath) -> None:
    with path.open("xb") as out:
        while block := upload.file.read(BLOCK):
            out.write(block)


def _copy(job: Job) -> Response:
    if job.state != "done":
        raise HTTPException(404, "there is no copy of this file")
    path, media = job.copy
    return FileResponse(path, media_type=media)
