"""``manyfaces board``: keep and publish a leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import err, out, print_json

app = typer.Typer(no_args_is_help=True, help="Keep and publish a leaderboard.")

Folder = Annotated[Path, typer.Argument(help="The board's folder.")]


@app.command()
def init(
    folder: Folder,
    title: Annotated[str, typer.Option(help="Stands above the board.")] = "manyfaces leaderboard",
) -> None:
    """Make a board, or give the one that is there another title."""
    from ..leaderboard.store import Store

    Store.create(folder, title)
    out.print(str(folder), markup=False)


@app.command()
def add(
    folder: Folder,
    result: Annotated[Path, typer.Argument(help="What score or evaluate wrote.")],
    name: Annotated[str, typer.Option(help="The entry's name, unique on the board.")],
    authors: Annotated[str, typer.Option(help="Who made it.")] = "",
    url: Annotated[str, typer.Option(help="Where it is described.")] = "",
    description: Annotated[str, typer.Option(help="One sentence.")] = "",
    date: Annotated[str, typer.Option(help="ISO 8601, for example 2026-01-31.")] = "",
    baseline: Annotated[bool, typer.Option("--baseline", help="Mark as a baseline.")] = False,
) -> None:
    """Add an entry from a result file."""
    from pydantic import ValidationError

    from ..benchmark.results import read_result
    from ..core.errors import UsageError
    from ..leaderboard.entries import Entry
    from ..leaderboard.store import Store

    store = Store.open(folder)
    try:
        entry = Entry(
            name=name,
            result=read_result(result),
            date=date,
            authors=authors,
            url=url,
            description=description,
            baseline=baseline,
        )
    except ValidationError as error:
        fault = error.errors()[0]
        raise UsageError(
            f"the entry's {fault['loc'][0]} is wrong", got=fault["input"], expected=fault["msg"]
        ) from error
    store.add(entry)
    err.print(f"Added {name} as {entry.id[:16]}.", markup=False)


@app.command()
def remove(folder: Folder, name: Annotated[str, typer.Argument(help="The entry's name.")]) -> None:
    """Remove an entry."""
    from ..leaderboard.store import Store

    Store.open(folder).remove(name)


@app.command("list")
def show(
    folder: Folder, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List the entries, the best first."""
    from ..leaderboard.board import number
    from ..leaderboard.ranking import Headline, standings
    from ..leaderboard.store import Store

    rows = standings(Store.open(folder).entries(), Headline())
    if as_json:
        print_json(
            [{"name": row.entry.name, "rank": row.rank, "overall": row.overall} for row in rows]
        )
        return
    for row in rows:
        out.print(f"{row.rank or '–':>4}  {number(row.overall)}  {row.entry.name}", markup=False)


@app.command()
def publish(
    folder: Folder,
    site: Annotated[Path | None, typer.Option("--out", help="Default: FOLDER/site.")] = None,
) -> None:
    """Write the board as a static folder: HTML, JSON, CSV."""
    from ..leaderboard.board import publish as write
    from ..leaderboard.ranking import Headline
    from ..leaderboard.store import Store

    store = Store.open(folder)
    target = site or folder / "site"
    write(store.entries(), store.title, target, Headline())
    out.print(str(target / "index.html"), markup=False)
