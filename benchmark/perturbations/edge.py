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
    return {
        "strength": settings["strength"],
        "arm": max(1, round(settings["arm"] * size_scale(size))),
        "direction": draw_sign(rng),
    }


def _emboss(image: Rgb, params: Params) -> Rgb:
    kernel = params["strength"] * _relief(int(params["arm"]))
    kernel[kernel.shape[0] // 2, kernel.shape[1] // 2] += 1
    if params["direction"] < 0:
        kernel = kernel[:, ::-1].copy()
    return np.asarray(cv2.filter2D(image, -1, kernel), dtype=np.uint8)


def _relief(arm: int) -> NDArray[np.float32]:
    """The directional derivative of ``A.Emboss``, its neighbours ``arm`` pixels away."""
    kernel = np.zeros((2 * arm + 1, 2 * arm + 1), np.float32)
    kernel[::arm, ::arm] = [[-1, -1, 0], [-1, 0, 1], [0, 1, 1]]
    return kernel


def _draw_edges(settings: Settings, size: Size, rng: Generator) -> Params:
    scale = size_scale(size)
    return {
        "alpha": settings["alpha"],
        "threshold": settings["threshold"],
        "width": max(1, round(settings["width"] * scale)),
        "gray": int(rng.integers(0, 64)) if draw_sign(rng) < 0 else int(rng.integers(192, 256)),
    }


def _edges(image: Rgb, params: Params) -> Rgb:
    gray = cv2.cvtColor(image, cv2.COLOR_RGB2GRAY)
    edges = cv2.Canny(gray, params["threshold"], 2 * params["threshold"])
    width = int(params["width"])
    lines = cv2.dilate(edges, cv2.getStructuringElement(cv2.MORPH_ELLIPSE, (width, width))) > 0
    result = image.copy()
    alpha = params["alpha"]
    result[lines] = np.rint(image[lines] * (1 - alpha) + params["gray"] * alpha).astype(np.uint8)
    return result


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
        source="OpenForensics Emboss; ours, as the kernel of A.Emboss does not grow with the size",
        severities=levels(strength=(0.2, 0.45, 0.8, 1.3, 2), arm=(1, 1, 1, 1, 1)),
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
            threshold=(110, 100, 90, 80, 70),
            width=(1, 1, 1.3, 1.6, 2),
        ),
        draw_params=_draw_edges,
        pixels=_edges,
    ),
)
