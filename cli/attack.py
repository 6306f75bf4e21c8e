"""``manyfaces attack``: adversarial pictures against trained networks."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer
from typer.core import TyperGroup

from ..benchmark.adversarial.attacks import ATTACKS
from ..benchmark.device_names import HELP as DEVICES
from .console import bar, err, out, print_json
from .faces import FacesOption, load_with_faces

if TYPE_CHECKING:
    from rich.table import Table

    from ..benchmark.adversarial.matrix import Matrix
    from ..benchmark.adversarial.track import Threat
    from ..benchmark.detectors import LoadedDetector

SHIPPED = "mask-rcnn-small (weights that come with the package)"
DEFAULT = "run"  # what `manyfaces attack RUN` stands for


class _Attack(TyperGroup):
    """Takes ``attack RUN …`` for ``attack run RUN …``."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - Click's, or Typer's copy of it
        if args and args[0] not in {*self.commands, "--help"}:
            args = [DEFAULT, *args]
        return super().parse_args(ctx, args)


app = typer.Typer(cls=_Attack, no_args_is_help=True, help="Attack trained networks.")

Data = Annotated[Path, typer.Option("--data", help="The dataset's folder.")]
Against = Annotated[str, typer.Option(help="Losses to raise: label, box, mask.")]
Seed = Annotated[int, typer.Option(help="Of all that an attack draws.")]
Device = Annotated[str, typer.Option(help=DEVICES)]
AsJson = Annotated[bool, typer.Option("--json", help="Print what was found as JSON.")]
Steps = Annotated[int, typer.Option(min=1, help="Gradient steps of each universal perturbation.")]


@app.command(DEFAULT)
def attack(
    runs: Annotated[
        list[str], typer.Argument(help=f"Runs to attack, or {SHIPPED}; several give the matrix.")
    ],
    data: Data,
    folder: Annotated[Path, typer.Option("--out", help="Results; continued if begun.")],
    split: Annotated[str, typer.Option(help="The split to attack.")] = "test",
    method: Annotated[
        str, typer.Option(help=f"{', '.join(ATTACKS)}; several with commas.")
    ] = "mi-fgsm",
    against: Against = "label,box,mask",
    bounds: Annotated[str, typer.Option(help="Of each pixel's value, in 255ths.")] = "2,4,8",
    transfer: Annotated[
        list[str] | None, typer.Option(help="A run that is scored, not attacked; repeatable.")
    ] = None,
    train_split: Annotated[str, typer.Option(help="What universal ones are made on.")] = "train",
    steps: Steps = 100,
    seed: Seed = 0,
    device: Device = "auto",
    faces: FacesOption = None,
    as_json: AsJson = False,
) -> None:
    """Attack networks on a split, and score each network on the pictures that come out.

    What is finished is not done again.
    """
    from ..annotations.dataset import open_split
    from ..benchmark.frameworks import require_training

    require_training()
    from ..benchmark.adversarial.evaluation import REPORT, AttackPlan, attack_models
    from ..benchmark.adversarial.making import Making

    threats = [row for name in _words(method) for row in _threats(name, bounds, against, seed)]
    sizes = {image.id: image.size for image in open_split(data, split).images}
    models = _models([*runs, *(transfer or [])], sizes, device, faces)
    plan = AttackPlan(
        threats,
        split=split,
        making=Making(steps=steps),
        making_split=train_split,
        progress=bar,
    )
    attacked = list(models)[: len(dict.fromkeys(runs))]
    matrix = attack_models(attacked, models, data, folder, plan)
    page = _write_page(matrix, folder)
    if as_json:
        print_json(matrix.record())
        return
    out.print(_table(matrix))
    err.print(f"Wrote {folder / REPORT} and {page}", markup=False)


