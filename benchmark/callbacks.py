"""What a training run leaves behind, within epochs and after each, and the bar that it shows."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback, RichProgressBar

from .data import EpochSampler
from .lightning_module import TrainingModule
from .run_folder import CHECKPOINT, write_metrics
from .training_parameters import TrainingParameters
from .validation import Validation


class EpochRecord(Callback):
    """Writes ``last.ckpt`` now and then and ``metrics.csv`` each epoch, each atomically.

    Args:
        folder: the run folder.
        sampler: set to the next picture where a run is continued: Lightning starts the
            loader's workers before it sets the epoch itself.
        training: how often, and how many pictures and batches a step has.
        validation: whose numbers stand in the rows too; called before this.
    """

    def __init__(
        self,
        folder: Path,
        sampler: EpochSampler,
        training: TrainingParameters,
        validation: Validation | None = None,
    ) -> None:
        self.folder, self.sampler, self.training = folder, sampler, training
        self.validation = validation
        self.rows: list[dict[str, float | None]] = []
        self.batches: int | None = None  # done within the epoch; None where it is over
        self.saved = time.monotonic()

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,  # noqa: ARG002 - Lightning's hook
        outputs: Any,  # noqa: ANN401, ARG002 - Lightning's hook
        batch: Any,  # noqa: ANN401, ARG002 - Lightning's hook
        batch_idx: int,
    ) -> None:
        """Save between two steps; gradients that are not yet used would be lost."""
        done = batch_idx + 1
        if done % self.training.accumulate or done >= trainer.num_training_batches:
            return
        if self._due(trainer):
            self.batches = done
            self._save(trainer)

    def _due(self, trainer: pl.Trainer) -> bool:
        due = time.monotonic() - self.saved >= 60 * self.training.checkpoint_minutes
        return due if trainer.world_size == 1 else bool(trainer.strategy.broadcast(due))

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
                    **(self.validation.values if self.validation else {}),
                }
            )
        self.batches = None
        self._save(trainer)
        if trainer.is_global_zero:
            write_metrics(self.folder, self.rows)

    def _save(self, trainer: pl.Trainer) -> None:
        part = self.folder / f".{CHECKPOINT}.part"
        trainer.save_checkpoint(part)
        if trainer.is_global_zero:
            part.replace(self.folder / CHECKPOINT)
        self.saved = time.monotonic()

    def state_dict(self) -> dict[str, Any]:
        """The rows so far and the place in the data, kept in the checkpoint."""
        return {"rows": self.rows, "epoch": self.sampler.epoch, "batches": self.batches}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Go on where the run that is continued was."""
        self.rows = list(state_dict["rows"])
        # Runs that an earlier version began have checkpoints between epochs alone.
        batches = state_dict.get("batches")
        if batches is None:
            self.sampler.resume(state_dict["epoch"] + 1, 0)
        else:
            self.sampler.resume(state_dict["epoch"], batches * self.training.batch_size)


class TrainingBar(RichProgressBar):
    """Lightning's Rich bar, on stderr, counting epochs from 1.

    Args:
        what: is done.
        epochs: of the whole run, or None where something else ends it.
    """

    def __init__(self, what: str, epochs: int | None = None) -> None:
        super().__init__(console_kwargs={"stderr": True})
        self.what, self.epochs = what, epochs

    def _get_train_description(self, current_epoch: int) -> str:
        whole = "" if self.epochs is None else f" of {self.epochs}"
        return f"{self.what}, epoch {current_epoch + 1}{whole}"
