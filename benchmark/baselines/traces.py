"""The network of traces: real or fake, from a face's own pixels, which are never resized.

Resizing a face wipes out what its forging left: the softness of a warp, noise of another
strength, the edge of a blend. So windows of one size are cut out at full resolution, several
of a large face; their detail is set apart from their tone, and a small residual network maps
the forged places and tells whether there are any. Most of what it learns from are places
forged on the spot (``local_forgery``), beside their unforged twins.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Final

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from .face_crops import YCBCR
from .local_forgery import forged_twin, saved_alike
from .network import Target, zero_loss

WINDOW: Final = 160  # pixels, side of a window
SMALLEST_FACE: Final = 32  # pixels, longer side of a box
_ALONG: Final = 3  # windows along a side of a face, at most: they look at parts of a huge one
_TOGETHER: Final = 8  # windows that go through the network at once: more outgrow a cache
_GRID: Final = 8  # windows begin where blocks of JPEG do; also the stride of the map
_FACES: Final = 3  # pairs of a picture, in a training step
_TWINS: Final = 2  # pairs of a picture, in a training step
_APART: Final = 0.75  # mean difference of a forged cell, in 255ths; unforged ones have none
_CHANGED: Final = 4  # difference of a forged pixel, in 255ths
_WHOLE: Final = 0.8  # longer side of a face over a window's, up to which a window shows it whole
_SIGMA: Final = 2.0  # pixels: detail is what a Gaussian of this width takes away


class TraceNetwork(nn.Module):
    """Tells whether windows hold something forged, and where.

    Args:
        width: channels of the first layers; later ones have up to six times as many.
    """

    colours: Tensor
    blur: Tensor

    def __init__(self, width: int) -> None:
        super().__init__()
        self.register_buffer("colours", torch.tensor(YCBCR), persistent=False)
        steps = torch.arange(-4, 5) / _SIGMA
        weights = torch.exp(-(steps**2) / 2)
        self.register_buffer("blur", weights / weights.sum(), persistent=False)
        self.stem = nn.Sequential(
            _layer(6, width, 1, 5),
            _layer(width, width),
            *_stage(width, 2 * width),
            *_stage(2 * width, 4 * width),
            *_stage(4 * width, 6 * width),
        )
        self.top = nn.Sequential(_layer(12 * width, 6 * width), _Residual(6 * width))
        self.map = nn.Conv2d(6 * width, 1, 1)
        self.logit = nn.Sequential(nn.Dropout(0.3), nn.Linear(12 * width + 1, 1))
        self.to(memory_format=torch.channels_last)

    def planes(self, pixels: Tensor) -> Tensor:
        """Detail and tone (n, 6, H, W) of (n, 3, H, W) pixels in [0, 255]."""
        with torch.autocast(pixels.device.type, enabled=False):
            values = torch.einsum("ij,njhw->nihw", self.colours, pixels.float())
            padded = F.pad(values, (4, 4, 4, 4), mode="replicate")
            down = self.blur.view(1, 1, 9, 1).expand(3, 1, 9, 1)
            tone = F.conv2d(F.conv2d(padded, down, groups=3), down.mT, groups=3)
            detail = (values - tone) / 2
            detail = detail.sign() * torch.log1p(detail.abs())
            planes = torch.cat([detail, tone[:, :1] / 64 - 2, tone[:, 1:] / 32], dim=1)
            return planes.contiguous(memory_format=torch.channels_last)

    def forward(self, pixels: Tensor) -> tuple[Tensor, Tensor]:
        """Logits (n,) and maps of logits (n, H / 8, W / 8) of (n, 3, H, W) pixels."""
        features = self.stem(self.planes(pixels))
        # A forged place differs from what surrounds it: each place beside the mean of all.
        beside = features - features.mean((2, 3), keepdim=True)
        top = self.top(torch.cat([features, beside], dim=1))
        maps = self.map(top)[:, 0].float()
        worst = torch.logsumexp(maps.flatten(1), 1) - math.log(maps[0].numel())
        pooled = [top.float().mean((2, 3)), top.float().amax((2, 3)), worst[:, None]]
        return self.logit(torch.cat(pooled, dim=1))[:, 0].float(), maps

    def judge(self, image: Tensor, boxes: Tensor) -> Tensor:
        """Logits (n,) of the boxes (n, 4) xyxy of a (3, H, W) image in [0, 255].

        The mean over a face's windows. Faces too small to have kept any trace get 0, which
        says nothing.
        """
        large = (boxes[:, 2:] - boxes[:, :2]).amax(1, keepdim=True) >= SMALLEST_FACE
        windows = [face_windows(image, box) for box in boxes[large[:, 0]]]
        if not windows:
            return boxes.new_zeros(len(boxes))
        parts = torch.split(torch.cat(windows), _TOGETHER)
        logits = torch.cat([self(part)[0] for part in parts])
        faces = torch.split(logits, [len(face) for face in windows])
        means = torch.stack([face.mean() for face in faces]).to(boxes.dtype)
        return boxes.new_zeros(len(boxes)).masked_scatter(large[:, 0], means)

    def label_loss(self, images: Sequence[Tensor], targets: Sequence[Target]) -> Tensor:
        """Cross-entropy of the true faces' labels; the gradient reaches the pictures."""
        pairs = zip(images, targets, strict=True)
        logits = torch.cat([self.judge(image, target["boxes"]) for image, target in pairs])
        if not len(logits):
            return zero_loss(self)
        labels = torch.cat([target["labels"] for target in targets]).float()
        return F.binary_cross_entropy_with_logits(logits, labels) + zero_loss(self)

    def losses(self, images: Sequence[Tensor], targets: Sequence[Target]) -> dict[str, Tensor]:
        """Cross-entropy of whether a window holds a forgery, and of where."""
        # Half precision, where the network may run in it, would leave traces of its own.
        with torch.autocast("cpu", enabled=False):
            pairs = training_pairs(images, targets)
        if not pairs:
            return {"loss_trace_label": zero_loss(self), "loss_trace_map": zero_loss(self)}
        device = self.colours.device
        windows = torch.stack([each for pair in pairs for each in saved_alike(pair)])
        logits, maps = self(windows.to(device))
        forged = torch.stack([forged_cells(*pair) for pair in pairs]).to(device)
        wanted = torch.stack([forged, torch.zeros_like(forged)], dim=1).flatten(0, 1)
        labels = wanted.amax((1, 2))
        return {
            "loss_trace_label": F.binary_cross_entropy_with_logits(logits, labels),
            "loss_trace_map": F.binary_cross_entropy_with_logits(maps, wanted),
        }


