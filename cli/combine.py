"""``manyfaces combine``: several datasets as one."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from .console import bar, err, out, print_json


def combine(
    datasets: Annotated[list[Path], typer.Argument(help="The datasets' folders, two or more.")],
    target: Annotated[Path, typer.Option("--out", help="The new dataset's folder.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print images per split.")] = False,
) -> None:
    """Put several datasets together, each picture in its split, with ids of their own.

    Builds of the same photographs with other recipes or seeds fit together where their
    recipes name the same `split_seed`.
    """
    from ..annotations.combine import combine as put_together

    counts = put_together(datasets, target, bar)
    if as_json:
        print_json(counts)
        return
    err.print(", ".join(f"{count} images in {name}" for name, count in counts.items()))
    out.print(str(target), markup=False)
