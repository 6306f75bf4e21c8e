"""``manyfaces audit``: can a forgery be told without looking at the face?"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import bar, err, out, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from ..annotations.audit import Report

SHOWN = 10  # of what splits share
COLOURS = {"leak": "bold red", "unsure": "yellow", "ok": "green"}


def audit(
    dataset: Annotated[Path, typer.Argument(help="The dataset's folder.")],
    split: Annotated[str, typer.Option("--split", help="One split, or all.")] = "all",
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
    report: Annotated[
        Path | None, typer.Option("--report", help="Write the report here as Markdown.")
    ] = None,
    folds: Annotated[int, typer.Option("--folds", help="Folds of photographs.", min=2)] = 5,
    seed: Annotated[int, typer.Option("--seed", help="Of folds and intervals.")] = 0,
    forgeable_only: Annotated[
        bool,
        typer.Option(
            "--forgeable-only", help="Judge images, too, among those with a face large enough."
        ),
    ] = False,
) -> None:
    """Try to tell forgeries by everything but the face. Exit 1 where it can be done."""
    from ..annotations.audit import Settings, audit_dataset, to_markdown
    from ..core.errors import UsageError
    from ..core.files import write_text

    if not dataset.is_dir():
        raise UsageError("there is no such folder", where=dataset)
    found = audit_dataset(dataset, Settings(split, folds, seed, forgeable_only), bar)
    if report is not None:
        write_text(report, to_markdown(found))
    if as_json:
        print_json(found.to_json())
    else:
        _show(found)
    if not found.clean:
        raise typer.Exit(1)


def _show(report: Report) -> None:
    from ..annotations.audit.markdown import ABOUT, explained, summary

    out.print(_table(report))
    out.print(ABOUT.format(side=report.min_face), style="dim", markup=False)
    for finding in report.findings:
        if finding.verdict != "ok":
            out.print(f"\n{finding.audit}", style=COLOURS[finding.verdict], end=": ")
            out.print(explained(finding), markup=False)
    for problem in report.shared[:SHOWN]:
        out.print(f"{problem.code} {problem.where}: {problem.got}", style="red", markup=False)
    if len(report.shared) > SHOWN:
        out.print(f"and {len(report.shared) - SHOWN} more (--json has all)", style="dim")
    out.print()
    console = out if report.clean else err
    console.print(summary(report), style=None if report.clean else "bold red", markup=False)


def _table(report: Report) -> Table:
    from rich.table import Table
    from rich.text import Text

    from ..annotations.audit.markdown import HEAD, cells

    table = Table(box=None, header_style="dim", pad_edge=False)
    for number, column in enumerate(HEAD):
        table.add_column(column, no_wrap=True, justify="right" if 1 < number < 6 else "left")
    for finding in report.findings:
        *row, verdict = cells(finding)
        table.add_row(*row, Text(verdict, style=COLOURS[verdict]))
    return table
