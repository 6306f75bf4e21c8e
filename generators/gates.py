"""Quality gates: measurements of one forgery that decide whether it is kept."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ..annotations import masks
from ..annotations.landmarks import Points, mesh_to_68, outer_eye_distance
from ..annotations.masks import BoolMask
from ..core.images import Rgb
from .analysis.alignment import aligned_crop
from .analysis.analyser import LAYOUT, FaceAnalyser
from .analysis.oddness import oddness
from .faces import Face
from .methods.colour import Lab, fine, to_lab
from .methods.forgery import Forgery, Generator, Limits

INNER: Final = slice(17, 68)  # landmarks of brows, nose, eyes, mouth
USUAL: Final = 1.3  # oddness of a bare face
FEATURES: Final = (slice(24, 100), slice(28, 100))  # of the aligned crop


@dataclass(frozen=True, slots=True)
class Gate:
    """One measurement: ``limit`` is the text of the bound that ``value`` was held to."""

    name: str
    value: float
    limit: str
    passed: bool


def judge(before: Rgb, forgery: Forgery, face: Face, method: Generator) -> tuple[Gate, ...]:
    """Measure a forgery of ``face`` against the picture that it was made from."""
    visible = masks.decode(face.region)
    crop = _surroundings(visible | forgery.manipulation, face)
    visible, changed = visible[crop], forgery.manipulation[crop]
    if not changed.any():
        return (_least("share", 0.0, method.limits.share),)
    old, new = to_lab(before[crop]), to_lab(forgery.image[crop])
    pixels = _of_pixels(old, new, visible, changed, face, method.limits)
    return (*pixels, *_of_the_face(before, forgery, face, method))


def _of_pixels(
    old: Lab, new: Lab, visible: BoolMask, changed: BoolMask, face: Face, limits: Limits
) -> tuple[Gate, ...]:
    seam = _edge(changed)
    wide = max(1.5, 0.1 * face.width)
    return (
        _least("share", float(changed.sum()) / max(1, int(visible.sum())), limits.share),
        _least("change", _delta(old, new, changed), limits.change),
        _most("seam", _slope(new, seam) / _slope(old, seam), limits.seam),
        _most("tone", _step(old, new, changed), limits.tone),
        _between("sharpness", _ratio(old, new, changed, 1.0), limits.sharpness),
        _between("contrast", _ratio(old, new, changed, wide), limits.contrast),
    )


def _of_the_face(before: Rgb, forgery: Forgery, face: Face, method: Generator) -> tuple[Gate, ...]:
    """What the mesh network sees of the forged face, and what the method claims."""
    limits, gates = method.limits, []
    if "identity" in method.claims:
        gates.append(_least("identity", _unlike(before, forgery, face), limits.identity))
    if face.layout != LAYOUT:
        return tuple(gates)
    if "identity" in method.claims:
        gates.append(_most("oddness", _odder(before, forgery, face), limits.oddness))
    seen = mesh_to_68(_analyser().remesh(forgery.image, face).mesh)
    gates.append(_most("landmarks", _apart(seen, forgery.landmarks(face), face), limits.shift))
    if "expression" in method.claims:
        moved = _apart(seen[INNER], face.landmarks[INNER], face)
        gates.append(_least("expression", moved, limits.expression))
    return tuple(gates)


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


def _delta(old: Lab, new: Lab, where: BoolMask) -> float:
    step = new[where] - old[where]
    return float(np.sqrt(np.einsum("nc,nc->n", step, step)).mean())


def _slope(lab: Lab, where: BoolMask) -> float:
    light = np.ascontiguousarray(lab[:, :, 0])
    across, along = cv2.Sobel(light, cv2.CV_32F, 1, 0), cv2.Sobel(light, cv2.CV_32F, 0, 1)
    return float(np.hypot(across[where], along[where]).mean()) / 8 + 0.5


def _step(old: Lab, new: Lab, changed: BoolMask) -> float:
    """How much the mean colour just inside the edge has moved, ΔE."""
    mask = changed.astype(np.uint8)
    rim = changed & (cv2.erode(mask, np.ones((3, 3), np.uint8), iterations=4) == 0)
    return float(np.linalg.norm((new[rim] - old[rim]).mean(axis=0)))


def _ratio(old: Lab, new: Lab, where: BoolMask, sigma: float) -> float:
    return _detail(new, where, sigma) / _detail(old, where, sigma)


def _detail(lab: Lab, where: BoolMask, sigma: float) -> float:
    _, spread = cv2.meanStdDev(
        fine(np.ascontiguousarray(lab[:, :, 0]), sigma), mask=where.astype(np.uint8)
    )
    return float(spread[0, 0]) + 0.1


@cache
def _analyser() -> FaceAnalyser:
    return FaceAnalyser()


def _apart(first: Points, second: Points, face: Face) -> float:
    """Mean distance of landmarks, share of the eye distance."""
    distance = np.linalg.norm(first - second, axis=1).mean()
    return float(distance) / max(outer_eye_distance(face.landmarks), 1e-6)


def _odder(before: Rgb, forgery: Forgery, face: Face) -> float:
    """How much odder the face's oddest part has become: hands and hair of donors stand out."""
    old = oddness(before, face.landmarks)
    return oddness(forgery.image, forgery.landmarks(face)) / max(old, USUAL)


def _unlike(before: Rgb, forgery: Forgery, face: Face) -> float:
    """One minus the correlation of the aligned faces' features, light left out."""
    old = _features(before, face.landmarks)
    new = _features(forgery.image, forgery.landmarks(face))
    return 1.0 - float(np.corrcoef(old, new)[0, 1])


def _features(image: Rgb, landmarks: Points) -> NDArray[np.float32]:
    crop = cv2.cvtColor(aligned_crop(image, landmarks), cv2.COLOR_RGB2GRAY).astype(np.float32)
    band = cv2.GaussianBlur(crop, (0, 0), 1.5) - cv2.GaussianBlur(crop, (0, 0), 8.0)
    return np.asarray(band[FEATURES].ravel(), dtype=np.float32)
