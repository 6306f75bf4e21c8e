"""``manyfaces score``: what a predictions file is worth."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .compare import HEADLINES
from .console import bar, count, err, out, print_json
from .truth_file import require_file

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from rich.table import Table

    from ..benchmark.results import Result
    from ..benchmark.scoring.detection import Values
    from ..core.images import Rgb

# Metric → its column's head, short enough for a terminal of 80 columns.
COLUMNS = {
    "AP": "AP", "AP50": "AP50", "AP75": "AP75", "AP_small": "small", "AP_medium": "medium",
    "AP_large": "large", "AR_100": "AR", "oLRP": "oLRP", "oLRP_loc": "loc", "oLRP_fp": "fp",
    "oLRP_fn": "fn",
}  # fmt: skip
ROWS = ("all", "real", "fake", "any")  # mean over classes, each, labels ignored
TITLES = {"box": "Boxes", "mask": "Masks", "boundary": "Boundaries"}
FOUND = ("recall", "IoU", "label_AUC", "label_AUC_adjusted", "label_accuracy")


def score(
    predictions: Annotated[Path, typer.Argument(help="COCO results: a JSON list of detections.")],
    truth: Annotated[Path, typer.Option("--truth", help="COCO annotations, OpenForensics' too.")],
    out_path: Annotated[
        Path | None, typer.Option("--out", help="Where to write the result file.")
    ] = None,
    report: Annotated[
        Path | None, typer.Option(help="An .html file, or a folder: the result as one page.")
    ] = None,
    images: Annotated[
        Path | None, typer.Option(help="The dataset's folder: the page shows the worst pictures.")
    ] = None,
    csv: Annotated[Path | None, typer.Option(help="Every number, a line each.")] = None,
    markdown: Annotated[Path | None, typer.Option(help="The headline as a table.")] = None,
    latex: Annotated[Path | None, typer.Option(help="The headline as a booktabs table.")] = None,
    only_known: Annotated[
        bool,
        typer.Option(
            "--only-known",
            help="Leave out predictions for images that the truth does not have: of other splits.",
        ),
    ] = False,
    draws: Annotated[int, typer.Option(min=0, help="Of the intervals; 0 for none.")] = 1000,
    seed: Annotated[int, typer.Option(min=0, help="Of the draws.")] = 0,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Score a predictions file against the truth."""
    from ..benchmark.report import page_path, render, report_data
    from ..benchmark.results import write_result
    from ..benchmark.scoring.files import compare_files, result_of
    from ..benchmark.scoring.score import Sampling
    from ..core.errors import UsageError
    from ..core.files import write_text

    if images is not None and report is None:
        raise UsageError("--images is for the page", expected="--report as well")
    require_file(truth)
    loader = _loader(images, truth) if images is not None else None
    others: list[object] | None = [] if only_known else None
    comparison = compare_files(predictions, truth, others=others, progress=bar)
    if others:
        left = count(len(others), "prediction")
        err.print(f"Left out {left} for images that the truth does not have.")
    result = result_of(comparison, predictions, truth, sampling=Sampling(draws, seed))
    if out_path is not None:
        write_result(out_path, result)
        _say(out_path)
    _write_tables(result, csv, markdown, latex)
    data = report_data(result, comparison, images=loader, title=predictions.name)
    if report is not None:
        write_text(page_path(report), render(data))
        _say(page_path(report))
    if as_json:
        print_json(result.model_dump(mode="json", by_alias=True))
        return
    for task in TITLES:
        out.print(_detection_table(result, task), "")
    out.print(_headline_table(result), "")
    out.print(_found_table(result), "")
    out.print(_error_table(data.errors))


def _say(path: Path) -> None:
    err.print(f"Wrote {path}", markup=False)


def _write_tables(
    result: Result, csv: Path | None, markdown: Path | None, latex: Path | None
) -> None:
    from ..benchmark import report
    from ..core.files import write_text

    makers = {csv: report.scores_csv, markdown: report.markdown, latex: report.latex}
    for path, make in makers.items():
        if path is not None:
            write_text(path, make(result))
            _say(path)


def _loader(dataset: Path, truth: Path) -> Callable[[int], Rgb]:
    """Opens the dataset's picture of an image id.

    Raises:
        DataError: the folder is missing; better said before minutes of scoring.
    """
    from ..annotations.coco import read_annotations
    from ..annotations.dataset import image_path
    from ..core.errors import DataError
    from ..core.images import read_image

    if not dataset.is_dir():
        raise DataError("the folder of --images is missing", where=dataset)
    entries = {image.id: image.entry for image in read_annotations(truth).images}
    return lambda image_id: read_image(image_path(dataset, entries[image_id]))


def _detection_table(result: Result, task: str) -> Table:
    grid = _grid(TITLES[task], ["class", *COLUMNS.values()])
    for class_ in ROWS:
        values = [result.value(metric, task=task, class_=class_) for metric in COLUMNS]
        grid.add_row(class_, *map(_shown, values))
    return grid


def _found_table(result: Result) -> Table:
    """How well the found faces are told apart, in all and by stratum."""
    grid = _grid("Faces found, by their outlines, whatever their label", ["stratum", *FOUND, "n"])
    rows = [row for row in result.scores if (row.task, row.class_) == ("mask", "any")]
    for stratum in dict.fromkeys(row.stratum for row in rows if row.metric == "recall"):
        found = {row.metric.removeprefix("mask_"): row for row in rows if row.stratum == stratum}
        if found["recall"].n:
            values = [_shown(found[metric].value) for metric in FOUND]
            grid.add_row(stratum, *values, str(found["recall"].n))
    return grid


def _headline_table(result: Result) -> Table:
    """The numbers that a paper would quote, with their intervals."""
    grid = _grid("Headline", ["number", "value", "95 % interval"])
    for row in result.scores:
        if (row.task, row.metric, row.class_) in HEADLINES and row.stratum == "all":
            name = f"{row.task} {row.metric.removeprefix(f'{row.task}_')}, {row.class_}"
            ends = "–" if row.low is None else f"{row.low:.3f} to {row.high:.3f}"
            grid.add_row(name, _shown(row.value), ends)
    return grid


def _error_table(errors: Mapping[str, Values]) -> Table:
    """How many errors of each kind there are, and what AP50 would gain without them."""
    from ..benchmark.report.data import ERRORS

    columns = [f"{task} {what}" for task in errors for what in ("errors", "dAP50")]
    grid = _grid("Errors, and what each kind costs", ["kind", *columns])
    for kind in ERRORS:
        cells = []
        for values in errors.values():
            count = values.get(f"errors_{kind}", (None, 0))[0]
            cells += ["–" if count is None else f"{count:.0f}"]
            cells += [_shown(values.get(f"dAP_{kind}", (None, 0))[0])]
        grid.add_row(kind.replace("_", " "), *cells)
    return grid


def _grid(title: str, columns: list[str]) -> Table:
    from rich.table import Table

    grid = Table(
        title=title, title_justify="left", box=None, header_style="bold", pad_edge=False,
        padding=(0, 1, 0, 0),
    )  # fmt: skip
    for column in columns:
        grid.add_column(
            column, justify="left" if column in {"class", "stratum", "kind", "number"} else "right"
        )
    return grid


def _shown(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"
