"""The points and triangles of MediaPipe's mesh as this project measured them.

The points are the median of 43 frontal, open-mouthed faces after alignment, in units
of the distance between the outer eye corners; the triangles are their Delaunay
triangulation, which fills eyes and mouth as well. ``tests`` hold them to each other.
"""

from __future__ import annotations

from functools import cache
from importlib.resources import files

import numpy as np
import orjson
from numpy.typing import NDArray


@cache
def _data() -> dict[str, list[list[float]]]:
    raw = files(__package__).joinpath("mesh_layout.json").read_bytes()
    data: dict[str, list[list[float]]] = orjson.loads(raw)
    return data


@cache
def mesh_points() -> NDArray[np.float64]:
    """(468, 3) mean face, eye corners at distance 1, x to the picture's right, y down."""
    points = np.array(_data()["points"], dtype=np.float64)
    points.setflags(write=False)
    return points


@cache
def mesh_triangles() -> NDArray[np.int64]:
    """(T, 3) point indices, all of one orientation on a frontal face."""
    triangles = np.array(_data()["triangles"], dtype=np.int64)
    triangles.setflags(write=False)
    return triangles
