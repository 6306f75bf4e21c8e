"""albumentations (Buslaev et al., Information 2020; MIT), imported when first used."""

from __future__ import annotations

import os
from functools import cache
from typing import Any

import numpy as np

from ...core.images import Rgb


@cache
def albumentations() -> Any:  # noqa: ANN401 - the library has no types
    """The library."""
    # Importing it asks the network for a newer version unless told not to.
    os.environ.setdefault("NO_ALBUMENTATIONS_UPDATE", "1")
    import albumentations as library

    return library


def transform(name: str, image: Rgb, *, seed: int = 0, **settings: object) -> Rgb:
    """Apply one albumentations transform with fixed settings.

    Ranges are given with equal ends, so that nothing but noise and places depends on the
    seed. The library warns about names that it does not know and then ignores them; the
    tests run with warnings as errors.
    """
    operator = getattr(albumentations(), name)(**settings, p=1.0)
    operator.set_random_seed(seed)
    return np.asarray(operator(image=image)["image"], dtype=np.uint8)


def temperature(image: Rgb, kelvin: int) -> Rgb:
    """The picture under a black body's light, after Zini et al. (Planckian jitter, ICLR 2023).

    ``A.PlanckianJitter`` can only draw its own temperature, so its function is called.
    """
    functional = albumentations().augmentations.pixel.functional
    return np.asarray(functional.planckian_jitter(image, kelvin, "blackbody"), dtype=np.uint8)
