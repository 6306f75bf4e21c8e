"""Running the server and its workers until they are asked to stop."""

from __future__ import annotations

import asyncio
import importlib.util
import logging
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, Final

from ...core.errors import MissingDependencyError
from ..boards import Board
from .settings import Settings

if TYPE_CHECKING:
    import uvicorn

NEEDED: Final = ("fastapi", "uvicorn", "python_multipart")
HEAD: Final = 10.0  # seconds that a request's head may take
CONNECTIONS: Final = 1000
BACK: Final = 1.0  # seconds before a worker that has ended is started again
_WORK: Final = "from manyfaces.cli.app import main; main()"


def require_server() -> None:
    """Refuse to go on without the server's libraries.

    Raises:
        MissingDependencyError: with the install line.
    """
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise MissingDependencyError(
            "the server's libraries are not installed",
            got=f"no {', '.join(missing)}",
            mend="pip install 'manyfaces[server]'",
        )


def run_server(
    board: Board,
    settings: Settings,
    host: str,
    port: int,
    *,
    workers: int,
    proxy: str | None,
    options: Sequence[str] = (),
) -> None:
    """Serve until a signal comes; workers that end meanwhile are started again.

    Args:
        workers: how many processes of ``board work`` run beside the server.
        proxy: whose ``X-Forwarded-For`` is believed.
        options: of each ``board work``.
    """
    import uvicorn

    from .app import make_app

    board.publisher.look(at_once=True)
    config = server_config(make_app(board, settings), host, port, proxy)
    command = [sys.executable, "-c", _WORK, "board", "work", str(board.folder.root), *options]
    with _workers(command, workers):
        uvicorn.Server(config).run()


def server_config(app: Any, host: str, port: int, proxy: str | None) -> uvicorn.Config:  # noqa: ANN401
    """Uvicorn's settings."""
    import uvicorn

    logger = logging.getLogger("manyfaces.server")
    if not logger.handlers:
        handler = logging.StreamHandler(sys.stderr)
        handler.setFormatter(logging.Formatter("%(message)s"))
        logger.addHandler(handler)
        logger.propagate = False
    logger.setLevel(logging.INFO)
    return uvicorn.Config(
        app, host=host, port=port, http=timed_protocol(), access_log=False, log_level="warning",
        proxy_headers=proxy is not None, forwarded_allow_ips=proxy or "", server_header=False,
        limit_concurrency=CONNECTIONS, timeout_keep_alive=5, timeout_graceful_shutdown=30,
        h11_max_incomplete_event_size=32 << 10,
    )  # fmt: skip


def timed_protocol() -> type[asyncio.Protocol]:
    """Uvicorn's protocol, which closes a connection whose request never begins."""
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class TimedProtocol(H11Protocol):
        def connection_made(self, transport: Any) -> None:  # noqa: ANN401 - uvicorn's
            """Start watching."""
            super().connection_made(transport)
            self._watch(None)

        def _watch(self, before: object) -> None:
            """Close where no request has begun, or the last one is over, since the last look."""
            if self.transport.is_closing():
                return
            idle = self.cycle is None or self.cycle.response_complete
            if before is not None and idle and before is (self.cycle or self):
                self.transport.close()
                return
            self.loop.call_later(HEAD / 2, self._watch, self.cycle or self)

    return TimedProtocol


@contextmanager
def _workers(command: Sequence[str], count: int) -> Iterator[None]:
    """Workers as processes of their own, started again whenever one ends."""
    stopping = threading.Event()
    threads = [
        threading.Thread(target=_keep_working, args=(command, stopping)) for _ in range(count)
    ]
    for thread in threads:
        thread.start()
    try:
        yield
    finally:
        stopping.set()
        for thread in threads:
            thread.join()


def _keep_working(command: Sequence[str], stopping: threading.Event) -> None:
    while not stopping.is_set():
        process = subprocess.Popen(command)
        while process.poll() is None and not stopping.wait(0.2):
            pass
        if process.poll() is None:
            process.terminate()
            process.wait()
        stopping.wait(BACK)
