"""The optional frameworks of training and network inference, and what to do without them."""

from __future__ import annotations

import importlib
import logging
import warnings
from collections.abc import Iterator
from contextlib import contextmanager

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


_DETECTRON2 = ("_C", "modeling", "checkpoint", "data")
DETECTRON2_INSTALL = (
    "pip install --no-build-isolation 'git+https://github.com/facebookresearch/detectron2.git'"
)


def require_detectron2() -> None:
    """Make sure that Detectron2 can be imported; training's own parts first.

    Raises:
        MissingDependencyError: it is not installed, or was built for another torch.
    """
    require_training()
    try:
        with calm_detectron2():
            for module in _DETECTRON2:
                importlib.import_module(f"detectron2.{module}")
    except ImportError as error:
        raise MissingDependencyError(
            "this needs Detectron2, which no package index holds",
            got=f"it cannot be imported: {error}",
            mend=f"With torch in place, install it from its source: {DETECTRON2_INSTALL}",
        ) from error


@contextmanager
def calm_detectron2() -> Iterator[None]:
    """Without what today's torch says of how Detectron2 calls it; nothing else is silenced."""
    logger = logging.getLogger("torch.fx._symbolic_trace")
    level = logger.level
    logger.setLevel(logging.ERROR)
    try:
        with warnings.catch_warnings():
            # fvcore compiles its losses while it is imported.
            warnings.filterwarnings("ignore", r".torch\.jit\.script", FutureWarning)
            # The anchors' grid is asked for without the order of its axes.
            warnings.filterwarnings("ignore", r"torch\.meshgrid: in an upcoming", UserWarning)
            yield
    finally:
        logger.setLevel(level)
