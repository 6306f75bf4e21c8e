"""The application: routes, limits, headers and errors around one board."""

from __future__ import annotations

import traceback
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any, Final

from anyio.to_thread import current_default_thread_limiter
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from sqlalchemy import func, select
from sqlalchemy.exc import OperationalError
from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.middleware import Middleware
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send

from ... import __version__
from ...core.errors import DataError, ManyfacesError, SubmissionError, UsageError
from ..boards import Board
from ..icon import ICON
from ..submissions import views
from ..submissions.accounts import AccessError
from ..submissions.intake import plain
from ..submissions.quota import LimitError
from ..tables import LedgerRow
from . import detection_routes, kit_routes, rescoring_routes
from .api import api
from .bodies import BodyLimits
from .headers import SecureHeaders
from .monitoring import Watch, log
from .pages import error_page, pages
from .settings import SMALL_BODY, Settings
from .state import Server, State

# Threads share one core by turns: more of them would only make the loop, and readers, wait.
THREADS: Final = 6
# The first kind that fits decides.
STATUS: Final[tuple[tuple[type[ManyfacesError], int], ...]] = (
    (AccessError, 404),
    (LimitError, 429),
    (SubmissionError, 422),
    (UsageError, 400),
    (DataError, 503),
)


def make_app(board: Board, settings: Settings) -> FastAPI:
    """The application of one board."""
    state = State.of(board, settings)

    @asynccontextmanager
    async def life(_app: FastAPI) -> AsyncIterator[None]:
        current_default_thread_limiter().total_tokens = THREADS
        async with state.detection.running():
            yield
        state.checker.close()

    app = FastAPI(
        title=f"{board.folder.rules.title}: manyfaces board",
        version=__version__,
        lifespan=life,
        docs_url=None,  # Swagger's page needs scripts of another host
        redoc_url=None,
        openapi_url="/api/openapi.json",
        middleware=[
            Middleware(Watch, metrics=state.metrics),
            Middleware(SecureHeaders),
            Middleware(_AddressLimit, state=state),
            Middleware(BodyLimits, settings=settings, most=lambda path: body_limit(state, path)),
        ],
    )
    app.state.board = state
    app.include_router(api)
    app.include_router(pages)
    for routes in (detection_routes, kit_routes, rescoring_routes):
        app.include_router(routes.api)
        app.include_router(routes.pages)
    _add_monitoring(app)
    _add_site(app)
    _add_errors(app)
    return app


def body_limit(state: State, path: str) -> int:
    """Bytes that the body of a request to a path may have."""
    rules = state.folder.rules
    if path.startswith("/api/submissions/") and "/parts/" in path:
        return rules.limits.file_size
    if path in {"/api/archive", "/app/submit"}:
        return len(rules.tracks) * rules.limits.file_size + SMALL_BODY
    if path in {"/api/detect", "/app/detect"} and state.detection.on:
        return state.detection.rules.size + SMALL_BODY
    return SMALL_BODY


class _AddressLimit:
    """Refuses an address that asks too often."""

    def __init__(self, app: ASGIApp, state: State) -> None:
        self.app, self.state = app, state

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Take from the address's bucket first."""
        if scope["type"] == "http":
            wait = self.state.requests.take((scope.get("client") or ("unknown",))[0])
            if wait:
                text = {"error": "too many requests from this address"}
                headers = {"Retry-After": str(int(wait) + 1)}
                await JSONResponse(text, 429, headers)(scope, receive, send)
                return
        await self.app(scope, receive, send)


def _add_monitoring(app: FastAPI) -> None:
    @app.get("/health")
    async def health(state: Server) -> dict[str, str]:
        """Whether database and files can be reached."""
        try:
            await run_in_threadpool(_alive, state)
        except Exception as error:
            log("unhealthy", error=type(error).__name__)
            raise HTTPException(503, "the board is not healthy") from error
        return {"status": "ok", "version": __version__}

    @app.get("/metrics", response_class=PlainTextResponse)
    def metrics(state: Server) -> str:
        """Counts for Prometheus."""
        database = state.board.database
        jobs = {"waiting": 0, "running": 0, "set aside": 0}
        for job in views.queue_view(database):
            jobs[job["state"]] += 1
        with database.read() as session:
            records = session.scalar(select(func.count()).select_from(LedgerRow)) or 0
        return state.metrics.text(views.counts(database), jobs, records)


def _alive(state: State) -> None:
    views.counts(state.board.database)
    next(state.folder.incoming.iterdir(), None)
    _ = state.folder.commitment


def _add_site(app: FastAPI) -> None:
    @app.api_route("/favicon.ico", methods=["GET", "HEAD"], include_in_schema=False)
    async def icon() -> Response:
        """The tab's picture, which browsers ask for by this name whatever its kind."""
        headers = {"Cache-Control": "max-age=86400"}
        return Response(ICON, media_type="image/svg+xml", headers=headers)

    @app.api_route("/{name:path}", methods=["GET", "HEAD"], include_in_schema=False)
    async def site(state: Server, name: str) -> Response:
        """A page of the published board."""
        return state.site.answer(name)


def _add_errors(app: FastAPI) -> None:
    @app.exception_handler(ManyfacesError)
    async def mistaken(request: Request, error: ManyfacesError) -> Response:
        status = next((code for kind, code in STATUS if isinstance(error, kind)), 400)
        # A fault of the board's own files names them, which is no one else's business.
        text = "the board has a fault; try again later" if status == 503 else str(error)
        if status == 503:
            log("fault", error=str(error))
        return answer(request, status, text)

    @app.exception_handler(HTTPException)
    async def refused(request: Request, error: HTTPException) -> Response:
        return answer(request, error.status_code, error.detail, error.headers)

    @app.exception_handler(RequestValidationError)
    async def invalid(request: Request, error: RequestValidationError) -> Response:
        faults = "; ".join(
            f"{plain('.'.join(map(str, fault['loc'])))}: {plain(fault['msg'])}"
            for fault in error.errors()[:5]
        )
        return answer(request, 422, f"the request is wrong: {faults}")

    @app.exception_handler(OperationalError)
    async def away(request: Request, _error: OperationalError) -> Response:
        log("fault", error="the database does not answer")
        return answer(request, 503, "the board's database does not answer; try again later")

    @app.exception_handler(Exception)
    async def broken(request: Request, error: Exception) -> Response:
        log("broken", error=type(error).__name__, trace=traceback.format_exception(error)[-6:])
        return answer(request, 500, "the board has a fault of its own")


def answer(request: Request, status: int, text: str, headers: Any = None) -> Response:  # noqa: ANN401
    """An error, as JSON for the API and as a page for browsers."""
    if request.url.path.startswith(("/api", "/health", "/metrics")):
        return JSONResponse({"error": plain(text, 2000)}, status, headers)
    return error_page(request, status, plain(text, 2000), headers)
