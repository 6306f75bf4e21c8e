"""``manyfaces evaluate``: a detector on tracks of a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Literal

import typer

from ..benchmark.device_names import HELP as DEVICES
from .console import bar, err, out, print_json
from .faces import FacesOption, load_with_faces

if TYPE_CHECKING:
    from rich.table import Table

    from ..benchmark.results import Result

# Column → task, metric and class of the number it shows.
COLUMNS = {
    "AP": ("box", "AP", "all"),
    "mask AP": ("mask", "AP", "all"),
    "AP50 faces": ("box", "AP50", "any"),
    "label AUC": ("box", "label_AUC", "any"),
    "like size": ("box", "label_AUC_adjusted", "any"),
    "oLRP": ("box", "oLRP", "all"),
}


def evaluate(
    detector: Annotated[
        str,
        typer.Argument(
            help="A run's folder, mask-rcnn-small (weights that come with the package), "
            "package.module:attribute, or, on the track clean alone, a predictions file."
        ),
    ],
    data: Annotated[Path, typer.Option("--data", help="The dataset's folder.")],
    folder: Annotated[Path, typer.Option("--out", help="Results; continued if begun.")],
    split: Annotated[str, typer.Option(help="The split to evaluate on.")] = "test",
    tracks: Annotated[
        str,
        typer.Option(
            help="Names with commas between: tracks (`manyfaces list tracks`), the sets groups, "
            "operators, worst, adversarial, all, or files: YAML of your own, or a set that "
            "`manyfaces attack universal` wrote (.npz)."
        ),
    ] = "clean",
    batch_size: Annotated[int, typer.Option(min=1, help="Pictures at once.")] = 1,
    workers: Annotated[int, typer.Option(min=0, help="Loader processes.")] = 0,
    device: Annotated[str, typer.Option(help=DEVICES)] = "auto",
    precision: Annotated[
        Literal["32", "bf16"],
        typer.Option(help="bf16: a network in 16 bits, often faster; not what finds its faces."),
    ] = "32",
    faces: FacesOption = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
) -> None:
    """Evaluate a detector on tracks. Those that are finished stay, and are not run again."""
    from ..annotations.dataset import open_split
    from ..benchmark.frameworks import require_training

    require_training()
    from ..benchmark.evaluation import RESULT, Options
    from ..benchmark.evaluation import evaluate as run_evaluation

    sizes = {image.id: image.size for image in open_split(data, split).images}
    result = run_evaluation(
        # Lightning moves the network to its device.
        load_with_faces(detector, sizes, "cpu", faces),
        data,
        folder,
        [name.strip() for name in tracks.split(",") if name.strip()],
        split=split,
        options=Options(batch_size, workers, device, precision, progress=bar),
    )
    page = _write_page(result, folder)
    if as_json:
        print_json(result.model_dump(mode="json", by_alias=True))
        return
    out.print(_table(result))
    err.print(f"Wrote {folder / RESULT} and {page}", markup=False)


def _write_page(result: Result, folder: Path) -> Path:
    """The result as a page to read, beside it."""
    from ..benchmark.report import render, report_data
    from ..core.files import write_text

    page = folder / "report.html"
    write_text(page, render(report_data(result, title=folder.resolve().name)))
    return page


def _table(result: Result) -> Table:
    from rich.table import Table

    from ..benchmark.report.numbers import numbers_by_track

    grid = Table("track", box=None, header_style="bold", pad_edge=False)
    for column in COLUMNS:
        grid.add_column(column, justify="right")
    for track, numbers in numbers_by_track(result).items():
        values = [numbers.value(*key) for key in COLUMNS.values()]
        grid.add_row(track, *("–" if value is None else f"{value:.3f}" for value in values))
    return grid
