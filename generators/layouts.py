"""Point layouts of face meshes: triangles, and where the 68 landmarks are."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ..annotations.landmarks import Points, mesh_to_68
from ..core.tables import table
from .analysis.mesh_layout import mesh_triangles
from .people.topology import drawn_landmarks, drawn_triangles


@dataclass(frozen=True, eq=False, slots=True)
class Layout:
    """The layout of one kind of mesh.

    Args:
        name: as in ``Face.layout``.
        triangles: gives (T, 3) point indices that cover the face, eyes and mouth included.
        landmarks: (M, 2 or 3) mesh to (68, 2) landmarks.
    """

    name: str
    triangles: Callable[[], NDArray[np.int64]]
    landmarks: Callable[[NDArray[np.float64]], Points]


LAYOUTS: Final[Mapping[str, Layout]] = table(
    (
        Layout("mediapipe", mesh_triangles, mesh_to_68),
        Layout("drawn", drawn_triangles, drawn_landmarks),
    )
)
