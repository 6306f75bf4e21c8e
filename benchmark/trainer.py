"""The Lightning trainer as training and evaluation use it: no logs, no files, no chatter."""

from __future__ import annotations

from typing import Any, Final

import pytorch_lightning as pl
from lightning_fabric.utilities.exceptions import MisconfigurationException
from pytorch_lightning.callbacks import Callback, ProgressBar

from ..core.errors import UsageError
from .device_names import lightning_name

# Bits of a number → Lightning's name for it.
PRECISIONS: Final = {"32": "32-true", "bf16": "bf16-mixed", "16": "16-mixed"}


def make_trainer(device: str, callbacks: list[Callback], **given: Any) -> pl.Trainer:  # noqa: ANN401 - Lightning's own options
    """A trainer on all devices of one kind; a bar is drawn where the callbacks hold one.

    Args:
        device: auto, cpu, gpu (or cuda), mps, …: Lightning's accelerator names.
        given: Lightning's options; all devices unless they name ``devices``.

    Raises:
        UsageError: this machine has no such device.
    """
    # For the processor, Lightning's "auto" is one process too, but says so at length.
    given.setdefault("devices", 1 if device == "cpu" else "auto")
    try:
        return pl.Trainer(
            accelerator=lightning_name(device),
            callbacks=callbacks,
            enable_progress_bar=any(isinstance(row, ProgressBar) for row in callbacks),
            enable_model_summary=False,
            enable_checkpointing=False,
            logger=False,
            **given,
        )
    except (ValueError, RuntimeError, MisconfigurationException) as error:
        raise UsageError(
            "the device cannot be used",
            got=f"{device}, devices: {given['devices']}",
            expected="auto, cpu, or gpu or mps where this machine has one",
        ) from error
