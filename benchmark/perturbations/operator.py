"""What a perturbation is: five severities, a draw, and a function of image and parameters.

Randomness lives in the draw alone. What it drew are plain numbers; an operator that needs
a field of noise draws its seed, so the parameters suffice to make the image again.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final, Literal, TypeAlias, get_args

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from ...annotations.instances import Instances
from ...core.errors import UsageError
from ...core.images import Rgb
from .geometry import Displacement, move_instances, warp

Group = Literal[
    "color", "edge", "block", "corruption", "convolution", "external", "everyday", "adversarial"
]
GROUPS: Final[Mapping[Group, str]] = {
    "color": "colour manipulation",
    "edge": "edge manipulation",
    "block": "block-wise distortion",
    "corruption": "image corruption",
    "convolution": "convolution-mask transformation",
    "external": "external effect",
    "everyday": "what people, screens and platforms do",
    "adversarial": "perturbation made against a network",
}
SEVERITIES: Final = (1, 2, 3, 4, 5)

Size: TypeAlias = tuple[int, int]  # (height, width) in pixels
Settings: TypeAlias = Mapping[str, float]  # of one severity, lengths at a diagonal of 1000 px
Params: TypeAlias = Mapping[str, float]  # drawn for one image, lengths in its pixels
Draw: TypeAlias = Callable[[Settings, Size, Generator], Params]
Apply: TypeAlias = Callable[[Rgb, Params], Rgb]
Field: TypeAlias = Callable[[Size, Params], Displacement]

_REFERENCE_DIAGONAL: Final = 1000.0  # pixels: a photograph of half a megapixel
_LEAST_SCALE: Final = 0.35  # below it, lengths would be fractions of a pixel and do nothing


@dataclass(frozen=True, slots=True)
class Perturbation:
    """One operator, a row of ``PERTURBATIONS``.

    Args:
        name: short, in lower case, with hyphens.
        version: raised whenever the same record would give other pixels.
        group: one of OpenForensics' six, "everyday", or "adversarial".
        description: one line.
        source: what it stands for and where its definition or code comes from.
        severities: five settings, from mild to severe.
        draw_params: (settings, size, rng) → parameters, plain numbers.
        pixels: (image, parameters) → new image; None for an operator that only moves pixels.
        field: (size, parameters) → displacement, for an operator that moves pixels; they
            are moved first.
        scales: whether a severity means the same at every size; not so where the grain is
            the pixel or the codec's block.
    """

    name: str
    version: int
    group: Group
    description: str
    source: str
    severities: tuple[Settings, ...]
    draw_params: Draw
    pixels: Apply | None = None
    field: Field | None = None
    scales: bool = True

    def __post_init__(self) -> None:
        if self.group not in get_args(Group):
            raise ValueError(f"{self.name}: there is no group {self.group!r}")
        if len(self.severities) != len(SEVERITIES):
            raise ValueError(f"{self.name}: {len(self.severities)} severities, expected 5")
        if self.pixels is None and self.field is None:
            raise ValueError(f"{self.name}: needs pixels or a displacement field")

    @property
    def moves_pixels(self) -> bool:
        """Whether masks, boxes and landmarks move with the pixels."""
        return self.field is not None

    def draw(self, rng: Generator, severity: int, size: Size) -> dict[str, float]:
        """Parameters for one image of ``size`` (height, width); numbers only, fit for JSON.

        Raises:
            UsageError: the severity is not 1 to 5.
        """
        if severity not in SEVERITIES:
            raise UsageError("there is no such severity", got=severity, expected="1 to 5")
        return dict(self.draw_params(self.severities[severity - 1], size, rng))

    def apply(self, image: Rgb, params: Params) -> Rgb:
        """A new (H, W, 3) uint8 image; the same bytes for the same image and parameters."""
        if self.field is not None:
            image = warp(image, self.field(size_of(image), params))
        return image if self.pixels is None else self.pixels(image, params)

    def apply_instances(self, instances: Instances, params: Params) -> Instances:
        """The faces where ``apply`` puts their pixels; themselves where nothing moves."""
        if self.field is None:
            return instances
        return move_instances(instances, self.field(instances.size, params))


def levels(**columns: tuple[float, float, float, float, float]) -> tuple[Settings, ...]:
    """Five settings from columns: ``levels(quality=(60, 40, 25, 14, 7))``."""
    rows = zip(*columns.values(), strict=True)
    return tuple(dict(zip(columns, row, strict=True)) for row in rows)


def as_set(settings: Settings, _size: Size, _rng: Generator) -> Params:
    """The draw of an operator that leaves nothing to chance: the settings themselves."""
    return dict(settings)


def size_of(image: NDArray[np.uint8]) -> Size:
    """(height, width)."""
    return image.shape[0], image.shape[1]


def size_scale(size: Size) -> float:
    """By what lengths are multiplied so that a severity means the same at every size.

    Proportional to the diagonal, 1 at 1000 pixels; pictures with a diagonal below
    350 pixels are treated as of that size, since lengths of a few hundredths of a pixel
    would change nothing.
    """
    return max(float(np.hypot(*size)) / _REFERENCE_DIAGONAL, _LEAST_SCALE)


def draw_seed(rng: Generator) -> int:
    """A seed for a field of noise, exact in every JSON reader."""
    return int(rng.integers(2**32))


def draw_sign(rng: Generator) -> int:
    """-1 or 1."""
    return int(rng.integers(2)) * 2 - 1


def noise_stream(params: Params) -> Generator:
    """The stream of an operator's noise, from the seed among its parameters."""
    return np.random.Generator(np.random.PCG64(int(params["seed"])))
