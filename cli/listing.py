"""``manyfaces list``: what there is to choose from."""

from __future__ import annotations

import importlib
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from .console import bar, out, print_json

# Kind → (module, table, the attribute that groups its rows).
TABLES: dict[str, tuple[str, str, str | None]] = {
    "generators": ("..generators.methods.table", "GENERATORS", "kind"),
    "sources": ("..generators.photo_sources.table", "SOURCES", "recognised"),
    "perturbations": ("..benchmark.perturbations.table", "PERTURBATIONS", "group"),
    "tracks": ("..benchmark.tracks", "TRACKS", "group"),
    "attacks": ("..benchmark.adversarial.attacks", "ATTACKS", None),
    "baselines": ("..benchmark.baselines.table", "BASELINES", None),
    "metrics": ("..benchmark.metrics", "METRICS", None),
}


SHEET_SEED, SCENE = 3, 0  # of the drawn people that perturbations are shown on


def show(
    kind: Annotated[str, typer.Argument(help=f"One of: {', '.join(TABLES)}.")],
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    picture: Annotated[
        Path | None,
        typer.Option(
            help="Also draw them on drawn people: generators (.png), perturbations (a folder)."
        ),
    ] = None,
) -> None:
    """List what there is to choose from, with a line on each."""
    rows = listing(kind)
    if picture is not None:
        _draw(kind, picture)
    if as_json:
        print_json(rows)
        return
    from rich.table import Table

    grid = Table(*rows[0], box=None, header_style="bold", pad_edge=False) if rows else Table()
    for row in rows:
        grid.add_row(*map(str, row.values()))
    out.print(grid)


def _draw(kind: str, picture: Path) -> None:
    from ..core.errors import UsageError

    if kind == "generators" and picture.suffix.lower() == ".png":
        _draw_generators(picture)
    elif kind == "perturbations" and not picture.suffix:
        _draw_perturbations(picture)
    else:
        raise UsageError(
            "this cannot be drawn",
            got=f"{kind}, {picture}",
            expected="manyfaces list generators --picture FILE.png, or "
            "manyfaces list perturbations --picture FOLDER",
        )


def _draw_generators(picture: Path) -> None:
    from ..core.files import write_bytes
    from ..core.images import encode_png
    from ..generators.gallery import gallery

    write_bytes(picture, encode_png(gallery(progress=bar)))


def _draw_perturbations(folder: Path) -> None:
    """One sheet for each group, all of the same drawn people."""
    from ..benchmark.perturbations.equivalents import side_by_side
    from ..benchmark.perturbations.gallery import gallery
    from ..benchmark.perturbations.operator import GROUPS
    from ..benchmark.perturbations.table import of_group
    from ..core.files import write_bytes
    from ..core.images import encode_jpeg
    from ..generators.people.source import DrawnPeople

    source = DrawnPeople(SCENE + 1, SHEET_SEED, (480, 640))
    image = source.open(source.photos()[SCENE], 640).image
    for group in GROUPS:
        sheet = gallery(image, of_group(group), bar)
        write_bytes(folder / f"{group}.jpg", encode_jpeg(sheet, 58))
    write_bytes(folder / "equivalents.jpg", encode_jpeg(side_by_side(image, progress=bar), 70))


def listing(kind: str) -> list[dict[str, Any]]:
    """The rows of a table: name, its group where it has one, description.

    Raises:
        UsageError: there is no such table.
    """
    from ..core.errors import UsageError

    if kind not in TABLES:
        raise UsageError(f"there is no list of {kind!r}", expected=" or ".join(TABLES))
    module, name, group = TABLES[kind]
    table: Mapping[str, Any] = getattr(importlib.import_module(module, __package__), name)
    return [
        {
            "name": row.name,
            **({group: getattr(row, group)} if group else {}),
            "description": row.description,
        }
        for row in table.values()
    ]
