"""``manyfaces build``: photographs, or drawn people, to a forged dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..core.files import sha256, to_json
from .console import bar, err, out, print_json

if TYPE_CHECKING:
    from ..generators.fooling import Opponent
    from ..generators.recipe import Recipe
    from ..generators.sources import Source


def build(
    photos: Annotated[
        Path | None, typer.Argument(help="Photographs: a folder, or a dataset of faces.")
    ] = None,
    kind: Annotated[
        str,
        typer.Option("--source", metavar="KIND", help="As `manyfaces list sources` names them."),
    ] = "auto",
    dataset: Annotated[
        Path, typer.Option("--out", help="The dataset's folder; an interrupted build continues.")
    ] = ...,  # type: ignore[assignment]  # Typer's mark of a required option
    recipe: Annotated[
        str | None,
        typer.Option(
            help="YAML, or one by name: openforensics, balanced, hard. "
            "What it leaves out keeps its default."
        ),
    ] = None,
    fool: Annotated[
        str | None,
        typer.Option(
            metavar="DETECTOR",
            help="Draw forgeries anew until they fool it: a run, or package.module:attribute.",
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of every random choice.")] = None,
    drawn: Annotated[
        int | None, typer.Option(metavar="N", help="Draw N scenes of people; no photographs.")
    ] = None,
    limit: Annotated[int | None, typer.Option(help="Only the first so many photographs.")] = None,
    workers: Annotated[
        int | None, typer.Option(help="Processes; one per processor by default.")
    ] = None,
    dask: Annotated[
        str | None, typer.Option(metavar="ADDRESS", help="A Dask scheduler to work on instead.")
    ] = None,
    analyses: Annotated[
        Path | None,
        typer.Option(help="Keep measured faces here, for further builds of these photographs."),
    ] = None,
    sheet: Annotated[
        Literal["overview", "all"],
        typer.Option(help="Forged faces on the contact sheet: a sample, or all on many pages."),
    ] = "overview",
    as_json: Annotated[bool, typer.Option("--json", help="Print report.json.")] = False,
) -> None:
    """Build a forged dataset from a folder of photographs, or from drawn people.

    The same photographs, recipe and seed give the same bytes. After an interruption the same
    command continues; a finished dataset is left as it is.
    """
    from ..generators.build import Options, build_dataset
    from ..generators.recipe import Recipe, change, find_recipe, read_recipe
    from ..generators.workspace import REPORT

    chosen = change(read_recipe(find_recipe(recipe)) if recipe else Recipe(), seed=seed)
    source = _source(photos, kind, drawn, dataset, chosen)
    before = (dataset / REPORT).is_file()
    options = Options(workers=workers, dask=dask, analyses=analyses, sheet=sheet)
    report = build_dataset(
        source,
        dataset,
        chosen,
        limit=limit,
        options=options,
        opponent=None if fool is None else _opponent(fool),
        progress=bar,
    )
    if as_json:
        print_json(report)
        return
    if before:
        err.print("This dataset was complete; nothing was changed.")
    _summarise(report, dataset)
    out.print(str(dataset), markup=False)


def _opponent(reference: str) -> Opponent:
    from ..benchmark.detectors import load_detector, needs_faces
    from ..benchmark.opponent import load_judge
    from ..core.errors import UsageError
    from ..generators.fooling import Opponent

    if needs_faces(reference):
        raise UsageError(
            "this baseline judges faces and finds none",
            where=f"--fool {reference}",
            expected="the run of a baseline that finds faces, such as mask-rcnn-small",
        )

    loaded = load_detector(reference, device="cpu")
    name = f"{loaded.name} {sha256(to_json(loaded.identity))[:16]}"
    return Opponent(reference, name, load_judge)


def _source(
    photos: Path | None, kind: str, drawn: int | None, dataset: Path, recipe: Recipe
) -> Source:
    from ..core.errors import UsageError
    from ..generators.people.source import DrawnPeople
    from ..generators.photo_sources.table import open_source

    if (photos is None) == (drawn is None):
        raise UsageError(
            "it is not clear what to build from",
            got="neither" if photos is None else "both",
            expected="a folder of photographs, or --drawn N",
        )
    if drawn is not None:
        if drawn < 1:
            raise UsageError("--drawn is wrong", got=drawn, expected="at least 1 scene")
        return DrawnPeople(drawn, recipe.seed)
    assert photos is not None
    if dataset.resolve().is_relative_to(photos.resolve()):
        raise UsageError(
            "the output lies among the photographs",
            where=dataset,
            expected=f"a folder outside {photos}",
            mend="Its images would be taken for photographs the next time",
        )
    return open_source(photos, kind)


def _summarise(report: dict[str, Any], dataset: Path) -> None:
    from rich.table import Table

    table = Table("split", *(_right(name) for name in ("images", "faces", "real", "forged")))
    for split, counts in report["splits"].items():
        table.add_row(split, *(str(counts[key]) for key in ("images", "faces", "real", "fake")))
    err.print(table)
    _warn(report["splits"])
    for title, counts in (
        ("forged by", report["forged"]),
        ("photographs left out", report["skipped"]),
        ("faces that cannot be forged", report["not_forgeable"]),
        # Reports of older builds do not say it.
        (_to_be_forged(report.get("stayed_real", {})), report.get("stayed_real", {})),
    ):
        if counts:
            text = ", ".join(f"{count} {name}" for name, count in counts.items())
            err.print(f"{title}: {text}", markup=False, soft_wrap=True)
    fooling = report["fooling"]
    if fooling:
        first, kept = fooling["first"], fooling["kept"]
        err.print(
            f"the detector takes forgeries for forged with {kept['mean_score']:.2f} on average, "
            f"{first['mean_score']:.2f} at the first try; it is fooled by {kept['fooled']:.0%}, "
            f"{first['fooled']:.0%} at the first try",
            soft_wrap=True,
        )
    # A withdrawal takes the sheet away, and where no face is forged it is empty.
    sheet = bool(report["forged"]) and (dataset / "contact_sheet.png").is_file()
    shows = "contact_sheet.png shows forged faces, report.json" if sheet else "report.json says"
    err.print(f"{shows} what became of each photograph.", soft_wrap=True)


def _warn(splits: dict[str, dict[str, int]]) -> None:
    """Say what the splits lack for training and scoring."""
    empty = [split for split, counts in splits.items() if not counts["images"]]
    if empty:
        why = "photographs of one group stay together, and here there are few"
        err.print(f"no image in {', '.join(empty)}: {why}", markup=False, soft_wrap=True)
    real = [split for split, counts in splits.items() if counts["images"] and not counts["fake"]]
    if real and not any(counts["fake"] for counts in splits.values()):
        err.print("no face is forged: no detector can learn from this dataset or be scored on it")
    elif real:
        err.print(f"no forged face in {', '.join(real)}", markup=False, soft_wrap=True)


def _to_be_forged(reasons: dict[str, int]) -> str:
    count = sum(reasons.values())
    return f"{count} face{' was' if count == 1 else 's were'} to be forged and stayed real"


def _right(name: str) -> Any:  # noqa: ANN401 - a Rich column, imported when it is needed
    from rich.table import Column

    return Column(name, justify="right")
