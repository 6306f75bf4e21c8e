"""``manyfaces board serve``: the board's server with its workers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .board_keep import SECONDS, Memory, Seconds
from .console import err


def serve(
    folder: Annotated[Path, typer.Argument(help="The board's folder.")],
    host: Annotated[
        str, typer.Option(help="0.0.0.0 for every network of this machine.")
    ] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=1, max=65535)] = 8000,
    workers: Annotated[int, typer.Option(min=0, help="Scoring workers to run beside it.")] = 1,
    seconds: Seconds = SECONDS,
    memory: Memory = None,
    https: Annotated[
        bool, typer.Option("--https", help="Browsers come by https: cookies never go without.")
    ] = False,
    proxy: Annotated[
        str | None, typer.Option(help="Address of a proxy whose X-Forwarded-For is believed.")
    ] = None,
    kit: Annotated[
        Path | None,
        typer.Option(help="The kit that accounts may download: what board kit --zip wrote."),
    ] = None,
    detector: Annotated[
        list[str] | None,
        typer.Option(
            metavar="NAME=RUN",
            help="Let accounts detect faces by this run, or package.module:attribute; repeatable.",
        ),
    ] = None,
) -> None:
    """Serve the board: uploads, submission pages, HTTP API, and the static site."""
    from ..leaderboard.boards import open_board
    from ..leaderboard.server.detection_rules import DetectionRules, parse_detectors
    from ..leaderboard.server.running import require_server, run_server
    from ..leaderboard.server.settings import Settings, find_secret

    require_server()
    board = open_board(folder)
    settings = Settings(
        find_secret(board.folder.private),
        secure=https,
        kit=kit,
        detection=DetectionRules(parse_detectors(detector or [])),
    )
    plural = "" if workers == 1 else "s"
    err.print(f"http://{host}:{port}/ with {workers} worker{plural}", markup=False)
    options = ["--seconds", str(seconds)]
    options += [] if memory is None else ["--memory", str(memory)]
    run_server(board, settings, host, port, workers=workers, proxy=proxy, options=options)


COMMANDS = (serve,)
