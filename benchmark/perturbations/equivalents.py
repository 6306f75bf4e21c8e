"""Operators of ours that stand in for slow ones of a library, side by side with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType
from typing import Any, Final

import numpy as np

from ...core.images import Rgb
from ...core.progress import Progress, silent
from ...core.seeds import stream
from .gallery import caption, on_ground, panel
from .operator import size_of
from .table import PERTURBATIONS

SEVERITY: Final = 4
Library = Callable[[Rgb], Rgb]


def _fog(library: Any) -> Any:  # noqa: ANN401 - albumentations has no types
    return library.RandomFog(fog_coef_range=(0.9, 0.9), alpha_coef=0.2, p=1)


def _elastic(library: Any) -> Any:  # noqa: ANN401
    return library.ElasticTransform(alpha=260, sigma=12, p=1)


def _shot_noise(library: Any) -> Any:  # noqa: ANN401
    return library.ShotNoise(scale_range=(0.02, 0.02), p=1)


def _glass_blur(library: Any) -> Any:  # noqa: ANN401
    return library.GlassBlur(sigma=0.5, max_delta=3, iterations=1, p=1)


# Our operator → the library's, albumentations 2.0, set to look as much like ours at ``SEVERITY`` as
# its options allow: its fog is made of circles, its glass of a blur.
LIBRARY: Final[Mapping[str, Callable[[Any], Any]]] = MappingProxyType(
    {
        "fog": _fog,
        "elastic": _elastic,
        "shot-noise": _shot_noise,
        "glass-blur": _glass_blur,
    }
)


def library_operator(name: str) -> Library:
    """The library's operator that ours replaces, as a function from picture to picture."""
    import albumentations

    transform = albumentations.Compose([LIBRARY[name](albumentations)], seed=1)
    return lambda image: np.asarray(transform(image=image)["image"], dtype=np.uint8)


def own_operator(name: str) -> Library:
    """Ours at the severity of the comparison, parameters drawn anew for each picture's size."""
    row = PERTURBATIONS[name]

    def apply(image: Rgb) -> Rgb:
        return row.apply(image, row.draw(stream("gallery", name), SEVERITY, size_of(image)))

    return apply


def side_by_side(
    image: Rgb, names: Sequence[str] = tuple(LIBRARY), progress: Progress = silent
) -> Rgb:
    """A sheet with a line for each of them: the picture, the library's operator, ours."""
    lines = []
    for name in progress(names, total=len(names), what="side by side"):
        shown = on_ground([panel(image), panel(library_operator(name)(image)),
                           panel(own_operator(name)(image))])  # fmt: skip
        lines += [caption(name, shown.shape[1]), shown]
    head = caption("the picture, the library's operator, ours", lines[0].shape[1])
    return np.concatenate([head, *lines])
