"""``manyfaces table``: several evaluations as one table."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import out


def table(
    results: Annotated[
        list[Path], typer.Argument(help="Result files, or the folders of evaluations.")
    ],
    target: Annotated[
        Path | None, typer.Option("--out", help="A Markdown file; else it is printed.")
    ] = None,
) -> None:
    """Put evaluations side by side as Markdown: detectors, scores on each track, hashes."""
    from ..benchmark.report.side_by_side import side_by_side
    from ..benchmark.results import read_result
    from ..core.files import write_text

    text = side_by_side(
        [read_result(path / "result.json" if path.is_dir() else path) for path in results]
    )
    if target is None:
        typer.echo(text, nl=False)
        return
    write_text(target, text)
    out.print(str(target), markup=False)
