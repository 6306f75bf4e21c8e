"""Parameter models of the baselines that judge single faces, without torch."""

from __future__ import annotations

from pathlib import Path
from typing import Literal

from pydantic import Field

from .baseline import BaselineParameters


class FaceLevelParameters(BaselineParameters):
    """What all of them have."""

    # Side of the window over the longer side of the face's box, as the papers cut faces.
    margin: float = Field(default=1.3, ge=1, le=3)
    # Whether training draws as many real faces of a picture as it has forged ones: most
    # faces are real, and the small ones all are.
    balanced: bool = False


class MesoNetParameters(FaceLevelParameters):
    """The shape of ``mesonet``."""

    variant: Literal["meso4", "inception4"] = "meso4"
    side: int = Field(default=256, ge=32, le=1024, multiple_of=32)  # pixels, of a face


class CapsuleParameters(FaceLevelParameters):
    """The shape of ``capsule``: as published in 2019; 10, 300 and 0.05 are the later version's."""

    capsules: int = Field(default=3, ge=1, le=64)  # primary ones
    side: int = Field(default=128, ge=32, le=1024)  # pixels, of a face
    dropout: float = Field(default=0.0, ge=0, lt=1)  # of what is routed
    channels: int = Field(default=64, ge=8, le=64)  # of VGG-19's first block; 64 is published
    weights: Path | None = None  # VGG-19 for ImageNet, from torchvision; read as training begins
    sha256: str | None = Field(default=None, pattern="^[0-9a-f]{64}$")  # of weights; optional


class MultitaskParameters(FaceLevelParameters):
    """The shape of ``multitask``."""

    side: int = Field(default=256, ge=32, le=1024, multiple_of=16)  # pixels, of a face
    channels: int = Field(default=8, ge=2, le=64)  # of the first layer; 8 is published