def face_windows(image: Tensor, box: Tensor) -> Tensor:
    """The pixels (n, 3, WINDOW, WINDOW) of a face: one window around a small one, or a grid."""
    x0, y0, x1, y1 = box.tolist()
    places = [(y, x) for y in _centres(y0, y1) for x in _centres(x0, x1)]
    return torch.stack([_cut(image, y, x) for y, x in places])


def _centres(low: float, high: float) -> list[float]:
    """Where windows stand along a side; an eighth of one may be left out at both ends."""
    count = min(max(1, math.ceil((high - low) / WINDOW - 0.25)), _ALONG)
    return [low + (high - low) * (number + 0.5) / count for number in range(count)]


def _start(centre: float, size: int) -> int:
    return int(min(max(centre - WINDOW / 2, 0), max(size - WINDOW, 0))) // _GRID * _GRID


Pair = tuple[Tensor, Tensor]  # (3, WINDOW, WINDOW) with something forged, and without it


def training_pairs(images: Sequence[Tensor], targets: Sequence[Target]) -> list[Pair]:
    """Windows of forged faces whose originals are known, and twins of any other place."""
    images = [image.detach() for image in images]
    pairs = [
        pair
        for number, (image, target) in enumerate(zip(images, targets, strict=True))
        for pair in (*_faces(image, target), *_twins(image, target, images[number - 1]))
    ]
    return [(forged.cpu(), plain.cpu()) for forged, plain in pairs]


