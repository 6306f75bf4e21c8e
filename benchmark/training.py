"""Training a baseline on a dataset's split: seeded, resumable, every write whole."""

from __future__ import annotations

import math
import platform
import time
from importlib.metadata import version
from pathlib import Path
from typing import Final

import torch
import torchvision
from pytorch_lightning.callbacks import Callback

from .. import __version__
from ..annotations.dataset import annotation_file, open_split, require_images
from ..core.errors import UsageError
from ..core.files import claim_folder, read_bytes, sha256_of_file, write_bytes
from .baselines.baseline import Baseline, BaselineParameters
from .callbacks import EpochRecord, TrainingBar
from .fitting import Prepared, build_network, perturbing, prepare, rank, running
from .lightning_module import TrainingModule
from .machine import Machine, find_machine
from .quiet import quiet
from .run_config import CONFIG, RunConfig, make_parameters, write_config
from .run_folder import (
    BEST,
    CHECKPOINT,
    RECORD,
    WEIGHTS,
    RunRecord,
    load_weights,
    read_record,
    require_same,
    save_weights,
    write_record,
)
from .schedule import UNBOUNDED, Schedule, make_schedule, steps_of
from .tensorboard import TensorBoardLog, require_tensorboard
from .trainer import make_trainer
from .training_parameters import TrainingParameters
from .validation import Validation
from .watched import watch

__all__ = ["build_network", "make_parameters", "train"]

_PATIENCE: Final = 60.0  # seconds that a further device waits for the first one's run folder


def train(
    baseline: Baseline,
    root: Path,
    out: Path,
    *,
    split: str = "train",
    parameters: BaselineParameters | None = None,
    training: TrainingParameters | None = None,
    start: Path | None = None,
    bar: bool = False,
) -> RunRecord:
    """Train a baseline, continue an interrupted run, or return a finished one's record.

    Args:
        root: the dataset folder.
        out: the run folder: new, empty, or an earlier run of the same command.
        start: a finished run of the same baseline and shape, whose weights to start from.
        bar: whether Lightning draws its progress bar on stderr.

    Raises:
        UsageError: the run folder holds something else or another run, the machine lacks
            what is asked for, or the run to start from is of another baseline.
        DataError: a picture or an annotation cannot be read, or the training diverged.
        MissingDependencyError: TensorBoard is asked for and not installed.
    """
    config = RunConfig(
        baseline=baseline.name,
        data=root,
        split=split,
        start=start,
        network=(parameters or baseline.parameters()).model_dump(mode="json"),
        training=training or baseline.training,
    )
    machine = _possible(config.training)
    if start is not None:
        require_same(baseline, start)
    found = _claim(out, _record(baseline, config, machine), config)
    if found.finished:
        return found
    return _Run(baseline, config, out, found, machine).finish(bar)


def _possible(training: TrainingParameters) -> Machine:
    """The machine, with all that is asked of it checked before anything is written."""
    if training.val is not None:
        watch(training.metric)
    elif training.patience is not None:
        raise UsageError(
            "patience needs a split to score", got="no val", mend="Name one with --val SPLIT"
        )
    if training.log == "tensorboard":
        require_tensorboard()
    machine = find_machine(training)
    with quiet():
        make_trainer(machine.device, [], **machine.trainer_options)
    return machine


def _record(baseline: Baseline, config: RunConfig, machine: Machine) -> RunRecord:
    return RunRecord(
        baseline=baseline.name,
        version=baseline.version,
        parameters=config.network,
        training=config.training,
        data=_data(config),
        versions={
            "manyfaces": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "pytorch_lightning": version("pytorch-lightning"),
        },
        machine=machine.record(),
    )


def _data(config: RunConfig) -> dict[str, str]:
    """Name, split and hash of what is trained on; keys are there where they say something."""
    root, training = config.data, config.training
    found = {
        "name": root.name,
        "split": config.split,
        "sha256": sha256_of_file(annotation_file(root, config.split)),
    }
    if config.start is not None:
        found["start_sha256"] = sha256_of_file(config.start / WEIGHTS)
    if training.val is not None:
        found["val_sha256"] = sha256_of_file(annotation_file(root, training.val))
    track = perturbing(training)
    if track is not None:
        found["perturbations_sha256"] = track.sha256
    return found


