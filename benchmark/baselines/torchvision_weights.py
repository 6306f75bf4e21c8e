"""Files of weights, as torchvision releases them, into a Mask R-CNN of two classes."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from torch import nn

from .starting_weights import check_file, read_state, unfit

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
    state = read_state(check_file(path, sha256))
    trunk = not any(name.startswith("backbone.") for name in state)
    if trunk:
        state = {_TRUNK + name: v for name, v in state.items() if not name.startswith(_CLASSIFIER)}
    else:
        state = {name: v for name, v in state.items() if not name.startswith(_OF_CLASSES)}
    needed = (_TRUNK,) if trunk else ("",)
    try:
        missing, unknown = model.load_state_dict(state, strict=False)
    except RuntimeError as error:
        raise unfit(path, str(error).splitlines()[1].strip()) from error
    lost = [
        name for name in missing if name.startswith(needed) and not name.startswith(_OF_CLASSES)
    ]
    if lost or unknown:
        raise unfit(path, f"without {lost[0]}" if lost else f"with {unknown[0]}")
