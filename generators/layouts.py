"""Point layouts of face meshes: triangles, where the 68 landmarks are, and what can open."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..annotations.landmarks import FACE_OVAL, MESH_TO_INNER, Points, mesh_to_68
from ..core.tables import table
from .analysis.mesh_layout import mesh_points, mesh_triangles
from .people.topology import (
    drawn_landmarks,
    drawn_triangles,
    gap_loop,
    lid_loop,
    lip_loop,
    oval,
    template,
)

Loop = tuple[int, ...]

# fmt: off
_RIGHT_EYE: Final = (33, 246, 161, 160, 159, 158, 157, 173, 133, 155, 154, 153, 145, 144, 163, 7)
_LEFT_EYE: Final = (
    362, 398, 384, 385, 386, 387, 388, 466, 263, 249, 390, 373, 374, 380, 381, 382,
)
_LIPS: Final = (
    61, 185, 40, 39, 37, 0, 267, 269, 270, 409, 291, 375, 321, 405, 314, 17, 84, 181, 91, 146,
)
_GAP: Final = (
    78, 191, 80, 81, 82, 13, 312, 311, 310, 415, 308, 324, 318, 402, 317, 14, 87, 178, 88, 95,
)
# fmt: on


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """The layout of one kind of mesh.

    Args:
        name: as in ``Face.layout``.
        triangles: gives (T, 3) point indices that cover the face, eyes and mouth included.
        landmarks: (M, 2 or 3) mesh to (68, 2) landmarks.
        canonical: gives (M, 2) the average frontal face, y down, in any unit.
        inner: the points that are landmarks 17 to 67.
        oval: the closed contour of the face.
        eyes: the closed contours of the lids, the picture's left eye first; each begins at
            the picture's left corner and runs over the upper lid.
        lips: the lips' outer contour, likewise from the corner at the picture's left.
        gap: the lips' inner contour.
    """

    name: str
    triangles: Callable[[], NDArray[np.int64]]
    landmarks: Callable[[NDArray[np.float64]], Points]
    canonical: Callable[[], NDArray[np.float64]]
    inner: Loop
    oval: Loop
    eyes: tuple[Loop, Loop]
    lips: Loop
    gap: Loop


def _mean_face() -> NDArray[np.float64]:
    return mesh_points()[:, :2]


def _mean_drawn_face() -> NDArray[np.float64]:
    return template().points * (1, -1)  # drawn y points up


LAYOUTS: Final[Mapping[str, Layout]] = table(
    (
        Layout(
            name="mediapipe",
            triangles=mesh_triangles,
            landmarks=mesh_to_68,
            canonical=_mean_face,
            inner=MESH_TO_INNER,
            oval=FACE_OVAL,
            eyes=(_RIGHT_EYE, _LEFT_EYE),
            lips=_LIPS,
            gap=_GAP,
        ),
        Layout(
            name="drawn",
            triangles=drawn_triangles,
            landmarks=drawn_landmarks,
            canonical=_mean_drawn_face,
            inner=tuple(range(17, 68)),
            oval=oval(),
            eyes=(lid_loop(0), lid_loop(1)),
            lips=lip_loop(),
            gap=gap_loop(),
        ),
    )
)
