"""Another colour of the hair.

Hair is what lies around the upper face, connected, of one colour that is not the skin's; where
the background has that colour too, the face is left to other methods.
"""

from __future__ import annotations

from typing import Annotated, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from ...annotations.masks import BoolMask
from ...core.images import Rgb
from ..faces import Face
from ..layouts import LAYOUTS
from .colour import Lab, to_lab, to_rgb
from .forgery import Donors, Forgery, Generator, Limits, Parameters, RefusedError
from .moving import changed_pixels, largest_step
from .soft_mask import Alpha
from .window import Window, open_window

AROUND: Final = 0.55  # of the mesh's size: the window's margin
ALIKE: Final = 15.0  # ΔE from the hair's colour, lightness counted half
LEAST: Final = 0.25  # area of hair, in areas of the face
MOST: Final = 3.0
OPEN: Final = 0.2  # of the window's rim, at most, that hair may reach
APART: Final = 16.0  # ΔE between hair and skin
PALE: Final = 8.0  # chroma of skin in a photograph that has no colours
LIGHTER: Final = 4.0  # Lab units over the skin's lightness: a bald head, a sky
WHOLE: Final = 0.72  # of the band over the forehead that must turn out to be hair
LINED: Final = 1.6  # edge strength along the hair's outline against that inside the hair
# CIE Lab of usual colours: black, dark brown, chestnut, auburn, copper, blond, grey.
COLOURS: Final = (
    (14, 1, 1), (22, 5, 8), (30, 12, 15), (30, 17, 15), (40, 20, 24), (62, 6, 25), (55, 0, 3),
)  # fmt: skip


class HairColourParameters(Parameters):
    """The colour in CIE Lab, how much of it shows, and how far lightness follows."""

    lightness: float
    green_red: float
    blue_yellow: float
    opacity: Annotated[float, Field(gt=0, le=1)]


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> HairColourParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one colour."""
    lightness, green_red, blue_yellow = COLOURS[rng.integers(len(COLOURS))]
    return HairColourParameters(
        lightness=round(lightness + float(rng.normal(0, 2)), 2),
        green_red=round(green_red + float(rng.normal(0, 1.5)), 2),
        blue_yellow=round(blue_yellow + float(rng.normal(0, 2)), 2),
        opacity=round(float(rng.uniform(0.5, 0.8)), 3),
    )


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: HairColourParameters,
) -> Forgery:
    """Dye the hair; strands, highlights and shadows stay.

    Raises:
        RefusedError: no hair is found that can be told from skin and background.
    """
    window = open_window(image, face, AROUND)
    lab = to_lab(window.image)
    hair = find_hair(window, lab, face.layout, image.shape[1])
    alpha = _soft(hair, window) * np.float32(parameters.opacity)
    mean = np.median(lab[hair], axis=0)
    wanted = np.array([parameters.lightness, parameters.green_red, parameters.blue_yellow])
    step = np.asarray((wanted - mean) * (0.6, 1, 1), dtype=np.float32)
    # Dark hair cannot be bleached by paint: lightness follows within bounds.
    step[0] = np.clip(step[0], -14, 9)
    scale = np.clip(lab[:, :, 0] / max(8.0, float(mean[0])), 0.3, 1.6)
    for channel, power in ((0, 0.5), (1, 1.0), (2, 1.0)):
        lab[:, :, channel] += alpha * step[channel] * scale**power
    painted = to_rgb(lab)
    kept = (largest_step(painted, window.image) <= 1) | (alpha < 1 / 64)
    painted[kept] = window.image[kept]
    result, manipulation = window.paste(image, painted, changed_pixels(window.image, painted))
    return Forgery(result, manipulation)


def find_hair(window: Window, lab: Lab, layout: str, width: int) -> BoolMask:
    """(h, w) the hair.

    Args:
        window: around the face.
        lab: (h, w, 3) its colours.
        layout: of the face's mesh.
        width: of the whole picture, pixels.

    Raises:
        RefusedError: there is none, or it cannot be told from what is around it.
    """
    face = _face(window, layout)
    seed = _above(window, face)
    if seed.sum() < 30:
        raise RefusedError("no room above the face for hair")
    mean = np.median(lab[seed], axis=0)
    skin = np.median(lab[face & window.visible], axis=0) if (face & window.visible).any() else mean
    if np.linalg.norm((mean - skin) * (0.5, 1, 1)) < APART:
        raise RefusedError("the hair has the skin's colour")
    if np.hypot(*skin[1:]) < PALE:
        raise RefusedError("the photograph has no colours")
    if mean[0] > skin[0] + LIGHTER:
        raise RefusedError("what is above the face is lighter than its skin")
    smooth = np.asarray(cv2.GaussianBlur(lab, (0, 0), 1.0), dtype=np.float32)
    apart, from_skin = _apart(smooth, mean), _apart(smooth, skin)
    # Below the mouth collars and beards have hair's colour.
    alike = (apart < ALIKE**2) & (apart < from_skin) & _upper(window)
    hair = _connected(alike & ~(face & window.visible & ~_rim(face, window)), seed)
    share = float(hair.sum()) / max(1, int(face.sum()))
    if not LEAST < share < MOST or _reach(hair, window, width) > OPEN:
        raise RefusedError("the hair cannot be told from the background")
    if hair[seed].mean() < WHOLE or _lined(smooth, hair, face) < LINED:
        raise RefusedError("the hair is seen in part only")
    return hair


def _lined(lab: Lab, hair: BoolMask, face: BoolMask) -> float:
    """Edge strength along the hair's outline, away from the face, against that inside it."""
    mask = hair.astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    near = cv2.dilate(face.astype(np.uint8), kernel, iterations=3) > 0
    inner = cv2.erode(mask, kernel, iterations=3) > 0
    outline = (cv2.dilate(mask, kernel, iterations=2) > 0) & (cv2.erode(mask, kernel) == 0) & ~near
    if not (outline.any() and inner.any()):
        return 0.0
    light = np.ascontiguousarray(lab[:, :, 0])
    steps = [cv2.Sobel(light, cv2.CV_32F, *order) for order in ((1, 0), (0, 1))]
    slope = np.hypot(*steps)
    return float(slope[outline].mean() / (slope[inner].mean() + 1.0))


