"""Face boxes from YuNet (Wu et al., Machine Intelligence Research 2023), through OpenCV."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...core.images import Rgb
from .models import FACE_DETECTOR, find_model

MIN_SCORE: Final = 0.6
NMS_IOU: Final = 0.3
# YuNet sees faces of about 10 to 300 pixels; larger ones are found in a shrunk copy.
PASSES: Final = (1024, 384)

# Columns: x, y, width, height; right eye, left eye, nose tip, mouth corners; score.
Detections = NDArray[np.float64]  # (N, 15)


def detect_faces(image: Rgb) -> Detections:
    """Detect faces in an (H, W, 3) RGB image: (N, 15) rows, best score first."""
    found = [_detect_at(image, side) for side in PASSES]
    rows = np.concatenate(found)
    if not len(rows):
        return rows
    kept = cv2.dnn.NMSBoxes(rows[:, :4].tolist(), rows[:, 14].tolist(), MIN_SCORE, NMS_IOU)
    return np.asarray(rows[np.asarray(kept, dtype=np.int64).ravel()], dtype=np.float64)


def _detect_at(image: Rgb, side: int) -> Detections:
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), size, interpolation=cv2.INTER_AREA)
    # A detector remembers buffers of its first image size: a fresh one for each size.
    detector = cv2.FaceDetectorYN.create(
        str(find_model(FACE_DETECTOR)), "", size, MIN_SCORE, NMS_IOU, 5000
    )
    found = detector.detect(small)[1]
    # OpenCV answers None where there is no face; its stubs do not say so.
    result = np.zeros((0, 15)) if found is None else found.astype(np.float64)
    # On flat pictures the network may answer with infinite or enormous boxes.
    sane = np.isfinite(result).all(axis=1) & (np.abs(result[:, :14]) < 4 * side).all(axis=1)
    result = result[sane]
    result[:, 0:14:2] *= width / size[0]
    result[:, 1:14:2] *= height / size[1]
    return np.asarray(result, dtype=np.float64)
