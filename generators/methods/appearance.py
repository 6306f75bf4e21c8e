"""A face made from several: features and shape mixed, the target's light, pose and skin kept.

What is mixed is the difference to the target, in the shape-free frame: whatever the mix has
and the target has not is added to the photograph. So noise, sharpness, JPEG history, glasses'
reflections and the direction of light stay those of the photograph.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.landmarks import JAW, MOUTH, outer_eye_distance
from ...core.errors import DataError
from ...core.images import Rgb
from ..faces import Face
from .canonical import Canonical, canonical
from .colour import BLURS, Lab, coarse, fine, to_lab
from .expressions import frame
from .forgery import Donor, Donors, Forgery
from .moving import forge_by_landmarks
from .regions import eyes, polygon, seen
from .soft_mask import face_outline
from .tinting import forge_by_colour
from .warp import warp_field
from .window import CLOSE, Window, open_window

Vec = NDArray[np.float64]
Field = NDArray[np.float32]

SIDES: Final = (64, 96, 128, 160, 192, 256)  # of the frame, in pixels
FRAMED: Final = 0.64  # of the face's width: the frame's side, as it holds nothing finer than SKIN
LIGHT: Final = 0.10  # of the frame's side: what is coarser is light
SKIN: Final = 0.010  # of the frame's side: what is finer is skin and noise
SOFTER: Final = 1.1  # finer than the target by so much is not seen
BOUND: Final = 0.06  # eye distances that a landmark moves by at most


def mix(
    image: Rgb,
    face: Face,
    donors: Donors,
    weights: Vec,
    *,
    alpha: Callable[[Window], Field],
    shape: float,
    turned: bool = False,
) -> Forgery:
    """A face with the features of a weighted sum of donors.

    Args:
        weights: (K,) of the donors; they add up to 1 and may be negative.
        alpha: (h, w) opacity in [0, 1] of the mix.
        shape: how much of the mixed shape is taken, in [0, 1].
        turned: whether what a turned donor hides is taken from its other side.

    Raises:
        DataError: a donor's mesh has another layout than the target's.
    """
    if not all(donor.face.layout == face.layout for donor in donors):
        raise DataError("the donors' meshes need the target's layout")
    window = open_window(image, face, CLOSE)
    features = _mixed_features(window, face, donors, weights, turned)
    recoloured = to_lab(window.image) + alpha(window)[:, :, None] * features
    painted = forge_by_colour(image, window, recoloured)
    if not shape:
        return painted
    shifts = shape * _mixed_shape(face, donors, weights) @ frame(face)
    try:
        moved = forge_by_landmarks(painted.image, face, shifts)
    except DataError:  # a turned face folds: it keeps its own shape
        return painted
    both = painted.manipulation | moved.manipulation
    return Forgery(moved.image, both, moved.mesh, moved.region)


def whole_face(inset: float) -> Callable[[Window], Field]:
    """Opacity of the face within its jaw, ``inset`` of the way to the middle, and over its brows.

    What is inside the mouth is left out, and half of what is between the lids.
    """
    return lambda window: _where(window, inset)


def _where(window: Window, inset: float) -> Field:
    size = window.width
    whole = polygon(window, face_outline(window.landmarks, inset, 0.07), 0.045 * size)
    mouth = polygon(window, window.landmarks[60:68], 0.01 * size)
    kept = (1 - mouth) * (1 - 0.5 * eyes(window, 0.01 * size))
    return seen(window, np.asarray(whole * kept, dtype=np.float32), 0.08 * size)


def _mixed_features(window: Window, face: Face, donors: Donors, weights: Vec, turned: bool) -> Lab:
    """(h, w, 3) what the mix has more than the target, in Lab."""
    side = next((side for side in SIDES if side >= FRAMED * window.width), SIDES[-1])
    flat = canonical(face.layout, side)
    own = _features(flat, window.image, window.mesh)
    others = np.array([_lent(flat, donor, turned) for donor in donors])
    spreads = [_spread(flat, one) for one in others]
    mean = np.mean(spreads, axis=0)
    total = np.tensordot(weights.astype(np.float32), others, axes=1)
    # A sum with negative weights goes beyond what skin looks like: where it does, the
    # donor that comes nearest is taken.
    total = np.clip(total, others.min(axis=0), others.max(axis=0))
    total = _as_soft(flat, total, own)
    # As strong features as the target's own light shows, within bounds.
    gain = np.clip(_spread(flat, own) / np.maximum(mean, 1e-3), 0.7, 1.3).astype(np.float32)
    size = (window.image.shape[0], window.image.shape[1])
    return warp_field(gain * total - own, flat.mesh, window.mesh, window.triangles, size)


def _as_soft(flat: Canonical, features: Lab, own: Lab) -> Lab:
    """The features, blurred until they are no finer than the target's own: out of focus too."""
    wanted = SOFTER * _fineness(flat, own)
    if _fineness(flat, features) <= wanted:
        return features
    for sigma in BLURS:
        softer = np.asarray(cv2.GaussianBlur(features, (0, 0), sigma), dtype=np.float32)
        if _fineness(flat, softer) <= wanted:
            break
    return softer


