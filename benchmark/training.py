"""Training a baseline on a dataset's split: seeded, resumable, every write whole."""

from __future__ import annotations

import math
import platform
from collections.abc import Mapping
from importlib.metadata import version
from pathlib import Path
from typing import Any

import torch
import torchvision
from pydantic import ValidationError
from pytorch_lightning.callbacks import Callback

from .. import __version__
from ..annotations.coco import AnnotationSet
from ..annotations.dataset import annotation_file, open_split, require_images
from ..core.errors import UsageError
from ..core.files import claim_folder, sha256_of_file
from ..core.seeds import seed_of
from .baselines.baseline import Baseline, BaselineParameters
from .baselines.network import Network
from .callbacks import EpochRecord, TrainingBar
from .data import EpochSampler, TrainingData, training_loader
from .lightning_module import TrainingModule
from .quiet import interruptible, quiet
from .run_folder import (
    CHECKPOINT,
    RECORD,
    RunRecord,
    read_record,
    save_weights,
    write_record,
)
from .schedule import UNBOUNDED, make_schedule
from .trainer import make_trainer
from .training_parameters import TrainingParameters


def make_parameters(baseline: Baseline, values: Mapping[str, Any]) -> BaselineParameters:
    """A baseline's parameters from plain values.

    Raises:
        UsageError: a parameter is unknown or out of range.
    """
    try:
        return baseline.parameters(**values)
    except ValidationError as error:
        fault = error.errors()[0]
        raise UsageError(
            f"a parameter of {baseline.name} is wrong: {fault['msg'].lower()}",
            where=".".join(map(str, fault["loc"])),
            got=fault["input"],
            expected=", ".join(baseline.parameters.model_fields),
        ) from error


def build_network(baseline: Baseline, parameters: BaselineParameters, seed: int) -> Network:
    """A network to train: weights drawn from the seed, or those that its parameters name.

    torch's own generator is left as it was.
    """
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed_of(seed, "weights") >> 65)
        network = baseline.build(parameters)
    network.load_start()
    return network


def train(
    baseline: Baseline,
    root: Path,
    out: Path,
    *,
    split: str = "train",
    parameters: BaselineParameters | None = None,
    training: TrainingParameters | None = None,
    bar: bool = False,
) -> RunRecord:
    """Train a baseline, continue an interrupted run, or return a finished one's record.

    Args:
        root: the dataset folder.
        out: the run folder: new, empty, or an earlier run of the same command.
        bar: whether Lightning draws its progress bar on stderr.

    Raises:
        UsageError: the run folder holds something else or another run.
        DataError: a picture or an annotation cannot be read, or the training diverged.
    """
    wanted = _record(
        baseline, root, split, parameters or baseline.parameters(), training or baseline.training
    )
    found = _claim(out, wanted)
    if found.finished:
        return found
    annotations = require_images(open_split(root, split), root)
    network = _fit(baseline, annotations, root, out, found, bar)
    save_weights(out, network.network)
    done = found.model_copy(
        update={"finished": True, "steps": network.global_step, "seconds": network.seconds}
    )
    write_record(out, done)
    (out / CHECKPOINT).unlink(missing_ok=True)
    return done


def _record(
    baseline: Baseline,
    root: Path,
    split: str,
    parameters: BaselineParameters,
    training: TrainingParameters,
) -> RunRecord:
    annotations = annotation_file(root, split)
    return RunRecord(
        baseline=baseline.name,
        version=baseline.version,
        parameters=parameters.model_dump(mode="json"),
        training=training,
        data={"name": root.name, "split": split, "sha256": sha256_of_file(annotations)},
        versions={
            "manyfaces": __version__,
            "python": platform.python_version(),
            "torch": torch.__version__,
            "torchvision": torchvision.__version__,
            "pytorch_lightning": version("pytorch-lightning"),
        },
    )


def _claim(out: Path, wanted: RunRecord) -> RunRecord:
    if not claim_folder(out, marker=RECORD, purpose="this very training run"):
        write_record(out, wanted)
        return wanted
    found = read_record(out)
    if not found.same_as(wanted):
        raise UsageError(
            "the run folder holds another run",
            where=out,
            got=f"{found.baseline} on {found.data.get('name')}, seed {found.training.seed}",
            expected="the same baseline, parameters, training and data",
            mend="Choose another folder, or delete this one to start anew",
        )
    return found


def _fit(
    baseline: Baseline,
    annotations: AnnotationSet,
    root: Path,
    out: Path,
    record: RunRecord,
    bar: bool,
) -> TrainingModule:
    training = record.training
    parameters = baseline.parameters(**record.parameters)
    data = TrainingData(root, annotations.images, training.seed)
    sampler = EpochSampler(len(data), training.seed)
    loader = training_loader(data, sampler, training.batch_size, training.workers)
    schedule = make_schedule(training, len(loader))
    network = build_network(baseline, parameters, training.seed)
    module = TrainingModule(network, training, schedule)
    epochs = math.ceil(schedule.steps / len(loader))
    shown = None if schedule.steps == UNBOUNDED else epochs
    callbacks: list[Callback] = [EpochRecord(out, sampler), *([TrainingBar(shown)] if bar else [])]
    checkpoint = out / CHECKPOINT
    with quiet(), interruptible(), torch.random.fork_rng():
        trainer = make_trainer(
            training.device,
            callbacks,
            # Never max_steps, with which Lightning resumes a finished epoch as if it were
            # unfinished; the module ends the run within an epoch.
            max_epochs=epochs,
            gradient_clip_val=training.clip,
        )
        trainer.fit(module, loader, ckpt_path=checkpoint if checkpoint.exists() else None)
    return module
