"""How a head is turned, from its face mesh."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

# Pairs of points (the person's right, left) whose connection lies across the head,
# and pairs (above, below) whose connection runs along it.
ACROSS: Final = ((33, 263), (127, 356), (234, 454), (61, 291))
ALONG: Final = ((10, 152), (168, 2), (70, 136), (300, 365))


def pose_of(mesh: NDArray[np.float64]) -> tuple[float, float, float]:
    """(yaw, pitch, roll) in degrees of a (468, 3) mesh.

    0 is frontal and level, positive yaw looks to the picture's right, positive pitch
    up, positive roll clockwise.
    """
    across = _axis(mesh, ACROSS)
    along = _axis(mesh, ALONG)
    roll = np.arctan2(across[1], across[0])
    cosine, sine = np.cos(-roll), np.sin(-roll)
    level = np.array([[cosine, -sine, 0.0], [sine, cosine, 0.0], [0.0, 0.0, 1.0]])
    across, along = level @ across, level @ along
    yaw = np.arctan2(across[2], across[0])
    pitch = np.arctan2(along[2], along[1])
    return float(np.degrees(yaw)), float(np.degrees(pitch)), float(np.degrees(roll))


def _axis(mesh: NDArray[np.float64], pairs: tuple[tuple[int, int], ...]) -> NDArray[np.float64]:
    first, second = np.array(pairs).T
    spans = mesh[second] - mesh[first]
    axis = spans.sum(axis=0)
    return np.asarray(axis / np.linalg.norm(axis), dtype=np.float64)