def _fineness(flat: Canonical, features: Lab) -> float:
    """Detail finer than two pixels of the frame against all of the features, lightness only."""
    light = np.ascontiguousarray(features[:, :, 0])
    mask = flat.face.astype(np.uint8)
    _, finer = cv2.meanStdDev(fine(light, 2.0), mask=mask)
    _, whole = cv2.meanStdDev(light, mask=mask)
    return float(finer[0, 0] / (whole[0, 0] + 1e-3))


def _lent(flat: Canonical, donor: Donor, turned: bool) -> Lab:
    features = _features(flat, donor.image, donor.face.mesh)
    if not turned:
        return features
    facing = flat.facing(donor.face.mesh)
    share = (facing**2 / np.maximum(facing**2 + facing[:, ::-1] ** 2, 1e-6))[:, :, None]
    return np.asarray(share * features + (1 - share) * features[:, ::-1], dtype=np.float32)


def _spread(flat: Canonical, features: Lab) -> NDArray[np.float32]:
    _, spread = cv2.meanStdDev(features, mask=flat.face.astype(np.uint8))
    return np.asarray(spread.ravel(), dtype=np.float32)


def _features(flat: Canonical, image: Rgb, mesh: Vec) -> Lab:
    """(side, side, 3) what is finer than light and coarser than skin."""
    lab = to_lab(flat.texture(image, mesh))
    side = len(flat.face)
    weight = flat.face.astype(np.float32)
    smooth = np.asarray(cv2.GaussianBlur(lab, (0, 0), max(0.5, SKIN * side)), dtype=np.float32)
    features = (smooth - coarse(lab, weight, LIGHT * side)) * weight[:, :, None]
    return np.asarray(features, dtype=np.float32)


def _mixed_shape(face: Face, donors: Donors, weights: Vec) -> Vec:
    """(68, 2) steps, in eye distances, to the mix's brows, eyes, nose and mouth."""
    own = _level(face)
    others = np.array([_level(donor.face) for donor in donors])
    step = np.tensordot(weights, others, axes=1) - own
    step[JAW] = 0
    # A mouth keeps its expression; it only moves.
    step[MOUTH] = np.clip(step[MOUTH].mean(axis=0), -BOUND, BOUND) * (0.3, 0.6)
    for part in (slice(36, 42), slice(42, 48)):
        step[part] = step[part].mean(axis=0) + 0.5 * (step[part] - step[part].mean(axis=0))
    return np.asarray(np.clip(step, -BOUND, BOUND), dtype=np.float64)


def _level(face: Face) -> Vec:
    """(68, 2) landmarks in the face's own frame, in eye distances, the eyes' middle at 0."""
    middle = (face.landmarks[36] + face.landmarks[45]) / 2
    if outer_eye_distance(face.landmarks) < 1:
        return np.zeros((68, 2))
    return np.asarray((face.landmarks - middle) @ np.linalg.inv(frame(face)), dtype=np.float64)
