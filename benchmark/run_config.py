"""A training run's configuration: one YAML, which flags override and which a run leaves behind.

What is left out keeps the baseline's default. Paths are from the file's own folder.
"""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any, Final

import yaml
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..core.configuration import expectation, read_yaml
from ..core.errors import UsageError
from ..core.files import write_text
from ..core.tables import lookup, nearest
from .baselines.baseline import Baseline, BaselineParameters
from .baselines.shipped import shipped
from .baselines.table import BASELINES
from .training_parameters import LENGTHS, TrainingParameters

CONFIG: Final = "run.yaml"
COMMAND_LINE: Final = "the command line"
# In the YAML from its own folder.
_PATHS: Final = ("data", "start")
_NETWORK_PATHS: Final = ("weights", "config")  # of the network; the second may be a zoo's name

Values = Mapping[str, Any]


class RunConfig(BaseModel):
    """All that ``manyfaces train`` is told, but where the run goes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    baseline: str = Field(description="its name: manyfaces list baselines")
    data: Path = Field(description="the dataset's folder")
    split: str = Field(default="train", description="the split to train on")
    start: Path | None = Field(
        default=None, description="a run whose weights to start from, or mask-rcnn-small's own"
    )
    network: dict[str, Any] = Field(default_factory=dict, description="the baseline's parameters")
    training: TrainingParameters = Field(default_factory=TrainingParameters)


def read_config(path: Path) -> dict[str, Any]:
    """The fields that a YAML file sets; its paths become paths from here.

    Raises:
        DataError: the file cannot be read.
        UsageError: it is not YAML, or it sets a field that there is not.
    """
    values = _fields(read_yaml(path, "configuration"), RunConfig.model_fields, "", path)
    for name, known in (("network", None), ("training", TrainingParameters.model_fields)):
        values[name] = _fields(values.get(name), known, f"{name}.", path)
    if isinstance(data := values.get("data"), str):
        values["data"] = path.parent / data
    if isinstance(start := values.get("start"), str):
        values["start"] = find_start(start, path.parent)
    values["network"] |= _network_files(values["network"], path.parent)
    return values


def _network_files(network: Values, folder: Path) -> dict[str, str]:
    """The files that network parameters name, as paths from here."""
    return {
        name: os.path.normpath(folder / given)
        for name in _NETWORK_PATHS
        if isinstance(given := network.get(name), str)
        and (name == "weights" or (folder / given).is_file())
    }


def find_start(given: str, folder: Path = Path()) -> Path:
    """The run to start from: a folder, or else the name of shipped weights.

    Args:
        given: as it was written.
        folder: what a path is relative to.
    """
    path = folder / given
    return path if path.is_dir() else shipped(given) or path


def _fields(values: object, known: Iterable[str] | None, prefix: str, path: Path) -> dict[str, Any]:
    if values is None:
        return {}
    if not isinstance(values, dict):
        raise UsageError(
            f"{prefix.rstrip('.') or 'the configuration'} is not a set of fields",
            where=path,
            got=repr(values),
            expected="`field: value` lines",
        )
    named = {str(name): value for name, value in values.items()}
    for name in named:
        if known is not None and name not in known:
            raise _unknown(prefix, name, known, path)
    return named


def _unknown(prefix: str, name: str, known: Iterable[str], where: object) -> UsageError:
    return UsageError(
        f"there is no field {prefix + name!r}",
        where=where,
        expected=f"one of {', '.join(known)}",
        mend=nearest(name, known),
    )


def make_config(file: Values, flags: Values, where: object) -> tuple[Baseline, RunConfig]:
    """The whole configuration, defaults included, and its baseline.

    Args:
        file: what ``read_config`` gives, or nothing.
        flags: the same fields from the command line, which go before the file's.
        where: the file, for messages.

    Raises:
        UsageError: the baseline is unknown or a value is out of range.
    """
    top = {**file, **flags}
    for name in ("baseline", "data"):
        if top.get(name) is None:
            raise UsageError(
                f"the {name} is not given",
                expected=RunConfig.model_fields[name].description,
                mend="Name it on the command line or in the file of --config",
            )
    row = lookup(BASELINES, str(top["baseline"]), "baseline")
    network = {**(file.get("network") or {}), **(flags.get("network") or {})}
    training = make_training(row, file.get("training") or {}, where)
    training = make_training(row, flags.get("training") or {}, COMMAND_LINE, training)
    shape = make_parameters(row, network).model_dump(mode="json")
    values = {**top, "baseline": str(top["baseline"]), "network": shape, "training": training}
    try:
        return row, RunConfig(**values)
    except ValidationError as error:
        raise _wrong(error, RunConfig.model_fields, "", where) from error


def make_training(
    baseline: Baseline, given: Values, where: object, base: TrainingParameters | None = None
) -> TrainingParameters:
    """Training parameters: what is given, then what ``base`` or the baseline says.

    A length that is given stands alone, beside no other that was not.

    Raises:
        UsageError: a value is unknown or out of range.
    """
    values = (base or baseline.training).model_dump()
    if any(given.get(name) is not None for name in LENGTHS):
        values |= dict.fromkeys(LENGTHS)
    try:
        return TrainingParameters(**{**values, **given})
    except ValidationError as error:
        raise _wrong(error, TrainingParameters.model_fields, "training.", where) from error


def make_parameters(baseline: Baseline, values: Values) -> BaselineParameters:
    """A baseline's parameters from plain values.

    Raises:
        UsageError: a parameter is unknown or out of range.
    """
    try:
        return baseline.parameters(**values)
    except ValidationError as error:
        known = baseline.parameters.model_fields
        raise _wrong(error, known, "network.", baseline.name) from error


def _wrong(error: ValidationError, known: Iterable[str], prefix: str, where: object) -> UsageError:
    """The first fault in one sentence; a flag is called by its name on the command line."""
    fault = error.errors()[0]
    name = str(fault["loc"][0]) if fault["loc"] else ""
    if fault["type"] == "extra_forbidden":
        return _unknown(prefix, name, known, where)
    messages = [row["msg"] for row in error.errors() if row["loc"][:1] == fault["loc"][:1]]
    flag = where == COMMAND_LINE
    shown = f"--{name.replace('_', '-')}" if flag else f"the field {prefix + name!r}"
    return UsageError(
        f"{shown} is wrong",
        where=None if flag else where,
        got=repr(fault["input"]),
        expected=" or ".join(map(expectation, messages)),
    )


def write_config(folder: Path, config: RunConfig) -> None:
    """Write ``run.yaml``: every field, and the ways to dataset and start from this folder."""
    paths = {name: path for name in _PATHS if (path := getattr(config, name)) is not None}
    values = config.model_dump(mode="json")
    values |= {name: _way(path, folder) for name, path in paths.items()}
    values["network"] |= {
        name: _way(Path(given), folder)
        for name in _NETWORK_PATHS
        if (given := config.network.get(name)) is not None and Path(given).is_file()
    }
    head = "# manyfaces train --config THIS --out RUN trains the same run again.\n"
    write_text(folder / CONFIG, head + yaml.safe_dump(values, sort_keys=False, allow_unicode=True))


def _way(path: Path, folder: Path) -> str:
    # Shipped weights lie elsewhere on each machine; their name is the same.
    if path == shipped(path.name):
        return path.name
    return Path(os.path.relpath(path.resolve(), folder.resolve())).as_posix()


def schema(baseline: str | None = None) -> dict[str, Any]:
    """The JSON schema of the YAML, for editors that complete and check it.

    Args:
        baseline: whose network parameters are told apart, or None for any.
    """
    found = RunConfig.model_json_schema()
    if baseline is not None:
        shape = lookup(BASELINES, baseline, "baseline").parameters.model_json_schema()
        found["properties"]["network"] = shape
    return found
