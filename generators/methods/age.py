"""Age: lines, bags under the eyes, uneven and paler skin, greying brows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Final

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field as Bounded

from ...core.images import Rgb
from ...core.seeds import stream
from ..faces import Face
from .colour import fine, to_lab
from .forgery import Donors, Forgery, Generator, Limits, Parameters
from .regions import brows, seen, skin
from .tinting import forge_by_colour
from .window import CLOSE, Window, open_window

Vec = NDArray[np.float64]
Field = NDArray[np.float32]

DEPTH: Final = 11.0  # L that a line takes at full strength
Strength = Annotated[float, Bounded(ge=0, le=1.2)]


class AgeParameters(Parameters):
    """How strong each sign of age is; ``seed`` draws the lines and the unevenness."""

    lines: Strength
    bags: Strength
    uneven: Strength
    grey: Strength
    seed: int


def draw(rng: np.random.Generator, face: Face, donors: Donors) -> AgeParameters:  # noqa: ARG001 - the signature of every method
    """Parameters of one ageing."""
    lines, bags, uneven, grey = (round(float(rng.uniform(0.6, 1.1)), 3) for _ in range(4))
    return AgeParameters(
        lines=lines, bags=bags, uneven=uneven, grey=grey, seed=int(rng.integers(2**31))
    )


def apply(
    image: Rgb,
    face: Face,
    donors: Donors,  # noqa: ARG001 - the signature of every method
    parameters: AgeParameters,
) -> Forgery:
    """Age the face."""
    window = open_window(image, face, CLOSE)
    lab, size = to_lab(window.image), window.width
    rng = stream(parameters.seed, "age")
    bare = seen(window, skin(window, 0.05 * size, inset=0.05, lift=0.26), 0.06 * size)
    share = np.float32(np.clip(np.median(lab[:, :, 0][window.visible]) / 65, 0.4, 1.1))
    relief = (
        DEPTH * share * (parameters.lines * _lines(window, rng) + parameters.bags * _bags(window))
    )
    mottled = 0.9 * parameters.uneven * _mottled(window, rng)
    rough = 0.3 * parameters.uneven * fine(lab[:, :, 0], max(1.0, 0.012 * size))
    lab[:, :, 0] += bare * (relief + mottled + rough)
    lab[:, :, 1] += bare * (0.5 * mottled - 1.2 * parameters.uneven)
    lab[:, :, 2] += bare * (1.0 * parameters.uneven)
    grey = seen(window, brows(window, 0.015 * size), 0.02 * size) * np.float32(parameters.grey)
    lab[:, :, 0] += 0.12 * grey * np.clip(70 - lab[:, :, 0], 0, None)
    lab[:, :, 1:] *= 1 - 0.5 * grey[:, :, None]
    return forge_by_colour(image, window, lab)


def _lines(window: Window, rng: np.random.Generator) -> Field:
    """(h, w) relief of folds: dark in the fold, light beside it, about -1 at its deepest."""
    relief = np.zeros(window.visible.shape, np.float32)
    for line, weight, thick in _folds(window, rng):
        sigma = max(0.6, thick * window.width)
        stroke, box = _stroke(window, line, 7 * sigma)
        dark = cv2.GaussianBlur(stroke, (0, 0), sigma) * (sigma * 2.5)
        light = cv2.GaussianBlur(stroke, (0, 0), 2.2 * sigma) * (2.2 * sigma * 2.5)
        below = np.roll(light, max(1, round(1.2 * sigma)), axis=0)
        relief[box] -= np.float32(weight) * (dark - np.float32(0.45) * below)
    return np.clip(relief, -1.2, 0.5)


def _stroke(window: Window, line: Vec, pad: float) -> tuple[Field, tuple[slice, slice]]:
    """A line (N, 2) that fades to both of its ends, in a box ``pad`` pixels around it."""
    height, width = window.visible.shape
    left, top = np.maximum(np.floor(line.min(axis=0) - pad), 0).astype(int)
    right, bottom = np.ceil(line.max(axis=0) + pad).astype(int) + 1
    box = slice(int(top), min(int(bottom), height)), slice(int(left), min(int(right), width))
    size = max(0, box[0].stop - box[0].start), max(0, box[1].stop - box[1].start)
    if min(size) < 1:
        return np.zeros((1, 1), np.float32), (slice(0, 1), slice(0, 1))
    canvas = np.zeros(size, np.float32)
    moved = line - (left, top)
    points = np.round(moved * 16).astype(np.int32)
    cv2.polylines(canvas, [points], False, 1.0, 1, cv2.LINE_AA, 4)
    return _tapered(canvas, moved), box


def _tapered(canvas: Field, line: Vec) -> Field:
    rows, columns = np.nonzero(canvas)
    length = max(1.0, float(np.linalg.norm(line[-1] - line[0])))
    ends = [np.hypot(columns - end[0], rows - end[1]) for end in (line[0], line[-1])]
    canvas[rows, columns] *= np.clip(np.minimum(*ends) / (0.35 * length), 0, 1)
    return canvas


def _folds(window: Window, rng: np.random.Generator) -> Iterator[tuple[Vec, float, float]]:
    """(line, weight, thickness as a share of the face's width) of each fold."""
    points = window.landmarks
    up = points[27] - points[8]
    for brow_height in (0.10, 0.17, 0.235):  # across the forehead
        if rng.random() < 0.75:
            line = np.concatenate([points[18:22], points[22:26]]) + brow_height * up
            line = line + rng.normal(0, 0.004, line.shape) * window.width
            yield _smooth(line), 0.55 * rng.uniform(0.6, 1.0), 0.007
    for nose, corner, jaw in ((31, 48, 4), (35, 54, 12)):  # from nose to mouth
        start = points[nose] + 0.35 * (points[nose] - points[33])
        side = points[corner] + 0.16 * (points[jaw] - points[corner])
        end = side + 0.18 * (points[8] - points[57])
        bow = 0.5 * (start + side) + 0.06 * (points[jaw] - points[corner])
        yield _smooth(np.array([start, bow, side, end])), 0.9, 0.011
    for corner, other in ((36, 39), (45, 42)):  # crow's feet
        out = points[corner] - points[other]
        for turn in (-0.55, -0.1, 0.35):
            side = np.array([-out[1], out[0]]) * (1 if corner == 36 else -1) * -turn
            start = points[corner] + 0.22 * out + 0.25 * side
            yield _smooth(np.array([start, start + 0.45 * out + 0.3 * side])), 0.5, 0.006


def _smooth(line: Vec, count: int = 24) -> Vec:
    """A dense polyline through a few points, bent softly (Bézier of their control polygon)."""
    if len(line) == 2:
        return np.linspace(line[0], line[1], count)
    along = np.linspace(0, len(line) - 1, count)
    dense = np.column_stack([np.interp(along, np.arange(len(line)), line[:, k]) for k in (0, 1)])
    for _ in range(6):
        dense[1:-1] = (dense[:-2] + 2 * dense[1:-1] + dense[2:]) / 4
    return dense


def _bags(window: Window) -> Field:
    """(h, w) relief under the eyes: a fold below each lower lid."""
    points = window.landmarks
    relief = np.zeros(window.visible.shape, np.float32)
    for lid in ((36, 41, 40, 39), (42, 47, 46, 45)):
        down = 0.16 * (points[33] - points[27])
        line = points[list(lid)] + down * np.array([[0.55], [1.15], [1.15], [0.55]])
        sigma = max(0.7, 0.014 * window.width)
        stroke, box = _stroke(window, _smooth(line), 4 * sigma)
        relief[box] -= np.float32(0.6 * sigma * 2.5) * cv2.GaussianBlur(stroke, (0, 0), sigma)
    return relief


def _mottled(window: Window, rng: np.random.Generator) -> Field:
    """(h, w) slow unevenness of unit spread."""
    noise = rng.standard_normal(window.visible.shape, dtype=np.float32)
    slow = cv2.GaussianBlur(noise, (0, 0), max(1.0, 0.03 * window.width))
    quick = cv2.GaussianBlur(noise, (0, 0), max(0.7, 0.01 * window.width))
    mixed = slow / (slow.std() + 1e-6) + 0.4 * quick / (quick.std() + 1e-6)
    return np.asarray(mixed / 1.2, dtype=np.float32)


AGE = Generator(
    name="age",
    version="1",
    kind="attribute manipulation",
    description="lines, bags under the eyes, uneven skin and greying brows",
    parameters=AgeParameters,
    draw=draw,
    apply=apply,
    limits=Limits(share=0.25, seam=1.4, tone=4.5, sharpness=(0.7, 2.2), contrast=(0.75, 1.9)),
)
