"""What every method that changes a face's colours does with the pixels."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ...core.images import Rgb
from .colour import Lab, to_rgb
from .forgery import Forgery
from .moving import changed_pixels, largest_step
from .soft_mask import Alpha
from .window import Window


def forge_by_colour(image: Rgb, window: Window, lab: Lab) -> Forgery:
    """The picture with the window's colours ``lab`` (h, w, 3) where they differ visibly."""
    painted = to_rgb(lab)
    # Colour spaces round: what is off by one level of one channel has not been painted.
    kept = (largest_step(painted, window.image) <= 1) | ~window.visible
    painted[kept] = window.image[kept]
    changed = changed_pixels(window.image, painted) & window.visible
    result, manipulation = window.paste(image, painted, changed)
    return Forgery(result, manipulation)


def tinted(lab: Lab, alpha: Alpha, colour: NDArray[np.float32], *, light: float) -> Lab:
    """Colours drawn towards ``colour`` (3,) where ``alpha``; texture and shading stay.

    Args:
        light: how much of the lightness is drawn along, in [0, 1]: its mean over the mask
            moves, its variation stays.
    """
    weight = alpha[:, :, None]
    mean = (alpha.ravel() @ lab.reshape(-1, 3)) / max(1e-6, float(alpha.sum()))
    step = (colour - mean) * np.array([light, 1.0, 1.0], np.float32)
    return np.asarray(lab + weight * step, dtype=np.float32)
