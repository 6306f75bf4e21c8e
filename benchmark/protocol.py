"""The protocol: every constant that a score depends on, frozen, versioned, hashed."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel, ConfigDict

from ..core.files import sha256, to_json

Range = tuple[float, float]


class Protocol(BaseModel):
    """COCO's constants, and those of oLRP.

    Args:
        version: changes whenever a number would.
        iou_thresholds: of the averaged precision and recall.
        recall_points: how many equally spaced recalls precision is read at.
        max_detections: per image and class; the last is that of AP.
        areas: name → [low, high] in pixels, both ends included, of a face's mask.
        tau: overlap from which oLRP and the label metrics count a face as found.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: str = "manyfaces-1"
    iou_thresholds: tuple[float, ...] = tuple(round(0.5 + 0.05 * step, 2) for step in range(10))
    recall_points: int = 101
    max_detections: tuple[int, ...] = (1, 10, 100)
    areas: dict[str, Range] = {
        "all": (0, 1e10),
        "small": (0, 32**2),
        "medium": (32**2, 96**2),
        "large": (96**2, 1e10),
    }
    tau: float = 0.5

    def record(self) -> dict[str, Any]:
        """The protocol as JSON, as it stands in each result."""
        return self.model_dump(mode="json")

    @property
    def sha256(self) -> str:
        """The hash of the record."""
        return sha256(to_json(self.record()))


DEFAULT = Protocol()
