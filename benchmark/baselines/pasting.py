"""What torchvision's detectors find, as ``Instances``."""

from __future__ import annotations

from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.models.detection.roi_heads import paste_mask_in_image
from torchvision.ops import clip_boxes_to_image

from ...annotations.instances import Instances
from ...annotations.masks import Rle, encode

_MASK: Final = 0.5  # probability from which a pixel belongs to the face


def to_instances(
    size: tuple[int, int], boxes: Tensor, labels: Tensor, scores: Tensor, masks: Tensor
) -> Instances:
    """The faces of one picture.

    Args:
        size: (height, width) of the picture.
        boxes: (N, 4) xyxy pixels of the picture.
        labels: (N,) 0 real, 1 fake.
        scores: (N,) in [0, 1].
        masks: (N, 1, M, M) probabilities, each over its box.
    """
    pasted = tuple(paste(mask, box, size) for mask, box in zip(masks, boxes, strict=True))
    return from_columns(size, boxes, labels, scores, pasted)


def from_columns(
    size: tuple[int, int], boxes: Tensor, labels: Tensor, scores: Tensor, masks: tuple[Rle, ...]
) -> Instances:
    """As ``to_instances``, for masks that are pasted already."""
    return Instances(
        size,
        clip_boxes_to_image(boxes.double(), size).cpu().numpy(),
        labels.to(torch.int64).cpu().numpy(),
        masks,
        np.clip(scores.double().cpu().numpy(), 0, 1),
    )


def paste(mask: Tensor, box: Tensor, size: tuple[int, int]) -> Rle:
    """One (1, M, M) mask at its box in a picture; one picture-sized array at a time."""
    mask, box = mask.cpu()[0], box.cpu()
    padded = F.pad(mask, (1, 1, 1, 1))
    scale = padded.shape[-1] / mask.shape[-1]
    centre, half = (box[:2] + box[2:]) / 2, (box[2:] - box[:2]) / 2 * scale
    grown = torch.cat([centre - half, centre + half]).to(torch.int64)
    pasted = paste_mask_in_image(padded, grown, *size)
    return encode((pasted >= _MASK).numpy())
