"""Another colour of the eyes."""

from __future__ import annotations

from typing import Annotated, Final

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...annotations.landmarks import outer_eye_distance
from ...core.errors import DataError
from ...core.images import Rgb
from ..faces import Face
from .colour import Lab, to_lab
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .regions import polygon, seen
from .soft_mask import Alpha
from .tinting import forge_by_colour
from .window import CLOSE, Window, open_window

MIN_EYES: Final = 50.0  # outer eye distance, pixels: below, an iris is a dot
OPEN: Final = 0.16  # height of an open eye against its width
# CIE Lab a, b and a step of L: blue, light blue, green, hazel, amber, grey, brown.
IRISES: Final = (
    (-4, -24, 12), (-8, -16, 18), (-16, 14, 8), (4, 22, 6),
    (12, 30, 10), (-2, -6, 14), (10, 16, -4),
)  # fmt: skip


class EyeColourParameters(Parameters):
    """CIE Lab a and b of the iris, a step of its lightness, and how much of it shows."""

    green_red: float
    blue_yellow: float
    lighter: float
    opacity: Annotated[float, Field(gt=0, le=1)]


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> EyeColourParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one eye colour."""
    green_red, blue_yellow, lighter = IRISES[rng.integers(len(IRISES))]
    return EyeColourParameters(
        green_red=round(green_red + float(rng.normal(0, 2)), 2),
        blue_yellow=round(blue_yellow + float(rng.normal(0, 3)), 2),
        lighter=round(lighter + float(rng.normal(0, 2)), 2),
        opacity=round(float(rng.uniform(0.65, 0.95)), 3),
    )


def suits(face: Face) -> bool:
    """Whether an iris can be seen at all."""
    return outer_eye_distance(face.landmarks) >= MIN_EYES and max(_openness(face)) > OPEN


def _openness(face: Face) -> tuple[float, float]:
    points = face.landmarks

    def one(first: int) -> float:
        upper, lower = points[first + 1 : first + 3].mean(0), points[first + 4 : first + 6].mean(0)
        return float(
            np.linalg.norm(upper - lower) / np.linalg.norm(points[first + 3] - points[first])
        )

    return one(36), one(42)


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: EyeColourParameters,
) -> Forgery:
    """Colour both irises.

    Raises:
        DataError: no iris shows.
    """
    window = open_window(image, face, CLOSE)
    lab = to_lab(window.image)
    rings = [iris(window, lab, part) for part in (slice(36, 42), slice(42, 48))]
    alpha = seen(window, np.maximum(*rings) * np.float32(parameters.opacity), 2.0)
    if alpha.max() < 0.2:
        raise DataError("no iris shows")
    # Reflections stay white, the pupil stays black.
    light = lab[:, :, 0]
    inside = alpha * np.clip((light - 6) / 14, 0, 1) * np.clip((82 - light) / 20, 0, 1)
    lab[:, :, 0] += inside * parameters.lighter
    strength = np.clip((light + 10) / 50, 0.3, 1)
    lab[:, :, 1] += inside * (parameters.green_red * strength - lab[:, :, 1])
    lab[:, :, 2] += inside * (parameters.blue_yellow * strength - lab[:, :, 2])
    return forge_by_colour(image, window, lab)


def iris(window: Window, lab: Lab, part: slice) -> Alpha:
    """(h, w) the visible ring of one eye's iris: a disc where the eye is darkest."""
    points = window.landmarks[part]
    opening = polygon(window, points, 0.0)
    width = float(np.linalg.norm(points[3] - points[0]))
    if opening.sum() < 8:
        return np.zeros_like(opening)
    dark = opening * np.clip(60 - lab[:, :, 0], 0, None) ** 2
    centre = _centroid(dark) if dark.sum() > 0 else points.mean(axis=0)
    rows, columns = np.indices(opening.shape, dtype=np.float32)
    distance = np.hypot(columns - centre[0], rows - centre[1])
    radius = 0.215 * width
    soft = max(0.8, 0.25 * radius)
    disc = np.clip((radius - distance) / soft + 0.5, 0, 1)
    pupil = np.clip((0.36 * radius - distance) / soft + 0.5, 0, 1)
    return np.asarray(polygon(window, points, 0.4) * disc * (1 - pupil), dtype=np.float32)


def _centroid(weight: NDArray[np.float32]) -> NDArray[np.float64]:
    rows, columns = np.nonzero(weight)
    values = weight[rows, columns].astype(np.float64)
    return np.array([np.average(columns, weights=values), np.average(rows, weights=values)])


EYE_COLOUR = Generator(
    name="eye-colour",
    version="1",
    kind="attribute manipulation",
    description="irises of another colour, their pattern and reflections kept",
    parameters=EyeColourParameters,
    draw=draw,
    apply=apply,
    suits=suits,
    limits=Limits(
        share=0.001, change=3.0, seam=1.5, tone=25.0, sharpness=(0.5, 1.8), contrast=(0.5, 2.0)
    ),
)