@app.command()
def universal(
    run: Annotated[str, typer.Argument(help=f"The run to make them against, or {SHIPPED}.")],
    data: Data,
    file: Annotated[Path, typer.Option("--out", help="The set (.npz).")],
    split: Annotated[str, typer.Option(help="The split to make them on.")] = "train",
    against: Against = "label,box,mask",
    bounds: Annotated[str, typer.Option(help="One pattern for each, in 255ths.")] = "1,2,4,8,16",
    steps: Steps = 100,
    batch: Annotated[int, typer.Option(min=1, help="Pictures a step.")] = 2,
    side: Annotated[int, typer.Option(min=8, max=1024, help="Of the tile, in pixels.")] = 128,
    seed: Seed = 0,
    device: Device = "auto",
    as_json: AsJson = False,
) -> None:
    """Make one perturbation for all pictures at each bound, against a network."""
    from ..benchmark.frameworks import require_training
    from ..core.errors import UsageError

    require_training()
    from ..benchmark.adversarial.making import Making, make_set
    from ..benchmark.detectors import load_detector
    from ..benchmark.perturbations.universal import write_universal

    if file.suffix != ".npz":
        raise UsageError("--out is not a set of perturbations", got=file, expected="*.npz")
    threats = _threats("universal", bounds, against, seed)
    loaded = load_detector(run, None, device)
    made = make_set(loaded, data, split, threats, Making(steps, batch, side), bar)
    write_universal(file, made)
    if as_json:
        print_json({**made.record, "sha256": made.sha256})
        return
    out.print(str(file), markup=False)


def _words(text: str) -> list[str]:
    return list(dict.fromkeys(word.strip() for word in text.split(",") if word.strip()))


def _threats(method: str, bounds: str, against: str, seed: int) -> list[Threat]:
    from ..benchmark.adversarial.track import Threat
    from ..benchmark.baselines.network import LossKind
    from ..core.errors import UsageError
    from ..core.tables import lookup

    row = lookup(ATTACKS, method, "attack")
    values = _words(bounds)
    if not values or not all(value.isdecimal() for value in values):
        raise UsageError(
            "--bounds is wrong", got=repr(bounds), expected="whole numbers with commas, as 2,4,8"
        )
    kinds = cast("tuple[LossKind, ...]", tuple(_words(against)))
    return [Threat(row, int(value), kinds, seed) for value in values]


def _models(
    references: list[str], sizes: dict[int, tuple[int, int]], device: str, faces: str | None
) -> dict[str, LoadedDetector]:
    """Each detector once, by the end of its path; where two end alike, by number.

    Args:
        faces: what finds the faces for those that find none.
    """
    from ..benchmark.detectors import needs_faces
    from ..core.errors import UsageError

    needy = {reference for reference in references if needs_faces(reference)}
    if faces is not None and not needy:
        raise UsageError(
            "nothing here needs other faces than its own",
            got=f"--faces {faces}",
            mend="Leave it out",
        )
    found: dict[str, LoadedDetector] = {}
    for reference in dict.fromkeys(references):
        stem = Path(reference).resolve().name if Path(reference).exists() else reference
        name, number = stem, 1
        while name in found:
            number += 1
            name = f"{stem} ({number})"
        found[name] = load_with_faces(
            reference, sizes, device, faces if reference in needy else None
        )
    return found


def _write_page(matrix: Matrix, folder: Path) -> Path:
    from ..benchmark.adversarial.page import render
    from ..core.files import write_text

    page = folder / "report.html"
    write_text(page, render(matrix, title=folder.resolve().name))
    return page


def _table(matrix: Matrix) -> Table:
    """Box AP, and the share of the clean value that is lost."""
    from rich.table import Table

    grid = Table("box AP", "attacked", box=None, header_style="bold", pad_edge=False)
    for name in matrix.scored:
        grid.add_column(name, justify="right")
    first = next(iter(matrix.attacks))
    clean = [matrix.cell(first, matrix.attacked[0], name) for name in matrix.scored]
    grid.add_row("clean", "–", *(_number(cell.numbers["box AP"].clean) for cell in clean))
    for track in matrix.attacks:
        for row in matrix.attacked:
            falls = [matrix.cell(track, row, name).numbers["box AP"] for name in matrix.scored]
            cells = [f"{_number(fall.value)} {_lost(fall.share)}".rstrip() for fall in falls]
            grid.add_row(track, row, *cells)
    return grid


def _number(value: float | None) -> str:
    return "–" if value is None else f"{value:.3f}"


def _lost(share: float | None) -> str:
    return "" if share is None else f"({-100 * share:+.0f} %)"
