"""The one LightningModule that trains every baseline."""

from __future__ import annotations

import time
from typing import Any, TypeVar

import pytorch_lightning as pl
import torch
from torch import Tensor

from ..core.errors import DataError
from ..core.seeds import seed_of
from .baselines.network import Network, moved, to_device
from .data import Batch
from .schedule import Rates
from .training_parameters import TrainingParameters

Generators = list[Tensor]
T = TypeVar("T")


class DivergedError(DataError):
    """A loss is no longer finite."""


class TrainingModule(pl.LightningModule):
    """Minimises the sum of a network's losses with AdamW.

    Args:
        network: with the weights to start from.
        parameters: of the optimiser.
        schedule: of the learning rate, and when to stop.

    Every epoch starts torch's generators anew from the seed, the epoch's number and the
    device's, and a checkpoint within an epoch keeps their states, so that a resumed run
    ends as one that was never interrupted.
    """

    def __init__(self, network: Network, parameters: TrainingParameters, schedule: Rates) -> None:
        super().__init__()
        self.network, self.parameters_of_run, self.schedule = network, parameters, schedule
        self.seconds_before = self.spent = 0.0
        self.started = time.monotonic()
        self.sums: dict[str, Tensor] = {}
        self.counted = 0
        self.rate = 0.0  # of the last step
        self.last_loss = torch.zeros(())  # of the last batch
        self.generators: list[Generators] = []  # of each device, where a run is continued

    @property
    def seconds(self) -> float:
        """Time spent training, interruptions left out; the first device's clock."""
        spent = self.seconds_before + time.monotonic() - self.started
        if self.trainer.world_size > 1:
            return float(self.trainer.strategy.broadcast(spent))
        return spent

    def configure_optimizers(self) -> Any:  # noqa: ANN401 - Lightning's union of forms
        """AdamW with the schedule applied before every step."""
        given = self.parameters_of_run
        groups = _decayed_and_not(self.network, given.weight_decay)
        return torch.optim.AdamW(groups, given.learning_rate)

    def on_train_start(self) -> None:
        """Start the clock; go on with the random numbers of the run that is continued."""
        self.started = time.monotonic()
        if self.generators:
            _restore_generators(self.generators[self.global_rank], self.device)

    def on_train_epoch_start(self) -> None:
        """Seed the epoch and forget the last one's losses."""
        torch.manual_seed(self._seed("epoch", self.current_epoch))
        self.sums, self.counted = {}, 0

    def _seed(self, *purpose: str | int) -> int:
        rank = [self.global_rank] if self.global_rank else []
        return seed_of(self.parameters_of_run.seed, *purpose, *rank) >> 65

    def on_train_batch_start(self, batch: Any, batch_idx: int) -> int | None:  # noqa: ANN401, ARG002 - Lightning's hook
        """Set the learning rate; end the run when its steps or its time are over."""
        seconds = self.seconds if self.schedule.timed else 0.0
        if self.schedule.ended(self.global_step, seconds):
            self.trainer.should_stop = True
            return -1
        self.rate = self.parameters_of_run.learning_rate * self.schedule.rate(
            self.global_step, seconds
        )
        for group in self.trainer.optimizers[0].param_groups:
            group["lr"] = self.rate
        return None

    def transfer_batch_to_device(
        self,
        batch: Batch,
        device: torch.device,
        dataloader_idx: int,  # noqa: ARG002 - Lightning's hook
    ) -> Batch:
        """Move the pictures as bytes: a quarter of what floats would weigh."""
        images, targets = batch
        pictures = [moved(image, device) for image in images]
        return pictures, [to_device(row, device) for row in targets]

    def training_step(self, batch: Batch, batch_idx: int) -> Tensor:  # noqa: ARG002 - Lightning's hook
        """The sum of the losses.

        Raises:
            DivergedError: it is not finite.
        """
        losses = self.network.losses(*batch)
        total = torch.stack(list(losses.values())).sum()
        if not torch.isfinite(total):
            raise DivergedError(
                "the training has diverged",
                where=f"step {self.global_step}",
                got={name: float(value.detach()) for name, value in losses.items()},
                expected="finite losses",
                mend="Lower the learning rate and start again in a new folder",
            )
        self.last_loss = total.detach()
        self._count({**losses, "loss": self.last_loss})
        return total

    def _count(self, losses: dict[str, Tensor]) -> None:
        for name, value in losses.items():
            self.sums[name] = self.sums.get(name, torch.zeros_like(value)) + value.detach()
        self.counted += 1
        self.log("loss", self.last_loss, prog_bar=True, batch_size=1)

    def on_train_end(self) -> None:
        """Stop the clock."""
        self.spent = self.seconds

    def means(self) -> dict[str, float]:
        """The mean of each loss over the epoch so far, and over all devices."""
        sums = {
            name: self.trainer.strategy.reduce(value, reduce_op="mean")
            for name, value in self.sums.items()
        }
        return {name: float(value) / max(1, self.counted) for name, value in sums.items()}

    def on_save_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Keep the time spent and what an epoch has come to."""
        checkpoint["seconds"] = self.seconds
        checkpoint["epoch_so_far"] = {"sums": self.sums, "counted": self.counted}
        checkpoint["generators"] = gathered(_generators(self.device), self.trainer.world_size)

    def on_load_checkpoint(self, checkpoint: dict[str, Any]) -> None:
        """Take up what ``on_save_checkpoint`` kept."""
        self.seconds_before = self.spent = float(checkpoint["seconds"])
        # Runs that an earlier version began have checkpoints between epochs alone.
        kept = checkpoint.get("epoch_so_far", {"sums": {}, "counted": 0})
        self.sums = {name: value.to(self.device) for name, value in kept["sums"].items()}
        self.counted = int(kept["counted"])
        self.generators = list(checkpoint.get("generators", []))


def _generators(device: torch.device) -> Generators:
    """The states of torch's generators: the processor's, and the GPU's that trains."""
    found = [torch.get_rng_state()]
    return [*found, torch.cuda.get_rng_state(device)] if device.type == "cuda" else found


def _restore_generators(states: Generators, device: torch.device) -> None:
    torch.set_rng_state(states[0].cpu())
    if device.type == "cuda" and len(states) > 1:
        torch.cuda.set_rng_state(states[1].cpu(), device)


def gathered(value: T, world: int) -> list[T]:
    """The value of every device that trains along, in order."""
    if world == 1:
        return [value]
    parts: list[Any] = [None] * world
    torch.distributed.all_gather_object(parts, value)
    return parts


def _decayed_and_not(network: Network, decay: float) -> list[dict[str, Any]]:
    """Weights decay; biases and normalisation do not."""
    weights = [value for value in network.parameters() if value.ndim > 1]
    others = [value for value in network.parameters() if value.ndim <= 1]
    return [
        {"params": weights, "weight_decay": decay},
        {"params": others, "weight_decay": 0.0},
    ]
