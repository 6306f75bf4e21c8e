"""What a training run leaves behind each epoch, and the bar that it shows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, RichProgressBar

from .data import EpochSampler
from .lightning_module import TrainingModule
from .run_folder import CHECKPOINT, write_metrics


class EpochRecord(Callback):
    """Writes ``metrics.csv`` and ``last.ckpt`` after every epoch, each atomically.

    Args:
        folder: the run folder.
        sampler: set to the next epoch where a run is continued: Lightning starts the
            loader's workers before it does so itself.
    """

    def __init__(self, folder: Path, sampler: EpochSampler) -> None:
        self.folder, self.sampler = folder, sampler
        self.rows: list[dict[str, float]] = []

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Record the epoch; one that the time limit left empty has nothing to record."""
        assert isinstance(pl_module, TrainingModule)
        if pl_module.counted:
            self.rows.append(
                {
                    "epoch": trainer.current_epoch + 1,
                    "step": trainer.global_step,
                    "seconds": round(pl_module.seconds, 1),
                    **pl_module.means(),
                }
            )
        self._save(trainer)

    def _save(self, trainer: pl.Trainer) -> None:
        part = self.folder / f".{CHECKPOINT}.part"
        trainer.save_checkpoint(part)
        if trainer.is_global_zero:
            part.replace(self.folder / CHECKPOINT)
            write_metrics(self.folder, self.rows)

    def state_dict(self) -> dict[str, Any]:
        """The rows so far and the epoch, kept in the checkpoint."""
        return {"rows": self.rows, "epoch": self.sampler.epoch}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Take up the rows of the run that is continued."""
        self.rows = list(state_dict["rows"])
        self.sampler.set_epoch(state_dict["epoch"] + 1)


class TrainingBar(RichProgressBar):
    """Lightning's Rich bar, on stderr, counting epochs from 1.

    Args:
        epochs: of the whole run, or None where time ends it.
    """

    def __init__(self, epochs: int | None) -> None:
        super().__init__(console_kwargs={"stderr": True})
        self.epochs = epochs

    def _get_train_description(self, current_epoch: int) -> str:
        whole = "" if self.epochs is None else f" of {self.epochs}"
        return f"training, epoch {current_epoch + 1}{whole}"
