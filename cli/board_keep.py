"""``manyfaces board``: what the maintainer of a challenge uses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .console import bar, err, out, print_json

if TYPE_CHECKING:
    from ..leaderboard.boards import Board
    from ..leaderboard.challenge.folder import ChallengeFolder
    from ..leaderboard.ledger.rescore import Move, Place
    from ..leaderboard.publishing import Publisher
    from ..leaderboard.scoring.process import Bounds

Folder = Annotated[Path, typer.Argument(help="The board's folder.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
SECONDS = 3600  # that scoring one submission may take, unless it is said
Seconds = Annotated[float, typer.Option(min=1, help="That scoring one submission may take.")]
Memory = Annotated[
    float | None, typer.Option(min=0.5, help="GiB that scoring one submission may take.")
]
AccountName = Annotated[str, typer.Argument(help="The account's name.")]

accounts = typer.Typer(no_args_is_help=True)


def _open(folder: Path) -> Board:
    from ..leaderboard.boards import open_board

    return open_board(folder)


def kit(
    folder: Folder,
    out_path: Annotated[Path, typer.Option("--out", help="Where to write it.")],
    archive: Annotated[
        Path | None, typer.Option("--zip", help="Pack it into this file too, for serve --kit.")
    ] = None,
) -> None:
    """Make the participants' kit: pictures, manifests, an example, a page."""
    from ..leaderboard.challenge.kit import pack_kit, write_kit

    challenge = _open(folder).folder
    _tell_still_shown(challenge)
    write_kit(challenge, out_path, bar)
    if archive is not None:
        pack_kit(challenge, out_path, archive)
        err.print(f"Wrote {archive}", markup=False)
    out.print(str(out_path / "README.md"), markup=False)


@accounts.command("add")
def add_account(
    folder: Folder,
    name: AccountName,
    maintainer: Annotated[
        bool, typer.Option("--maintainer", help="May see and put back everything.")
    ] = False,
) -> None:
    """Make an account and print its token, once."""
    from ..leaderboard.submissions.accounts import create_account

    token = create_account(_open(folder).database, name, maintainer=maintainer)
    err.print("The token is shown this once:", markup=False)
    out.print(token, markup=False)


@accounts.command("renew")
def renew(folder: Folder, name: AccountName) -> None:
    """Give an account a new token; the old one opens nothing any more."""
    from ..leaderboard.submissions.accounts import renew_token

    out.print(renew_token(_open(folder).database, name), markup=False)


@accounts.command("disable")
def disable(folder: Folder, name: AccountName) -> None:
    """Shut an account out."""
    from ..leaderboard.submissions.accounts import set_disabled

    set_disabled(_open(folder).database, name, True)
    err.print(f"{name} is shut out.", markup=False)


@accounts.command("enable")
def enable(folder: Folder, name: AccountName) -> None:
    """Let an account in again."""
    from ..leaderboard.submissions.accounts import set_disabled

    set_disabled(_open(folder).database, name, False)
    err.print(f"{name} is let in.", markup=False)


@accounts.command("list")
def list_accounts(folder: Folder, as_json: AsJson = False) -> None:
    """List the accounts."""
    from ..leaderboard.submissions.accounts import accounts as all_of

    rows: list[dict[str, Any]] = [
        {"name": row.name, "maintainer": row.maintainer, "disabled": row.disabled}
        for row in all_of(_open(folder).database)
    ]
    if as_json:
        print_json(rows)
        return
    if not rows:
        err.print("There are no accounts.")
    for row in rows:
        marks = [mark for mark in ("maintainer", "disabled") if row[mark]]
        out.print(" ".join([row["name"], *marks]), markup=False)


def work(
    folder: Folder,
    until_empty: Annotated[
        bool, typer.Option("--until-empty", help="End when nothing waits.")
    ] = False,
    seconds: Seconds = SECONDS,
    memory: Memory = None,
) -> None:
    """Score what stands in the queue, and publish; go on until Ctrl-C. Several may run at once."""
    import signal

    from ..leaderboard.scoring.worker import Worker

    board = _open(folder)
    publisher = board.publisher
    bounds = _bounds(seconds, memory)
    worker = Worker(
        board.folder,
        board.database,
        bounds,
        lambda idle: _between(board, publisher, bounds, idle and until_empty),
        lambda key, state: err.print(f"{key}: {state}", markup=False),
    )
    for sign in (signal.SIGTERM, signal.SIGINT):
        signal.signal(sign, lambda *_: worker.stop())
    until = "until nothing waits" if until_empty else "until Ctrl-C"
    err.print(f"Worker {worker.name} on {folder}, {until}", markup=False)
    count = worker.run(until_empty=until_empty)
    err.print(f"Scored {count}.", markup=False)


