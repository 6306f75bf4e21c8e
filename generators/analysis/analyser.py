"""Faces of a photograph: boxes, mesh, landmarks, region, pose."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations import masks
from ...annotations.landmarks import mesh_to_68
from ...annotations.masks import BoolMask
from ...core.images import Rgb
from ..faces import Face, KnownFace
from .detection import detect_faces
from .five_points import disagreement, mean_face_on
from .known import detections_of, in_the_box
from .mesh import MeshFit, MeshNetwork
from .mesh_layout import mesh_triangles
from .occluders import covered
from .pose import pose_of

LAYOUT: Final = "mediapipe"
MIN_PRESENCE: Final = 0.5
MIN_SIDE: Final = 24.0  # pixels; the mesh is good down to about 30
SAME_FACE_IOU: Final = 0.5
# Of the mesh and the detector's five points, share of the face's side: beyond, the mesh is
# on something else. 97 % of the faces in photographs are below 0.15.
MAX_DISAGREEMENT: Final = 0.15
SURE_DETECTION: Final = 0.8  # the detector's score for a face without a mesh to be kept


class FaceAnalyser:
    """Finds and measures the faces of photographs; the networks load at first use."""

    def __init__(self) -> None:
        self._network: MeshNetwork | None = None

    @property
    def network(self) -> MeshNetwork:
        """The mesh network, loaded once."""
        if self._network is None:
            self._network = MeshNetwork()
        return self._network

    def __reduce__(self) -> tuple[object, ...]:
        # Networks do not pickle; each worker process loads its own.
        return (FaceAnalyser, ())

    def analyse(self, image: Rgb) -> tuple[Face, ...]:
        """The faces of an (H, W, 3) RGB picture, front to back.

        The larger face is taken for the nearer one. Faces under 24 pixels are left out.
        Where the mesh network fails, a face that the detector is sure of gets the mean
        face instead, and a confidence of 0: good for a mask, not for a forgery.
        """
        if np.ptp(image) == 0:
            # One colour holds no face; the detector's answer to it was seen to depend on
            # what it had looked at before.
            return ()
        return self.analyse_known(image, ())

    def analyse_known(self, image: Rgb, known: Sequence[KnownFace]) -> tuple[Face, ...]:
        """``analyse`` a picture of which annotations know some faces, boxes in pixels.

        The detector finds its own faces all the same: its five points tell whether a mesh
        is right, which a box cannot. Known faces that it missed are looked at closely;
        where that finds no mesh either, they get the mean face and a confidence of 0.
        """
        rows = _apart([row for row in detect_faces(image) if max(row[2:4]) >= MIN_SIDE])
        found = detections_of(image, rows, [one for one in known if _side(one) >= MIN_SIDE])
        fits = [self._fit_known(image, row, one) for row, one in found]
        kept = [fit for fit in fits if fit is not None]
        kept.sort(key=lambda fit: -float(np.prod(np.ptp(fit.mesh[:, :2], axis=0))))
        return _faces(_distinct(kept), image)

    def remesh(self, image: Rgb, face: Face) -> MeshFit:
        """Measure a known face again, for example after a forgery."""
        return self.network.refit(image, face.mesh)

    def _fit_known(
        self, image: Rgb, row: NDArray[np.float64] | None, known: KnownFace | None
    ) -> MeshFit | None:
        if known is None:
            return None if row is None else self._fit(image, row)
        fit = in_the_box(known, image, self.network) if row is None else self._fit(image, row)
        if fit is None and row is not None:
            # Somebody has seen the face: it is one, whatever the detector's score.
            return MeshFit(mean_face_on(row), 0.0)
        return MeshFit(fit.mesh, 0.0) if fit is not None and known.doubtful else fit

    def _fit(self, image: Rgb, row: NDArray[np.float64]) -> MeshFit | None:
        fit = self.network.fit(image, row)
        sides = np.ptp(fit.mesh[:, :2], axis=0)
        believed = fit.presence >= MIN_PRESENCE and sides.min() >= MIN_SIDE / 2
        if believed and disagreement(fit.mesh, row) <= MAX_DISAGREEMENT:
            # The mesh network also believes in faces made of two half ones.
            return MeshFit(fit.mesh, min(fit.presence, float(row[14])))
        return MeshFit(mean_face_on(row), 0.0) if row[14] >= SURE_DETECTION else None


def _side(known: KnownFace) -> float:
    x1, y1, x2, y2 = known.box
    return max(x2 - x1, y2 - y1)


def _apart(rows: list[NDArray[np.float64]]) -> list[NDArray[np.float64]]:
    """Drop a detection that holds the middle of a surer one; the surest come first.

    In crowds the detector also sees faces made of two half ones.
    """
    kept: list[NDArray[np.float64]] = []
    for row in sorted(rows, key=lambda row: -float(row[14])):
        if not any(_holds(row, other) for other in kept):
            kept.append(row)
    return kept


def _holds(row: NDArray[np.float64], other: NDArray[np.float64]) -> bool:
    middle = other[:2] + other[2:4] / 2
    return bool(((row[:2] < middle) & (middle < row[:2] + row[2:4])).all())


def _distinct(fits: list[MeshFit]) -> list[MeshFit]:
    """Drop a mesh that slid onto a face which another mesh already covers."""
    kept: list[MeshFit] = []
    for fit in fits:
        centre = fit.mesh[:, :2].mean(axis=0)
        near = [np.linalg.norm(other.mesh[:, :2].mean(axis=0) - centre) for other in kept]
        width = float(np.ptp(fit.mesh[:, 0]))
        if not near or min(near) > SAME_FACE_IOU * width:
            kept.append(fit)
    return kept


def _faces(fits: list[MeshFit], image: Rgb) -> tuple[Face, ...]:
    size = (image.shape[0], image.shape[1])
    taken: BoolMask = np.zeros(size, dtype=bool)
    faces = []
    for fit in fits:
        whole = face_mask(fit.mesh, size)
        free = whole & ~taken
        taken |= whole
        visible = free & ~covered(image, fit.mesh, whole) if fit.presence else free
        if not visible.any():
            continue
        region = masks.encode(visible)
        faces.append(
            Face(
                box=masks.box(region),
                mesh=fit.mesh,
                layout=LAYOUT,
                landmarks=mesh_to_68(fit.mesh),
                region=region,
                pose=pose_of(fit.mesh),
                confidence=fit.presence,
                occluded=1.0 - float(free.sum()) / float(whole.sum()),
            )
        )
    return tuple(faces)


def face_mask(mesh: NDArray[np.float64], size: tuple[int, int]) -> BoolMask:
    """The (H, W) silhouette of a mesh: the union of its projected triangles."""
    canvas = np.zeros(size, np.uint8)
    corners = np.round(mesh[:, :2] * 16).astype(np.int32)[mesh_triangles()]
    for corner in corners:
        cv2.fillConvexPoly(canvas, corner, 1, lineType=cv2.LINE_8, shift=4)
    return canvas.astype(bool)
