"""``manyfaces train``: a baseline on a dataset."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal

import typer

from ..benchmark.device_names import HELP as DEVICES
from .console import err, out, print_json

if TYPE_CHECKING:
    from ..benchmark.baselines.baseline import Baseline
    from ..benchmark.run_config import RunConfig

# Of `--set`: what goes to the training; the rest goes to the network.
_TRAINING = "training."


def train(
    baseline: Annotated[
        str | None, typer.Argument(help="Its name: manyfaces list baselines.")
    ] = None,
    data: Annotated[Path | None, typer.Option("--data", help="The dataset's folder.")] = None,
    run: Annotated[
        Path | None, typer.Option("--out", help="The run's folder; continued if begun.")
    ] = None,
    config: Annotated[
        Path | None,
        typer.Option(help="YAML of all this, such as a run's run.yaml; flags go before it."),
    ] = None,
    split: Annotated[str | None, typer.Option(help="The split to train on: train.")] = None,
    start: Annotated[
        Path | None,
        typer.Option(help="A finished run whose weights to start from, or mask-rcnn-small's own."),
    ] = None,
    epochs: Annotated[int | None, typer.Option(help="Passes over the split.")] = None,
    steps: Annotated[int | None, typer.Option(help="Updates of the weights.")] = None,
    minutes: Annotated[
        float | None, typer.Option(help="Time; the result then depends on the machine's speed.")
    ] = None,
    seed: Annotated[int | None, typer.Option(help="Of weights, order and augmentation.")] = None,
    batch_size: Annotated[int | None, typer.Option(help="Pictures in memory at once.")] = None,
    accumulate: Annotated[int | None, typer.Option(help="Batches for one step.")] = None,
    learning_rate: Annotated[float | None, typer.Option(help="The highest one.")] = None,
    find_lr: Annotated[
        Path | None,
        typer.Option(
            metavar="PNG", help="Train nothing: draw how the loss falls as the rate rises."
        ),
    ] = None,
    augment: Annotated[
        Literal["plain", "perturbed"] | None,
        typer.Option(help="perturbed: also by the operators of the tracks."),
    ] = None,
    val: Annotated[str | None, typer.Option(help="A split that chooses the best epoch.")] = None,
    metric: Annotated[
        str | None, typer.Option(help="By which: task/metric/class, or loss.")
    ] = None,
    patience: Annotated[
        int | None, typer.Option(help="Epochs without a better one that end the run.")
    ] = None,
    precision: Annotated[str | None, typer.Option(help="auto, 32, bf16, 16.")] = None,
    device: Annotated[str | None, typer.Option(help=DEVICES)] = None,
    devices: Annotated[str | None, typer.Option(help="How many; auto: every GPU.")] = None,
    deterministic: Annotated[
        bool | None, typer.Option("--deterministic", help="The same weights on a GPU too.")
    ] = None,
    workers: Annotated[str | None, typer.Option(help="Loader processes, or auto.")] = None,
    log: Annotated[
        Literal["csv", "tensorboard"] | None, typer.Option(help="metrics.csv is always written.")
    ] = None,
    parameter: Annotated[
        list[str] | None,
        typer.Option("--set", help="NAME=VALUE of the network, training.NAME=VALUE; repeatable."),
    ] = None,
    schema: Annotated[
        bool, typer.Option("--schema", help="Print the JSON schema of --config; train nothing.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print the run's record.")] = False,
) -> None:
    """Train a baseline on a dataset. Of epochs, steps and minutes the first reached ends it."""
    from ..benchmark import run_config

    if schema:
        print_json(run_config.schema(baseline))
        return
    # Each by its field's name; what stands in --set is more particular and goes before it.
    asked = {
        "epochs": epochs, "steps": steps, "minutes": minutes, "seed": seed,
        "batch_size": batch_size, "accumulate": accumulate, "learning_rate": learning_rate,
        "augment": augment, "val": val, "metric": metric, "patience": patience,
        "precision": precision, "device": device, "devices": devices,
        "deterministic": deterministic, "workers": workers, "log": log,
    }  # fmt: skip
    network, training = _values(parameter or [])
    flags = {
        **_given({"baseline": baseline, "data": data, "split": split}),
        **_given({"start": start and run_config.find_start(str(start))}),
        "network": network,
        "training": {**_given(asked), **training},
    }
    file = run_config.read_config(config) if config is not None else {}
    row, chosen = run_config.make_config(file, flags, config)
    if find_lr is not None:
        _find(row, chosen, find_lr, steps, as_json)
    else:
        _train(row, chosen, run, as_json)


def _train(row: Baseline, chosen: RunConfig, run: Path | None, as_json: bool) -> None:
    from ..benchmark.frameworks import require_training
    from ..core.errors import UsageError

    if run is None:
        raise UsageError("the run's folder is not given", expected="--out RUN")
    # Where devices train together, torch's C++ doubts its own setting at length; it reads
    # this once, on import.
    os.environ.setdefault("TORCH_CPP_LOG_LEVEL", "ERROR")
    require_training()
    from ..benchmark.fitting import rank
    from ..benchmark.training import train as train_baseline

    record = train_baseline(
        row,
        chosen.data,
        run,
        split=chosen.split,
        parameters=row.parameters(**chosen.network),
        training=chosen.training,
        start=chosen.start,
        bar=True,
    )
    if rank():
        return
    if as_json:
        print_json(record.model_dump(mode="json"))
        return
    err.print(f"Trained {record.steps} steps in {record.seconds:.0f} s.", markup=False)
    if record.best is not None:
        err.print(
            "Kept the weights of epoch {epoch}: {metric} {value:.4g}.".format(**record.best),
            markup=False,
        )
    out.print(str(run), markup=False)


def _find(
    row: Baseline, chosen: RunConfig, picture: Path, steps: int | None, as_json: bool
) -> None:
    from ..benchmark.frameworks import require_training
    from ..core.errors import UsageError
    from ..core.files import write_bytes

    if picture.suffix.lower() != ".png":
        raise UsageError("--find-lr draws a PNG", got=picture, expected="a name that ends in .png")
    require_training()
    from ..benchmark.learning_rate import find_learning_rate
    from ..benchmark.range_test import STEPS, draw_range_test

    found = find_learning_rate(
        row,
        chosen.data,
        split=chosen.split,
        parameters=row.parameters(**chosen.network),
        training=chosen.training,
        # The file's steps are those of a whole training.
        steps=steps or STEPS,
        bar=True,
    )
    write_bytes(picture, draw_range_test(found))
    if as_json:
        print_json(found.record())
        return
    err.print(f"Drew {picture}", markup=False)
    if found.suggestion is None:
        err.print("The loss does not fall at any rate: look at the curve.")
    else:
        out.print(f"--learning-rate {found.suggestion:.1e}", markup=False)


def _given(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}


def _values(pairs: list[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Of the network, and of the training."""
    from ..core.errors import UsageError

    for pair in pairs:
        if "=" not in pair:
            raise UsageError("--set is wrong", got=repr(pair), expected="NAME=VALUE")
    values = dict(pair.split("=", 1) for pair in pairs)
    training = {
        name.removeprefix(_TRAINING): value
        for name, value in values.items()
        if name.startswith(_TRAINING)
    }
    return {k: v for k, v in values.items() if not k.startswith(_TRAINING)}, training
