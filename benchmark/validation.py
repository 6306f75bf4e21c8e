"""Validation: a split is scored after each epoch, and the best weights are kept."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import pytorch_lightning as pl
import torch
from pytorch_lightning.callbacks import Callback
from torch.utils.data import DataLoader

from ..annotations.coco import AnnotatedImage
from ..annotations.instances import Instances
from .baselines.frozen import NOISY, losing
from .baselines.network import Network, moved, to_device, to_target, to_tensor
from .data import Sample, start_worker
from .harness import TrackData
from .lightning_module import TrainingModule, gathered
from .run_folder import BEST, save_weights
from .scoring.score import headline, score
from .tracks import CLEAN, get_track
from .watched import Watched, named

Values = Mapping[str, float | None]

# Beside the number that is watched.
_SHOWN: Final = ("box/AP/all", "box/AP50/any", "box/label_AUC/any", "mask/AP/all")
_SEED: Final = 0  # of a loss that draws random numbers: the same in every epoch
_COLUMN: Final = "val/"


class Validation(Callback):
    """Scores a split after each epoch; keeps the best weights; ends a run that stays behind.

    Args:
        folder: the run folder.
        root: the dataset folder.
        images: the split's pictures.
        watched: the number that chooses.
        patience: epochs without a better one that end the run, or None.
        batch_size: pictures for one loss.
        workers: loader processes.
    """

    def __init__(
        self,
        folder: Path,
        root: Path,
        images: Sequence[AnnotatedImage],
        watched: Watched,
        *,
        patience: int | None = None,
        batch_size: int = 1,
        workers: int = 0,
    ) -> None:
        self.folder, self.root, self.images, self.watched = folder, root, images, watched
        self.patience, self.batch_size, self.workers = patience, batch_size, workers
        self.values: dict[str, float | None] = {}  # of the last epoch, by column
        self.best: float | None = None
        self.best_epoch: int | None = None
        self.waited = 0

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002 - Lightning's hook
        """End a run again whose end an interruption followed."""
        self._stop(trainer)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Score the epoch's weights; those of an epoch that a limit left empty have been."""
        assert isinstance(pl_module, TrainingModule)
        if not pl_module.counted:
            return
        values = self._judged(trainer, pl_module)
        self.values = {_COLUMN + name: value for name, value in values.items()}
        self._compare(values[self.watched.name], trainer, pl_module.network)
        self._stop(trainer)

    def _compare(self, value: float | None, trainer: pl.Trainer, network: Network) -> None:
        # A network that finds nothing yet does not stay behind: it has not begun.
        self.waited += self.best is not None
        if not self.watched.better(value, self.best):
            return
        self.best, self.best_epoch, self.waited = value, trainer.current_epoch + 1, 0
        if trainer.is_global_zero:
            save_weights(self.folder, network, BEST)

    def _stop(self, trainer: pl.Trainer) -> None:
        if self.patience is not None and self.waited >= self.patience:
            trainer.should_stop = True

    def _judged(self, trainer: pl.Trainer, module: TrainingModule) -> Values:
        loader = self._loader(trainer)
        with torch.random.fork_rng():
            torch.manual_seed(_SEED)
            if self.watched.is_loss:
                with trainer.precision_plugin.val_step_context():
                    return validation_losses(module.network, loader, trainer.world_size)
            return validation_scores(module.network, loader, trainer.world_size, self.watched)

    def _loader(self, trainer: pl.Trainer) -> DataLoader[Sample]:
        mine = self.images[trainer.global_rank :: trainer.world_size]
        return DataLoader(
            TrackData(self.root, mine, get_track(CLEAN)),
            self.batch_size,
            num_workers=self.workers,
            collate_fn=list,
            worker_init_fn=start_worker,
        )

    def record(self) -> dict[str, Any] | None:
        """The best epoch, for ``run.json``; None where no epoch has a value."""
        if self.best_epoch is None:
            return None
        return {"metric": self.watched.name, "epoch": self.best_epoch, "value": self.best}

    def state_dict(self) -> dict[str, Any]:
        """What a continued run must know."""
        return {"best": self.best, "best_epoch": self.best_epoch, "waited": self.waited}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take it up."""
        self.best, self.best_epoch = state_dict["best"], state_dict["best_epoch"]
        self.waited = state_dict["waited"]


def validation_scores(
    network: Network, loader: DataLoader[Sample], world: int, watched: Watched
) -> Values:
    """The watched number and a few that everyone knows; predicted at full precision."""
    pairs: list[tuple[Instances, Instances]] = []
    for batch in loader:
        found = network.predict_in_training(
            [row.image for row in batch],
            [row.image_id for row in batch],
            [row.truth for row in batch],
        )
        pairs += [(row.truth, answer) for row, answer in zip(batch, found, strict=True)]
    every = [pair for part in gathered(pairs, world) for pair in part]
    rows = headline(score([truth for truth, _ in every], [found for _, found in every]))
    values = {named(key): value for key, value in rows.items()}
    return {name: values[name] for name in dict.fromkeys((watched.name, *_SHOWN))}


def validation_losses(network: Network, loader: DataLoader[Sample], world: int) -> Values:
    """The mean of each loss over the pictures, and of their sum as ``loss``.

    The layers that training makes noisy or lets learn statistics behave as in prediction.
    """
    device = next(network.parameters()).device
    sums: dict[str, float] = {"loss": 0.0}
    count = 0
    with torch.no_grad(), losing(network, NOISY):
        for batch in loader:
            images = [moved(to_tensor(row.image), device) for row in batch]
            losses = network.losses(
                images, [to_device(to_target(row.truth), device) for row in batch]
            )
            for name, value in losses.items():
                sums[name] = sums.get(name, 0.0) + float(value) * len(batch)
                sums["loss"] += float(value) * len(batch)
            count += len(batch)
    parts = gathered((sums, count), world)
    whole = sum(count for _, count in parts)
    return {name: sum(part.get(name, 0.0) for part, _ in parts) / whole for name in sums}
