"""``manyfaces verify``: is a dataset sound?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import bar, err, out, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..annotations.verify import Problem

SHOWN = 200


def verify(
    dataset: Annotated[Path, typer.Argument(help="The dataset's folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print all problems as JSON.")] = False,
) -> None:
    """Check a dataset: every problem at once, with its place and its mend. Exit 1 for any."""
    from ..annotations.verify import verify_dataset
    from ..core.errors import UsageError

    if not dataset.is_dir():
        raise UsageError("there is no such folder", where=dataset)
    problems = verify_dataset(dataset, bar)
    if as_json:
        print_json({"problems": [problem.to_json() for problem in problems]})
    else:
        _show(dataset, problems)
    if problems:
        raise typer.Exit(1)


def _show(dataset: Path, problems: Sequence[Problem]) -> None:
    if not problems:
        out.print(f"{dataset}: no problems", markup=False)
        return
    for problem in problems[:SHOWN]:
        out.print(
            f"{problem.code}: {problem.where}: got {problem.got}, expected {problem.expected}. "
            f"{problem.mend}.",
            markup=False,
        )
    more = f" ({len(problems) - SHOWN} not shown; --json has all)" if len(problems) > SHOWN else ""
    err.print(f"{len(problems)} problems{more}", markup=False)
