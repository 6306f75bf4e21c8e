"""``manyfaces verify``: is a dataset sound?"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import bar, err, out, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from ..annotations.verify import Problem

SHOWN = 20  # of each kind


def verify(
    dataset: Annotated[Path, typer.Argument(help="The dataset's folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print all problems as JSON.")] = False,
) -> None:
    """Check a dataset: every problem at once, with its place and its mend. Exit 1 for any."""
    from ..annotations.verify import examine
    from ..core.errors import UsageError

    if not dataset.is_dir():
        raise UsageError("there is no such folder", where=dataset)
    verdict = examine(dataset, bar)
    if as_json:
        print_json({"problems": [problem.to_json() for problem in verdict.problems]})
    elif verdict.problems:
        _show(verdict.problems)
    else:
        out.print(f"{verdict.images} images, {verdict.faces} faces: no problems", markup=False)
    if verdict.problems:
        raise typer.Exit(1)


def _show(problems: Sequence[Problem]) -> None:
    kinds: dict[str, list[Problem]] = defaultdict(list)
    for problem in problems:
        kinds[problem.code].append(problem)
    for code, found in kinds.items():
        out.print(_table(code, found))
        if len(found) > SHOWN:
            out.print(f"and {len(found) - SHOWN} more (--json has all)", style="dim")
        out.print(f"→ {found[0].mend}.\n", markup=False)
    kind = "problem" if len(problems) == 1 else "problems"
    err.print(f"{len(problems)} {kind}", style="bold red")


def _table(code: str, found: Sequence[Problem]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(
        title=f"{code} ({len(found)})",
        title_justify="left",
        title_style="bold red",
        box=None,
        header_style="dim",
        pad_edge=False,
    )
    for column in ("where", "got", "expected"):
        table.add_column(column, overflow="fold")
    for problem in found[:SHOWN]:
        # What was found in a file may look like markup; it is shown as it is.
        table.add_row(*map(escape, (problem.where, problem.got, problem.expected)))
    return table