def _claim(out: Path, wanted: RunRecord, config: RunConfig) -> RunRecord:
    if rank():
        _wait_for(out / RECORD)
    elif not claim_folder(out, marker=RECORD, purpose="this very training run"):
        write_record(out, wanted)
        write_config(out, config)
        return wanted
    found = read_record(out)
    if found.differences(wanted):
        raise _another(out, found, wanted)
    before, now = found.machine.get("devices", 1), wanted.machine["devices"]
    if before != now and not found.finished:
        raise UsageError(
            "the run was begun on another number of devices",
            where=out,
            got=now,
            expected=before,
            mend=f"Continue it with --devices {before}",
        )
    if not (found.finished or rank() or (out / CONFIG).exists()):
        write_config(out, config)
    return found


def _wait_for(record: Path) -> None:
    """The first device makes the run folder, and the others find it."""
    deadline = time.monotonic() + _PATIENCE
    while not record.exists() and time.monotonic() < deadline:
        time.sleep(0.05)


def _another(out: Path, found: RunRecord, wanted: RunRecord) -> UsageError:
    differences = found.differences(wanted)
    return UsageError(
        "the run folder holds another run",
        where=out,
        got=", ".join(f"{name} {got}" for name, (got, _) in differences.items()),
        expected=", ".join(f"{name} {asked}" for name, (_, asked) in differences.items()),
        mend="Choose another folder, or delete this one to start anew",
    )


class _Run:
    """One run from its record to its weights."""

    def __init__(
        self, baseline: Baseline, config: RunConfig, out: Path, record: RunRecord, machine: Machine
    ) -> None:
        self.root = root = config.data
        self.out, self.record, self.machine = out, record, machine
        self.training = training = record.training
        split = record.data["split"]
        images = require_images(open_split(root, split), root).images
        parameters = make_parameters(baseline, record.parameters)
        self.ready: Prepared = prepare(
            baseline, parameters, training, root, images, machine, split=split
        )
        if config.start is not None:
            load_weights(config.start, self.ready.network, to_start=True)
        self.validation = self._validation()
        self.schedule: Schedule = make_schedule(training, len(self.ready.loader))

    def finish(self, bar: bool) -> RunRecord:
        """Train to the end and write what is to be kept, in an order that bears a kill."""
        module = self._fit(bar)
        best = self.validation.record() if self.validation else None
        done = self.record.model_copy(
            update={
                "finished": True,
                "steps": module.global_step,
                "seconds": module.spent,
                "best": best,
            }
        )
        if rank():
            return done
        if best is None:
            save_weights(self.out, module.network)
        else:
            write_bytes(self.out / WEIGHTS, read_bytes(self.out / BEST))
        write_record(self.out, done)
        for name in (CHECKPOINT, BEST):
            (self.out / name).unlink(missing_ok=True)
        return done

    def _fit(self, bar: bool) -> TrainingModule:
        training, loader = self.training, self.ready.loader
        module = TrainingModule(self.ready.network, training, self.schedule)
        epochs = math.ceil(self.schedule.steps / steps_of(len(loader), training.accumulate))
        checkpoint = self.out / CHECKPOINT
        with running(training):
            make_trainer(
                self.machine.device,
                self._callbacks(epochs if bar else None),
                # Never max_steps, with which Lightning resumes a finished epoch as if it were
                # unfinished; the module ends the run within an epoch.
                max_epochs=epochs,
                gradient_clip_val=training.clip,
                accumulate_grad_batches=training.accumulate,
                **self.machine.trainer_options,
            ).fit(module, loader, ckpt_path=checkpoint if checkpoint.exists() else None)
        return module

    def _callbacks(self, epochs: int | None) -> list[Callback]:
        """Validation first: the others write its numbers down."""
        training, validation = self.training, self.validation
        found: list[Callback] = [] if validation is None else [validation]
        if training.log == "tensorboard":
            found.append(TensorBoardLog(self.out, validation))
        found.append(EpochRecord(self.out, self.ready.sampler, training, validation))
        if epochs is not None:
            known = None if self.schedule.steps == UNBOUNDED else epochs
            found.append(TrainingBar("training", known))
        return found

    def _validation(self) -> Validation | None:
        training = self.training
        if training.val is None:
            return None
        return Validation(
            self.out,
            self.root,
            require_images(open_split(self.root, training.val), self.root).images,
            watch(training.metric),
            patience=training.patience,
            batch_size=training.batch_size,
            workers=self.machine.workers,
        )
