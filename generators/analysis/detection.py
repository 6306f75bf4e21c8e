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
# Where somebody has seen a face already, half a belief is enough.
KNOWN_SCORE: Final = 0.3
CLOSE_SIDE: Final = 96.0  # pixels that such a face is enlarged to, at most fourfold
CLOSEST: Final = 4.0

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


def detect_near(image: Rgb, box: NDArray[np.float64]) -> Detections:
    """Look closer at one (4,) xyxy box where a face is known to be, with less doubt.

    Returns:
        (N, 15) rows around the box, in the whole picture's pixels, best score first.
    """
    centre, side = (box[:2] + box[2:]) / 2, float((box[2:] - box[:2]).max())
    low = np.maximum(np.floor(centre - side), 0).astype(int)
    high = np.minimum(np.ceil(centre + side), image.shape[1::-1]).astype(int)
    if (high - low < 2).any():
        return np.zeros((0, 15))
    crop = image[low[1] : high[1], low[0] : high[0]]
    scale = min(CLOSEST, CLOSE_SIDE / side)
    near = cv2.resize(crop, None, fx=scale, fy=scale, interpolation=cv2.INTER_CUBIC)
    rows = _detect_at(np.asarray(near, dtype=np.uint8), max(near.shape[:2]), KNOWN_SCORE)
    factors = (high - low) / near.shape[1::-1]
    rows[:, 0:14:2], rows[:, 1:14:2] = rows[:, 0:14:2] * factors[0], rows[:, 1:14:2] * factors[1]
    rows[:, [0, 4, 6, 8, 10, 12]] += low[0]
    rows[:, [1, 5, 7, 9, 11, 13]] += low[1]
    return np.asarray(rows[np.argsort(-rows[:, 14], kind="stable")], dtype=np.float64)


def _detect_at(image: Rgb, side: int, score: float = MIN_SCORE) -> Detections:
    height, width = image.shape[:2]
    scale = min(1.0, side / max(height, width))
    size = (max(32, round(width * scale)), max(32, round(height * scale)))
    small = cv2.resize(cv2.cvtColor(image, cv2.COLOR_RGB2BGR), size, interpolation=cv2.INTER_AREA)
    # A detector remembers buffers of its first image size: a fresh one for each size.
    detector = cv2.FaceDetectorYN.create(
        str(find_model(FACE_DETECTOR)), "", size, score, NMS_IOU, 5000
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
