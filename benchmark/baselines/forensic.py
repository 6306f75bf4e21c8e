"""The forensic head: real or fake, from each face's pixels at full resolution.

A detector looks at a shrunken picture, where the traces of a blend are gone. This head
aligns each face and its surroundings from the picture as it came: the colours, the
high-pass residual (what a local mean leaves) and the residual's local strength. A donor's
noise, a resampled texture or a seam differs there from what surrounds it. It is trained
to map the forged pixels of the crop as well as to tell the label, since pixels are many
where labels are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import roi_align

from .network import Target

CONTEXT: Final = 1.5  # side of the crop over the side of the box
CROP: Final = 96  # pixels, side of the aligned crop
_JITTER: Final = 0.08  # of the box's sides, while training
_WINDOW: Final = 5  # pixels, side of the local means


def residuals(image: Tensor) -> Tensor:
    """The nine input channels (1, 9, H, W) of a (3, H, W) uint8 image.

    Colours in [-1, 1], the residual of a 3 × 3 mean, and the logarithm of the mean
    absolute residual over a window.
    """
    colours = image[None].float() / 127.5 - 1
    residual = colours - _mean(colours, 3)
    strength = torch.log(_mean(residual.abs(), _WINDOW) + 1e-3) / 2 + 2
    return torch.cat([colours, residual * 8, strength], dim=1)


def _mean(images: Tensor, side: int) -> Tensor:
    padded = F.pad(images, [side // 2] * 4, mode="replicate")
    return F.avg_pool2d(padded, side, stride=1)


def with_context(boxes: Tensor) -> Tensor:
    """(N, 4) boxes grown around their centres by ``CONTEXT``."""
    centres = (boxes[:, :2] + boxes[:, 2:]) / 2
    half = (boxes[:, 2:] - boxes[:, :2]) * (CONTEXT / 2)
    return torch.cat([centres - half, centres + half], dim=1)


def jittered(boxes: Tensor) -> Tensor:
    """(N, 4) boxes with each edge moved at random, as a detector's boxes are off."""
    sides = (boxes[:, 2:] - boxes[:, :2]).repeat(1, 2)
    return boxes + torch.randn_like(boxes) * sides * _JITTER


class ForensicHead(nn.Module):
    """Tells real from fake for given boxes.

    Args:
        channels: of the widest layer.
    """

    def __init__(self, channels: int) -> None:
        super().__init__()
        half = channels // 2
        self.trunk = nn.Sequential(
            _block(9, half, 1),
            _block(half, half, 2),
            _block(half, channels, 1),
            _block(channels, channels, 2),
            _block(channels, channels, 1),
        )
        self.map = nn.Conv2d(channels, 1, 1)
        self.top = nn.Sequential(_block(channels + 1, channels, 2), _block(channels, channels, 2))
        self.logit = nn.Linear(2 * channels, 1)

    def forward(self, images: Sequence[Tensor], boxes: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Logits (N,) and forgery maps (N, h, w) of all boxes, image by image.

        Args:
            images: (3, H, W) uint8 each.
            boxes: (n, 4) per image, xyxy pixels of that image.
        """
        crops = [
            roi_align(residuals(image), [with_context(found)], CROP, sampling_ratio=1, aligned=True)
            for image, found in zip(images, boxes, strict=True)
        ]
        features = self.trunk(torch.cat(crops))
        maps = self.map(features)
        top = self.top(torch.cat([features, maps], dim=1))
        pooled = torch.cat([top.mean((2, 3)), top.amax((2, 3))], dim=1)
        return self.logit(pooled)[:, 0], maps[:, 0]

    def losses(self, images: Sequence[Tensor], targets: Sequence[Target]) -> dict[str, Tensor]:
        """Cross-entropy of the labels and of the forged pixels, over the true faces."""
        boxes = [jittered(target["boxes"]) for target in targets]
        if not sum(map(len, boxes)):
            zero = self.logit.weight.sum() * 0
            return {"loss_forgery": zero, "loss_forgery_map": zero}
        logits, maps = self(images, boxes)
        labels = torch.cat([target["labels"] for target in targets]).float()
        pairs = zip(targets, boxes, strict=True)
        wanted = torch.cat([_forged(target, found, maps.shape[-1]) for target, found in pairs])
        return {
            "loss_forgery": F.binary_cross_entropy_with_logits(logits, labels),
            "loss_forgery_map": F.binary_cross_entropy_with_logits(maps, wanted),
        }


def _forged(target: Target, boxes: Tensor, side: int) -> Tensor:
    """The share of forged pixels (n, side, side) in each cell of each box's crop."""
    fakes = target["masks"][target["labels"] == 1]
    union = fakes.amax(0) if len(fakes) else torch.zeros_like(target["masks"].amax(0))
    crops: Tensor = roi_align(union[None, None].float(), [with_context(boxes)], side, aligned=True)
    return crops[:, 0]


def _block(inside: int, outside: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )
