"""``manyfaces train``: a baseline on a dataset."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from .console import err, out, print_json

if TYPE_CHECKING:
    from ..benchmark.baselines.baseline import Baseline
    from ..benchmark.training_parameters import TrainingParameters


def train(
    baseline: Annotated[str, typer.Argument(help="Its name: manyfaces list baselines.")],
    data: Annotated[Path, typer.Option("--data", help="The dataset's folder.")],
    run: Annotated[Path, typer.Option("--out", help="The run's folder; continued if begun.")],
    split: Annotated[str, typer.Option(help="The split to train on.")] = "train",
    epochs: Annotated[int | None, typer.Option(help="Passes over the split.")] = None,
    steps: Annotated[int | None, typer.Option(help="Batches.")] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Time; the result then depends on the machine's speed.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, order and augmentation.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Pictures in a batch.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The highest one.")] = None,
    workers: Annotated[int | None, typer.Option(help="Loader processes.")] = None,
    device: Annotated[str | None, typer.Option(help="auto, cpu, gpu, mps.")] = None,
    parameter: Annotated[
        list[str] | None, typer.Option("--set", help="NAME=VALUE of the network; repeatable.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run's record.")] = False,
) -> None:
    """Train a baseline on a dataset. Of epochs, steps and minutes the first reached ends it."""
    from ..benchmark.baselines.table import BASELINES
    from ..benchmark.frameworks import require_training
    from ..core.tables import lookup

    row = lookup(BASELINES, baseline, "baseline")
    require_training()
    from ..benchmark.training import make_parameters
    from ..benchmark.training import train as train_baseline

    asked = {
        "epochs": epochs, "steps": steps, "minutes": minutes, "seed": seed,
        "batch_size": batch_size, "learning_rate": learning_rate, "workers": workers,
        "device": device,
    }  # fmt: skip
    record = train_baseline(
        row,
        data,
        run,
        split=split,
        parameters=make_parameters(row, _values(parameter or [])),
        training=_training(row, asked),
        bar=True,
    )
    if as_json:
        print_json(record.model_dump(mode="json"))
        return
    err.print(f"Trained {record.steps} steps in {record.seconds:.0f} s.", markup=False)
    out.print(str(run), markup=False)


def _training(row: Baseline, asked: dict[str, Any]) -> TrainingParameters:
    from pydantic import ValidationError

    from ..core.errors import UsageError

    given = {name: value for name, value in asked.items() if value is not None}
    defaults = row.training.model_dump()
    if given.keys() & {"epochs", "steps", "minutes"}:
        # A length that is asked for stands alone, beside no default.
        defaults |= {"epochs": None, "steps": None, "minutes": None}
    try:
        return type(row.training)(**{**defaults, **given})
    except ValidationError as error:
        fault = error.errors()[0]
        raise UsageError(
            f"--{str(fault['loc'][0]).replace('_', '-')} is wrong",
            got=fault["input"],
            expected=fault["msg"],
        ) from error


def _values(pairs: list[str]) -> dict[str, str]:
    from ..core.errors import UsageError

    for pair in pairs:
        if "=" not in pair:
            raise UsageError("--set is wrong", got=repr(pair), expected="NAME=VALUE")
    return dict(pair.split("=", 1) for pair in pairs)
