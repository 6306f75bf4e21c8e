"""One face of a photograph, as the analyser measures it or the drawing knows it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from ..annotations.landmarks import Points
from ..annotations.masks import Rle

Box = tuple[float, float, float, float]  # x1, y1, x2, y2, half-open


@dataclass(frozen=True, slots=True)
class KnownFace:
    """What a photograph's own annotations say of a face, before it is measured.

    Args:
        box: x1, y1, x2, y2, in pixels or in shares of the picture, as its source says.
        doubtful: blurred or covered too much to be forged; annotated all the same.
        depicted: a drawing, a statue, a doll: neither annotated nor forged.
    """

    box: Box
    doubtful: bool = False
    depicted: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class Face:
    """Where a face is and how it is turned.

    Args:
        box: (4,) xyxy, absolute pixels, half-open.
        mesh: (M, 3) x, y in pixels and z in the same unit, smaller is nearer.
        layout: name of the mesh's point layout, a key of ``layouts.LAYOUTS``; two
            faces of one layout have corresponding points.
        landmarks: (68, 2) x, y in pixels, iBUG order.
        region: RLE of the visible face region, the picture's size; a pixel belongs
            to the front face where faces overlap.
        pose: (yaw, pitch, roll) in degrees; 0 is frontal and level, positive yaw
            looks to the picture's right, positive pitch up, positive roll clockwise.
        confidence: of the analyser, in [0, 1]; 1 for a drawn face.
        occluded: share of the whole face covered by another face, in [0, 1].
    """

    box: NDArray[np.float64]
    mesh: NDArray[np.float64]
    layout: str
    landmarks: Points
    region: Rle
    pose: tuple[float, float, float]
    confidence: float = 1.0
    occluded: float = 0.0

    @property
    def width(self) -> float:
        """The box's width in pixels."""
        return float(self.box[2] - self.box[0])

    @property
    def height(self) -> float:
        """The box's height in pixels."""
        return float(self.box[3] - self.box[1])