def _bounds(seconds: float, memory: float | None) -> Bounds:
    from ..leaderboard.scoring.process import Bounds

    return Bounds(seconds, None if memory is None else int(memory * 2**30))


def _between(board: Board, publisher: Publisher, bounds: Bounds, at_once: bool) -> None:
    """What a worker does between two submissions."""
    from ..leaderboard.ledger.asked import answer

    done = answer(board.folder, board.database, bounds)
    publisher.look(at_once=at_once or done is not None)


def requeue(
    folder: Folder, key: Annotated[str, typer.Argument(help="The submission's id.")]
) -> None:
    """Put a submission that failed or was set aside into the queue again."""
    from ..leaderboard.database import now
    from ..leaderboard.scoring import queue

    queue.requeue(_open(folder).database, key, now())
    err.print(f"{key} is queued again.", markup=False)


def verify(folder: Folder, as_json: AsJson = False) -> None:
    """Find every byte of records, predictions, results and truth that has changed."""
    from ..leaderboard.ledger.verify import verify_board

    board = _open(folder)
    problems = verify_board(board.folder, board.database)
    if as_json:
        print_json({"problems": [problem.to_json() for problem in problems]})
    for problem in () if as_json else problems:
        err.print(
            f"{problem.code} in {problem.where}: got {problem.got}, expected {problem.expected}",
            markup=False,
        )
    if problems:
        raise typer.Exit(1)
    if not as_json:
        out.print("Everything is as it was recorded.")


def rescore(
    folder: Folder,
    protocol: Annotated[
        Path | None, typer.Option(help="YAML: the rules of scoring from now on.")
    ] = None,
    seconds: Seconds = SECONDS,
    memory: Memory = None,
    as_json: AsJson = False,
) -> None:
    """Score everything again; print who moved and why; publish."""
    from dataclasses import asdict

    from ..benchmark.protocol import Protocol
    from ..core.configuration import read_model
    from ..leaderboard.ledger.rescore import apart
    from ..leaderboard.ledger.rescore import rescore as again

    board = _open(folder)
    rules = None if protocol is None else read_model(protocol, Protocol, "protocol")
    scorer = apart(board.folder, board.database, _bounds(seconds, memory))
    done = again(board.folder, board.database, rules, bar, scorer)
    board.publisher.look(at_once=True)
    if as_json:
        print_json(asdict(done))
        return
    for move in done.moves:
        if move.moved or move.why:
            out.print(_moved(move), markup=False)
    out.print(f"{done.scored} scored again, {done.changed} differ.", markup=False)


def _moved(move: Move) -> str:
    why = f" because of {', '.join(move.why)}" if move.why else ""
    return f"{move.name}: {_place(move.before)} → {_place(move.after)}{why}"


def _place(place: Place) -> str:
    rank = "no rank" if place.rank is None else f"rank {place.rank}"
    return rank if place.overall is None else f"{rank} ({place.overall:.6f})"


def withdraw(folder: Folder, seconds: Seconds = SECONDS, memory: Memory = None) -> None:
    """Follow the datasets: pictures that were withdrawn there count no more. Scores again.

    Exits with 1 where a withdrawn photograph still shows on another track.
    """
    from ..leaderboard.ledger.follow import follow_data

    board = _open(folder)
    gone = follow_data(board.folder, board.database)
    for track, ids in gone.items():
        pictures = "1 picture is" if len(ids) == 1 else f"{len(ids)} pictures are"
        err.print(f"{track}: {pictures} gone", markup=False)
    rescore(folder, seconds=seconds, memory=memory)
    # Last, so that it is read: scoring may take long.
    if _tell_still_shown(board.folder):
        raise typer.Exit(1)


def _tell_still_shown(challenge: ChallengeFolder) -> bool:
    """Say which tracks show what was withdrawn from another; whether there are any."""
    from ..leaderboard.challenge.still_shown import still_shown

    found = still_shown(challenge)
    for row in found:
        err.print(f"Warning: {row.text}.", markup=False, soft_wrap=True)
    return bool(found)


def reveal(folder: Folder) -> None:
    """Publish truth and salt: anyone can score again. It ends the challenge, for good."""
    from ..leaderboard.ledger.follow import reveal_truth

    board = _open(folder)
    place = reveal_truth(board.folder, board.database)
    board.publisher.look(at_once=True)
    out.print(str(place), markup=False)


COMMANDS = (kit, work, requeue, verify, rescore, withdraw, reveal)
