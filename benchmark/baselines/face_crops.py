"""Faces cut out of pictures, as the networks that judge single faces see them.

Everything is differentiable, so that a gradient reaches the picture.
"""

from __future__ import annotations

from typing import Final

import torch
from torch import Tensor
from torchvision.ops import roi_align

_JITTER: Final = 0.06  # of the box's sides, while training
# ImageNet's, in the units of [0, 1]: R, G, B.
IMAGENET_MEAN: Final = (0.485, 0.456, 0.406)
IMAGENET_STD: Final = (0.229, 0.224, 0.225)
# ITU-R BT.601: R, G, B to luma and the two colour differences.
YCBCR: Final = (
    (0.299, 0.587, 0.114),
    (-0.168736, -0.331264, 0.5),
    (0.5, -0.418688, -0.081312),
)


def jittered(boxes: Tensor) -> Tensor:
    """(N, 4) boxes with each edge moved at random, as a detector's boxes are off."""
    sides = (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
    return boxes + torch.randn_like(boxes) * sides * _JITTER


def grown(boxes: Tensor, margin: float) -> Tensor:
    """(N, 4) boxes grown around their centres by the factor ``margin``."""
    return _around(boxes, (boxes[:, 2:] - boxes[:, :2]) * margin)


def windows(boxes: Tensor, margin: float) -> Tensor:
    """(N, 4) squares around the centres of boxes, ``margin`` times the longer side wide."""
    longer = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True)
    return _around(boxes, (longer * margin).expand(-1, 2))


def _around(boxes: Tensor, sides: Tensor) -> Tensor:
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    return torch.cat([centres - sides / 2, centres + sides / 2], dim=1)


def crop(image: Tensor, boxes: Tensor, side: int) -> Tensor:
    """Windows of a (C, H, W) picture, resized: (N, C, side, side) float32.

    A large window is averaged, a small one interpolated; what lies beyond the picture's
    edge is black.
    """
    # Where boxes are half-open and pixel centres at integers, edges lie between pixels:
    # this is what roi_align calls aligned.
    cut: Tensor = roi_align(image.float()[None], [boxes.float()], side, aligned=True)
    # With the channels of a pixel together, convolutions on a processor take less time, some
    # half of it (tests/bench/bench_face_level.py).
    return cut.contiguous(memory_format=torch.channels_last)


def crop_each(masks: Tensor, boxes: Tensor, side: int) -> Tensor:
    """As ``crop``, each (N, H, W) mask by its own window: (N, side, side) float32."""
    rows = zip(masks, boxes, strict=True)
    # One after the other: all masks as floats would fill the memory.
    cut = [crop(mask[None], box[None], side)[0] for mask, box in rows]
    return torch.cat(cut) if cut else masks.new_zeros((0, side, side), dtype=torch.float32)


def normalised(faces: Tensor) -> Tensor:
    """(N, 3, S, S) faces in [0, 255] less ImageNet's mean, over its standard deviation."""
    mean, std = (
        faces.new_tensor(values)[:, None, None] for values in (IMAGENET_MEAN, IMAGENET_STD)
    )
    return (faces / 255 - mean) / std
