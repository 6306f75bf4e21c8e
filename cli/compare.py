"""``manyfaces compare``: which of two predictions files is better, and how sure that is."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import err, out, print_json
from .truth_file import require_file

if TYPE_CHECKING:
    from collections.abc import Sequence

    from ..benchmark.scoring.pairing import Difference

# What is shown without --all: task, metric, class.
HEADLINES = (
    ("box", "AP", "all"), ("mask", "AP", "all"), ("boundary", "AP", "all"),
    ("mask", "oLRP", "all"), ("mask", "AP50", "any"), ("mask", "recall", "any"),
    ("mask", "mask_IoU", "any"), ("mask", "label_AUC", "any"),
    ("mask", "label_AUC_adjusted", "any"), ("image", "image_AUC", "any"),
    ("pixel", "pixel_F1", "fake"),
)  # fmt: skip


def compare(
    first: Annotated[Path, typer.Argument(help="A predictions file.")],
    second: Annotated[Path, typer.Argument(help="Another one, for the same images.")],
    truth: Annotated[Path, typer.Option("--truth", help="COCO annotations of the images.")],
    draws: Annotated[int, typer.Option(min=1, help="Of the bootstrap.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 0,
    every: Annotated[bool, typer.Option("--all", help="Every number with an interval.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print all of it as JSON.")] = False,
) -> None:
    """Compare two predictions files on the same truth: difference, interval, probability."""
    from ..benchmark.scoring.pairing import compare_submissions
    from ..benchmark.scoring.score import Sampling

    require_file(truth)
    found = compare_submissions(first, second, truth, sampling=Sampling(draws, seed))
    if as_json:
        print_json([row.to_json() for row in found])
        return
    _print(found if every else [row for row in found if _key(row) in HEADLINES])
    err.print(
        f"≈ not told apart: the interval holds 0. {draws} draws of photographs.", markup=False
    )


def _key(row: Difference) -> tuple[str, str, str]:
    return row.task, row.metric, row.class_


def _print(rows: Sequence[Difference]) -> None:
    from rich.table import Table

    grid = Table("", box=None, header_style="bold", pad_edge=False)
    for name in ("first", "second", "difference", "95 % interval", "P(first better)"):
        grid.add_column(name, justify="right", no_wrap=True)
    for row in rows:
        ends = "–" if row.low is None else f"{row.low:+.3f} to {row.high:+.3f}"
        chance = "–" if row.probability is None else f"{row.probability:.1%}"
        told = "" if row.clear else " ≈"
        name = f"{row.task} {row.metric.removeprefix(f'{row.task}_')}, {row.class_}"
        grid.add_row(
            name, f"{row.first:.3f}", f"{row.second:.3f}", f"{row.difference:+.3f}{told}",
            ends, chance,
        )  # fmt: skip
    out.print(grid)
