"""The 468-point face mesh of MediaPipe (Kartynnik et al., 2019), through OpenCV's runtime."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import MESH_POINTS
from ...core.images import Rgb
from .models import FACE_MESH, find_model

INPUT_SIDE: Final = 192
CROP_SCALE: Final = 1.5  # the network was trained on faces with this margin
RIGHT_EYE_CORNERS: Final = (33, 133)
LEFT_EYE_CORNERS: Final = (263, 362)

Mesh = NDArray[np.float64]  # (468, 3) x, y in pixels, z in the same unit, smaller is nearer


@dataclass(frozen=True, eq=False, slots=True)
class MeshFit:
    """A mesh and the network's belief in [0, 1] that there is a face under it."""

    mesh: Mesh
    presence: float


class MeshNetwork:
    """Fits the mesh to a face; holds the network, so one object serves many faces."""

    def __init__(self) -> None:
        self._network = cv2.dnn.readNetFromTFLite(str(find_model(FACE_MESH)))
        self._outputs = self._network.getUnconnectedOutLayersNames()

    def fit(self, image: Rgb, detection: NDArray[np.float64]) -> MeshFit:
        """Fit in two passes: around the (15,) YuNet row, then around the first mesh."""
        x, y, width, height = detection[:4]
        centre = np.array([x + width / 2, y + height / 2])
        angle = _level(detection[4:6], detection[6:8])
        first = self._run(image, centre, float(max(width, height)), angle)
        return self.refit(image, first.mesh)

    def refit(self, image: Rgb, mesh: Mesh) -> MeshFit:
        """Fit again around a known mesh."""
        low, high = mesh[:, :2].min(axis=0), mesh[:, :2].max(axis=0)
        right = mesh[list(RIGHT_EYE_CORNERS), :2].mean(axis=0)
        left = mesh[list(LEFT_EYE_CORNERS), :2].mean(axis=0)
        return self._run(image, (low + high) / 2, float((high - low).max()), _level(right, left))

    def _run(self, image: Rgb, centre: NDArray[np.float64], size: float, angle: float) -> MeshFit:
        to_crop = _crop_transform(centre, size * CROP_SCALE, angle)
        crop = cv2.warpAffine(
            image,
            to_crop,
            (INPUT_SIDE, INPUT_SIDE),
            flags=cv2.INTER_AREA,
            borderMode=cv2.BORDER_REPLICATE,
        )
        self._network.setInput(cv2.dnn.blobFromImage(crop, 1 / 255.0))
        outputs = [np.asarray(value).ravel() for value in self._network.forward(self._outputs)]
        points = next(value for value in outputs if value.size == MESH_POINTS * 3)
        logit = next(value for value in outputs if value.size == 1)
        mesh = points.reshape(MESH_POINTS, 3).astype(np.float64)
        return MeshFit(_to_image(mesh, to_crop), float(1 / (1 + np.exp(-float(logit[0])))))


def _level(right_eye: NDArray[np.float64], left_eye: NDArray[np.float64]) -> float:
    """The angle in radians by which the line between the eyes is off the horizontal."""
    across = left_eye - right_eye
    return float(np.arctan2(across[1], across[0]))


def _crop_transform(centre: NDArray[np.float64], size: float, angle: float) -> NDArray[np.float64]:
    """The (2, 3) affine from image to the level network input, centre to centre."""
    scale = INPUT_SIDE / max(size, 1.0)
    cosine, sine = scale * np.cos(angle), scale * np.sin(angle)
    turn = np.array([[cosine, sine], [-sine, cosine]])
    shift = np.array([INPUT_SIDE / 2, INPUT_SIDE / 2]) - turn @ centre
    return np.column_stack([turn, shift])


def _to_image(mesh: Mesh, to_crop: NDArray[np.float64]) -> Mesh:
    back = cv2.invertAffineTransform(to_crop)
    scale = float(np.hypot(back[0, 0], back[1, 0]))
    flat = mesh[:, :2] @ back[:, :2].T + back[:, 2]
    return np.column_stack([flat, mesh[:, 2] * scale])
