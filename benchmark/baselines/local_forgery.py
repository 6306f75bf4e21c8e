"""Forgeries of any place of a picture, made while training: endless, and exactly known.

A window is changed as the making of a forgery changes pixels (warped, resampled, blurred,
sharpened, tinted, given noise, given the detail of another place), blended back under a
soft mask, and saved as JPEG; its twin is saved as it is. A network that tells the two apart
has to look at the traces, since all else is alike. In the manner of self-blended images
(Shiohara and Yamasaki, CVPR 2022), but of places that need not be faces: photographs hold
few faces and much else.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional as F
from torchvision.transforms.functional import gaussian_blur

from ...core.images import decode_image, encode_jpeg

_QUALITY: Final = 92  # of a build's encode; most windows get it, the others one of
_QUALITIES: Final = (75, 98)
_OTHERS: Final = 0.2
_WAVES: Final = 5  # of a mask's outline
_FAINT: Final = 0.02  # of a mask: below it, nothing is blended


def forged_twin(window: Tensor, other: Tensor) -> Tensor:
    """A window with a forged place.

    Args:
        window: (3, S, S) float32 in [0, 255].
        other: another window, whose detail may be brought in.

    Returns:
        (3, S, S) float32 of whole numbers; outside the place, those of ``window``.
    """
    mask = soft_mask(window.shape[-1]) * _between(0.75, 1)
    mask = mask * (mask > _FAINT)
    return torch.lerp(window, changed(window, other), mask).clamp(0, 255).round()


def saved_alike(windows: Sequence[Tensor]) -> list[Tensor]:
    """Windows (3, S, S) as they come back from JPEG files of one quality, which is drawn."""
    quality = int(torch.randint(*_QUALITIES, ())) if _happens(_OTHERS) else _QUALITY
    return [_saved(window, quality) for window in windows]


def soft_mask(side: int) -> Tensor:
    """A blob (side, side) of 1, its wavy outline fading to 0 over a random width."""
    centre = torch.empty(2).uniform_(0.3, 0.7) * side
    rows, columns = torch.meshgrid(*[torch.arange(side) + 0.5] * 2, indexing="ij")
    down, right = rows - centre[0], (columns - centre[1]) * _between(0.75, 1.6)
    angle = torch.atan2(down, right)
    orders = torch.arange(1, _WAVES + 1)
    waves = torch.cos(angle[..., None] * orders + torch.rand(_WAVES) * 2 * math.pi)
    radius = _between(0.12, 0.45) * side * (1 + waves @ (0.25 * torch.randn(_WAVES) / orders))
    fading = _between(0.5, 0.05 * side)
    return torch.sigmoid((radius - torch.hypot(down, right)) / fading)


def changed(window: Tensor, other: Tensor) -> Tensor:
    """The window after some of the things that forgers do to pixels; at least one."""
    first = int(torch.randint(len(_CHANGES), ()))
    for number, (share, change) in enumerate(_CHANGES):
        if number == first or _happens(share):
            window = change(window, other)
    return window


def _warped(window: Tensor, _other: Tensor) -> Tensor:
    side = window.shape[-1]
    turn, scale = math.radians(4) * _normal(), 1 + 0.04 * _normal()
    cos, sin = scale * math.cos(turn), scale * math.sin(turn)
    shift = 0.04 * torch.randn(2)
    theta = torch.tensor([[cos, -sin, shift[0]], [sin, cos, shift[1]]])[None]
    grid = F.affine_grid(theta, [1, 3, side, side], align_corners=False)
    bend = F.interpolate(torch.randn(1, 2, 5, 5), side, mode="bicubic") * _between(0, 4) / side
    mode = "bilinear" if _happens(0.5) else "bicubic"
    bent = grid + bend.permute(0, 2, 3, 1)
    return F.grid_sample(window[None], bent, mode, "reflection", align_corners=False)[0]


def _resampled(window: Tensor, _other: Tensor) -> Tensor:
    side = window.shape[-1]
    small = max(8, round(side * _between(0.5, 0.95)))
    shrunk = F.interpolate(window[None], small, mode="bicubic", antialias=True)
    mode = "bilinear" if _happens(0.5) else "bicubic"
    return F.interpolate(shrunk, side, mode=mode)[0]


def _focused(window: Tensor, _other: Tensor) -> Tensor:
    if _happens(0.6):
        return _blurred(window, _between(0.3, 0.9))
    return window + _between(0.2, 0.8) * (window - _blurred(window, 1.0))


def _tinted(window: Tensor, _other: Tensor) -> Tensor:
    offset = 8 * _normal() + 5 * torch.randn(3, 1, 1)
    return (window - 128) * _between(0.85, 1.15) + 128 + offset


def _noisy(window: Tensor, _other: Tensor) -> Tensor:
    shape = window.shape if _happens(0.5) else window.shape[1:]
    return window + torch.randn(shape) * _between(0.5, 3)


def _detailed(window: Tensor, other: Tensor) -> Tensor:
    return _blurred(window, 4.0) + other - _blurred(other, 4.0)


# Share of windows, and what is done to them; in this order.
_CHANGES: Final = (
    (0.55, _warped),
    (0.25, _resampled),
    (0.4, _focused),
    (0.5, _tinted),
    (0.25, _noisy),
    (0.2, _detailed),
)


def _blurred(window: Tensor, sigma: float) -> Tensor:
    blurred: Tensor = gaussian_blur(window, [2 * math.ceil(3 * sigma) + 1] * 2, [sigma] * 2)
    return blurred


def _saved(window: Tensor, quality: int) -> Tensor:
    pixels = window.clamp(0, 255).round().byte().permute(1, 2, 0).numpy()
    saved = decode_image(encode_jpeg(np.ascontiguousarray(pixels), quality), where="a window")
    return torch.from_numpy(saved).permute(2, 0, 1).float()


def _happens(share: float) -> bool:
    return bool(torch.rand(()) < share)


def _between(low: float, high: float) -> float:
    return low + (high - low) * float(torch.rand(()))


def _normal() -> float:
    return float(torch.randn(()))
