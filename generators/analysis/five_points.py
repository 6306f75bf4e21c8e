"""The detector's five points as a check of the mesh, and in its place where it failed.

In crowds and on profiles the mesh network sometimes slides onto a neighbour, or fits a
frontal face to a cheek, and believes in it all the same. The detector's eyes, nose and
mouth corners say so.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from .mesh_layout import mesh_points

Points = NDArray[np.float64]

# Mesh points whose means are the detector's: the person's right eye, left eye, nose tip,
# right and left corner of the mouth.
_MEANS: Final = ((33, 133), (263, 362), (1, 4), (61,), (291,))
_FLATTEST: Final = 0.5  # least ratio of the two axes that five points give a face


def five_of(mesh: Points) -> Points:
    """The (5, k) eyes, nose tip and mouth corners of a (468, k) mesh."""
    return np.array([mesh[list(rows)].mean(axis=0) for rows in _MEANS])


def disagreement(mesh: Points, detection: Points) -> float:
    """Mean distance of the mesh's five points to those of a (15,) YuNet row.

    In units of the longer side of the detection's box; good meshes are below 0.1.
    """
    off = five_of(mesh)[:, :2] - detection[4:14].reshape(5, 2)
    return float(np.linalg.norm(off, axis=1).mean() / max(detection[2:4].max(), 1.0))


def mean_face_on(detection: Points) -> Points:
    """The (468, 3) mean face, turned as the five points of a (15,) YuNet row say.

    A scaled orthographic projection: the affine least-squares fit, with its two rows made
    orthogonal and equally long (DeMenthon and Davis, IJCV 1995, first step).
    """
    face, wanted = mesh_points(), detection[4:14].reshape(5, 2)
    known = five_of(face)
    middle, place = known.mean(axis=0), wanted.mean(axis=0)
    affine, *_ = np.linalg.lstsq(known - middle, wanted - place, rcond=None)
    left, lengths, right = np.linalg.svd(affine.T, full_matrices=False)
    # Noise in five points must not blow a face up: a profile's short axis is not trusted.
    scale = float(lengths[0] if lengths[1] < _FLATTEST * lengths[0] else lengths.mean())
    rows = left @ right
    turned = np.vstack([rows, np.cross(rows[0], rows[1])]) * scale
    return np.asarray((face - middle) @ turned.T + np.array([*place, 0.0]), dtype=np.float64)
