"""The pages for browsers: forms and tables that need no script."""

from __future__ import annotations

from importlib.resources import files
from pathlib import Path
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, Request
from fastapi import Path as InPath
from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape
from starlette.concurrency import run_in_threadpool
from starlette.datastructures import FormData, UploadFile
from starlette.exceptions import HTTPException
from starlette.responses import HTMLResponse, RedirectResponse, Response

from ..challenge.method import FIELDS
from ..database import now
from ..ledger import asked
from ..scoring import queue
from ..submissions import views
from ..submissions.accounts import AccessError, Member, account_of, create_account
from .intake import method_from, take_files
from .sessions import require_same_origin
from .state import Server, address_of, spend, state_of
from .uploads import upload_folder

pages = APIRouter(prefix="/app", include_in_schema=False)
BUSY: Final = ("queued", "scoring")
REFRESH: Final = 5  # seconds
BLOCK: Final = 1 << 20
Key = Annotated[str, InPath(pattern=r"^[0-9a-f]{16}$")]

_TEMPLATES: Final = Environment(
    loader=PackageLoader(__package__),
    autoescape=select_autoescape(default=True, default_for_string=True),
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)
_TEMPLATES.filters["score"] = lambda value, decimals: (
    "–" if value is None else f"{value:.{decimals}f}"
)
_TEMPLATES.filters["moment"] = lambda text: text.replace("T", " ").removesuffix("Z")
ASSETS: Final = {"server.css": "text/css", "upload.js": "text/javascript"}


async def browser_member(request: Request) -> Member:
    """Who is logged in.

    Raises:
        HTTPException: 303 to the login page.
    """
    state = state_of(request)
    member = await run_in_threadpool(state.sessions.member, request)
    if member is None:
        raise HTTPException(303, "log in first", {"Location": "/app/login"})
    request.state.account, request.state.member = member.id, member
    return member


User = Annotated[Member, Depends(browser_member)]


def page(
    request: Request,
    name: str,
    member: Member | None,
    status: int = 200,
    **facts: Any,  # noqa: ANN401 - whatever the template shows
) -> HTMLResponse:
    """A page from its template."""
    state = state_of(request)
    text = _TEMPLATES.get_template(name).render(
        decimals=state.folder.rules.decimals,
        rules=state.folder.rules,
        revealed=state.folder.revealed,
        member=member,
        detects=state.detection.on,
        kit=state.kit,
        token=state.sessions.form_token(request),
        **facts,
    )
    return HTMLResponse(text, status)


def error_page(request: Request, status: int, text: str, headers: Any = None) -> Response:  # noqa: ANN401
    """An error as a page, or the redirection that it stands for."""
    if status == 303 and headers:
        return RedirectResponse(headers["Location"], 303)
    member = getattr(request.state, "member", None)
    response = page(request, "message.html", member, status, title="That did not work", text=text)
    response.headers.update(headers or {})
    return response


@pages.get("/assets/{name}")
async def asset(name: str) -> Response:
    """The style sheet and the one script."""
    if name not in ASSETS:
        raise HTTPException(404, "there is no such page")
    data = files(__package__).joinpath("assets", name).read_bytes()
    return Response(data, media_type=ASSETS[name], headers={"Cache-Control": "max-age=3600"})


@pages.get("/login")
async def login_form(request: Request) -> Response:
    """Where a token is entered."""
    return page(request, "login.html", None, wrong=False)


@pages.post("/login")
async def login(request: Request, state: Server) -> Response:
    """Log in by token."""
    require_same_origin(request)
    spend(state.logins, address_of(request))
    form = await small_form(request)
    try:
        member = await run_in_threadpool(
            account_of, state.board.database, text_of(form, "token").strip()
        )
    except AccessError:
        return page(request, "login.html", None, 401, wrong=True)
    response = RedirectResponse("/app", 303)
    await run_in_threadpool(state.sessions.start, response, member)
    return response


@pages.post("/register")
async def register(request: Request, state: Server) -> Response:
    """Open an account, where anyone may."""
    require_same_origin(request)
    if state.folder.rules.registration != "open":
        raise HTTPException(403, "the maintainer of this challenge opens accounts")
    spend(state.registrations, address_of(request))
    form = await small_form(request)
    token = await run_in_threadpool(create_account, state.board.database, text_of(form, "name"))
    return page(request, "token.html", None, 201, new_token=token)


@pages.post("/logout")
async def logout(request: Request, state: Server, user: User) -> Response:  # noqa: ARG001
    """Log out."""
    await checked_form(request)
    response = RedirectResponse("/app/login", 303)
    state.sessions.end(response)
    return response


