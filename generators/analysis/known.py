"""Faces that a photograph's annotations know, brought together with those that are detected."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

from ...annotations import boxes as box_tools
from ...core.images import Rgb
from ..faces import KnownFace
from .detection import detect_near
from .mesh import MeshFit, MeshNetwork
from .mesh_layout import mesh_points

SAME_IOU: Final = 0.3  # annotators differ: some boxes hold the hair, some only the face
MIN_PRESENCE: Final = 0.5

Row = NDArray[np.float64]  # (15,) of the detector
Found = tuple[Row | None, KnownFace | None]


def detections_of(image: Rgb, rows: Sequence[Row], known: Sequence[KnownFace]) -> list[Found]:
    """Detections with the known face that each shows, and known faces without a detection.

    Detections of depicted faces are left out; those of which the annotations know nothing
    are kept, as annotators miss faces as well.
    """
    partners = _partners(rows, known)
    found: list[Found] = [(row, None) for index, row in enumerate(rows) if index not in partners]
    found += [(rows[index], known[face]) for index, face in partners.items()]
    missed = [one for face, one in enumerate(known) if face not in partners.values()]
    found += [(_closer(image, one), one) for one in missed]
    return [(row, one) for row, one in found if one is None or not one.depicted]


def _partners(rows: Sequence[Row], known: Sequence[KnownFace]) -> dict[int, int]:
    """Index of a row → index of its known face; the best overlaps are taken first."""
    if not rows or not known:
        return {}
    overlaps = box_tools.iou(
        np.array([_box(row) for row in rows]), np.array([k.box for k in known])
    )
    pairs: dict[int, int] = {}
    for flat in np.argsort(-overlaps, axis=None, kind="stable"):
        row, face = (int(value) for value in np.unravel_index(flat, overlaps.shape))
        if overlaps[row, face] < SAME_IOU:
            break
        if row not in pairs and face not in pairs.values():
            pairs[row] = face
    return pairs


def _closer(image: Rgb, known: KnownFace) -> Row | None:
    if known.depicted:
        return None
    box = np.array(known.box, dtype=np.float64)
    for row in detect_near(image, box):
        if float(box_tools.iou(_box(row)[None], box[None])[0, 0]) >= SAME_IOU:
            return np.asarray(row, dtype=np.float64)
    return None


def _box(row: Row) -> NDArray[np.float64]:
    return np.array([*row[:2], *(row[:2] + row[2:4])])


def in_the_box(known: KnownFace, image: Rgb, network: MeshNetwork) -> MeshFit:
    """A mesh where no detector sees a face: the network's, or the mean face that fills the box.

    Without the detector's five points nothing vouches for it: the confidence is 0.
    """
    x1, y1, x2, y2 = known.box
    level = [x1, y1, x2 - x1, y2 - y1, x1, y1, x2, y1, *[0.0] * 7]  # eyes on a level line
    fit = network.fit(image, np.array(level))
    low, high = fit.mesh[:, :2].min(axis=0), fit.mesh[:, :2].max(axis=0)
    overlap = box_tools.iou(np.array([[*low, *high]]), np.array([known.box]))[0, 0]
    if fit.presence >= MIN_PRESENCE and overlap >= SAME_IOU:
        return MeshFit(fit.mesh, 0.0)
    return MeshFit(mean_face_in(known.box), 0.0)


def mean_face_in(box: tuple[float, float, float, float]) -> NDArray[np.float64]:
    """The (468, 3) mean face, frontal, as wide and as high as an xyxy box."""
    face = mesh_points()
    low, span = face.min(axis=0), np.ptp(face, axis=0)
    size = np.array([box[2] - box[0], box[3] - box[1]])
    scale = np.array([*(size / span[:2]), float((size / span[:2]).mean())])
    return np.asarray((face - low) * scale + np.array([*box[:2], 0.0]), dtype=np.float64)