def forged_cells(forged: Tensor, plain: Tensor) -> Tensor:
    """Which cells (S / 8, S / 8) of two windows (3, S, S) differ: 1, else 0."""
    apart = F.avg_pool2d((forged - plain).abs().amax(0)[None], _GRID)[0]
    return (apart > _APART).float()


def _faces(image: Tensor, target: Target) -> Iterator[Pair]:
    """A few forged faces, each as it is and as it was."""
    if "original" not in target:
        return
    forged = target["boxes"][target["labels"] == 1]
    for row in torch.randperm(len(forged)).tolist()[:_FACES]:
        y, x = _place(image, target["original"], forged[row])
        yield _cut(image, y, x), _cut(target["original"], y, x)


def _place(image: Tensor, original: Tensor, box: Tensor) -> tuple[float, float]:
    """Row and column to cut around: a face's centre, or near a forged pixel of a large one."""
    x0, y0, x1, y1 = box.tolist()
    y, x, free = (y0 + y1) / 2, (x0 + x1) / 2, 8.0
    if max(x1 - x0, y1 - y0) > _WHOLE * WINDOW:
        top, left, free = max(0, int(y0)), max(0, int(x0)), WINDOW / 4
        rows, columns = slice(top, int(y1)), slice(left, int(x1))
        now, was = image[:, rows, columns].float(), original[:, rows, columns].float()
        places = ((now - was).abs().amax(0) > _CHANGED).nonzero()
        if len(places):
            y, x = places[torch.randint(len(places), ())].tolist()
            y, x = y + top, x + left
    down, right = (2 * free * (torch.rand(2) - 0.5)).tolist()
    return y + down, x + right


def _twins(image: Tensor, target: Target, other: Tensor) -> Iterator[Pair]:
    """Windows of anywhere that nothing is forged, and what forging would make of them."""
    plain = target.get("original", image)
    taken = target["masks"][target["labels"] == 1].sum(0, keepdim=True)
    for _ in range(_TWINS):
        y, x = (torch.rand(2) * torch.tensor(image.shape[1:])).tolist()
        v, u = (torch.rand(2) * torch.tensor(other.shape[1:])).tolist()
        if "original" in target or not _cut(taken, y, x).any():
            window = _cut(plain, y, x).cpu()
            yield forged_twin(window, _cut(other, v, u).cpu()), window


def _cut(planes: Tensor, y: float, x: float) -> Tensor:
    """A float window (C, WINDOW, WINDOW) around a place of (C, H, W); edges are repeated.

    It begins where a block of JPEG does.
    """
    height, width = planes.shape[1:]
    top, left = _start(y, height), _start(x, width)
    cut = planes[:, top : top + WINDOW, left : left + WINDOW]
    missing = (0, WINDOW - cut.shape[2], 0, WINDOW - cut.shape[1])
    return F.pad(cut[None].float(), missing, mode="replicate")[0]


def _stage(inside: int, outside: int) -> tuple[nn.Module, nn.Module]:
    return _layer(inside, outside, 2), _Residual(outside)


class _Residual(nn.Module):
    def __init__(self, channels: int) -> None:
        super().__init__()
        self.first = _layer(channels, channels)
        self.second = _layer(channels, channels)[:2]

    def forward(self, features: Tensor) -> Tensor:
        return F.relu(features + self.second(self.first(features)))


def _layer(inside: int, outside: int, stride: int = 1, kernel: int = 3) -> nn.Sequential:
    return nn.Sequential(
        nn.Conv2d(inside, outside, kernel, stride, kernel // 2, bias=False),
        nn.BatchNorm2d(outside),
        nn.ReLU(inplace=True),
    )
