"""What a training run is asked for: the flags' default and the record beside the weights."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict, Field


class TrainingParameters(BaseModel):
    """How long and how a baseline is trained.

    Whichever of ``epochs``, ``steps`` and ``minutes`` is reached first ends the run, and
    the learning rate falls to zero by then. A run that ``minutes`` ends depends on the
    machine's speed; the other two give the same weights again for the same seed, on the
    same kind of machine with the same number of threads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    epochs: int | None = Field(default=None, ge=1)
    steps: int | None = Field(default=None, ge=1)
    minutes: float | None = Field(default=None, gt=0)
    seed: int = 0
    batch_size: int = Field(default=4, ge=1)
    learning_rate: float = Field(default=1e-3, gt=0)
    weight_decay: float = Field(default=0.02, ge=0)
    warmup: int = Field(default=50, ge=0)  # steps of linear rise
    clip: float = Field(default=5.0, gt=0)  # L2 norm of the gradient
    workers: int = Field(default=0, ge=0)  # loader processes; 0 loads in the main one
    device: str = "auto"  # Lightning's accelerator names: auto, cpu, gpu, mps, …
