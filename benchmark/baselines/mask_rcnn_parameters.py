"""Parameter models of the two full-size Mask R-CNNs, without torch or Detectron2."""

from __future__ import annotations

import shlex
from pathlib import Path
from typing import Final, Literal

from pydantic import Field, field_validator

from .baseline import BaselineParameters

DEPTHS: Final = (18, 34, 50, 101, 152)
R50_FPN: Final = "COCO-InstanceSegmentation/mask_rcnn_R_50_FPN_3x.yaml"


class StartingWeights(BaselineParameters):
    """Where training starts: from a file that the user has, or from scratch."""

    weights: Path | None = None  # read when a training begins, never downloaded
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")  # of weights; optional


class MaskRcnnParameters(StartingWeights):
    """The shape of ``mask-rcnn``."""

    depth: int = 50  # of the ResNet
    width: float = Field(default=1.0, ge=0.125, le=2)  # of the stages; released weights have 1
    norm: Literal["auto", "frozen", "batch", "group"] = "auto"  # auto: frozen with weights
    side: int = Field(default=1024, ge=64, le=4096)  # pixels, longer side to find faces at
    jitter: float = Field(default=0.2, ge=0, lt=1)  # training scales side by 1 ± jitter
    channels: int = Field(default=256, ge=16, le=512, multiple_of=16)  # of pyramid and heads
    anchor: int = Field(default=32, ge=4, le=256)  # pixels, side of the smallest; then doubled
    proposals: int = Field(default=1000, ge=10)  # kept after suppression
    samples: int = Field(default=512, ge=8)  # proposals of a picture that a step learns from
    max_faces: int = Field(default=100, ge=1)
    min_score: float = Field(default=0.05, ge=0, lt=1)

    @field_validator("depth")
    @classmethod
    def _known_depth(cls, value: int) -> int:
        if value not in DEPTHS:
            raise ValueError(f"depth is one of {', '.join(map(str, DEPTHS))}")
        return value

    @property
    def norm_used(self) -> str:
        """``norm`` with auto decided: frozen statistics make sense only with weights."""
        if self.norm != "auto":
            return self.norm
        return "frozen" if self.weights else "group"


class Detectron2Parameters(StartingWeights):
    """What ``mask-rcnn-detectron2`` is built from."""

    config: str = R50_FPN  # of Detectron2's model zoo, or a file of that kind
    overrides: tuple[str, ...] = ()  # KEY VALUE KEY VALUE …
    norm: Literal["auto", "own", "batch", "group"] = "auto"  # own: the configuration's
    side: int | None = Field(default=1024, ge=64, le=4096)  # None: the configuration's INPUT
    jitter: float = Field(default=0.2, ge=0, lt=1)  # training scales side by 1 ± jitter

    @field_validator("side", mode="before")
    @classmethod
    def _none_by_name(cls, value: object) -> object:
        # The command line has no other way to say None.
        return None if value == "none" else value

    @field_validator("overrides", mode="before")
    @classmethod
    def _split(cls, value: object) -> object:
        return tuple(shlex.split(value)) if isinstance(value, str) else value

    @field_validator("overrides")
    @classmethod
    def _in_pairs(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        if len(value) % 2:
            raise ValueError("overrides are pairs: KEY VALUE KEY VALUE …")
        return value
