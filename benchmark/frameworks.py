"""The optional frameworks of training and network inference, and what to do without them."""

from __future__ import annotations

import importlib

from ..core.errors import MissingDependencyError

TRAINING = ("torch", "torchvision", "pytorch_lightning", "safetensors")


def require_training() -> None:
    """Make sure that networks can be trained and run.

    Raises:
        MissingDependencyError: torch or one of its companions is not installed.
    """
    for module in TRAINING:
        try:
            importlib.import_module(module)
        except ImportError as error:
            raise MissingDependencyError(
                "this needs the training extra",
                got=f"{module} cannot be imported: {error}",
                mend="Install it with: pip install 'manyfaces[train]'",
            ) from error
