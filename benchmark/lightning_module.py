"""The one LightningModule that trains every baseline."""

from __future__ import annotations

import time
from typing import Any

import pytorch_lightning as pl
import torch
from torch import Tensor

from ..core.errors import DataError
from ..core.seeds import seed_of
from .baselines.network import Network, to_device
from .data import Batch
from .schedule import Schedule
from .training_parameters import TrainingParameters


class TrainingModule(pl.LightningModule):
    """Minimises the sum of a network's losses with AdamW.

    Args:
        network: with the weights to start from.
        parameters: of the optimiser.
        schedule: of the learning rate, and when to stop.

    Every epoch starts torch's generators anew from the seed and the epoch's number, so a
    run that is resumed at an epoch ends as one that was never interrupted.
    """

    def __init__(
        self, network: Network, parameters: TrainingParameters, schedule: Schedule
    ) -> None:
        super().__init__()
        self.network, self.parameters_of_run, self.schedule = network, parameters, schedule
        self.seconds_before = 0.0
        self.started = time.monotonic()
        self.sums: dict[str, Tensor] = {}
        self.counted = 0

    @property
    def seconds(self) -> float:
        """Time spent training, interruptions left out."""
        return self.seconds_before + time.monotonic() - self.started

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - Lightning's union of forms
        """AdamW with the schedule applied before every step."""
        given = self.parameters_of_run
        groups = _decayed_and_not(self.network, given.weight_decay)
        return torch.optim.AdamW(groups, given.learning_rate)

    def on_train_start(self) -> None:
        """Start the clock."""
        self.started = time.monotonic()

    def on_train_epoch_start(self) -> None:
        """Seed the epoch and forget the last one's losses."""
        torch.manual_seed(seed_of(self.parameters_of_run.seed, "epoch", self.current_epoch) >> 65)
        self.sums, self.counted = {}, 0

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> int | None:  # noqa: ANN401, ARG002 - Lightning's hook
        """Set the learning rate; end the run when its steps or its time are over."""
        if self.schedule.ended(self.global_step, self.seconds):
            self.trainer.should_stop = True
            return -1
        rate = self.parameters_of_run.learning_rate * self._rate()
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = rate
        return None

    def _rate(self) -> float:
        return self.schedule.rate(self.global_step, self.seconds)

    def transfer_batch_to_device(
        self,
        batch: Batch,
        device: torch.device,
        dataloader_idx: int,  # noqa: ARG002 - Lightning's hook
    ) -> Batch:
        """Move the pictures as bytes: a quarter of what floats would weigh."""
        images, targets = batch
        return [image.to(device) for image in images], [to_device(row, device) for row in targets]

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:  # noqa: ARG002 - Lightning's hook
        """The sum of the losses.

        Raises:
            DataError: it is not finite: the training has diverged.
        """
        losses = self.network.losses(*batch)
        total = torch.stack(list(losses.values())).sum()
        if not torch.isfinite(total):
            raise DataError(
                "the training has diverged",
                where=f"step {self.global_step}",
                got={name: float(value.detach()) for name, value in losses.items()},
                expected="finite losses",
                mend="Lower the learning rate and start again in a new folder",
            )
        self._count({**losses, "loss": total})
        return total

    def _count(self, losses: dict[str, Tensor]) -> None:
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, torch.zeros_like(value)) + value.detach()
        self.counted += 1
        self.log("loss", losses["loss"].detach(), prog_bar=True, batch_size=1)

    def means(self) -> dict[str, float]:
        """The mean of each loss over the epoch so far."""
        return {name: float(value) / max(1, self.counted) for name, value in self.sums.items()}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the time spent."""
        checkpoint["seconds"] = self.seconds

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up the time spent."""
        self.seconds_before = float(checkpoint["seconds"])


def _decayed_and_not(network: Network, decay: float) -> list[dict[str, Any]]:
    """Weights decay; biases and normalisation do not."""
    weights = [value for value in network.parameters() if value.ndim > 1]
    others = [value for value in network.parameters() if value.ndim <= 1]
    return [
        {"params": weights, "weight_decay": decay},
        {"params": others, "weight_decay": 0.0},
    ]
