"""Files of weights, as torchvision releases them, into a Mask R-CNN of two classes."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

import torch
from torch import Tensor, nn

from ...core.errors import DataError, UsageError
from ...core.files import sha256_of_file

_TRUNK: Final = "backbone.body."
_CLASSIFIER: Final = "fc."  # of ImageNet's classes
# Their shape depends on the classes: these layers start anew.
_OF_CLASSES: Final = (
    "roi_heads.box_predictor.",
    "roi_heads.mask_predictor.mask_fcn_logits.",
)


def load_torchvision(model: nn.Module, path: Path, sha256: str | None) -> None:
    """Fill a detector from a file, or its trunk alone where the file holds a ResNet.

    Args:
        model: torchvision's Mask R-CNN.
        path: ``.pth`` or ``.safetensors``.
        sha256: of the file, checked where given.

    Raises:
        UsageError: there is no such file.
        DataError: it cannot be read, is another one, or does not fit.
    """
    state = _read(check_file(path, sha256))
    trunk = not any(name.startswith("backbone.") for name in state)
    if trunk:
        state = {_TRUNK + name: v for name, v in state.items() if not name.startswith(_CLASSIFIER)}
    else:
        state = {name: v for name, v in state.items() if not name.startswith(_OF_CLASSES)}
    needed = (_TRUNK,) if trunk else ("",)
    try:
        missing, unknown = model.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise _unfit(path, str(error).splitlines()[1].strip()) from error
    lost = [
        name for name in missing if name.startswith(needed) and not name.startswith(_OF_CLASSES)
    ]
    if lost or unknown:
        raise _unfit(path, f"without {lost[0]}" if lost else f"with {unknown[0]}")


def check_file(path: Path, sha256: str | None) -> Path:
    """The same path, where it is a file and the one that was meant.

    Raises:
        UsageError: there is no such file.
        DataError: its SHA-256 is another.
    """
    if not path.is_file():
        raise UsageError(
            "the weights to start from are no file",
            got=path,
            mend="Weights are never downloaded: name a file, or leave weights out",
        )
    if sha256 is not None and (found := sha256_of_file(path)) != sha256:
        raise DataError(
            "the weights to start from are another file", where=path, got=found, expected=sha256
        )
    return path


def _read(path: Path) -> Mapping[str, Tensor]:
    try:
        if path.suffix == ".safetensors":
            from safetensors.torch import load_file

            return load_file(path)
        found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError) as error:
        raise _unfit(path, str(error).splitlines()[0]) from error
    if not isinstance(found, Mapping) or not all(isinstance(v, Tensor) for v in found.values()):
        raise _unfit(path, type(found).__name__)
    return found


def _unfit(path: Path, got: str) -> DataError:
    return DataError(
        "the weights to start from do not fit",
        where=path,
        got=f"{got:.200}",
        expected="a state of torchvision's ResNet or Mask R-CNN of this depth and width",
    )