@pages.get("")
def home(request: Request, state: Server, user: User) -> Response:
    """The account: limits and submissions."""
    rows = views.submissions_of(state.board.database, user)
    used = views.usage_of(state.board.database, user).to_json(state.folder.rules.limits)
    busy = any(row["state"] in BUSY for row in rows)
    return _refreshing(request, "account.html", user, busy, rows=rows, usage=used)


def _refreshing(request: Request, name: str, user: Member, busy: bool, **facts: Any) -> Response:  # noqa: ANN401
    """A page that loads itself again while something is under way."""
    response = page(request, name, user, **facts)
    if busy:
        response.headers["Refresh"] = str(REFRESH)
    return response


@pages.get("/submit")
async def submit_form(request: Request, user: User) -> Response:
    """The form of a submission."""
    return page(request, "submit.html", user, fields=FIELDS)


@pages.post("/submit")
async def submit(request: Request, state: Server, user: User) -> Response:
    """Take a submission from the form."""
    spend(state.uploads, str(user.id))
    tracks = state.folder.rules.track_names
    with upload_folder(state.folder) as place:
        async with request.form(
            max_files=len(tracks), max_fields=20, max_part_size=64 << 10
        ) as form:
            state.sessions.require_form_token(request, form.get("csrf"))
            if state.folder.rules.terms and form.get("terms") != "yes":
                raise HTTPException(422, "the terms were not accepted")
            values = {name: text_of(form, name) for name in ("name", *FIELDS)}
            found = await run_in_threadpool(_saved, form, tracks, place)
        key, faulty = await take_files(state, user, method_from(values, "the form"), found)
    if faulty:
        return page(
            request, "problems.html", user, 422, parts=[row.to_json() for row in faulty], key=key
        )
    return RedirectResponse(f"/app/submissions/{key}", 303)


def _saved(form: FormData, tracks: tuple[str, ...], place: Path) -> dict[str, Path]:
    """The form's files, one a track, under names of ours."""
    found = {}
    for track in tracks:
        upload = form.get(f"part.{track}")
        if isinstance(upload, UploadFile) and upload.size:
            found[track] = place / track
            with found[track].open("xb") as out:
                while block := upload.file.read(BLOCK):
                    out.write(block)
    return found


@pages.get("/submissions/{key}")
def submission(request: Request, state: Server, user: User, key: Key) -> Response:
    """One submission; the page loads itself again until it is scored."""
    row = views.submission_view(state.folder, state.board.database, user, key)
    return _refreshing(request, "submission.html", user, row["state"] in BUSY, row=row)


@pages.post("/submissions/{key}/{action}")
async def act(request: Request, state: Server, user: User, key: Key, action: str) -> Response:
    """Choose a submission as final, withdraw it, or put it back into the queue."""
    await checked_form(request)
    if action == "final":
        await run_in_threadpool(state.desk.choose, user, key)
    elif action == "withdraw":
        await run_in_threadpool(state.desk.withdraw, user, key)
    elif action == "requeue" and user.maintainer:
        await run_in_threadpool(queue.requeue, state.board.database, key, now())
    else:
        raise HTTPException(404, "there is no such page")
    return RedirectResponse(f"/app/submissions/{key}", 303)


@pages.get("/maintain")
def maintain(request: Request, state: Server, user: User) -> Response:
    """The maintainer's page."""
    if not user.maintainer:
        raise HTTPException(403, "this is for maintainers")
    database = state.board.database
    jobs, last = views.queue_view(database), asked.status(state.folder)
    busy = bool(jobs) or (last is not None and last["state"] in asked.BUSY)
    return _refreshing(
        request, "maintain.html", user, busy, last_rescoring=last,
        states=views.counts(database), jobs=jobs,
        failures=views.all_submissions(database, ("failed", "set aside")),
        notices=views.notices(database), recent=views.all_submissions(database)[:50],
    )  # fmt: skip


async def small_form(request: Request) -> FormData:
    """A form without files."""
    return await request.form(max_files=0, max_fields=20, max_part_size=16 << 10)


async def checked_form(request: Request) -> FormData:
    """A form that this session's page has made."""
    form = await small_form(request)
    state_of(request).sessions.require_form_token(request, form.get("csrf"))
    return form


def text_of(form: FormData, name: str) -> str:
    """A text field; empty where it is missing or a file."""
    value = form.get(name, "")
    return value if isinstance(value, str) else ""
