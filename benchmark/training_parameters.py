"""What a training run is asked for: the flags' default and the record beside the weights."""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import (
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    ValidationInfo,
    field_validator,
)

# Of these, the one that is reached first ends a run.
LENGTHS: Final = ("epochs", "steps", "minutes")
# What changes how fast a run goes or what it leaves behind, but none of its weights.
BYSTANDERS: Final = frozenset({"workers", "prefetch", "checkpoint_minutes", "log"})

Auto = Literal["auto"]
# YAML reads a bare 32 as a number.
Precision = Annotated[Literal["auto", "32", "bf16", "16"], BeforeValidator(str)]


class TrainingParameters(BaseModel):
    """How long and how a baseline is trained.

    Whichever of ``epochs``, ``steps`` and ``minutes`` is reached first ends the run, and
    the learning rate falls to zero by then. A run that ``minutes`` ends depends on the
    machine's speed; the other two give the same weights again for the same seed, on the
    same kind of machine with the same number of threads.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    epochs: int | None = Field(default=None, ge=1, description="passes over the split")
    steps: int | None = Field(default=None, ge=1, description="updates of the weights")
    minutes: float | None = Field(default=None, gt=0, description="of training, all resumes added")
    seed: int = Field(default=0, description="of weights, order, augmentation and the network")
    batch_size: int = Field(default=4, ge=1, description="pictures in a device's memory at once")
    accumulate: int = Field(
        default=1, ge=1, description="batches whose gradients are added up for one step"
    )
    learning_rate: float = Field(default=1e-3, gt=0, description="the highest, after the warm-up")
    weight_decay: float = Field(default=0.02, ge=0, description="of AdamW; biases do not decay")
    warmup: int = Field(default=50, ge=0, description="steps of linear rise of the learning rate")
    clip: float = Field(default=5.0, gt=0, description="highest L2 norm of the gradient")
    precision: Precision = Field(
        default="auto",
        description="32, bf16 or 16 bits a number; auto is bf16 (16 on old GPUs) on a GPU, else 32",
    )
    augment: Literal["plain", "perturbed"] = Field(
        default="plain",
        description="plain: mirror, tone, mild JPEG; perturbed: also the operators of the tracks",
    )
    perturbed: float = Field(
        default=0.5, ge=0, le=1, description="share of the pictures that augment: perturbed changes"
    )
    originals: bool = Field(
        default=False,
        description="bring along the unforged picture of each forged one's photograph",
    )
    val: str | None = Field(default=None, description="split that is scored after each epoch")
    metric: str = Field(
        default="box/AP/all",
        description="task/metric/class that chooses the best weights on val, or loss",
    )
    patience: int | None = Field(
        default=None, ge=1, description="epochs without a better metric that end the run"
    )
    device: str = Field(default="auto", description="auto, cpu, gpu (or cuda), mps")
    devices: Annotated[int, Field(ge=1)] | Auto = Field(
        default="auto", description="how many train together; auto: every GPU, or one processor"
    )
    deterministic: bool = Field(
        default=False, description="refuse operations whose result is not the same each time"
    )
    workers: Annotated[int, Field(ge=0)] | Auto = Field(
        default="auto",
        description="loader processes a device; auto: the cores on a GPU, else 0, the main one",
    )
    prefetch: int = Field(default=2, ge=1, description="batches that each worker keeps ready")
    checkpoint_minutes: float = Field(
        default=5.0, ge=0, description="between checkpoints within an epoch; 0: after every step"
    )
    log: Literal["csv", "tensorboard"] = Field(
        default="csv", description="tensorboard: also event files; metrics.csv is always written"
    )

    @field_validator("originals")
    @classmethod
    def _alike(cls, value: bool, info: ValidationInfo) -> bool:
        if value and info.data.get("augment") == "perturbed":
            # Such as auto-contrast: what a forgery brightens changes it far away too.
            raise ValueError("false beside augment: perturbed, which tells pairs apart everywhere")
        return value
