"""Faces drawn over their picture."""

from __future__ import annotations

from typing import Final

import cv2
import numpy as np

from ...annotations import masks
from ...annotations.categories import FAKE
from ...annotations.instances import Instances
from ...core.images import Rgb

REAL_COLOUR: Final = (42, 190, 160)
FAKE_COLOUR: Final = (240, 80, 60)


def draw_faces(picture: Rgb, faces: Instances) -> Rgb:
    """Masks and their outlines over a picture, green for real and red for fake."""
    shown = picture.copy()
    for row in range(len(faces)):
        colour = FAKE_COLOUR if faces.labels[row] == FAKE else REAL_COLOUR
        mask = masks.decode(faces.masks[row])
        shown[mask] = (0.6 * shown[mask] + 0.4 * np.array(colour)).astype(np.uint8)
        _outline(shown, mask, colour)
    return shown


def _outline(picture: Rgb, mask: masks.BoolMask, colour: tuple[int, int, int]) -> None:
    contours, _ = cv2.findContours(mask.astype(np.uint8), cv2.RETR_EXTERNAL, cv2.CHAIN_APPROX_NONE)
    cv2.drawContours(picture, contours, -1, colour, 2, cv2.LINE_AA)
