"""``manyfaces board``: what participants use."""

from __future__ import annotations

import os
import tempfile
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, TypeAlias

import typer

from .console import err, out, print_json

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ..leaderboard.boards import Board
    from ..leaderboard.challenge.method import Method
    from ..leaderboard.submissions.accounts import Member
    from ..leaderboard.submissions.intake import CheckedPart

Where = Annotated[str, typer.Argument(help="The board's folder, or its web address.")]
Key = Annotated[str, typer.Argument(help="The submission's id.")]
AccountName = Annotated[str | None, typer.Option("--account", help="Instead of a token.")]
TOKEN = "MANYFACES_TOKEN"
Demand: TypeAlias = "Callable[[Sequence[CheckedPart]], None]"  # prints faults, and ends for any


def submit(
    where: Where,
    method: Annotated[
        Path | None, typer.Option(help="YAML: name, authors, paper, code, extra_data, …")
    ] = None,
    part: Annotated[list[str] | None, typer.Option(help="TRACK=FILE, once a track.")] = None,
    archive: Annotated[
        Path | None, typer.Option(help="A zip that --pack wrote, instead of --method and --part.")
    ] = None,
    pack: Annotated[
        Path | None, typer.Option(help="Check, write all into this zip, and submit nothing.")
    ] = None,
    account: AccountName = None,
    baseline: Annotated[bool, typer.Option("--baseline", help="Mark as a baseline.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Check predictions, and hand them in if they are sound.

    The token of the account is read from the environment: MANYFACES_TOKEN. On the board's own
    machine, --account names it instead.
    """
    with tempfile.TemporaryDirectory(prefix="manyfaces.") as place:
        if archive is not None:
            known, files = _unpacked(where, archive, Path(place))
        else:
            known, files = _method(method), _parts(part or [])
        demand = partial(_require_sound, as_json=as_json)
        if _is_web(where):
            answer = _submit_to_server(where, known, files, Path(place), pack, demand)
        else:
            answer = _submit_to_folder(Path(where), known, files, account, baseline, pack, demand)
    if answer is None:
        return
    if as_json:
        print_json(answer)
    else:
        out.print(f"{answer['id']} {answer['state']}", markup=False)
        if _is_web(where):
            page = f"{where.rstrip('/')}/app/submissions/{answer['id']}"
            err.print(f"Where it stands: {page}", markup=False, soft_wrap=True)


def _is_web(where: str) -> bool:
    return where.startswith(("https://", "http://"))


def _method(path: Path | None) -> Method:
    from ..core.configuration import read_model
    from ..core.errors import UsageError
    from ..leaderboard.challenge.method import Method

    if path is None:
        raise UsageError("the method is not described", expected="--method METHOD.yaml")
    return read_model(path, Method, "method")


def _parts(parts: Sequence[str]) -> dict[str, Path]:
    from ..core.errors import UsageError

    found: dict[str, Path] = {}
    for text in parts:
        track, equals, name = text.partition("=")
        if not equals or track in found:
            raise UsageError(
                "a part cannot be read", got=text, expected="--part TRACK=FILE, once a track"
            )
        if not Path(name).is_file():
            raise UsageError("there is no such file", where=f"--part {text}", got=name)
        found[track] = Path(name)
    if not found:
        raise UsageError("there is nothing to submit", expected="--part TRACK=FILE, or --archive")
    return found


def _unpacked(where: str, archive: Path, place: Path) -> tuple[Method, dict[str, Path]]:
    from ..core.configuration import as_model
    from ..leaderboard.challenge.method import Method
    from ..leaderboard.submissions.archives import METHOD, unpack

    rules = _rules(where)
    names = [track["name"] for track in rules["tracks"]]
    files, about = unpack(archive, names, place, rules["limits"]["file_size"])
    return as_model(about, Method, "method", f"{archive}, {METHOD}"), files


def _rules(where: str) -> dict[str, Any]:
    from ..leaderboard.boards import open_board
    from ..leaderboard.client import Client

    if _is_web(where):
        return Client(where, os.environ.get(TOKEN, "")).challenge()
    return open_board(Path(where)).folder.rules.public_record()


def _submit_to_server(
    where: str,
    method: Method,
    files: Mapping[str, Path],
    place: Path,
    packed: Path | None,
    demand: Demand,
) -> dict[str, Any] | None:
    from ..leaderboard.client import Client, require_taking
    from ..leaderboard.submissions.intake import check_part

    client = Client(where, _token())
    rules = client.challenge()
    if packed is None:
        require_taking(rules)
    most, gone = rules["limits"]["file_size"], rules.get("withdrawn", {})
    checked = [
        check_part(
            client.manifest(track, place / f"{track}.manifest"),
            track, path, most, gone.get(track, ()),
        )
        for track, path in files.items()
    ]  # fmt: skip
    demand(checked)
    if packed is not None:
        _pack(packed, method, files)
        return None
    return client.submit(method, files)


def _submit_to_folder(
    folder: Path,
    method: Method,
    files: Mapping[str, Path],
    account: str | None,
    baseline: bool,
    packed: Path | None,
    demand: Demand,
) -> dict[str, Any] | None:
    from ..leaderboard.boards import open_board
    from ..leaderboard.submissions.views import submission_view

    board = open_board(folder)
    if packed is None:
        board.desk.require_open()
    demand([board.desk.check(track, path) for track, path in files.items()])
    if packed is not None:
        _pack(packed, method, files)
        return None
    member = _member(board, account)
    key, checked = _copied(board, member, method, files, baseline)
    # Warnings were told before; problems are new, of a file that changed in between.
    demand([part for part in checked if part.problems])
    return submission_view(board.folder, board.database, member, key)


def _copied(
    board: Board, member: Member, method: Method, files: Mapping[str, Path], baseline: bool
) -> tuple[str, Sequence[CheckedPart]]:
    """Copy the files into the board, where they are checked again, and hand them in."""
    import shutil

    with tempfile.TemporaryDirectory(dir=board.folder.incoming, prefix="submit.") as place:
        copies = {track: Path(place) / track for track in files}
        for track, path in files.items():
            shutil.copyfile(path, copies[track])
        return board.desk.submit(member, method, copies, baseline=baseline)


def _pack(packed: Path, method: Method, files: Mapping[str, Path]) -> None:
    from ..leaderboard.submissions.archives import pack

    pack(packed, method, files)
    err.print(f"Wrote {packed}", markup=False)


def _require_sound(checked: Sequence[CheckedPart], *, as_json: bool) -> None:
    """Print what the check found; end with 1 for any problem.

    As JSON, the files are printed only where they are refused: else the answer has the warnings.
    """
    refused = any(part.problems for part in checked)
    if as_json and refused:
        print_json({"state": "refused", "parts": [part.to_json() for part in checked]})
    for part in () if as_json else checked:
        for problem in (*part.problems, *part.warnings):
            kind = "problem" if problem in part.problems else "warning"
            err.print(
                f"{part.track}: {kind} {problem.code} in {problem.where}: got {problem.got}, "
                f"expected {problem.expected}. {problem.mend}.",
                markup=False,
            )
    if refused:
        err.print("Nothing was submitted, and no quota used.", style="bold red")
        raise typer.Exit(1)


def _token() -> str:
    from ..core.errors import UsageError

    token = os.environ.get(TOKEN, "")
    if not token:
        raise UsageError("no account is named", expected=f"a token in the environment, {TOKEN}")
    return token


def _member(board: Board, account: str | None) -> Member:
    from ..leaderboard.submissions.accounts import account_named, account_of

    if account is not None:
        return account_named(board.database, account)
    return account_of(board.database, _token())


def status(
    where: Where,
    key: Annotated[str | None, typer.Argument(help="A submission; all by default.")] = None,
    account: AccountName = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Show where submissions stand, with times and reasons."""
    rows = _status(where, key, account)
    if as_json:
        print_json(rows)
        return
    if not rows:
        err.print("There are no submissions.")
    for row in rows:
        final = " (final)" if row["final"] else ""
        out.print(
            f"{row['id']}  {row['state']:<10} {row['name']}{final}  {row['reason']}".rstrip(),
            markup=False,
        )
        for event in row.get("events", []):
            out.print(
                f"  {event['time']}  {event['state']:<10} {event['reason']}".rstrip(), markup=False
            )
        for split, tracks in row.get("scores", {}).items():
            for track, score in tracks.items():
                out.print(
                    f"  {split} {track}: {score['value']} ({score['low']} to {score['high']})",
                    markup=False,
                )


def _status(where: str, key: str | None, account: str | None) -> list[dict[str, Any]]:
    from ..core.errors import UsageError
    from ..leaderboard.boards import open_board
    from ..leaderboard.client import Client
    from ..leaderboard.submissions.views import (
        all_submissions,
        submission_view,
        submissions_of,
    )

    if _is_web(where):
        client = Client(where, _token())
        return client.submissions() if key is None else [client.submission(key)]
    board = open_board(Path(where))
    if key is None:
        if account is None and not os.environ.get(TOKEN):
            return all_submissions(board.database)
        return submissions_of(board.database, _member(board, account))
    if account is None and not os.environ.get(TOKEN):
        raise UsageError("no account is named", expected="--account NAME")
    return [submission_view(board.folder, board.database, _member(board, account), key)]


def choose(where: Where, key: Key, account: AccountName = None) -> None:
    """Make a scored submission the account's final one."""
    from ..leaderboard.boards import open_board
    from ..leaderboard.client import Client

    if _is_web(where):
        Client(where, _token()).choose(key)
    else:
        board = open_board(Path(where))
        board.desk.choose(_member(board, account), key)
    err.print(f"{key} is the final one now.", markup=False)


def retract(where: Where, key: Key, account: AccountName = None) -> None:
    """Take a submission off the board; the ledger keeps its record."""
    from ..leaderboard.boards import open_board
    from ..leaderboard.client import Client

    if _is_web(where):
        Client(where, _token()).retract(key)
    else:
        board = open_board(Path(where))
        board.desk.withdraw(_member(board, account), key)
    err.print(f"{key} is withdrawn; the ledger keeps its record.", markup=False)


COMMANDS = (submit, status, choose, retract)
