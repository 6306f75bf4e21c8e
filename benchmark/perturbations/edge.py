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


def _draw_scaled(settings: Settings, size: Size, _rng: Generator) -> Params:
    return {"share": settings["share"], "sigma": settings["sigma"] * size_scale(size)}


def _gradient(image: Rgb, sigma: float) -> NDArray[np.float32]:
    """(H, W, 3) the slope of each channel, in levels to a sigma: the same at every size."""
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), sigma)
    dx, dy = (cv2.Sobel(smooth, cv2.CV_32F, *order, scale=1 / 8) for order in ((1, 0), (0, 1)))
    return np.asarray(cv2.magnitude(dx, dy) * np.float32(sigma), dtype=np.float32)


def _mixed(image: Rgb, other: NDArray[np.float32], share: float) -> Rgb:
    mixed = image + np.float32(share) * (np.clip(other, 0, 255) - image)
    return np.asarray(np.rint(mixed), dtype=np.uint8)


def _contour(image: Rgb, params: Params) -> Rgb:
    """Dark lines on white, as PIL's CONTOUR: white less the slope, several times."""
    return _mixed(image, 255 - 8 * _gradient(image, params["sigma"]), params["share"])


def _edge_detect(image: Rgb, params: Params) -> Rgb:
    """Bright lines on black."""
    return _mixed(image, 8 * _gradient(image, params["sigma"]), params["share"])


def _draw_enhance(settings: Settings, size: Size, _rng: Generator) -> Params:
    scale = size_scale(size)
    # The second derivative of a picture shrinks with the square of its scale.
    return {"strength": settings["strength"] * scale**2, "sigma": settings["sigma"] * scale}


def _edge_enhance(image: Rgb, params: Params) -> Rgb:
    """The picture less its Laplacian."""
    smooth = cv2.GaussianBlur(image.astype(np.float32), (0, 0), params["sigma"])
    curvature = cv2.Laplacian(smooth, cv2.CV_32F, ksize=1)
    sharp = image - np.float32(params["strength"]) * curvature
    return np.asarray(np.rint(np.clip(sharp, 0, 255)), dtype=np.uint8)


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
        scales=False,
    ),
    Perturbation(
        name="contour",
        version=1,
        group="edge",
        description="towards a drawing of dark lines on white",
        source="OpenForensics FilterContour; PIL's CONTOUR, its width growing with the picture",
        severities=levels(share=(0.12, 0.24, 0.38, 0.54, 0.72), sigma=(0.9, 0.9, 0.9, 0.9, 0.9)),
        draw_params=_draw_scaled,
        pixels=_contour,
    ),
    Perturbation(
        name="edge-detect",
        version=1,
        group="edge",
        description="towards bright edges on black",
        source="OpenForensics EdgeDetect; imgaug; ours: a Sobel slope of the picture's scale",
        severities=levels(share=(0.12, 0.26, 0.42, 0.6, 0.78), sigma=(0.9, 0.9, 0.9, 0.9, 0.9)),
        draw_params=_draw_scaled,
        pixels=_edge_detect,
    ),
    Perturbation(
        name="edge-enhance",
        version=1,
        group="edge",
        description="the picture less its curvature, several times",
        source="OpenForensics FilterEdgeEnhance(More); PIL's EDGE_ENHANCE with a scale",
        severities=levels(strength=(0.5, 1.1, 2, 3.4, 6), sigma=(0.8, 0.8, 0.8, 0.8, 0.8)),
        draw_params=_draw_enhance,
        pixels=_edge_enhance,
    ),
)
