"""The optional frameworks of training and network inference, and what to do without them."""

from __future__ import annotations

import importlib
import warnings

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
        with warnings.catch_warnings():
            # fvcore and iopath use names that their own dependencies are leaving behind.
            for module in ("fvcore", "iopath", "detectron2"):
                warnings.filterwarnings("ignore", category=DeprecationWarning, module=module)
            importlib.import_module("detectron2.modeling")
            importlib.import_module("detectron2._C")
    except ImportError as error:
        raise MissingDependencyError(
            "this needs Detectron2, which no package index holds",
            got=f"it cannot be imported: {error}",
            mend=f"With torch in place, install it from its source: {DETECTRON2_INSTALL}",
        ) from error
