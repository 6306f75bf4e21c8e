"""``manyfaces board``: keep and publish a leaderboard."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from . import board_export, board_keep, board_serve, board_submit
from .console import err, out, print_json

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ..leaderboard.entries import Entry
    from ..leaderboard.ranking import Headline

app = typer.Typer(no_args_is_help=True, help="Keep and publish a leaderboard.")

Folder = Annotated[Path, typer.Argument(help="The board's folder.")]


@app.command()
def init(
    folder: Folder,
    title: Annotated[
        str | None, typer.Option(help="Of a board without a challenge; stands above it.")
    ] = None,
    challenge: Annotated[
        Path | None, typer.Option(help="The rules of a challenge, as YAML.")
    ] = None,
    template: Annotated[
        bool, typer.Option("--template", help="Write FOLDER/challenge.yaml to fill in, no more.")
    ] = False,
) -> None:
    """Make a board: for result files, or for a challenge with hidden truth."""
    if template:
        out.print(str(_template(folder)), markup=False)
        return
    if challenge is not None:
        from ..leaderboard.boards import create_board
        from ..leaderboard.data_warnings import challenge_warnings
        from ..leaderboard.database import now

        board = create_board(folder, challenge)
        rules = board.folder.rules
        if rules.closes <= now():
            err.print(f"It closed at {rules.closes:%Y-%m-%d %H:%M} UTC: nobody can submit.")
        err.print(f"Commitment to the truth: {board.folder.commitment}", markup=False)
        _warn(challenge_warnings(board.folder))
    else:
        from ..leaderboard.store import Store

        Store.create(folder, title or "manyfaces leaderboard")
    out.print(str(folder), markup=False)


def _warn(texts: Iterable[str]) -> None:
    for text in texts:
        err.print(f"Warning: {text}.", markup=False, soft_wrap=True)


def _template(folder: Path) -> Path:
    from ..core.errors import UsageError
    from ..core.files import write_text
    from ..leaderboard.challenge.rules import TEMPLATE

    path = folder / "challenge.yaml"
    if path.exists():
        raise UsageError("there are rules here already", where=path)
    write_text(path, TEMPLATE)
    return path


@app.command()
def add(
    folder: Folder,
    result: Annotated[Path, typer.Argument(help="What score or evaluate wrote.")],
    name: Annotated[str, typer.Option(help="The entry's name, unique on the board.")],
    authors: Annotated[str, typer.Option(help="Who made it.")] = "",
    url: Annotated[str, typer.Option(help="Where it is described, https://…")] = "",
    description: Annotated[str, typer.Option(help="One sentence.")] = "",
    date: Annotated[str, typer.Option(help="ISO 8601, for example 2026-01-31.")] = "",
    baseline: Annotated[bool, typer.Option("--baseline", help="Mark as a baseline.")] = False,
) -> None:
    """Add an entry from a result file."""
    from pydantic import ValidationError

    from ..benchmark.results import read_result
    from ..core.errors import UsageError
    from ..leaderboard.data_warnings import result_warnings
    from ..leaderboard.entries import Entry, first_fault
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
        fault = first_fault(error)
        raise UsageError(
            f"the entry's {fault.field} is wrong", got=fault.got, expected=fault.expected
        ) from error
    store.add(entry)
    err.print(f"Added {name} as {entry.id[:16]}.", markup=False)
    _warn(result_warnings(entry.result))


@app.command()
def remove(folder: Folder, name: Annotated[str, typer.Argument(help="The entry's name.")]) -> None:
    """Remove an entry."""
    from ..leaderboard.store import Store

    Store.open(folder).remove(name)
    err.print(f"Removed {name}.", markup=False)


@app.command("list")
def show(
    folder: Folder, as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False
) -> None:
    """List the entries, the best first."""
    from ..leaderboard.digits import number
    from ..leaderboard.ranking import standings

    rows = standings(*_entries(folder))
    if as_json:
        print_json(
            [
                {
                    "name": row.entry.name,
                    "rank": row.rank,
                    "last_rank": row.place and row.place.last,
                    "overall": row.overall,
                }
                for row in rows
            ]
        )
        return
    if not rows:
        err.print("The board has no entries.")
    for row in rows:
        out.print(
            f"{row.place.text if row.place else '–':>6}  {number(row.overall)}  {row.entry.name}",
            markup=False,
        )


@app.command()
def compare(
    folder: Folder,
    first: Annotated[str, typer.Argument(help="An entry's name.")],
    second: Annotated[str, typer.Argument(help="Another one's.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Compare two entries, overall and by track: difference, interval, probability."""
    from dataclasses import asdict

    from rich.table import Table

    from ..leaderboard.digits import number, signed
    from ..leaderboard.site.comparison import compare_entries

    found = compare_entries(*_entries(folder), first, second)
    if as_json:
        rows = found.items()
        print_json({name: {**asdict(row), "difference": row.difference} for name, row in rows})
        return
    grid = Table("", box=None, header_style="bold", pad_edge=False)
    for title in (first, second, "difference", "95 % interval", "P(first better)", "told apart"):
        grid.add_column(title, justify="right")
    for name, row in found.items():
        known = row.low is not None and row.high is not None
        ends = f"{signed(row.low or 0)} to {signed(row.high or 0)}" if known else "–"
        grid.add_row(
            name, number(row.first), number(row.second), signed(row.difference), ends,
            number(row.probability, 2), "yes" if row.clear else "no",
        )  # fmt: skip
    out.print(grid)


def _entries(folder: Path) -> tuple[Sequence[Entry], Headline]:
    """A board's entries and the number that ranks them."""
    from ..leaderboard.ranking import Headline
    from ..leaderboard.store import Store

    if not is_challenge(folder):
        return Store.open(folder).entries(), Headline()
    from ..leaderboard.boards import open_board
    from ..leaderboard.publishing import board_entries

    board = open_board(folder)
    found = board_entries(board.folder, board.database, hidden=False)
    return found, board.folder.rules.ranking.headline


def is_challenge(folder: Path) -> bool:
    """Whether a folder has a challenge's rules and database, rather than result files alone."""
    from ..leaderboard.challenge.folder import RULES

    return (folder / RULES).is_file()


@app.command()
def publish(
    folder: Folder,
    site: Annotated[Path | None, typer.Option("--out", help="Default: FOLDER/site.")] = None,
) -> None:
    """Write the board as a static folder: HTML, JSON, CSV."""
    from ..leaderboard.board import publish as write
    from ..leaderboard.ranking import Headline
    from ..leaderboard.store import Store

    if is_challenge(folder):
        from ..leaderboard.boards import open_board
        from ..leaderboard.publishing import publish_challenge

        board = open_board(folder)
        out.print(str(publish_challenge(board.folder, board.database, site)), markup=False)
        return
    store = Store.open(folder)
    target = site or folder / "site"
    write(store.entries(), store.title, target, Headline())
    out.print(str(target / "index.html"), markup=False)


for verbs in (board_submit, board_keep, board_serve, board_export):
    for command in verbs.COMMANDS:
        app.command()(command)
app.add_typer(board_keep.accounts, name="account", help="Who may submit.")
