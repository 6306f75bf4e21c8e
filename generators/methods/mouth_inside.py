"""What an opened mouth shows: the dark, teeth, a tongue, in the photograph's own light."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...core.images import Rgb
from ..faces import Face
from ..layouts import LAYOUTS
from .colour import Lab, to_lab, to_rgb
from .expressions import frame
from .forgery import Donor
from .warp import warp
from .window import Window, open_window

Vec = NDArray[np.float64]

# Lab of what is seen, as factors of the skin's lightness and colour, and summands.
_DARK: Final = ((0.22, 2.0), (0.9, 3.0), (0.5, 1.0))
_TEETH: Final = ((0.98, 4.0), (0.22, 0.5), (0.62, 3.0))
_TONGUE: Final = ((0.62, 0.0), (1.0, 12.0), (0.8, 0.0))
TOOTH: Final = 0.105  # visible height of the upper teeth, share of the eye distance
INCISOR: Final = 0.09  # width of an upper tooth in the middle, share of the eye distance


# (window after the movement, window before it, face, (M, 2 or 3) mesh after it) → window with
# something between the lips.
Inside = Callable[[Rgb, Window, Face, Vec], Rgb]


def painted(teeth: float) -> Inside:
    """A drawn inside: the dark, a tongue, and ``teeth`` in [0, 1] of the upper teeth."""

    def paint(image: Rgb, window: Window, face: Face, mesh: Vec) -> Rgb:
        return _filled(
            image, window, face, mesh, lambda gap, box: _drawn(window, face, gap, box, teeth)
        )

    return paint


def borrowed(donor: Donor) -> Inside:
    """What a donor's open mouth shows, under the target's light."""

    def paint(image: Rgb, window: Window, face: Face, mesh: Vec) -> Rgb:
        def warped(gap: Vec, box: tuple[slice, slice]) -> Lab:  # noqa: ARG001 - as for a drawn one
            size = (image.shape[0], image.shape[1])
            whole = np.column_stack([mesh[:, :2], window.mesh[:, 2]])
            there, _ = warp(donor.image, donor.face.mesh, whole, window.triangles, size)
            lab = to_lab(there[box])
            lab *= _ratio(_skin(window), _skin(open_window(donor.image, donor.face)))
            return lab

        return _filled(image, window, face, mesh, warped)

    return paint


def _ratio(skin: NDArray[np.float64], other: NDArray[np.float64]) -> NDArray[np.float32]:
    """(3,) factors of lightness, and of both colour axes alike, from skin to skin."""
    chroma = np.hypot(*skin[1:]) / max(1.0, float(np.hypot(*other[1:])))
    light = skin[0] / max(1.0, float(other[0]))
    return np.array(
        [np.clip(light, 0.4, 1.6), np.clip(chroma, 0, 1.5), np.clip(chroma, 0, 1.5)], np.float32
    )


def _filled(
    image: Rgb,
    window: Window,
    face: Face,
    mesh: Vec,
    inside: Callable[[Vec, tuple[slice, slice]], Lab],
) -> Rgb:
    gap = mesh[list(LAYOUTS[face.layout].gap), :2]
    box = _box(gap, image.shape)
    if box is None:
        return image
    result = image.copy()
    where = _gap_alpha(gap, box, window.width)
    result[box] = to_rgb(_mixed(to_lab(image[box]), inside(gap, box), where))
    return result


def _drawn(window: Window, face: Face, gap: Vec, box: tuple[slice, slice], teeth: float) -> Lab:
    skin = _skin(window)
    across, depth, height, reach = _places(gap, box, frame(face))
    shape = (*across.shape, 3)
    inside = _coloured(skin, _DARK, shape)
    inside = _mixed(inside, _coloured(skin, _TONGUE, shape), _tongue(across, depth, height))
    white = _coloured(skin, _TEETH, shape)
    white[:, :, 0] *= _shade(across, depth) * _between(across * reach)
    inside = _mixed(inside, white, teeth * _upper_teeth(across, depth))
    soft = max(0.5, 0.006 * window.width)
    return np.asarray(cv2.GaussianBlur(inside, (0, 0), soft), dtype=np.float32)


def _box(gap: Vec, shape: tuple[int, ...]) -> tuple[slice, slice] | None:
    left, top = np.maximum(np.floor(gap.min(axis=0)).astype(int) - 3, 0)
    right, bottom = np.ceil(gap.max(axis=0)).astype(int) + 4
    right, bottom = min(int(right), shape[1]), min(int(bottom), shape[0])
    if right - left < 4 or bottom - top < 4:
        return None
    return slice(int(top), bottom), slice(int(left), right)


def _gap_alpha(gap: Vec, box: tuple[slice, slice], width: float) -> NDArray[np.float32]:
    rows, columns = box
    scale = 4  # drawn larger, then averaged: a smooth edge
    size = (scale * (rows.stop - rows.start), scale * (columns.stop - columns.start))
    canvas = np.zeros(size, np.uint8)
    corners = (gap - (columns.start, rows.start) + 0.5) * scale
    cv2.fillPoly(canvas, [np.round(corners).astype(np.int32)], 255)
    small = cv2.resize(canvas, (size[1] // scale, size[0] // scale), interpolation=cv2.INTER_AREA)
    soft = cv2.GaussianBlur(small.astype(np.float32) / 255, (0, 0), max(0.4, 0.005 * width))
    return np.asarray(soft, dtype=np.float32)


def _skin(window: Window) -> NDArray[np.float64]:
    """(3,) Lab median of the cheeks and the chin."""
    points = window.landmarks
    spots = [
        (points[2] + points[31]) / 2,
        (points[14] + points[35]) / 2,
        (points[8] + points[57]) / 2,
    ]
    height, width = window.image.shape[:2]
    side = max(1, round(0.04 * window.width))
    medians = []
    for x, y in np.round(spots).astype(int):
        patch = window.image[
            max(0, y - side) : min(height, y + side), max(0, x - side) : min(width, x + side)
        ]
        if patch.size:
            medians.append(np.median(to_lab(patch).reshape(-1, 3), axis=0))
    return np.asarray(np.median(medians, axis=0) if medians else (60.0, 12.0, 14.0), np.float64)


def _coloured(
    skin: NDArray[np.float64], rule: tuple[tuple[float, float], ...], shape: tuple[int, ...]
) -> Lab:
    colour = [factor * part + more for part, (factor, more) in zip(skin, rule, strict=True)]
    return np.broadcast_to(np.array(colour, np.float32), shape).copy()


def _mixed(below: Lab, above: Lab, alpha: NDArray[np.float32]) -> Lab:
    weight = alpha.astype(np.float32)[:, :, None]
    return np.asarray(below + weight * (above - below), dtype=np.float32)


def _places(
    gap: Vec, box: tuple[slice, slice], frame: Vec
) -> tuple[NDArray[np.float32], NDArray[np.float32], float, float]:
    """Where pixels lie in the mouth.

    Returns:
        (h, w) across from -1 to 1 between its corners, (h, w) depth under the upper lip,
        the gap's height and half of its width, in eye distances.
    """
    half = len(gap) // 2
    to_face = np.linalg.inv(frame)
    middle = (gap[0] + gap[half]) / 2
    line = (gap - middle) @ to_face
    rows, columns = np.mgrid[box]
    places = (np.stack([columns, rows], axis=-1) - middle) @ to_face
    upper = line[: half + 1]
    order = np.argsort(upper[:, 0])
    lip = np.interp(places[..., 0], upper[order, 0], upper[order, 1])
    reach = max(1e-3, float(np.ptp(line[:, 0])) / 2)
    height = float(line[half:, 1].max() - upper[:, 1].min())
    across = (places[..., 0] / reach).astype(np.float32)
    return across, (places[..., 1] - lip).astype(np.float32), height, reach


def _upper_teeth(across: NDArray[np.float32], depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Opacity of the upper teeth: an arch, lowest in the middle, gone towards the corners."""
    edge = TOOTH * (0.55 + 0.45 * np.sqrt(np.clip(1 - across**2, 0, 1)))
    shown = np.clip((edge - depth) / 0.018, 0, 1)
    return np.asarray(shown * np.clip((0.92 - np.abs(across)) / 0.2, 0, 1), dtype=np.float32)


def _shade(across: NDArray[np.float32], depth: NDArray[np.float32]) -> NDArray[np.float32]:
    """Teeth lie in the lip's shadow above and in the cheeks' at the sides."""
    below_lip = 0.68 + 0.32 * np.clip(depth / 0.05, 0, 1)
    return np.asarray(below_lip * (1 - 0.45 * across**2), dtype=np.float32)


def _between(across: NDArray[np.float32]) -> NDArray[np.float32]:
    """Light lost between one tooth and the next; ``across`` in eye distances from the middle."""
    nearest = np.abs(across / INCISOR - np.round(across / INCISOR)) * INCISOR
    return np.asarray(1 - 0.12 * np.exp(-((nearest / 0.009) ** 2)), dtype=np.float32)


def _tongue(
    across: NDArray[np.float32], depth: NDArray[np.float32], height: float
) -> NDArray[np.float32]:
    """Opacity of the tongue, low in a wide open mouth."""
    if height < 0.12:
        return np.zeros(across.shape, np.float32)
    from_below = np.clip((depth - 0.55 * height) / (0.3 * height), 0, 1)
    return np.asarray(0.6 * from_below * np.clip(1 - across**2 * 1.6, 0, 1), dtype=np.float32)
