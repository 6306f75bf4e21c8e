"""Faces with glasses: what is put inside the face's outline would cut them off."""

from __future__ import annotations

import numpy as np

from ...core.errors import DataError
from ...core.images import Rgb
from ..analysis.alignment import aligned_crop
from ..analysis.glasses import glasses_score
from ..donors import BARE
from ..faces import Face
from ..methods.colour import to_lab


def require_bare(image: Rgb, face: Face, whose: str) -> None:
    """Make sure that a face wears no glasses.

    Raises:
        DataError: it seems to wear some.
    """
    light = np.asarray(to_lab(aligned_crop(image, face.landmarks))[:, :, 0], dtype=np.float32)
    if glasses_score(light) >= BARE:
        raise DataError(f"{whose} wears glasses, which the method would cut off")
