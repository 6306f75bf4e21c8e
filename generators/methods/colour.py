"""Colour, light and detail of a patch made those of the place it goes to."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.masks import BoolMask
from ...core.images import Rgb

Lab = NDArray[np.float32]  # (h, w, 3) CIE Lab, L in [0, 100]
LIGHT_SCALE = 0.11  # of the face's width: what is coarser is light, what is finer is the face
MAX_SHARPEN = 1.5
COARSE_STEPS = 4.0  # pixels to a sigma that a smooth picture is still smooth with
BLURS = (0.35, 0.5, 0.65, 0.8, 1.0, 1.25, 1.6, 2.0)


def to_lab(image: Rgb) -> Lab:
    """RGB uint8 to CIE Lab (D65)."""
    lab = cv2.cvtColor(image.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    return np.asarray(lab, dtype=np.float32)


def to_rgb(lab: Lab) -> Rgb:
    """CIE Lab to RGB uint8, clipped."""
    rgb = cv2.cvtColor(lab.astype(np.float32), cv2.COLOR_LAB2RGB)
    return np.asarray(np.clip(np.rint(rgb * 255), 0, 255), dtype=np.uint8)


def coarse(lab: Lab, weight: NDArray[np.float32], sigma: float) -> Lab:
    """The light of a patch: a Gaussian mean over the pixels with weight.

    What is that smooth needs few pixels: it is found on a smaller picture.
    """
    height, width = weight.shape
    step = max(1, int(sigma / COARSE_STEPS))
    small = (max(1, round(width / step)), max(1, round(height / step)))
    weighted = np.dstack([lab * weight[:, :, None], weight])
    reduced = cv2.resize(weighted, small, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(reduced, (0, 0), sigma / step, borderType=cv2.BORDER_REPLICATE)
    mean = blurred[:, :, :3] / (blurred[:, :, 3:] + 1e-4)
    grown = cv2.resize(mean, (width, height), interpolation=cv2.INTER_LINEAR)
    return np.asarray(grown, dtype=np.float32)


def match_light(patch: Lab, place: Lab, inside: BoolMask, sigma: float, share: float) -> Lab:
    """The patch's features under the place's light.

    What varies slower than ``sigma`` pixels, tone and direction of light alike, is taken
    from the place; what varies faster stays the patch's, scaled to the place's contrast
    within bounds.

    Args:
        inside: (h, w) where both show the face.
        share: of the light that is taken from the place, in [0, 1].
    """
    weight = inside.astype(np.float32)
    patch_light, place_light = coarse(patch, weight, sigma), coarse(place, weight, sigma)
    detail = patch - patch_light
    spread = _spread(place - place_light, inside) / (_spread(detail, inside) + 1e-3)
    gain = np.clip(spread, (0.75, 0.5, 0.5), (1.25, 1.3, 1.3)).astype(np.float32)
    light = share * place_light + (1 - share) * patch_light
    return np.asarray(light + gain * detail, dtype=np.float32)


def _spread(values: Lab, inside: BoolMask) -> NDArray[np.float32]:
    _, spread = cv2.meanStdDev(values, mask=inside.astype(np.uint8))
    return np.asarray(spread.ravel(), dtype=np.float32)


def fine(light: NDArray[np.float32], sigma: float = 1.0) -> NDArray[np.float32]:
    """Detail finer than about ``sigma`` pixels of an (h, w) channel."""
    return np.asarray(light - _smoothed(light, sigma), dtype=np.float32)


def _smoothed(light: NDArray[np.float32], sigma: float) -> NDArray[np.float32]:
    """A Gaussian mean; a wide one is found on a smaller picture."""
    step = int(sigma / COARSE_STEPS)
    if step < 2:
        return np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), dtype=np.float32)
    height, width = light.shape
    small = (max(1, round(width / step)), max(1, round(height / step)))
    reduced = cv2.resize(light, small, interpolation=cv2.INTER_AREA)
    blurred = cv2.GaussianBlur(reduced, (0, 0), sigma / step)
    return np.asarray(cv2.resize(blurred, (width, height), interpolation=cv2.INTER_LINEAR))


def match_detail(patch: Lab, place: Lab, inside: BoolMask, noise: NDArray[np.float32]) -> Lab:
    """Blur or sharpen the patch to the place's fineness, and give it the place's grain.

    Args:
        noise: (h, w) standard normal numbers; they stand in for grain that the patch lacks.
    """
    wanted, light = _energy(place[:, :, 0], inside), np.ascontiguousarray(patch[:, :, 0])
    result = patch.copy()
    if _energy(light, inside) > wanted:
        softer = _blurred(patch, inside, wanted)
        result += _share(light, softer[:, :, 0] - light, inside, wanted, 1.0) * (softer - patch)
    else:
        crisp = fine(light, 1.2)
        result[:, :, 0] += _share(light, crisp, inside, wanted, MAX_SHARPEN) * crisp
    missing = _grain(place[:, :, 0], inside) ** 2 - _grain(result[:, :, 0], inside) ** 2
    if missing > 0:
        result[:, :, 0] += min(float(np.sqrt(missing)), 3.0) * noise
    return result


def _energy(light: NDArray[np.float32], inside: BoolMask) -> float:
    _, spread = cv2.meanStdDev(fine(light), mask=inside.astype(np.uint8))
    return float(spread[0, 0])


def _share(
    light: NDArray[np.float32],
    change: NDArray[np.float32],
    inside: BoolMask,
    wanted: float,
    most: float,
) -> np.float32:
    """How much of a change gives the light the wanted energy, in [0, most].

    The energy of a sum is a quadratic of the share: a + 2 b t + c t².
    """
    parts = np.stack([fine(light)[inside], fine(np.ascontiguousarray(change))[inside]])
    (a, b), (_, c) = np.cov(parts) if parts.shape[1] > 1 else np.zeros((2, 2))
    root = b * b - c * (a - wanted**2)
    if c <= 0 or root < 0:
        return np.float32(most)
    # Less detail is wanted: the nearer crossing; more: the one beyond.
    found = (-b - np.sqrt(root)) / c if a > wanted**2 else (-b + np.sqrt(root)) / c
    return np.float32(np.clip(found, 0, most))


def _grain(light: NDArray[np.float32], inside: BoolMask) -> float:
    """Standard deviation of noise: the median of fine detail, which edges do not move."""
    return float(np.median(np.abs(fine(light)[inside]))) / 0.6745 if inside.any() else 0.0


def _blurred(patch: Lab, inside: BoolMask, wanted: float) -> Lab:
    light = np.ascontiguousarray(patch[:, :, 0])
    for sigma in BLURS:
        softer = np.asarray(cv2.GaussianBlur(light, (0, 0), sigma), dtype=np.float32)
        if _energy(softer, inside) <= wanted:
            break
    return np.asarray(cv2.GaussianBlur(patch, (0, 0), sigma), dtype=np.float32)
