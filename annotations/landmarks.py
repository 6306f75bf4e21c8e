"""Landmarks: the 68 points of the iBUG order, and where the face mesh has them.

The face mesh of MediaPipe has 468 points (Kartynnik et al., 2019); the 68 points are
those of the 300-W annotation (Sagonas et al., ICCV Workshops 2013).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

Points = NDArray[np.float64]  # (N, 2) x, y in pixels, pixel centres at integers

MESH_POINTS: Final = 468
LANDMARKS: Final = 68

# fmt: off
# The 51 points inside the face; the 17 of the jaw are measured along the contour.
MESH_TO_INNER: Final = (
    # brows
    70, 63, 105, 66, 107, 336, 296, 334, 293, 300,
    # nose: bridge, then nostrils
    168, 197, 5, 4, 75, 97, 2, 326, 305,
    # eyes
    33, 160, 158, 133, 153, 144, 362, 385, 387, 263, 373, 380,
    # mouth: outer, then inner lip contour
    61, 39, 37, 0, 267, 269, 291, 405, 314, 17, 84, 181, 78, 82, 13, 312, 308, 317, 14, 87,
)

# The contour from the ear, at the height of the eye's outer corner, to the chin.
JAW_FROM_RIGHT: Final = (127, 234, 93, 132, 58, 172, 136, 150, 149, 176, 148, 152)
JAW_FROM_LEFT: Final = (356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377, 152)

# The closed contour of the face in the mesh, from the forehead's middle.
FACE_OVAL: Final = (
    10, 338, 297, 332, 284, 251, 389, 356, 454, 323, 361, 288, 397, 365, 379, 378, 400, 377,
    152, 148, 176, 149, 150, 136, 172, 58, 132, 93, 234, 127, 162, 21, 54, 103, 67, 109,
)
# fmt: on

JAW: Final = slice(0, 17)
BROWS: Final = slice(17, 27)
NOSE: Final = slice(27, 36)
RIGHT_EYE: Final = slice(36, 42)  # the person's right: the left one in the picture
LEFT_EYE: Final = slice(42, 48)
MOUTH: Final = slice(48, 68)
OUTER_EYE_CORNERS: Final = (36, 45)


def mesh_to_68(mesh: Points) -> Points:
    """The (68, 2) landmarks of a (468, 2 or more) MediaPipe face mesh.

    Each side of the jaw has eight equal steps along the contour from the ear to the
    chin, as the 300-W annotators set them; the mesh's own points are spaced unevenly.

    Raises:
        ValueError: the mesh does not have 468 points.
    """
    if len(mesh) != MESH_POINTS:
        raise ValueError(f"a face mesh has {MESH_POINTS} points, not {len(mesh)}")
    flat = np.asarray(mesh, dtype=np.float64)[:, :2]
    right = equal_steps(flat[list(JAW_FROM_RIGHT)], 9)
    left = equal_steps(flat[list(JAW_FROM_LEFT)], 9)
    return np.concatenate([right, left[-2::-1], flat[list(MESH_TO_INNER)]])


def equal_steps(line: Points, count: int) -> Points:
    """The (count, 2) points at equal steps of arc length along a polyline, ends included."""
    steps = np.linalg.norm(np.diff(line, axis=0), axis=1)
    along = np.concatenate([[0.0], np.cumsum(steps)])
    wanted = np.linspace(0.0, along[-1], count)
    return np.column_stack([np.interp(wanted, along, line[:, axis]) for axis in (0, 1)])


def outer_eye_distance(points: Points) -> float:
    """The distance in pixels between the outer corners of the eyes of (68, 2) landmarks."""
    first, second = OUTER_EYE_CORNERS
    return float(np.linalg.norm(points[first] - points[second]))


def to_keypoints(points: Points, size: tuple[int, int]) -> list[float]:
    """COCO keypoints [x1, y1, v1, ...]: v is 2 inside the image, 0 (with x = y = 0) outside."""
    height, width = size
    result: list[float] = []
    for x, y in np.asarray(points, dtype=np.float64)[:, :2]:
        inside = -0.5 <= x < width - 0.5 and -0.5 <= y < height - 0.5
        result += [round(float(x), 2), round(float(y), 2), 2] if inside else [0, 0, 0]
    return result


def from_keypoints(keypoints: list[float]) -> tuple[Points, NDArray[np.bool_]]:
    """The (N, 2) points and the (N,) visibility of COCO keypoints."""
    rows = np.array(keypoints, dtype=np.float64).reshape(-1, 3)
    return rows[:, :2], rows[:, 2] > 0
