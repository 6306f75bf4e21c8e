"""The protocol: every constant that a score depends on, frozen, versioned, hashed."""

from __future__ import annotations

from typing import Any

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, model_validator

from ..core.files import sha256, to_json

Range = tuple[float, float]

# The very floats of pycocotools: an overlap that lies on a threshold must fall on the
# same side here as there.
_COCO_THRESHOLDS = tuple(np.linspace(0.5, 0.95, 10).tolist())


class Protocol(BaseModel):
    """COCO's constants, and those of oLRP.

    Args:
        version: changes whenever a number would.
        iou_thresholds: ascending, in (0, 1]; AP and AR are means over them.
        recall_points: how many equally spaced recalls precision is read at.
        max_detections: ascending, per image and class; the last is that of AP.
        areas: name → [low, high] in pixels, both ends included, of a face; the first is
            ``all``.
        tau: overlap from which oLRP, recall, mean IoU and the label metrics count a face
            as found; one of ``iou_thresholds``.
        band: width of the boundary band, share of the image's diagonal.
        pixel_thresholds: scores, ascending, at which the forged region is cut out; one of
            them is 0.5.
        near: overlap from which a detection is badly placed rather than background.

    Raises:
        pydantic.ValidationError: the values contradict the above.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = "manyfaces-3"
    iou_thresholds: tuple[float, ...] = _COCO_THRESHOLDS
    recall_points: int = Field(default=101, ge=2)
    max_detections: tuple[int, ...] = (1, 10, 100)
    areas: dict[str, Range] = {
        "all": (0, 1e10),
        "small": (0, 32**2),
        "medium": (32**2, 96**2),
        "large": (96**2, 1e10),
    }
    tau: float = 0.5
    band: float = Field(default=0.02, gt=0, lt=1)
    pixel_thresholds: tuple[float, ...] = (0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9)
    near: float = Field(default=0.1, gt=0, lt=0.5)

    @model_validator(mode="after")
    def _consistent(self) -> Protocol:
        for name in ("iou_thresholds", "max_detections", "pixel_thresholds"):
            values = getattr(self, name)
            if not values or list(values) != sorted(set(values)) or values[0] <= 0:
                raise ValueError(f"{name} must be positive, ascending and not empty")
        if self.iou_thresholds[-1] > 1:
            raise ValueError("iou_thresholds must not exceed 1")
        if self.tau not in self.iou_thresholds or self.tau == 1:
            raise ValueError("tau must be one of iou_thresholds, and below 1")
        if 0.5 not in self.pixel_thresholds:
            raise ValueError("0.5 must be one of pixel_thresholds")
        if next(iter(self.areas), None) != "all":
            raise ValueError("the first of areas must be 'all'")
        return self

    @property
    def at_tau(self) -> int:
        """The position of ``tau`` among the thresholds."""
        return self.iou_thresholds.index(self.tau)

    def record(self) -> dict[str, Any]:
        """The protocol as JSON, as it stands in each result."""
        return self.model_dump(mode="json")

    @property
    def sha256(self) -> str:
        """The hash of the record."""
        return sha256(to_json(self.record()))


DEFAULT = Protocol()
