"""Image corruption: noise of the sensor and of the line. Its grain is the pixel."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ...core.images import Rgb
from .library import transform
from .operator import (
    Params,
    Perturbation,
    Settings,
    Size,
    draw_seed,
    draw_sign,
    levels,
    noise_stream,
)


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


def _added(image: Rgb, noise: NDArray[np.float32]) -> Rgb:
    noise += image
    return np.rint(np.clip(noise, 0, 255, out=noise), out=noise).astype(np.uint8)


def _laplace_noise(image: Rgb, params: Params) -> Rgb:
    """A difference of two exponentials: heavier tails than the normal distribution's."""
    rng, scale = noise_stream(params), np.float32(255 * params["std"] / np.sqrt(2))
    first, second = (rng.standard_exponential(image.shape, dtype=np.float32) for _ in range(2))
    return _added(image, scale * (first - second))


def _poisson_noise(image: Rgb, params: Params) -> Rgb:
    """Counts of a mean added to or taken from each value: skewed, and mostly of one side."""
    counts = _counts(noise_stream(params), params["mean"], image.shape)
    return _added(image, np.float32(params["sign"]) * counts)


def _counts(rng: Generator, mean: float, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """Poisson numbers, by looking uniform bytes pairs up in their distribution."""
    most = int(mean + 8 * np.sqrt(mean) + 8)
    steps = np.arange(1, most + 1)
    log_chances = np.concatenate([[0.0], np.cumsum(np.log(mean / steps))]) - mean
    bounds = np.cumsum(np.exp(log_chances))
    table = np.searchsorted(bounds, (np.arange(65536) + 0.5) / 65536).astype(np.float32)
    drawn: NDArray[np.float32] = table[rng.integers(0, 65536, shape, dtype=np.uint16)]
    return drawn


def _draw_poisson(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {**settings, "sign": draw_sign(rng), "seed": draw_seed(rng)}


def _speckle_noise(image: Rgb, params: Params) -> Rgb:
    noise = noise_stream(params).standard_normal(image.shape, dtype=np.float32)
    noise *= np.float32(params["std"])
    return _added(image, noise * image)


def _multiply_noise(image: Rgb, params: Params) -> Rgb:
    noise = noise_stream(params).random(image.shape, dtype=np.float32)
    noise = (2 * noise - 1) * np.float32(params["span"])
    return _added(image, noise * image)


def _dropout(image: Rgb, params: Params) -> Rgb:
    """Lost values are black: of all channels together, or of each by itself."""
    channels = 3 if params["per_channel"] else 1
    drawn = noise_stream(params).integers(0, 65536, (*image.shape[:2], channels), dtype=np.uint16)
    kept = drawn >= round(params["share"] * 65536)
    return np.asarray(image * kept, dtype=np.uint8)


def _draw_dropout(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {**settings, "per_channel": int(rng.integers(2)), "seed": draw_seed(rng)}


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
        scales=False,
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
        scales=False,
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
        scales=False,
    ),
    Perturbation(
        name="laplace-noise",
        version=1,
        group="corruption",
        description="Laplacian noise in each channel; std is a share of white",
        source="OpenForensics AdditiveLaplaceNoise; imgaug; albumentations AdditiveNoise takes "
        "twice the time",
        severities=levels(std=(0.025, 0.055, 0.1, 0.16, 0.25)),
        draw_params=_draw,
        pixels=_laplace_noise,
        scales=False,
    ),
    Perturbation(
        name="poisson-noise",
        version=1,
        group="corruption",
        description="Poisson numbers added to each value, or taken from it",
        source="OpenForensics AdditivePoissonNoise; imgaug; ours, as no library has it",
        severities=levels(mean=(4, 11, 24, 44, 76)),
        draw_params=_draw_poisson,
        pixels=_poisson_noise,
        scales=False,
    ),
    Perturbation(
        name="speckle-noise",
        version=1,
        group="corruption",
        description="normal noise in proportion to the light",
        source="OpenForensics SpeckleNoise; Hendrycks and Dietterich (ICLR 2019); ours: "
        "A.MultiplicativeNoise is uniform",
        severities=levels(std=(0.07, 0.15, 0.26, 0.42, 0.65)),
        draw_params=_draw,
        pixels=_speckle_noise,
        scales=False,
    ),
    Perturbation(
        name="multiply-noise",
        version=1,
        group="corruption",
        description="each value multiplied by a number about 1, uniformly drawn",
        source="OpenForensics MultiplyElementwise; albumentations MultiplicativeNoise is the "
        "same, at several times the cost",
        severities=levels(span=(0.12, 0.26, 0.45, 0.7, 1)),
        draw_params=_draw,
        pixels=_multiply_noise,
        scales=False,
    ),
    Perturbation(
        name="dropout",
        version=1,
        group="corruption",
        description="a share of the pixels, or of the values of each channel, lost to black",
        source="OpenForensics Dropout; imgaug; ours: A.PixelDropout takes several times as long",
        severities=levels(share=(0.012, 0.03, 0.07, 0.14, 0.26)),
        draw_params=_draw_dropout,
        pixels=_dropout,
        scales=False,
    ),
)
