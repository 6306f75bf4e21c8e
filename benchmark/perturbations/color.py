"""Colour manipulation."""

from __future__ import annotations

from typing import Final

from numpy.random import Generator

from ...core.images import Rgb
from .library import temperature, transform
from .operator import Params, Perturbation, Settings, Size, as_set, draw_sign, levels


def _draw_hue_saturation(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {
        "hue": draw_sign(rng) * settings["hue"],
        "saturation": settings["saturation"] ** draw_sign(rng),
    }


def _hue_saturation(image: Rgb, params: Params) -> Rgb:
    return _jitter(image, hue=params["hue"], saturation=params["saturation"])


def _draw_brightness_contrast(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {name: factor ** draw_sign(rng) for name, factor in settings.items()}


def _brightness_contrast(image: Rgb, params: Params) -> Rgb:
    return _jitter(image, brightness=params["brightness"], contrast=params["contrast"])


def _jitter(
    image: Rgb,
    *,
    brightness: float = 1,
    contrast: float = 1,
    saturation: float = 1,
    hue: float = 0,
) -> Rgb:
    return transform(
        "ColorJitter",
        image,
        brightness=(brightness, brightness),
        contrast=(contrast, contrast),
        saturation=(saturation, saturation),
        hue=(hue, hue),
    )


def _draw_hue(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {"hue": draw_sign(rng) * settings["hue"]}


def _hue(image: Rgb, params: Params) -> Rgb:
    return _jitter(image, hue=params["hue"])


def _draw_saturation(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {"saturation": settings["more" if draw_sign(rng) > 0 else "less"]}


def _saturation(image: Rgb, params: Params) -> Rgb:
    return _jitter(image, saturation=params["saturation"])


def _grayscale(image: Rgb, params: Params) -> Rgb:
    return _jitter(image, saturation=1 - params["share"])


def _draw_temperature(settings: Settings, _size: Size, rng: Generator) -> Params:
    return {"kelvin": settings["warm" if draw_sign(rng) > 0 else "cool"]}


def _temperature(image: Rgb, params: Params) -> Rgb:
    return temperature(image, int(params["kelvin"]))


ROWS: Final = (
    Perturbation(
        name="hue-saturation",
        version=1,
        group="color",
        description="hue turned by a share of the circle, saturation multiplied or divided",
        source="OpenForensics AddToHue, MultiplySaturation; albumentations ColorJitter",
        severities=levels(
            hue=(0.03, 0.06, 0.09, 0.13, 0.18), saturation=(1.15, 1.3, 1.5, 1.75, 2.1)
        ),
        draw_params=_draw_hue_saturation,
        pixels=_hue_saturation,
    ),
    Perturbation(
        name="hue",
        version=1,
        group="color",
        description="hue turned by a share of the circle",
        source="OpenForensics AddToHue, MultiplyHue; albumentations ColorJitter",
        severities=levels(hue=(0.04, 0.09, 0.16, 0.26, 0.45)),
        draw_params=_draw_hue,
        pixels=_hue,
    ),
    Perturbation(
        name="saturation",
        version=1,
        group="color",
        description="saturation multiplied or divided",
        source="OpenForensics MultiplySaturation, EnhanceColor, Saturate; albumentations "
        "ColorJitter",
        severities=levels(more=(1.3, 1.65, 2.1, 2.8, 4), less=(0.75, 0.55, 0.38, 0.22, 0.05)),
        draw_params=_draw_saturation,
        pixels=_saturation,
    ),
    Perturbation(
        name="grayscale",
        version=1,
        group="color",
        description="a share of the colour drained, all of it at severity 5",
        source="OpenForensics Grayscale, RemoveSaturation; albumentations ColorJitter",
        severities=levels(share=(0.2, 0.4, 0.6, 0.8, 1)),
        draw_params=as_set,
        pixels=_grayscale,
    ),
    Perturbation(
        name="brightness-contrast",
        version=1,
        group="color",
        description="brightness, and contrast about the mean, multiplied or divided",
        source="OpenForensics MultiplyBrightness, LinearContrast; albumentations ColorJitter",
        severities=levels(
            brightness=(1.15, 1.3, 1.47, 1.66, 1.9), contrast=(1.1, 1.2, 1.32, 1.45, 1.6)
        ),
        draw_params=_draw_brightness_contrast,
        pixels=_brightness_contrast,
    ),
    Perturbation(
        name="color-temperature",
        version=1,
        group="color",
        description="the light of a warmer or cooler black body, in kelvin",
        source="OpenForensics ChangeColorTemperature; albumentations PlanckianJitter",
        severities=levels(
            warm=(5200, 4700, 4200, 3800, 3400), cool=(7200, 8400, 10000, 12000, 15000)
        ),
        draw_params=_draw_temperature,
        pixels=_temperature,
    ),
)
