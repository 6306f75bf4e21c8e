"""The forensic head: real or fake, from each face's pixels at full resolution.

A detector looks at a shrunken picture, where the traces of a blend are gone. This head
reads the picture as it came. A camera leaves noise of one strength and one fineness all
over a picture; what was warped, blurred, sharpened or brought from elsewhere has another.
So the picture is taken apart by a fixed bank of six band-pass filters on its luma (the
first of them in the manner of the rich models of Fridrich and Kodovsky, IEEE TIFS 2012),
the logarithm of each band's strength is averaged over small cells, and the cells of each
face and its surroundings are compared by a small network, once as they are and once less
the picture's mean. It is trained to map the forged cells as well as to tell the label,
since cells are many where labels are few.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F
from torchvision.ops import roi_align

from .face_crops import YCBCR, grown, jittered
from .network import Target, zero_loss

CONTEXT: Final = 1.5  # side of the crop over the side of the box
CELL: Final = 2  # pixels, side of a cell of the band maps
_REPEATS: Final = 3  # jittered copies of each face in a training step
_FLOOR: Final = 0.25  # in 255ths, added to a band's strength before the logarithm
_BANDS: Final = 6
_CHANNELS: Final = 2 * (_BANDS + 3)  # bands and colours, as they are and less their means


def filter_bank() -> Tensor:
    """The six band-pass filters (6, 1, 7, 7), each with a sum of zero.

    Second differences both ways, across and down; fourth differences both ways; the
    difference of two Gaussians; and what a narrow Gaussian leaves.
    """
    second = torch.tensor([0, 0, -1, 2, -1, 0, 0]) / 2
    fourth = torch.tensor([0, 1, -4, 6, -4, 1, 0]) / 16
    smooth = torch.tensor([0, 0, 1, 2, 1, 0, 0]) / 4
    narrow, middle, wide = (_gaussian(sigma) for sigma in (0.8, 1.0, 2.0))
    point = torch.zeros(7)
    point[3] = 1
    bank = [
        torch.outer(second, second),
        torch.outer(second, smooth),
        torch.outer(smooth, second),
        torch.outer(fourth, fourth),
        torch.outer(middle, middle) - torch.outer(wide, wide),
        torch.outer(point, point) - torch.outer(narrow, narrow),
    ]
    return torch.stack(bank)[:, None]


def _gaussian(sigma: float) -> Tensor:
    weights = torch.exp(-(torch.arange(-3, 4) ** 2) / (2 * sigma**2))
    return weights / weights.sum()


class ForensicHead(nn.Module):
    """Tells real from fake for given boxes.

    Args:
        channels: of the widest layer.
        crop: cells, side of a face with its surroundings.
    """

    bank: Tensor
    colours: Tensor

    def __init__(self, channels: int, crop: int) -> None:
        super().__init__()
        self.crop = crop
        half = channels // 2
        # Constants, made anew with the network: no part of its weights.
        self.register_buffer("bank", filter_bank(), persistent=False)
        self.register_buffer("colours", torch.tensor(YCBCR), persistent=False)
        self.trunk = nn.Sequential(
            nn.BatchNorm2d(_CHANNELS), _block(_CHANNELS, half, 1), _block(half, half, 1)
        )
        self.map = nn.Conv2d(half, 1, 1)
        self.top = nn.Sequential(_block(half + 1, channels, 2), _block(channels, channels, 2))
        self.logit = nn.Sequential(nn.Dropout(0.3), nn.Linear(2 * channels, 1))

    def cells(self, image: Tensor) -> Tensor:
        """The cells (1, 9, h, w) of a (3, H, W) image: six log strengths, three colours.

        The bank is fixed, so a graph is kept only for a picture that asks for its gradient.
        Mixed precision would round a bright pixel to whole 255ths, and the noise away.
        """
        wanted = torch.is_grad_enabled() and image.requires_grad
        with torch.set_grad_enabled(wanted), torch.autocast(image.device.type, enabled=False):
            planes = torch.einsum("ij,jhw->ihw", self.colours, image.float())[None]
            padded = F.pad(planes[:, :1], (3, 3, 3, 3), mode="replicate")
            strength = torch.log(F.conv2d(padded, self.bank).abs() + _FLOOR)
            return F.avg_pool2d(torch.cat([strength, planes / 64], dim=1), CELL, ceil_mode=True)

    def crops(self, image: Tensor, boxes: Tensor) -> Tensor:
        """What the network sees (n, 18, crop, crop) of the boxes of one image."""
        cells = self.cells(image)
        aligned: Tensor = self._align(cells, boxes)
        return torch.cat([aligned, aligned - cells.mean((2, 3), keepdim=True)], dim=1)

    def _align(self, cells: Tensor, boxes: Tensor) -> Tensor:
        aligned: Tensor = roi_align(
            cells, [grown(boxes, CONTEXT)], self.crop, spatial_scale=1 / CELL, aligned=True
        )
        return aligned

    def forward(self, images: Sequence[Tensor], boxes: Sequence[Tensor]) -> tuple[Tensor, Tensor]:
        """Logits (N,) and forgery maps (N, crop, crop) of all boxes, image by image.

        Args:
            images: (3, H, W) each, uint8 or float32 in [0, 255].
            boxes: (n, 4) per image, xyxy pixels of that image.
        """
        pairs = zip(images, boxes, strict=True)
        return self.judge(torch.cat([self.crops(image, found) for image, found in pairs]))

    def judge(self, crops: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n,) and forgery maps (n, crop, crop) of what ``crops`` gives."""
        features = self.trunk(crops)
        maps = self.map(features)
        top = self.top(torch.cat([features, maps], dim=1))
        pooled = torch.cat([top.mean((2, 3)), top.amax((2, 3))], dim=1)
        return self.logit(pooled)[:, 0], maps[:, 0]

    def losses(self, images: Sequence[Tensor], targets: Sequence[Target]) -> dict[str, Tensor]:
        """Cross-entropy of the labels and of the forged cells, over the true faces."""
        boxes = [jittered(target["boxes"].repeat(_REPEATS, 1)) for target in targets]
        if not sum(map(len, boxes)):
            return {"loss_forgery": zero_loss(self), "loss_forgery_map": zero_loss(self)}
        logits, maps = self(images, boxes)
        labels = torch.cat([target["labels"].repeat(_REPEATS) for target in targets]).float()
        pairs = zip(targets, boxes, strict=True)
        wanted = torch.cat([self._forged(target, found) for target, found in pairs])
        return {
            "loss_forgery": F.binary_cross_entropy_with_logits(logits, labels),
            "loss_forgery_map": F.binary_cross_entropy_with_logits(maps, wanted),
        }

    def _forged(self, target: Target, boxes: Tensor) -> Tensor:
        """The share of forged pixels (n, crop, crop) in each cell of each box's crop."""
        fakes = target["masks"][target["labels"] == 1]
        union = fakes.sum(0).clamp(max=1).float()  # of no masks a maximum is undefined
        cells = F.avg_pool2d(union[None, None], CELL, ceil_mode=True)
        return self._align(cells, boxes)[:, 0]


def _block(inside: int, outside: int, stride: int) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, 3, stride, 1, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )
