"""Quality gates: measurements of one forgery that decide whether it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..annotations import masks
from ..annotations.landmarks import mesh_to_68, outer_eye_distance
from ..annotations.masks import BoolMask
from ..core.images import Rgb
from .analysis.analyser import LAYOUT, FaceAnalyser
from .faces import Face
from .methods.colour import fine, to_lab
from .methods.forgery import Forgery

MIN_CHANGE: Final = 1.2  # mean change of the changed pixels, ΔE
MIN_SHARE: Final = 0.25  # of the visible face
MAX_SEAM: Final = 1.25  # edge strength along the seam against the photograph's own
MAX_TONE: Final = 4.5  # ΔE that the step across the seam grows by
SHARPNESS: Final = (0.6, 1.6)  # fine detail against the photograph's own
CONTRAST: Final = (0.78, 1.5)  # the same for what is finer than a tenth of the face
MAX_SHIFT: Final = 0.07  # mean shift of the landmarks, share of the eye distance


@dataclass(frozen=True, slots=True)
class Gate:
    """One measurement: ``limit`` is the text of the bound that ``value`` was held to."""

    name: str
    value: float
    limit: str
    passed: bool


def judge(before: Rgb, forgery: Forgery, face: Face) -> tuple[Gate, ...]:
    """Measure a forgery of ``face`` against the picture that it was made from."""
    visible = masks.decode(face.region)
    crop = _surroundings(visible | forgery.manipulation, face)
    visible, changed = visible[crop], forgery.manipulation[crop]
    if not changed.any():
        return (_least("share", 0.0, MIN_SHARE),)
    old, new = to_lab(before[crop]), to_lab(forgery.image[crop])
    seam = _edge(changed)
    wide = max(1.5, 0.1 * face.width)
    gates = (
        _least("share", float(changed.sum()) / max(1, int(visible.sum())), MIN_SHARE),
        _least("change", _delta(old, new, changed), MIN_CHANGE),
        _most("seam", _slope(new, seam) / _slope(old, seam), MAX_SEAM),
        _most("tone", _step(old, new, changed), MAX_TONE),
        _between("sharpness", _detail(new, changed, 1.0) / _detail(old, changed, 1.0), SHARPNESS),
        _between("contrast", _detail(new, changed, wide) / _detail(old, changed, wide), CONTRAST),
    )
    if face.layout != LAYOUT or forgery.mesh is not None:
        return gates
    return (*gates, _most("landmarks", _shift(forgery.image, face), MAX_SHIFT))


def _most(name: str, value: float, limit: float) -> Gate:
    return Gate(name, round(value, 4), f"at most {limit}", value <= limit)


def _least(name: str, value: float, limit: float) -> Gate:
    return Gate(name, round(value, 4), f"at least {limit}", value >= limit)


def _between(name: str, value: float, limits: tuple[float, float]) -> Gate:
    low, high = limits
    return Gate(name, round(value, 4), f"{low} to {high}", low <= value <= high)


def _surroundings(mask: BoolMask, face: Face) -> tuple[slice, slice]:
    rows, columns = np.nonzero(mask.any(axis=1))[0], np.nonzero(mask.any(axis=0))[0]
    pad = round(0.2 * face.width) + 4
    return (
        slice(max(0, int(rows[0]) - pad), int(rows[-1]) + pad),
        slice(max(0, int(columns[0]) - pad), int(columns[-1]) + pad),
    )


def _edge(changed: BoolMask) -> BoolMask:
    """Four pixels on either side of the edge of the changed pixels."""
    mask = changed.astype(np.uint8)
    kernel = np.ones((3, 3), np.uint8)
    grown, shrunk = cv2.dilate(mask, kernel, iterations=4), cv2.erode(mask, kernel, iterations=4)
    return np.asarray((grown > 0) & (shrunk == 0), dtype=bool)


def _delta(old: NDArray[np.float32], new: NDArray[np.float32], where: BoolMask) -> float:
    return float(np.linalg.norm(new - old, axis=2)[where].mean())


def _slope(lab: NDArray[np.float32], where: BoolMask) -> float:
    light = lab[:, :, 0]
    slope = np.hypot(cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)) / 8
    return float(slope[where].mean()) + 0.5


def _step(old: NDArray[np.float32], new: NDArray[np.float32], changed: BoolMask) -> float:
    """How much the mean colour just inside the edge has moved, ΔE."""
    mask = changed.astype(np.uint8)
    rim = changed & (cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=4) == 0)
    return float(np.linalg.norm((new - old)[rim].mean(axis=0)))


def _detail(lab: NDArray[np.float32], where: BoolMask, sigma: float) -> float:
    return float(fine(lab[:, :, 0], sigma)[where].std()) + 0.1


@cache
def _analyser() -> FaceAnalyser:
    return FaceAnalyser()


def _shift(image: Rgb, face: Face) -> float:
    """Mean shift of the landmarks as the mesh network sees the forged face."""
    fit = _analyser().remesh(image, face)
    shifts = np.linalg.norm(mesh_to_68(fit.mesh) - face.landmarks, axis=1)
    return float(shifts.mean()) / max(outer_eye_distance(face.landmarks), 1e-6)
