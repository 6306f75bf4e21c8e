"""Colour manipulation: how light, dark and colours are spread. Look-up tables, mostly."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ...core.images import Rgb
from .operator import Params, Perturbation, Settings, Size, as_set, draw_sign, levels

Curve = NDArray[np.float64]  # (256,) new level of each level

_LEVELS: Final = np.arange(256, dtype=np.float64)
_TILES: Final = 8  # of CLAHE, along each side


def curved(image: Rgb, curve: Curve) -> Rgb:
    """Each level of each channel replaced by what the curve says, rounded and clipped."""
    table = np.rint(np.clip(curve, 0, 255)).astype(np.uint8)
    return np.asarray(cv2.LUT(image, table), dtype=np.uint8)


def _blended(image: Rgb, other: Rgb, share: float) -> Rgb:
    return np.asarray(cv2.addWeighted(image, 1 - share, other, share, 0), dtype=np.uint8)


def _draw_factor(settings: Settings, _size: Size, rng: Generator) -> Params:
    """A factor or, with the same chance, one over it."""
    return {name: factor ** draw_sign(rng) for name, factor in settings.items()}


def _draw_brightness(settings: Settings, _size: Size, rng: Generator) -> Params:
    sign, added = draw_sign(rng), draw_sign(rng) > 0
    factor = 1.0 if added else settings["factor"] ** sign
    return {"factor": factor, "step": sign * settings["step"] if added else 0.0}


def _brightness(image: Rgb, params: Params) -> Rgb:
    return curved(image, params["factor"] * _LEVELS + params["step"])


def _contrast_linear(image: Rgb, params: Params) -> Rgb:
    return curved(image, 127.5 + params["factor"] * (_LEVELS - 127.5))


def _draw_sigmoid(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {"gain": settings["gain"], "cutoff": float(rng.uniform(0.4, 0.6))}


def _contrast_sigmoid(image: Rgb, params: Params) -> Rgb:
    steep = params["gain"] * (params["cutoff"] - _LEVELS / 255)
    return curved(image, 255 / (1 + np.exp(steep)))


def _contrast_log(image: Rgb, params: Params) -> Rgb:
    return curved(image, 255 * params["gain"] * np.log2(1 + _LEVELS / 255))


def _gamma(image: Rgb, params: Params) -> Rgb:
    return curved(image, 255 * (_LEVELS / 255) ** params["gamma"])


def _auto_contrast(image: Rgb, params: Params) -> Rgb:
    """Each channel stretched so that a share of its pixels is clipped at either end."""
    channels = [
        curved(channel, _stretch(channel, params["cutoff"]))
        for channel in np.ascontiguousarray(image.transpose(2, 0, 1))
    ]
    return np.asarray(cv2.merge(channels), dtype=np.uint8)


def _stretch(channel: NDArray[np.uint8], cutoff: float) -> Curve:
    counts = np.bincount(channel.ravel(), minlength=256)
    shares = np.cumsum(counts) / channel.size
    low = int(np.searchsorted(shares, cutoff, side="right"))
    high = int(np.searchsorted(shares, 1 - cutoff))
    return _LEVELS if high <= low else (_LEVELS - low) * 255 / (high - low)


def _equalize(image: Rgb, params: Params) -> Rgb:
    flat = cv2.merge([cv2.equalizeHist(channel) for channel in cv2.split(image)])
    return _blended(image, np.asarray(flat, dtype=np.uint8), params["share"])


def _clahe(image: Rgb, params: Params) -> Rgb:
    """Contrast-limited adaptive equalisation of lightness; at least 8 pixels to a tile."""
    height, width = image.shape[:2]
    tiles = (max(1, min(_TILES, width // 8)), max(1, min(_TILES, height // 8)))
    lab = cv2.cvtColor(image, cv2.COLOR_RGB2LAB)
    light = cv2.createCLAHE(params["clip"], tiles).apply(np.ascontiguousarray(lab[:, :, 0]))
    lab[:, :, 0] = light
    local = np.asarray(cv2.cvtColor(lab, cv2.COLOR_LAB2RGB), dtype=np.uint8)
    return _blended(image, local, params["share"])


def _invert(image: Rgb, params: Params) -> Rgb:
    return curved(image, _LEVELS + params["share"] * (255 - 2 * _LEVELS))


def _solarize(image: Rgb, params: Params) -> Rgb:
    turned = np.where(params["threshold"] <= _LEVELS, 255 - _LEVELS, _LEVELS)
    return curved(image, _LEVELS + params["share"] * (turned - _LEVELS))


def _quantize(image: Rgb, params: Params) -> Rgb:
    """The middle of each of equal bins of levels."""
    bins = params["levels"]
    return curved(image, (np.floor(_LEVELS * bins / 256) + 0.5) * 256 / bins - 0.5)


ROWS: Final = (
    Perturbation(
        name="brightness",
        version=1,
        group="color",
        description="levels multiplied, divided, raised or lowered",
        source="OpenForensics MultiplyBrightness, Add; ours: a look-up table",
        severities=levels(factor=(1.15, 1.3, 1.5, 1.75, 2.1), step=(18, 32, 48, 66, 86)),
        draw_params=_draw_brightness,
        pixels=_brightness,
    ),
    Perturbation(
        name="contrast-linear",
        version=1,
        group="color",
        description="distance from middle gray multiplied or divided",
        source="OpenForensics LinearContrast; imgaug; ours: a look-up table",
        severities=levels(factor=(1.2, 1.45, 1.8, 2.3, 3.2)),
        draw_params=_draw_factor,
        pixels=_contrast_linear,
    ),
    Perturbation(
        name="contrast-sigmoid",
        version=1,
        group="color",
        description="an S-shaped curve: dark goes darker, light lighter",
        source="OpenForensics SigmoidContrast; Braun and Fairchild (JEI 1999); imgaug",
        severities=levels(gain=(5.2, 6.5, 8.2, 11, 17)),
        draw_params=_draw_sigmoid,
        pixels=_contrast_sigmoid,
    ),
    Perturbation(
        name="contrast-log",
        version=1,
        group="color",
        description="a logarithmic curve times a gain or one over it",
        source="OpenForensics LogContrast; imgaug; ours: a look-up table",
        severities=levels(gain=(1.03, 1.2, 1.4, 1.65, 2)),
        draw_params=_draw_factor,
        pixels=_contrast_log,
    ),
    Perturbation(
        name="gamma",
        version=1,
        group="color",
        description="levels to a power or to one over it",
        source="OpenForensics GammaContrast; albumentations RandomGamma is the same curve, drawn",
        severities=levels(gamma=(1.2, 1.45, 1.8, 2.3, 3)),
        draw_params=_draw_factor,
        pixels=_gamma,
    ),
    Perturbation(
        name="auto-contrast",
        version=1,
        group="color",
        description="each channel stretched to the full range, a share of its ends clipped",
        source="OpenForensics Autocontrast; the bounds of PIL.ImageOps; ours, as A.AutoContrast "
        "gives other levels by either of its methods",
        severities=levels(cutoff=(0.01, 0.04, 0.09, 0.16, 0.26)),
        draw_params=as_set,
        pixels=_auto_contrast,
    ),
    Perturbation(
        name="equalize",
        version=1,
        group="color",
        description="towards a flat histogram of each channel",
        source="OpenForensics Equalize; cv2.equalizeHist, as A.Equalize, blended",
        severities=levels(share=(0.2, 0.4, 0.6, 0.8, 1)),
        draw_params=as_set,
        pixels=_equalize,
    ),
    Perturbation(
        name="clahe",
        version=1,
        group="color",
        description="towards lightness equalised locally, its contrast limited",
        source="OpenForensics CLAHE; Zuiderveld (1994); OpenCV, as A.CLAHE, blended and with "
        "larger tiles on small pictures",
        severities=levels(share=(0.2, 0.4, 0.6, 0.8, 1), clip=(6, 6, 6, 6, 6)),
        draw_params=as_set,
        pixels=_clahe,
    ),
    Perturbation(
        name="invert",
        version=1,
        group="color",
        description="towards the negative, beyond gray from severity 3 on",
        source="OpenForensics Invert; ours, as A.InvertImg has no severities",
        severities=levels(share=(0.1, 0.22, 0.66, 0.82, 1)),
        draw_params=as_set,
        pixels=_invert,
    ),
    Perturbation(
        name="solarize",
        version=1,
        group="color",
        description="towards levels above a threshold inverted",
        source="OpenForensics Solarize; ours: a look-up table, blended, as A.Solarize turns "
        "highlights black at every threshold",
        severities=levels(threshold=(190, 180, 165, 150, 128), share=(0.15, 0.3, 0.65, 0.82, 1)),
        draw_params=as_set,
        pixels=_solarize,
    ),
    Perturbation(
        name="quantize",
        version=1,
        group="color",
        description="few levels in each channel",
        source="OpenForensics UniformColorQuantization; albumentations Posterize has powers of 2",
        severities=levels(levels=(20, 12, 8, 5, 3)),
        draw_params=as_set,
        pixels=_quantize,
    ),
)
