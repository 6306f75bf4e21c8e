"""``manyfaces check``: can a predictions file be scored?"""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import err, out, print_json

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.table import Table

    from ..annotations.check import Report
    from ..annotations.manifest import Manifest
    from ..annotations.problems import Problem

SHOWN = 5  # of each kind


def check(
    predictions: Annotated[Path, typer.Argument(help="COCO results: .json, .json.gz, .parquet.")],
    manifest: Annotated[Path, typer.Option("--manifest", help="The dataset's manifest.json.")],
    split: Annotated[
        str | None, typer.Option("--split", help="The split that the predictions are of.")
    ] = None,
    limit: Annotated[
        float, typer.Option("--limit", help="Refuse larger files, in GiB, unpacked as well.", min=0)
    ] = 4,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Check a predictions file: every problem at once, with its mend. Exit 1 for any."""
    from ..annotations.check import check_submission
    from ..annotations.result_rows import Limits
    from ..core.errors import UsageError

    if not predictions.is_file():
        raise UsageError("there is no such file", where=predictions)
    limits = Limits(size=int(limit * 2**30))
    report = check_submission(predictions, _read(manifest), split, limits)
    if as_json:
        print_json(report.to_json())
    else:
        _show(report)
    if report.problems:
        raise typer.Exit(1)


def _read(path: Path) -> Manifest:
    """The manifest; a bad one is no fault of the submission, so it exits with 2."""
    from ..annotations.manifest import read_manifest
    from ..core.errors import DataError, UsageError

    try:
        return read_manifest(path)
    except DataError as error:
        raise UsageError(
            error.what,
            where=error.where,
            got=error.got,
            expected=error.expected,
            mend="Give the manifest.json that was published with the dataset",
        ) from error


def _show(report: Report) -> None:
    for problems, colour in ((report.problems, "red"), (report.warnings, "yellow")):
        kinds: dict[str, list[Problem]] = defaultdict(list)
        for problem in problems:
            kinds[problem.code].append(problem)
        for code, found in kinds.items():
            _show_kind(found, report.counts[code], colour)
    console, problems_found = (err if report.problems else out), report.total(warning=False)
    of = f"split {report.split}" if report.split is not None else "all splits"
    console.print(
        f"{_counted(report.entries, 'entry', 'entries')} for "
        f"{_counted(report.images, 'image')} of {of}: "
        f"{_counted(problems_found, 'problem')}, "
        f"{_counted(report.total(warning=True), 'warning')}",
        style="bold red" if report.problems else None,
        markup=False,
    )


def _counted(count: int, one: str, many: str | None = None) -> str:
    return f"{count:,} {one if count == 1 else many or one + 's'}"


def _show_kind(found: Sequence[Problem], count: int, colour: str) -> None:
    from ..annotations.check import RULES

    code = found[0].code
    rule, shown = RULES[code], found[:SHOWN]
    kind = "warning, " if rule.warning else ""
    out.print(f"{code} ({kind}{count:,}): {rule.what}", style=f"bold {colour}", markup=False)
    out.print(_table(shown))
    if count > len(shown):
        out.print(f"and {count - len(shown):,} more", style="dim")
    out.print(f"→ {rule.mend}.\n", markup=False)


def _table(found: Sequence[Problem]) -> Table:
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, header_style="dim", pad_edge=False)
    for column in ("where", "got", "expected"):
        table.add_column(column, overflow="fold")
    for problem in found:
        # What was found in a file may look like markup; it is shown as it is.
        table.add_row(*map(escape, (problem.where, problem.got, problem.expected)))
    return table