def _apart(lab: Lab, colour: NDArray[np.float32]) -> NDArray[np.float32]:
    """(h, w) squared ΔE from a colour, lightness counted half."""
    light, green_red, blue_yellow = cv2.split(lab)
    return np.asarray(
        ((light - colour[0]) / 2) ** 2
        + (green_red - colour[1]) ** 2
        + (blue_yellow - colour[2]) ** 2,
        dtype=np.float32,
    )


def _face(window: Window, layout: str) -> BoolMask:
    canvas = np.zeros(window.visible.shape, np.uint8)
    rim = np.round(window.mesh[list(LAYOUTS[layout].oval), :2]).astype(np.int32)
    cv2.fillPoly(canvas, [rim], 1)
    return canvas > 0


def _rim(face: BoolMask, window: Window) -> BoolMask:
    """The upper part of the face near its contour, where a hairline may run."""
    step = max(1, round(0.07 * window.width))
    inner = cv2.erode(face.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=step) > 0
    brow = window.landmarks[17:27].min(axis=0)[1]
    return np.asarray(face & ~inner & (np.indices(face.shape)[0] < brow), dtype=bool)


def _above(window: Window, face: BoolMask) -> BoolMask:
    """A band over the forehead's contour."""
    step = max(2, round(0.10 * window.width))
    up = window.landmarks[27] - window.landmarks[8]
    up = np.round(up / max(1e-6, float(np.linalg.norm(up))) * 1.3 * step).astype(int)
    moved = np.roll(face, (up[1], up[0]), axis=(0, 1))
    grown = cv2.dilate(face.astype(np.uint8), np.ones((3, 3), np.uint8), iterations=2) > 0
    brow = float(window.landmarks[17:27, 1].min())
    return np.asarray(moved & ~grown & (np.indices(face.shape)[0] < brow), dtype=bool)


def _upper(window: Window) -> BoolMask:
    return np.asarray(
        np.indices(window.visible.shape)[0] < float(window.landmarks[48:60, 1].mean()), dtype=bool
    )


def _connected(alike: BoolMask, seed: BoolMask) -> BoolMask:
    opened = cv2.morphologyEx(alike.astype(np.uint8), cv2.MORPH_OPEN, np.ones((3, 3), np.uint8))
    _, labels = cv2.connectedComponents(opened, connectivity=4)
    counts = np.bincount(labels[seed & (opened > 0)], minlength=1)
    counts[0] = 0
    if not counts.any():
        raise RefusedError("no hair is found above the face")
    best = np.flatnonzero(counts > 0.2 * counts.max())
    closed = cv2.morphologyEx(
        np.isin(labels, best).astype(np.uint8), cv2.MORPH_CLOSE, np.ones((5, 5), np.uint8)
    )
    return np.asarray(closed > 0)


def _reach(hair: BoolMask, window: Window, width: int) -> float:
    """The share of the window's upper rim, left, top and right, that hair reaches.

    Where the picture ends, hair may end as well.
    """
    half = len(hair) // 2
    sides = (
        (hair[0], window.top > 0),
        (hair[:half, 0], window.left > 0),
        (hair[:half, -1], window.left + hair.shape[1] < width),
    )
    reached = sum(int(side.sum()) for side, open_ in sides if open_)
    return reached / max(1, sum(len(side) for side, _ in sides))


def _soft(hair: BoolMask, window: Window) -> Alpha:
    sigma = max(0.8, 0.015 * window.width)
    soft = cv2.GaussianBlur(hair.astype(np.float32), (0, 0), sigma)
    # Long hair keeps its colour towards its tips, as if grown out.
    mouth = float(window.landmarks[48:60, 1].mean())
    fade = (mouth - np.arange(len(hair), dtype=np.float32)) / (0.45 * window.width)
    return np.asarray(soft * np.clip(fade, 0, 1)[:, None], dtype=np.float32)


HAIR_COLOUR = Generator(
    name="hair-colour",
    version="2",
    kind="attribute manipulation",
    description="the hair dyed, its strands and highlights kept",
    parameters=HairColourParameters,
    draw=draw,
    apply=apply,
    limits=Limits(
        share=0.15, change=3.0, seam=1.4, tone=30.0, sharpness=(0.6, 1.6), contrast=(0.6, 1.7)
    ),
)
