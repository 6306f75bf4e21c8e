"""Another direction of gaze: the irises moved between the lids."""

from __future__ import annotations

from typing import Annotated, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...core.images import Rgb
from ..faces import Face
from .eye_colour import suits
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .moving import changed_pixels
from .regions import polygon
from .window import CLOSE, Window, open_window

Share = Annotated[float, Field(ge=-0.25, le=0.25)]

RIGID: Final = 0.55  # of the eye's half height: what is farther from the lids moves as one


class GazeParameters(Parameters):
    """How far the irises move, in shares of the eye's width; right and down are positive."""

    across: Share
    along: Share


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> GazeParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one glance."""
    side = float(rng.choice([-1.0, 1.0]))
    return GazeParameters(
        across=round(side * float(rng.uniform(0.09, 0.15)), 4),
        along=round(float(rng.uniform(-0.03, 0.03)), 4),
    )


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: GazeParameters,
) -> Forgery:
    """Let the face look elsewhere; towards the lids the movement fades to nothing."""
    window = open_window(image, face, CLOSE)
    height, width = window.visible.shape
    map_x, map_y = np.meshgrid(
        np.arange(width, dtype=np.float32), np.arange(height, dtype=np.float32)
    )
    for eye in (slice(36, 42), slice(42, 48)):
        freedom, step = _freedom(window, eye), _step(window, eye, parameters)
        map_x -= freedom * np.float32(step[0])
        map_y -= freedom * np.float32(step[1])
    moved = cv2.remap(window.image, map_x, map_y, cv2.INTER_CUBIC, borderMode=cv2.BORDER_REPLICATE)
    crop = np.where(window.visible[:, :, None], moved, window.image).astype(np.uint8)
    changed = changed_pixels(window.image, crop) & window.visible
    result, manipulation = window.paste(image, crop, changed)
    return Forgery(result, manipulation)


def _freedom(window: Window, eye: slice) -> NDArray[np.float32]:
    """(h, w) 1 in the middle between the lids, 0 at them and beyond."""
    opening = (polygon(window, window.landmarks[eye], 0.0) > 0.5).astype(np.uint8)
    distance = cv2.distanceTransform(np.pad(opening, 1), cv2.DIST_L2, 5)[1:-1, 1:-1]
    share = np.clip(distance / max(1.0, RIGID * float(distance.max())), 0, 1)
    return np.asarray(share * share * (3 - 2 * share), dtype=np.float32)


def _step(window: Window, eye: slice, parameters: GazeParameters) -> NDArray[np.float64]:
    """(2,) pixels, in the eye's own frame."""
    points = window.landmarks[eye]
    across = points[3] - points[0]
    along = np.array([-across[1], across[0]])
    return np.asarray(parameters.across * across + parameters.along * along, dtype=np.float64)


GAZE = Generator(
    name="gaze",
    version="1",
    kind="facial reenactment",
    description="the irises moved between the lids",
    parameters=GazeParameters,
    draw=draw,
    apply=apply,
    suits=suits,
    limits=Limits(
        share=0.003, change=2.0, seam=1.5, tone=9.0, sharpness=(0.5, 1.6), contrast=(0.5, 1.6)
    ),
)
