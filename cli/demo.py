"""``manyfaces demo``: drawn people → dataset → baseline → scores → board."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from .console import bar, err, out

if TYPE_CHECKING:
    from collections.abc import Callable

    from ..benchmark.results import Result
    from ..core.images import Rgb
    from ..generators.people.source import DrawnPeople

BASELINE = "mask-rcnn-small"
SPLIT = "test"
TRACKS = ("worst",)  # clean pictures, each group at severity 5, the mixes


def demo(
    folder: Annotated[Path, typer.Option("--out", help="Everything goes here.")] = Path("demo"),
    scenes: Annotated[int, typer.Option(min=10, help="Drawn scenes.")] = 320,
    epochs: Annotated[int, typer.Option(min=1, help="Passes over the training split.")] = 7,
    seed: Annotated[int, typer.Option(min=0, help="Of everything that is drawn.")] = 1,
    workers: Annotated[int | None, typer.Option(min=1, help="Processes of the build.")] = None,
) -> None:
    """Draw people, forge them, train a baseline, score it, publish a board. Resumable."""
    from ..benchmark.frameworks import require_training
    from ..generators.people.source import DrawnPeople

    require_training()
    dataset = folder / "dataset"
    _stage(1, "building a dataset from drawn people")
    _build(DrawnPeople(scenes, seed), dataset, seed, workers)
    _stage(2, f"training {BASELINE}")
    _train(dataset, folder / "run", epochs)
    _stage(3, "evaluating on clean and perturbed pictures")
    result = _evaluate(dataset, folder / "run", folder / "evaluation")
    _stage(4, "publishing the board")
    page = _board(folder, epochs)
    _strip(dataset, folder, DrawnPeople(scenes, seed))
    _report(result, dataset, folder / "evaluation")
    _summary(result, folder)
    out.print(f"Board: {page}", markup=False)


def _stage(number: int, what: str) -> None:
    err.print(f"{number}/4 {what}", markup=False)


def _build(source: DrawnPeople, dataset: Path, seed: int, workers: int | None) -> None:
    from ..generators.build import Options, build_dataset
    from ..generators.recipe import Recipe

    # Of few pictures, more are forged than by default: real and fake faces are as many.
    recipe = Recipe(seed=seed, pristine=0.2, forged=0.8)
    build_dataset(source, dataset, recipe, options=Options(workers=workers), progress=bar)


def _train(dataset: Path, run: Path, epochs: int) -> None:
    from ..benchmark.baselines.table import BASELINES
    from ..benchmark.training import train

    row = BASELINES[BASELINE]
    training = row.training.model_copy(update={"epochs": epochs})
    train(row, dataset, run, training=training, bar=True)


def _evaluate(dataset: Path, run: Path, folder: Path) -> Result:
    from ..annotations.dataset import open_split
    from ..benchmark.detectors import load_detector
    from ..benchmark.evaluation import Options, evaluate

    sizes = {image.id: image.size for image in open_split(dataset, SPLIT).images}
    loaded = load_detector(str(run), sizes, "cpu")
    return evaluate(loaded, dataset, folder, TRACKS, options=Options(progress=bar))


def _board(folder: Path, epochs: int) -> Path:
    from ..benchmark.results import read_result
    from ..leaderboard.board import publish
    from ..leaderboard.entries import Entry
    from ..leaderboard.ranking import Headline

    entry = Entry(
        name=BASELINE,
        result=read_result(folder / "evaluation" / "result.json"),
        description=f"trained {epochs} epochs on drawn people",
        baseline=True,
    )
    publish([entry], "manyfaces demo", folder / "board", Headline())
    return folder / "board" / "index.html"


def _strip(dataset: Path, folder: Path, source: DrawnPeople) -> None:
    from ..core.files import write_bytes
    from ..core.images import encode_png
    from .strip import draw_strip

    predictions = folder / "evaluation" / "predictions" / "clean.json"
    strip = draw_strip(dataset, SPLIT, predictions, _originals(dataset, source))
    write_bytes(folder / "strip.png", encode_png(strip))


def _originals(dataset: Path, source: DrawnPeople) -> Callable[[int], Rgb]:
    """Draws the picture again that an image of the test split was forged from."""
    from ..core.files import read_json_lines

    lines = read_json_lines(dataset / "provenance" / f"{SPLIT}.jsonl")
    names = {line["image_id"]: line["photo"]["name"] for line in lines}
    photos = {photo.name: photo for photo in source.photos()}
    return lambda image_id: source.open(photos[names[image_id]], max(source.size)).image


def _report(result: Result, dataset: Path, folder: Path) -> None:
    """The result as a page, with the clean pictures that went worst."""
    from ..annotations.dataset import annotation_file, image_path, open_split
    from ..benchmark.report import render, report_data
    from ..benchmark.scoring.files import compare_files
    from ..core.files import write_text
    from ..core.images import read_image

    entries = {image.id: image.entry for image in open_split(dataset, SPLIT).images}
    clean = folder / "predictions" / "clean.json"
    comparison = compare_files(clean, annotation_file(dataset, SPLIT))
    data = report_data(
        result,
        comparison,
        images=lambda image_id: read_image(image_path(dataset, entries[image_id])),
        title=BASELINE,
    )
    write_text(folder / "report.html", render(data))


def _summary(result: Result, folder: Path) -> None:
    from rich.table import Table

    grid = Table("track", box=None, header_style="bold", pad_edge=False)
    columns = {
        "faces AP50": ("box", "AP50", "any"),
        "label AUC": ("box", "label_AUC", "any"),
        "box AP": ("box", "AP", "all"),
        "mask AP": ("mask", "AP", "all"),
        "mask oLRP": ("mask", "oLRP", "all"),
    }
    for name in columns:
        grid.add_column(name, justify="right")
    for track in dict.fromkeys(score.track for score in result.scores):
        values = (
            result.value(metric, track=track, task=task, class_=class_)
            for task, metric, class_ in columns.values()
        )
        grid.add_row(track, *("–" if value is None else f"{value:.3f}" for value in values))
    out.print(grid)
    out.print(
        f"Dataset: {folder / 'dataset'}\nPictures: {folder / 'strip.png'}\n"
        f"Report: {folder / 'evaluation' / 'report.html'}",
        markup=False,
    )
