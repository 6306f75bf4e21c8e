"""``manyfaces board``: a challenge at another host, and what that host calls."""

from __future__ import annotations

from enum import Enum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import err, out, print_json

if TYPE_CHECKING:
    from ..leaderboard.export.judge import Answer

AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


class HostName(str, Enum):
    """A host that a bundle can be made for."""

    evalai = "evalai"
    codabench = "codabench"


def export(
    folder: Annotated[Path, typer.Argument(help="The board's folder.")],
    to: Annotated[HostName, typer.Option(help="The host.")],
    out_path: Annotated[Path, typer.Option("--out", help="Where to write it.")],
    kit: Annotated[str, typer.Option(help="Address of the kit, for participants' pages.")] = "",
    wheel: Annotated[
        Path | None, typer.Option(help="manyfaces as a package, to put into the bundle.")
    ] = None,
    image: Annotated[
        str | None, typer.Option(help="Docker image that Codabench scores in.")
    ] = None,
    as_json: AsJson = False,
) -> None:
    """Make a bundle of a challenge for EvalAI or Codabench. It holds the truth."""
    from dataclasses import asdict

    from ..leaderboard.challenge.folder import ChallengeFolder
    from ..leaderboard.export.bundle import write_bundle
    from ..leaderboard.export.options import IMAGE, Options

    options = Options(kit, wheel, image or IMAGE)
    bundle = write_bundle(ChallengeFolder.open(folder), to.value, out_path, options)
    err.print(
        f"{out_path / bundle.upload} holds the truth, in {', '.join(bundle.private)}. "
        "Upload it to the host; put it nowhere else.",
        style="bold red",
        markup=False,
        soft_wrap=True,
    )
    if as_json:
        print_json({**asdict(bundle), "out": str(out_path)})
        return
    out.print(str(out_path / "README.md"), markup=False)


def score(
    reference: Annotated[Path, typer.Argument(help="A bundle's private part: zip or folder.")],
    submission: Annotated[Path, typer.Argument(help="A participant's zip, or its folder.")],
    out_path: Annotated[
        Path | None, typer.Option("--out", help="Write the answer here, as JSON.")
    ] = None,
    strict: Annotated[
        bool,
        typer.Option("--strict", help="Say why scoring failed. It may quote the truth."),
    ] = False,
    as_json: AsJson = False,
) -> None:
    """Score one submission as the host of a bundle does. Exit 1 where it has no score."""
    from ..core.files import write_json
    from ..leaderboard.export.judge import judge

    answer = judge(reference, submission, strict=strict)
    if out_path is not None:
        write_json(out_path, answer.to_json())
    if as_json:
        print_json(answer.to_json())
    else:
        _show(answer)
    if answer.state != "scored":
        raise typer.Exit(1)


def _show(answer: Answer) -> None:
    for message in answer.messages:
        err.print(message, markup=False, soft_wrap=True)
    for split, values in answer.scores.items():
        for column, value in values.items():
            out.print(f"{split} {column} {value}", markup=False)


COMMANDS = (export, score)
