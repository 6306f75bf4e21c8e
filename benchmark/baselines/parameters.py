"""Parameter models of the baselines, without torch."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from .baseline import BaselineParameters


class MaskRcnnSmallParameters(BaselineParameters):
    """The shape of ``mask-rcnn-small``."""

    side: int = Field(default=384, ge=64, le=4096)  # pixels, longer side to find faces at
    crop: int = Field(default=24, ge=8, le=256)  # cells, side of a face to the forensic head
    channels: int = Field(default=64, ge=16, le=512, multiple_of=8)  # of the pyramid and the heads
    traces: int = Field(default=0, ge=0, le=128)  # width of the network of traces; 0 for none
    jitter: float = Field(default=0.2, ge=0, lt=1)  # training scales side by 1 ± jitter
    window: int | None = Field(default=None, ge=64, le=4096)  # pixels, side of a training crop
    trained: Literal["all", "finder", "forensic", "traces"] = "all"  # the part whose losses count
    max_faces: int = Field(default=100, ge=1)
    min_score: float = Field(default=0.05, ge=0, lt=1)  # of a face, before real and fake are told

    @model_validator(mode="after")
    def _has_what_is_trained(self) -> MaskRcnnSmallParameters:
        if self.trained == "traces" and not self.traces:
            raise ValueError("trained is traces, but there are none: set traces, such as to 16")
        return self

    def trained_network(self) -> MaskRcnnSmallParameters:
        """Whole pictures, and the losses of all parts, whichever was trained last."""
        return self.model_copy(update={"window": None, "trained": "all"})
