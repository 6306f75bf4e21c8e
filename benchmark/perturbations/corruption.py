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
    """Counts added to a half of the values and taken from the others: two humps, no middle."""
    counts = _counts(params["mean"], 32768)
    signed = np.concatenate([counts, -counts])
    drawn = noise_stream(params).integers(0, 65536, image.shape, dtype=np.uint16)
    return _added(image, signed[drawn])


def _counts(mean: float, number: int) -> NDArray[np.float32]:
    """The Poisson numbers at so many equal steps of their distribution."""
    most = int(mean + 8 * np.sqrt(mean) + 8)
    steps = np.arange(1, most + 1)
    log_chances = np.concatenate([[0.0], np.cumsum(np.log(mean / steps))]) - mean
    bounds = np.cumsum(np.exp(log_chances))
    return np.searchsorted(bounds, (np.arange(number) + 0.5) / number).astype(np.float32)


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
        source="OpenForensics AdditiveLaplaceNoise; imgaug; ours: A.AdditiveNoise takes 35 ms at "
        "half a megapixel",
        severities=levels(std=(0.025, 0.055, 0.1, 0.16, 0.25)),
        draw_params=_draw,
        pixels=_laplace_noise,
        scales=False,
    ),
    Perturbation(
        name="poisson-noise",
        version=1,
        group="corruption",
        description="Poisson numbers added to each value or taken from it, as a coin falls",
        source="OpenForensics AdditivePoissonNoise; imgaug, which turns each value's sign by "
        "chance; ours, as albumentations has none",
        severities=levels(mean=(4, 9, 17, 30, 50)),
        draw_params=_draw,
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
        source="OpenForensics MultiplyElementwise; ours: A.MultiplicativeNoise takes half as long "
        "again, and at times four times as long",
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
