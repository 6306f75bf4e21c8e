"""torchvision's boxes at full precision, whatever precision the layers compute in.

In bfloat16 numbers between 512 and 1024 are multiples of 4. torchvision gives anchors and decoded
boxes the type of the layers' outputs, and rounds the true boxes to it as well: so a network
would learn, and answer, boxes that are pixels off.
"""

from __future__ import annotations

import torch
from torch import Tensor
from torchvision.models.detection import MaskRCNN
from torchvision.models.detection._utils import BoxCoder
from torchvision.models.detection.anchor_utils import AnchorGenerator


class PreciseAnchors(AnchorGenerator):
    """Anchors in 32 bits."""

    def set_cell_anchors(self, dtype: torch.dtype, device: torch.device) -> None:  # noqa: ARG002 - torchvision's signature
        """The anchors of one place, of 32 bits whatever the layers have."""
        super().set_cell_anchors(torch.float32, device)


class PreciseCoder(BoxCoder):
    """Decodes boxes in 32 bits."""

    def decode(self, rel_codes: Tensor, boxes: list[Tensor]) -> Tensor:
        """Boxes (n, classes, 4) of their offsets from ``boxes``."""
        decoded: Tensor = super().decode(rel_codes.float(), boxes)
        return decoded


def with_precise_boxes(model: MaskRCNN) -> MaskRCNN:
    """The model, whose anchors are ``PreciseAnchors``, with coders that keep 32 bits."""
    for part in (model.rpn, model.roi_heads):
        part.box_coder = PreciseCoder(part.box_coder.weights)
    return model
