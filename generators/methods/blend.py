"""Blending a patch into its place: Poisson, then a feathered edge, or one in two bands."""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ...annotations.masks import BoolMask
from ...core.images import Rgb
from .soft_mask import Alpha

MEMBRANE = 64  # pixels that the smaller side of a membrane has at most
VISIBLE = 1 / 64  # opacity below which a change could not show in 8 bits
FINE = 1.6  # pixels: detail finer than that crosses over within a narrow zone
NARROW = 6.0  # times as narrow as the feathered one


def poisson(patch: Rgb, place: Rgb, inside: BoolMask) -> Rgb:
    """Seamless cloning (Pérez et al., SIGGRAPH 2003) of ``patch`` where ``inside``.

    The patch's gradients are kept and its edge takes the place's colours: a membrane,
    spanned over the shape from the difference at its edge, is added to the patch. The
    membrane is smooth, so it is found on a smaller picture. A shape that touches the
    crop's border, where there is nothing to take colours from, is left out there.
    """
    size = (patch.shape[1], patch.shape[0])
    step = max(1.0, min(size) / MEMBRANE)
    small = (max(8, round(size[0] / step)), max(8, round(size[1] / step)))
    less, there = (_shrunk(picture, small) for picture in (patch, place))
    shape = _shrunk(np.where(inside, 255, 0).astype(np.uint8), small)
    membrane = cv2.resize(_membrane(less, there, shape), size, interpolation=cv2.INTER_LINEAR)
    return np.asarray(np.clip(np.rint(patch + membrane), 0, 255), dtype=np.uint8)


def _shrunk(picture: NDArray[np.uint8], size: tuple[int, int]) -> NDArray[np.uint8]:
    return np.asarray(cv2.resize(picture, size, interpolation=cv2.INTER_AREA), dtype=np.uint8)


def _membrane(patch: Rgb, place: Rgb, inside: NDArray[np.uint8]) -> NDArray[np.float32]:
    """(h, w, 3) what seamless cloning adds to the patch."""
    shape = np.zeros(inside.shape, np.uint8)
    shape[2:-2, 2:-2] = np.where(inside[2:-2, 2:-2] > 0, 255, 0)
    if np.count_nonzero(shape) < 16:
        return np.zeros(patch.shape, np.float32)
    x, y, width, height = cv2.boundingRect(shape)
    centre = (x + width // 2, y + height // 2)
    # The difference itself is cloned, over gray: with no gradients of its own it becomes
    # the membrane between the differences at its edge.
    gap = np.clip((place.astype(np.float32) - patch) / 2 + 128, 0, 255)
    flat = np.full_like(patch, 128)
    cloned = cv2.seamlessClone(flat, gap.astype(np.uint8), shape, centre, cv2.NORMAL_CLONE)
    smooth = cv2.GaussianBlur(cloned.astype(np.float32), (0, 0), 1.0)
    return np.asarray((smooth - 128) * 2, dtype=np.float32)


def feathered(patch: Rgb, place: Rgb, alpha: Alpha) -> tuple[Rgb, BoolMask]:
    """The patch over the place with opacity ``alpha``, and the pixels that it can change."""
    weight = alpha[:, :, None]
    below = place.astype(np.float32)
    mixed = np.rint(below + weight * (patch - below)).astype(np.uint8)
    changed = alpha > VISIBLE
    return np.where(changed[:, :, None], mixed, place), changed


def two_band(patch: Rgb, place: Rgb, alpha: Alpha) -> tuple[Rgb, BoolMask]:
    """As ``feathered``, but fine detail crosses over quickly (Burt and Adelson, 1983).

    Where two pictures are averaged, the grain and the pores of both fade: a feathered edge
    is a soft ring. A Laplacian pyramid blends each band over a zone as wide as its detail;
    of its levels two are enough here, since what is coarse agrees already.
    """
    step = patch.astype(np.float32) - place
    coarse = np.asarray(cv2.GaussianBlur(step, (0, 0), FINE), dtype=np.float32)
    changed = alpha > VISIBLE
    sharp = np.clip((alpha - 0.5) * NARROW + 0.5, 0, 1)
    mixed = place + alpha[:, :, None] * coarse + sharp[:, :, None] * (step - coarse)
    result = np.clip(np.rint(mixed), 0, 255).astype(np.uint8)
    return np.where(changed[:, :, None], result, place), changed
