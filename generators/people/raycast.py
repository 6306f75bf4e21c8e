"""Parallel rays against a radius chart: what each picture sample sees of a head."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from .fields import F32, sample
from .shape import CHART_REACH, CHART_SCALE
from .traits import Pose

_RELAX: Final = np.float32(0.78)  # the radius changes with direction: shorter steps are safe
_NEAR: Final = np.float32(0.004)
_LEAST: Final = np.float32(0.006)  # rays that graze the surface must get past it
_BACK: Final = np.float32(-0.75)  # nothing that the camera sees is further behind
_FINEST: Final = np.float32(0.0015)
_ROUNDS: Final = 60


@dataclass(frozen=True, eq=False, slots=True)
class Hits:
    """The samples that see the surface.

    Args:
        where: (N,) flat indices into the sample grid.
        depth: (N,) camera z of the surface point, larger is nearer.
        point: (N, 3) the surface point in head coordinates.
        columns, rows: (N,) its place in the chart.
    """

    where: NDArray[np.int64]
    depth: F32
    point: F32
    columns: F32
    rows: F32


def cast(radius: F32, rotation: F32, x: F32, y: F32) -> Hits:
    """Send a ray along -z through each (x, y) of two flat arrays of camera positions.

    Args:
        radius: (S, S) chart of the surface.
        rotation: (3, 3) head to camera.
        x: (K,) camera x in head units.
        y: (K,) camera y, up.

    Returns:
        The hits, by sphere tracing from the front.
    """
    bound = np.float32(radius.max() + 0.01)
    reach = bound * bound - x * x - y * y
    where = np.flatnonzero(reach > 0)
    depth = np.sqrt(reach[where])
    floor = np.maximum(-depth, _BACK)
    start = tuple(rotation[0, k] * x[where] + rotation[1, k] * y[where] for k in range(3))
    place = np.arange(where.size)
    step = np.zeros_like(depth)
    limit = np.full_like(depth, np.inf)
    found: list[tuple[NDArray[np.int64], F32]] = []
    for turn in range(_ROUNDS):
        least = _LEAST * np.float32(1 + 0.3 * turn)
        columns, rows, distance = _chart_at(_along(start, rotation, place, depth))
        gap = distance - sample(radius, columns, rows)
        near = (np.abs(gap) < _NEAR) | (limit < _FINEST)
        found.append((place[near], depth[near] - np.where(limit[near] < _FINEST, 0, gap[near])))
        # Past the surface (an edge hid it from the estimate): halve the step and go back.
        passed = gap < 0
        step = np.where(passed, -0.5 * np.abs(step), np.maximum(gap * _RELAX, least))
        step = np.minimum(step, limit)
        limit = np.where(passed, 0.5 * np.abs(step), limit)
        depth = depth - step
        keep = np.flatnonzero(~near & (depth > floor))
        place, depth, floor = place[keep], depth[keep], floor[keep]
        step, limit = step[keep], limit[keep]
        if not place.size:
            break
    at = np.concatenate([part[0] for part in found])
    order = np.argsort(at, kind="stable")
    at = at[order]
    depths = np.concatenate([part[1] for part in found])[order]
    point = _along(start, rotation, at, depths)
    columns, rows, _ = _chart_at(point)
    return Hits(where[at], depths, np.stack(point, axis=-1), columns, rows)


Columns = tuple[F32, ...]  # x, y, z, each (N,)


def _along(start: Columns, rotation: F32, place: NDArray[np.int64], depth: F32) -> Columns:
    """Head coordinates of the rays at ``place`` where the camera's z is ``depth``."""
    return tuple(start[k][place] + rotation[2, k] * depth for k in range(3))


def _chart_at(point: Columns) -> tuple[F32, F32, F32]:
    """Column, row and distance from the centre; ``shape.chart`` without stacking."""
    x, y, z = point
    distance = np.sqrt(x * x + y * y + z * z)
    inverse = 1 / distance
    grow = np.sqrt(2 / np.maximum(1 + z * inverse, np.float32(1e-3))) * inverse * CHART_SCALE
    middle = CHART_SCALE * np.float32(CHART_REACH)
    return x * grow + middle, middle - y * grow, distance


def rotation(pose: Pose) -> F32:
    """(3, 3) from head to camera: pitch first, then yaw, then roll."""
    yaw, pitch, roll = np.radians([pose.yaw, pose.pitch, pose.roll])
    nod = np.array(
        [[1, 0, 0], [0, np.cos(pitch), np.sin(pitch)], [0, -np.sin(pitch), np.cos(pitch)]]
    )
    turn = np.array([[np.cos(yaw), 0, np.sin(yaw)], [0, 1, 0], [-np.sin(yaw), 0, np.cos(yaw)]])
    tilt = np.array([[np.cos(roll), np.sin(roll), 0], [-np.sin(roll), np.cos(roll), 0], [0, 0, 1]])
    return np.asarray(tilt @ turn @ nod, dtype=np.float32)
