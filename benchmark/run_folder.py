"""A training run on disk: what was asked, the weights, and how the losses fell.

``run.json`` (this record), ``run.yaml`` (what was asked, to train it again),
``model.safetensors`` (once finished), ``metrics.csv`` (one row an epoch) and, until it is
finished, ``last.ckpt`` to continue from and ``best.safetensors``, the best on a validation
split.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..core.errors import DataError, UsageError
from ..core.files import atomic, claim_folder, read_bytes, read_json, write_json, write_text
from .training_parameters import BYSTANDERS, TrainingParameters

if TYPE_CHECKING:
    from .baselines.baseline import Baseline
    from .baselines.network import Network

RECORD: Final = "run.json"
WEIGHTS: Final = "model.safetensors"
BEST: Final = "best.safetensors"
METRICS: Final = "metrics.csv"
CHECKPOINT: Final = "last.ckpt"


class RunRecord(BaseModel):
    """The content of ``run.json``."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    baseline: str
    version: str
    parameters: dict[str, Any]
    training: TrainingParameters
    data: dict[str, Any]  # name, split, sha256 of annotations and of perturbations
    versions: dict[str, str]
    finished: bool = False
    steps: int = 0
    seconds: float = 0.0
    machine: dict[str, Any] = Field(default_factory=dict)  # what ``auto`` became
    best: dict[str, Any] | None = None  # metric, epoch and value of the weights kept

    def differences(self, other: RunRecord) -> dict[str, tuple[Any, Any]]:
        """What the two ask for differently, of all that bears on the weights, by field."""
        mine, theirs = self._asked(), other._asked()
        return {
            name: (mine.get(name), theirs.get(name))
            for name in {**mine, **theirs}
            if mine.get(name) != theirs.get(name)
        }

    def _asked(self) -> dict[str, Any]:
        training = self.training.model_dump(exclude=set(BYSTANDERS))
        parts = {"network": self.parameters, "training": training, "data": self.data}
        return {
            "baseline": self.baseline,
            "version": self.version,
            **{f"{part}.{name}": row[name] for part, row in parts.items() for name in row},
        }


def claim_copy(folder: Path, record: RunRecord, purpose: str) -> None:
    """Make a folder ours that is to hold a finished run, or that holds this very one.

    Raises:
        UsageError: it holds another run, or something else.
    """
    if not claim_folder(folder, marker=RECORD, purpose=purpose):
        return
    found = read_record(folder)
    if found.model_dump(mode="json") != record.model_dump(mode="json"):
        raise UsageError(
            "the output folder holds another run",
            where=folder,
            got=f"{found.baseline}, {found.steps} steps, seed {found.training.seed}",
            expected=f"an empty folder, a new one, or one that holds {purpose}",
            mend="Choose another folder",
        )


def is_run(path: Path) -> bool:
    """Whether a folder holds a training run, finished or not."""
    return (path / RECORD).is_file()


def read_record(folder: Path) -> RunRecord:
    """Read ``run.json``.

    Raises:
        DataError: it is missing or not a run's record.
    """
    data = read_json(folder / RECORD)
    try:
        return RunRecord.model_validate(data)
    except ValidationError as error:
        raise DataError(
            "this is not a training run's record",
            where=folder / RECORD,
            got=str(error.errors()[0]["msg"]),
            expected="what `manyfaces train` wrote",
        ) from error


def require_same(baseline: Baseline, folder: Path) -> None:
    """Refuse a finished run whose weights are not those of a baseline's network.

    Raises:
        UsageError: it is of another baseline or version, or it has not finished.
        DataError: its record is damaged.
    """
    record = read_record(folder)
    got = f"{record.baseline} version {record.version}"
    expected = f"{baseline.name} version {baseline.version}"
    if got != expected:
        raise UsageError(
            "the run is of another version or baseline: its weights fit another network",
            where=folder,
            got=got,
            expected=expected,
            mend="Train it again in a new folder",
        )
    weights_file(folder)


def write_record(folder: Path, record: RunRecord) -> None:
    """Write ``run.json`` atomically."""
    write_json(folder / RECORD, record.model_dump(mode="json"), indent=True)


def write_metrics(folder: Path, rows: Sequence[Mapping[str, float | None]]) -> None:
    """Write ``metrics.csv`` atomically; the first row names the columns.

    An undefined number leaves its cell empty.
    """
    text = io.StringIO()
    writer = csv.DictWriter(text, list(rows[0]) if rows else [], lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: _cell(value) for name, value in row.items()} for row in rows)
    write_text(folder / METRICS, text.getvalue())


def _cell(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def save_weights(folder: Path, network: Network, name: str = WEIGHTS) -> None:
    """Write a network's weights atomically."""
    from safetensors.torch import save

    state = {name: value.detach().cpu().contiguous() for name, value in _state(network).items()}
    with atomic(folder / name) as file:
        file.write(save(state))


def _state(network: Network) -> dict[str, Any]:
    return dict(network.state_dict())


def load_weights(folder: Path, network: Network, *, to_start: bool = False) -> None:
    """Put a run's weights into its network.

    Args:
        to_start: training goes on from them, so that a part of the network that the run
            knows nothing of keeps the weights it has.

    Raises:
        UsageError: the run has not finished.
        DataError: the file is damaged or belongs to another network.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load

    path = weights_file(folder)
    try:
        state = load(read_bytes(path))
        network.load_state_dict(_own_parts(network, state) | state if to_start else state)
    except (SafetensorError, RuntimeError) as error:
        raise DataError(
            "the weights cannot be loaded",
            where=path,
            got=_first_fault(error),
            expected="the weights of the network that run.json describes",
            mend=f"Give the network the parameters in {folder / RECORD}" if to_start else None,
        ) from error


def _first_fault(error: Exception) -> str:
    """What torch found, without its heading: the first of often hundreds of weights."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    return lines[min(1, len(lines) - 1)][:160] if lines else type(error).__name__


def _own_parts(network: Network, state: Mapping[str, Any]) -> dict[str, Any]:
    """The weights of the parts of a network of which a state has nothing."""
    known = {name.split(".")[0] for name in state}
    return {name: own for name, own in _state(network).items() if name.split(".")[0] not in known}


def weights_file(folder: Path) -> Path:
    """The weights of a finished run.

    Raises:
        UsageError: it has not finished.
    """
    path = folder / WEIGHTS
    if not path.is_file():
        raise UsageError(
            "the training run has not finished",
            where=folder,
            expected=WEIGHTS,
            mend="Run the same `manyfaces train` command again: it continues",
        )
    return path
