"""TensorBoard's event files of a training run, beside ``metrics.csv``."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytorch_lightning as pl
from pytorch_lightning.callbacks import Callback

from ..core.errors import MissingDependencyError
from .lightning_module import TrainingModule
from .validation import Validation

if TYPE_CHECKING:
    from torch.utils.tensorboard.writer import SummaryWriter

FOLDER: Final = "tensorboard"
_EVERY: Final = 10  # steps: a loss must be fetched from the device


def require_tensorboard() -> None:
    """Make sure that event files can be written.

    Raises:
        MissingDependencyError: TensorBoard is not installed.
    """
    try:
        import torch.utils.tensorboard  # noqa: F401
    except ImportError as error:
        raise MissingDependencyError(
            "--log tensorboard needs TensorBoard",
            got=str(error),
            mend="Install it with: pip install 'manyfaces[tensorboard]'",
        ) from error


class TensorBoardLog(Callback):
    """Writes loss and learning rate every few steps, and all means each epoch.

    Args:
        folder: the run folder.
        validation: whose numbers are written too; called before this.
    """

    def __init__(self, folder: Path, validation: Validation | None = None) -> None:
        self.folder, self.validation = folder / FOLDER, validation
        self.writer: SummaryWriter | None = None

    def on_train_start(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:  # noqa: ARG002 - Lightning's hook
        """Open the file; what an interrupted run wrote beyond its checkpoint is superseded."""
        from torch.utils.tensorboard.writer import SummaryWriter

        if trainer.is_global_zero:
            self.writer = SummaryWriter(str(self.folder), purge_step=trainer.global_step or None)

    def on_train_batch_end(
        self,
        trainer: pl.Trainer,
        pl_module: pl.LightningModule,
        outputs: Any,  # noqa: ANN401, ARG002 - Lightning's hook
        batch: Any,  # noqa: ANN401, ARG002 - Lightning's hook
        batch_idx: int,  # noqa: ARG002 - Lightning's hook
    ) -> None:
        """Write the loss of a batch and the rate that it was learned at."""
        assert isinstance(pl_module, TrainingModule)
        if self.writer is None or trainer.global_step % _EVERY:
            return
        self.writer.add_scalar("step/loss", float(pl_module.last_loss), trainer.global_step)
        self.writer.add_scalar("step/learning_rate", pl_module.rate, trainer.global_step)

    def on_train_epoch_end(self, trainer: pl.Trainer, pl_module: pl.LightningModule) -> None:
        """Write the epoch's means and what validation gave."""
        assert isinstance(pl_module, TrainingModule)
        means = {f"epoch/{name}": value for name, value in pl_module.means().items()}
        values = {**means, **(self.validation.values if self.validation else {})}
        if self.writer is None or not pl_module.counted:
            return
        for name, value in values.items():
            if value is not None:
                self.writer.add_scalar(name, value, trainer.global_step)
        self.writer.flush()

    def teardown(self, trainer: pl.Trainer, pl_module: pl.LightningModule, stage: str) -> None:  # noqa: ARG002 - Lightning's hook
        """Close the file, also after an error."""
        if self.writer is not None:
            self.writer.close()
            self.writer = None
