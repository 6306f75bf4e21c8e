"""How far a training run has come, and the learning rate that goes with it."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final, Protocol

from .training_parameters import TrainingParameters

DEFAULT_EPOCHS: Final = 12
# A run limited by time alone needs steps only as a bound that it never meets.
UNBOUNDED: Final = 10**9


class Rates(Protocol):
    """What a training step asks a schedule."""

    @property
    def timed(self) -> bool:
        """Whether the seconds matter; else they may be given as 0."""
        ...

    def rate(self, step: int, seconds: float) -> float:
        """The factor of the learning rate for one step."""
        ...

    def ended(self, step: int, seconds: float) -> bool:
        """Whether the run is over."""
        ...


@dataclass(frozen=True, slots=True)
class Schedule:
    """A linear rise, then half a cosine to zero.

    Args:
        steps: of the whole run.
        minutes: of the whole run, or None for no limit of time.
        warmup: steps of the rise.
    """

    steps: int
    minutes: float | None
    warmup: int

    @property
    def timed(self) -> bool:
        """Whether the run has a limit of time."""
        return self.minutes is not None

    def progress(self, step: int, seconds: float) -> float:
        """The share of the run that is done, in [0, 1]: of its steps or its time."""
        done = step / self.steps
        if self.minutes is not None:
            done = max(done, seconds / (60 * self.minutes))
        return min(1.0, done)

    def rate(self, step: int, seconds: float) -> float:
        """The factor of the learning rate for one step, in [0, 1]."""
        rise = min(1.0, (step + 1) / (self.warmup + 1))
        return rise * 0.5 * (1 + math.cos(math.pi * self.progress(step, seconds)))

    def ended(self, step: int, seconds: float) -> bool:
        """Whether the run is over."""
        return self.progress(step, seconds) >= 1


def steps_of(batches: int, accumulate: int) -> int:
    """The steps of so many batches; those left over at an epoch's end make a step too."""
    return math.ceil(batches / accumulate)


def make_schedule(parameters: TrainingParameters, batches: int) -> Schedule:
    """The schedule for an epoch of so many batches; the first limit reached ends the run."""
    epochs = parameters.epochs
    if epochs is None and parameters.steps is None and parameters.minutes is None:
        epochs = DEFAULT_EPOCHS
    whole = steps_of(batches, parameters.accumulate)
    limits = [epochs * whole] if epochs is not None else []
    if parameters.steps is not None:
        limits.append(parameters.steps)
    steps = min(limits, default=UNBOUNDED)
    return Schedule(steps, parameters.minutes, min(parameters.warmup, steps // 4))
