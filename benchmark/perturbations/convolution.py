"""Convolution-mask transformation: blurs, whose widths grow with the picture."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ...core.images import Rgb
from .library import transform
from .operator import Params, Perturbation, Settings, Size, levels, size_scale

Kernel = NDArray[np.float32]  # odd sides, sums to 1


def disc_kernel(radius: float) -> Kernel:
    """A disc of any radius in pixels, its rim weighted by coverage."""
    x, y = _grid(radius)
    return _normal(radius + 0.5 - np.hypot(x, y))


def line_kernel(length: float, angle: float) -> Kernel:
    """A segment of ``length`` pixels through the centre, one pixel wide, at ``angle`` degrees."""
    x, y = _grid(length / 2)
    cos, sin = np.cos(np.radians(angle)), np.sin(np.radians(angle))
    along, across = x * cos + y * sin, y * cos - x * sin
    beyond = np.maximum(np.abs(along) - length / 2, 0)
    return _normal(1 - np.hypot(beyond, across))


def _grid(reach: float) -> tuple[Kernel, Kernel]:
    steps = np.arange(-int(np.ceil(reach)), int(np.ceil(reach)) + 1, dtype=np.float32)
    x, y = np.meshgrid(steps, steps)
    return x, y


def _normal(weights: NDArray[np.floating]) -> Kernel:
    weights = np.clip(weights, 0, 1)
    return np.asarray(weights / weights.sum(), dtype=np.float32)


def convolve(image: Rgb, kernel: Kernel) -> Rgb:
    """The image under a kernel, mirrored at the border."""
    return np.asarray(cv2.filter2D(image, -1, kernel), dtype=np.uint8)


def _draw(settings: Settings, size: Size, _rng: Generator) -> Params:
    return {name: length * size_scale(size) for name, length in settings.items()}


def _gaussian_blur(image: Rgb, params: Params) -> Rgb:
    sigma = params["sigma"]
    return transform("GaussianBlur", image, blur_limit=0, sigma_limit=(sigma, sigma))


def _draw_motion(settings: Settings, size: Size, rng: Generator) -> Params:
    return {"length": settings["length"] * size_scale(size), "angle": float(rng.uniform(0, 180))}


def _motion_blur(image: Rgb, params: Params) -> Rgb:
    return convolve(image, line_kernel(params["length"], params["angle"]))


def _defocus(image: Rgb, params: Params) -> Rgb:
    return convolve(image, disc_kernel(params["radius"]))


ROWS: Final = (
    Perturbation(
        name="gaussian-blur",
        version=1,
        group="convolution",
        description="a Gaussian blur; sigma in pixels",
        source="OpenForensics GaussianBlur; albumentations GaussianBlur",
        severities=levels(sigma=(1.2, 2, 3, 4.3, 6)),
        draw_params=_draw,
        pixels=_gaussian_blur,
    ),
    Perturbation(
        name="motion-blur",
        version=1,
        group="convolution",
        description="a straight movement of the camera; length in pixels, any direction",
        source="OpenForensics MotionBlur; ours, as A.MotionBlur has odd whole lengths only",
        severities=levels(length=(6, 10, 15, 22, 32)),
        draw_params=_draw_motion,
        pixels=_motion_blur,
    ),
    Perturbation(
        name="defocus",
        version=1,
        group="convolution",
        description="a lens out of focus: a disc; radius in pixels",
        source="OpenForensics DefocusBlur; ours, as A.Defocus has whole radii only",
        severities=levels(radius=(2, 3.2, 4.8, 7, 10)),
        draw_params=_draw,
        pixels=_defocus,
    ),
)
