"""Edge manipulation."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ...core.images import Rgb
from .operator import Params, Perturbation, Settings, Size, draw_sign, levels, size_scale


def _draw_sharpen(settings: Settings, size: Size, _rng: Generator) -> Params:
    return {"amount": settings["amount"], "sigma": settings["sigma"] * size_scale(size)}


def _sharpen(image: Rgb, params: Params) -> Rgb:
    blurred = cv2.GaussianBlur(image, (0, 0), params["sigma"])
    amount = params["amount"]
    return np.asarray(cv2.addWeighted(image, 1 + amount, blurred, -amount, 0), dtype=np.uint8)


def _draw_emboss(settings: Settings, size: Size, rng: Generator) -> Params:
    scale = size_scale(size)
    # A derivative times its scale is the same at every size (Lindeberg, IJCV 1998).
    return {
        "strength": settings["strength"] * scale,
        "sigma": settings["sigma"] * scale,
        "direction": draw_sign(rng),
    }


def _emboss(image: Rgb, params: Params) -> Rgb:
    kernel = np.array([[-1, -1, 0], [-1, 0, 1], [0, 1, 1]], np.float32) * params["strength"]
    if params["direction"] < 0:
        kernel = np.ascontiguousarray(kernel[:, ::-1])
    blurred = cv2.GaussianBlur(image, (0, 0), params["sigma"])
    relief = cv2.filter2D(blurred, cv2.CV_32F, kernel)
    lit = np.clip(image + np.asarray(relief, dtype=np.float32), 0, 255)
    return np.asarray(np.rint(lit), dtype=np.uint8)


def _draw_edges(settings: Settings, size: Size, rng: Generator) -> Params:
    scale = size_scale(size)
    return {
        "alpha": settings["alpha"],
        "share": settings["share"],
        "sigma": settings["sigma"] * scale,
        "width": max(1, round(settings["width"] * scale)),
        "gray": int(rng.integers(0, 64)) if draw_sign(rng) < 0 else int(rng.integers(192, 256)),
    }


def _edges(image: Rgb, params: Params) -> Rgb:
    lines = _lines(image, params["sigma"], params["share"])
    width = int(params["width"])
    thick = cv2.dilate(lines, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))) > 0
    result = image.copy()
    alpha = params["alpha"]
    result[thick] = np.rint(image[thick] * (1 - alpha) + params["gray"] * alpha).astype(np.uint8)
    return result


def _lines(image: Rgb, sigma: float, share: float) -> NDArray[np.uint8]:
    """Canny edges that start where the gradient is among the largest ``share`` of the picture."""
    gray = cv2.GaussianBlur(cv2.cvtColor(image, cv2.COLOR_RGB2GRAY), (0, 0), sigma)
    dx, dy = (cv2.Sobel(gray, cv2.CV_16S, *order) for order in ((1, 0), (0, 1)))
    steepness = np.abs(dx[::2, ::2]) + np.abs(dy[::2, ::2])
    high = max(float(np.quantile(steepness, 1 - share)), 2.0)
    return np.asarray(cv2.Canny(dx, dy, high / 2, high), dtype=np.uint8)


ROWS: Final = (
    Perturbation(
        name="sharpen",
        version=1,
        group="edge",
        description="unsharp mask: the difference to a blurred copy, added several times",
        source="OpenForensics Sharpen; ours, as A.UnsharpMask adds the difference once at most",
        severities=levels(amount=(0.8, 1.6, 2.8, 4.5, 7), sigma=(1.4, 1.5, 1.6, 1.8, 2)),
        draw_params=_draw_sharpen,
        pixels=_sharpen,
    ),
    Perturbation(
        name="emboss",
        version=1,
        group="edge",
        description="relief lit from an upper corner, added to the picture",
        source="OpenForensics Emboss; ours: the fixed 3x3 kernel of A.Emboss depends on the size",
        severities=levels(strength=(0.25, 0.5, 0.9, 1.5, 2.4), sigma=(0.6, 0.6, 0.6, 0.6, 0.6)),
        draw_params=_draw_emboss,
        pixels=_emboss,
    ),
    Perturbation(
        name="edge-overlay",
        version=1,
        group="edge",
        description="Canny edges drawn over the picture in a dark or a light gray",
        source="OpenForensics Canny; ours, on Canny (PAMI 1986) in OpenCV",
        severities=levels(
            alpha=(0.2, 0.35, 0.5, 0.62, 0.75),
            share=(0.1, 0.12, 0.14, 0.16, 0.18),
            sigma=(0.8, 0.8, 0.8, 0.8, 0.8),
            width=(1, 1, 1.3, 1.6, 2),
        ),
        draw_params=_draw_edges,
        pixels=_edges,
    ),
)
