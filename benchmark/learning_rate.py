"""Finding a learning rate: a range test of a baseline on a dataset."""

from __future__ import annotations

import math
from contextlib import suppress
from pathlib import Path
from typing import Any, Final

import numpy as np
import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from ..annotations.dataset import open_split, require_images
from ..core.errors import DataError
from .baselines.baseline import Baseline, BaselineParameters
from .callbacks import TrainingBar
from .fitting import prepare, running
from .lightning_module import DivergedError, TrainingModule
from .machine import find_machine
from .range_test import HIGHEST, STEPS, RangeTest, Rise
from .schedule import steps_of
from .trainer import make_trainer
from .training_parameters import TrainingParameters

_DIVERGED: Final = 4.0  # times the least smoothed loss


def find_learning_rate(
    baseline: Baseline,
    root: Path,
    *,
    split: str = "train",
    parameters: BaselineParameters | None = None,
    training: TrainingParameters | None = None,
    steps: int = STEPS,
    bar: bool = False,
) -> RangeTest:
    """Train fresh weights for some steps while the learning rate rises; nothing is kept.

    Raises:
        DataError: a picture or an annotation cannot be read, or the loss is never finite.
    """
    asked = training or baseline.training
    asked = asked.model_copy(update={"learning_rate": HIGHEST, "devices": 1})
    machine = find_machine(asked)
    images = require_images(open_split(root, split), root).images
    shape = parameters or baseline.parameters()
    ready = prepare(baseline, shape, asked, root, images, machine, split=split)
    module = TrainingModule(ready.network, asked, Rise(steps))
    record = RangeRecord()
    bars: list[Callback] = [TrainingBar("finding the learning rate")] if bar else []
    with running(asked), suppress(DivergedError):
        make_trainer(
            machine.device,
            [record, *bars],
            max_epochs=math.ceil(steps / steps_of(len(ready.loader), asked.accumulate)),
            gradient_clip_val=asked.clip,
            accumulate_grad_batches=asked.accumulate,
            **machine.trainer_options,
        ).fit(module, ready.loader)
    if not record.losses:
        raise DataError("the loss is not finite at any learning rate", where=root)
    return record.found()


class RangeRecord(Callback):
    """Keeps rate and loss of each step; ends the test where the loss has gone up far."""

    def __init__(self) -> None:
        self.rates: list[float] = []
        self.losses: list[float] = []
        self.batches: list[float] = []

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,  # noqa: ANN401, ARG002 - Lightning's hook
        batch: Any,  # noqa: ANN401, ARG002 - Lightning's hook
        batch_idx: int,  # noqa: ARG002 - Lightning's hook
    ) -> None:
        """A step's loss is the mean of its batches'."""
        assert isinstance(pl_module, TrainingModule)
        self.batches.append(float(pl_module.last_loss))
        if trainer.global_step == len(self.losses):
            return
        self.rates.append(pl_module.rate)
        self.losses.append(float(np.mean(self.batches)))
        self.batches = []
        smoothed = self.found().smoothed
        if smoothed[-1] > _DIVERGED * smoothed.min():
            trainer.should_stop = True

    def found(self) -> RangeTest:
        """The test so far."""
        return RangeTest(np.array(self.rates), np.array(self.losses))
