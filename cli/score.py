"""``manyfaces score``: what a predictions file is worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import bar, err, out, print_json

if TYPE_CHECKING:
    from rich.table import Table

    from ..benchmark.results import Result

COLUMNS = (
    "AP", "AP50", "AP75", "AP_small", "AP_medium", "AP_large", "AR_100",
    "oLRP", "oLRP_loc", "oLRP_fp", "oLRP_fn",
)  # fmt: skip
ROWS = {"all": "mean of classes", "real": "real", "fake": "fake", "any": "any label"}
TITLES = {"box": "Boxes", "mask": "Masks"}
FOUND = ("recall", "IoU", "label_AUC", "label_accuracy")


def score(
    predictions: Annotated[Path, typer.Argument(help="COCO results: a JSON list of detections.")],
    truth: Annotated[Path, typer.Option("--truth", help="COCO annotations, OpenForensics' too.")],
    out_path: Annotated[
        Path | None, typer.Option("--out", help="Where to write the result file.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Score a predictions file against the truth."""
    from ..benchmark.results import write_result
    from ..benchmark.scoring import score_files

    result = score_files(predictions, truth, progress=bar)
    if out_path is not None:
        write_result(out_path, result)
        err.print(f"Wrote {out_path}", markup=False)
    if as_json:
        print_json(result.model_dump(mode="json", by_alias=True))
        return
    for task in TITLES:
        out.print(_detection_table(result, task), "")
    out.print(_found_table(result))


def _detection_table(result: Result, task: str) -> Table:
    grid = _grid(TITLES[task], ["class", *COLUMNS])
    for class_, name in ROWS.items():
        values = [result.value(metric, task=task, class_=class_) for metric in COLUMNS]
        grid.add_row(name, *map(_shown, values))
    return grid


def _found_table(result: Result) -> Table:
    """How well the found faces are told apart, in all and by stratum."""
    grid = _grid("Faces found, whatever their label", ["task", "stratum", *FOUND, "n"])
    for task in TITLES:
        strata = dict.fromkeys(
            row.stratum for row in result.scores if row.task == task and row.metric == "recall"
        )
        for stratum in strata:
            found = {
                row.metric.removeprefix(f"{task}_"): row
                for row in result.scores
                if (row.task, row.class_, row.stratum) == (task, "any", stratum)
            }
            if found["recall"].n:
                values = [_shown(found[metric].value) for metric in FOUND]
                grid.add_row(task, stratum, *values, str(found["recall"].n))
    return grid


def _grid(title: str, columns: list[str]) -> Table:
    from rich.table import Table

    grid = Table(title=title, title_justify="left", box=None, header_style="bold", pad_edge=False)
    for column in columns:
        grid.add_column(
            column, justify="left" if column in {"class", "task", "stratum"} else "right"
        )
    return grid


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
