"""Image corruption: noise of the sensor and of the line. Its grain is the pixel."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.random import Generator

from ...core.images import Rgb
from .library import transform
from .operator import Params, Perturbation, Settings, Size, draw_seed, levels, noise_stream


def _draw(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {**settings, "seed": draw_seed(rng)}


def _gaussian_noise(image: Rgb, params: Params) -> Rgb:
    std = params["std"]
    return transform("GaussNoise", image, seed=int(params["seed"]), std_range=(std, std))


def _shot_noise(image: Rgb, params: Params) -> Rgb:
    """Photons counted: the variance grows with the light, by Poisson's normal approximation."""
    light = image.astype(np.float32)
    noise = noise_stream(params).standard_normal(image.shape, dtype=np.float32)
    noise *= np.sqrt(light * np.float32(255 / params["photons"]))
    noise += light
    return np.rint(np.clip(noise, 0, 255, out=noise), out=noise).astype(np.uint8)


def _impulse_noise(image: Rgb, params: Params) -> Rgb:
    amount = params["amount"]
    return transform(
        "SaltAndPepper",
        image,
        seed=int(params["seed"]),
        amount=(amount, amount),
        salt_vs_pepper=(0.5, 0.5),
    )


ROWS: Final = (
    Perturbation(
        name="gaussian-noise",
        version=1,
        group="corruption",
        description="normal noise in each channel; std is a share of white",
        source="OpenForensics AdditiveGaussianNoise; albumentations GaussNoise",
        severities=levels(std=(0.02, 0.045, 0.08, 0.13, 0.2)),
        draw_params=_draw,
        pixels=_gaussian_noise,
    ),
    Perturbation(
        name="shot-noise",
        version=1,
        group="corruption",
        description="too few photons; white is the number given",
        source="OpenForensics ShotNoise; Hendrycks and Dietterich (ICLR 2019); ours, as "
        "A.ShotNoise takes 80 ms at half a megapixel",
        severities=levels(photons=(400, 120, 45, 18, 8)),
        draw_params=_draw,
        pixels=_shot_noise,
    ),
    Perturbation(
        name="impulse-noise",
        version=1,
        group="corruption",
        description="a share of the pixels turned black or white",
        source="OpenForensics ImpulseNoise; albumentations SaltAndPepper",
        severities=levels(amount=(0.004, 0.012, 0.03, 0.07, 0.14)),
        draw_params=_draw,
        pixels=_impulse_noise,
    ),
)
