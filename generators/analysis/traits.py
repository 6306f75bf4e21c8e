"""What decides whether two faces fit each other: pose, expression, tone, light, detail."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any, Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import Points, outer_eye_distance
from ...core.images import Rgb
from ..faces import Face
from .alignment import aligned_crop
from .glasses import glasses_score
from .oddness import oddness

# Patches of skin in the 128 × 128 aligned face: rows, then columns.
PATCHES: Final[Mapping[str, tuple[slice, slice]]] = {
    "forehead": (slice(18, 27), slice(48, 78)),
    "under_right_eye": (slice(51, 57), slice(34, 50)),
    "under_left_eye": (slice(51, 57), slice(76, 92)),
    "nose": (slice(50, 64), slice(58, 68)),
    "right_cheek": (slice(62, 78), slice(26, 42)),
    "left_cheek": (slice(62, 78), slice(84, 100)),
    "upper_lip": (slice(76, 80), slice(52, 74)),
    "chin": (slice(105, 112), slice(52, 74)),
}
CLEAR_PATCHES: Final = tuple(range(6))  # where even a bearded face shows skin
RIGHT_CHEEK, LEFT_CHEEK = 4, 5
MEASURED: Final = "mediapipe"  # layout of the meshes that the analyser fits


@dataclass(frozen=True, slots=True)
class Traits:
    """Measurements of one face.

    Args:
        eyes: distance of the outer eye corners, pixels.
        yaw, pitch, roll: degrees, as in ``Face.pose``.
        mouth_open, mouth_width, eyes_open: relative to the eye distance.
        patches: (8, 3) CIE Lab medians of ``PATCHES``, L in [0, 100].
        glasses: probability that the face wears some, as its edges say.
        veil: how far the colour of one skin patch is from that of the others, ΔE; a
            hand, a mask, sunglasses or hair over the face give large values.
        sharpness: share of fine detail, 1/pixel of the picture; blurred faces are low.
        confidence, occluded: as in ``Face``.
        oddness: of the face's oddest part, as ``oddness`` measures it; hands, glasses and
            hard shadows give large values. 0 where the mesh is not the analyser's: the
            model knows photographs.
    """

    eyes: float
    yaw: float
    pitch: float
    roll: float
    mouth_open: float
    mouth_width: float
    eyes_open: float
    patches: tuple[tuple[float, ...], ...]
    glasses: float
    veil: float
    sharpness: float
    confidence: float
    occluded: float
    oddness: float = 0.0

    def to_json(self) -> dict[str, Any]:
        """Plain numbers and lists."""
        return asdict(self)

    @classmethod
    def from_json(cls, data: Mapping[str, Any]) -> Traits:
        """The inverse of ``to_json``."""
        patches = tuple(tuple(patch) for patch in data["patches"])
        return cls(**{**data, "patches": patches})

    @property
    def tone(self) -> NDArray[np.float64]:
        """(3,) Lab median over the clear skin patches."""
        clear = np.array(self.patches)[list(CLEAR_PATCHES)]
        return np.asarray(np.median(clear, axis=0), dtype=np.float64)

    @property
    def light(self) -> float:
        """L of the left cheek minus L of the right one: where the light comes from."""
        return self.patches[LEFT_CHEEK][0] - self.patches[RIGHT_CHEEK][0]


def measure(image: Rgb, face: Face) -> Traits:
    """Measure a face on its (H, W, 3) RGB picture."""
    crop = aligned_crop(image, face.landmarks)
    lab = cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)
    patches = np.array([np.median(lab[area].reshape(-1, 3), axis=0) for area in PATCHES.values()])
    yaw, pitch, roll = face.pose
    return Traits(
        eyes=outer_eye_distance(face.landmarks),
        yaw=yaw,
        pitch=pitch,
        roll=roll,
        **_expression(face.landmarks),
        patches=tuple(tuple(round(float(v), 2) for v in patch) for patch in patches),
        glasses=glasses_score(np.asarray(lab[:, :, 0], dtype=np.float32)),
        veil=_veil(patches),
        sharpness=_sharpness(image, face),
        confidence=face.confidence,
        occluded=face.occluded,
        oddness=round(oddness(image, face.landmarks), 4) if face.layout == MEASURED else 0.0,
    )


def _expression(points: Points) -> dict[str, float]:
    unit = max(outer_eye_distance(points), 1e-6)

    def gap(first: int, second: int) -> float:
        return float(np.linalg.norm(points[first] - points[second])) / unit

    eyes = (gap(37, 41) + gap(38, 40) + gap(43, 47) + gap(44, 46)) / 4
    mouth = (gap(61, 67) + gap(62, 66) + gap(63, 65)) / 3
    return {"mouth_open": mouth, "mouth_width": gap(48, 54), "eyes_open": eyes}


def _veil(patches: NDArray[np.float64]) -> float:
    clear = patches[list(CLEAR_PATCHES)]
    off = clear - np.median(clear, axis=0)
    off[:, 0] *= 0.5  # light and shade vary over a bare face, its hue hardly does
    return float(np.linalg.norm(off, axis=1).max())


def _sharpness(image: Rgb, face: Face) -> float:
    """Energy of detail finer than one pixel against that finer than four."""
    low = np.floor(face.landmarks.min(axis=0)).astype(int)
    high = np.ceil(face.landmarks.max(axis=0)).astype(int) + 1
    (x1, y1), (x2, y2) = np.maximum(low, 0), high
    crop = image[y1:y2, x1:x2]
    if min(crop.shape[:2]) < 4:
        return 0.0
    gray = cv2.cvtColor(crop, cv2.COLOR_RGB2GRAY).astype(np.float32)
    fine = float((gray - cv2.GaussianBlur(gray, (0, 0), 1.0)).std())
    coarse = float((gray - cv2.GaussianBlur(gray, (0, 0), 4.0)).std())
    return fine / (coarse + 0.5)
