"""Blending a patch into its place: Poisson, then a feathered edge."""

from __future__ import annotations

import cv2
import numpy as np

from ...annotations.masks import BoolMask
from ...core.images import Rgb
from .soft_mask import Alpha

VISIBLE = 1 / 64  # opacity below which a change could not show in 8 bits


def poisson(patch: Rgb, place: Rgb, inside: BoolMask) -> Rgb:
    """Seamless cloning (Pérez et al., SIGGRAPH 2003) of ``patch`` where ``inside``.

    The patch's gradients are kept and its edge takes the place's colours. A shape that
    touches the crop's border, where there is nothing to take colours from, is left out
    by one pixel there.
    """
    shape = np.zeros(inside.shape, np.uint8)
    shape[2:-2, 2:-2] = inside[2:-2, 2:-2]
    if np.count_nonzero(shape) < 16:
        return patch
    x, y, width, height = cv2.boundingRect(shape)
    centre = (x + width // 2, y + height // 2)
    cloned = cv2.seamlessClone(patch, place, shape * 255, centre, cv2.NORMAL_CLONE)
    return np.asarray(cloned, dtype=np.uint8)


def feathered(patch: Rgb, place: Rgb, alpha: Alpha) -> tuple[Rgb, BoolMask]:
    """The patch over the place with opacity ``alpha``, and the pixels that it can change."""
    weight = alpha[:, :, None]
    mixed = np.rint(weight * patch + (1 - weight) * place).astype(np.uint8)
    changed = alpha > VISIBLE
    mixed[~changed] = place[~changed]
    return mixed, changed
