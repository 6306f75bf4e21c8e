"""Tracks that users define: a YAML file, checked field by field."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final

from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from ..core.configuration import expectation, read_yaml
from ..core.errors import UsageError
from .perturbations.operator import SEVERITIES
from .perturbations.table import get_perturbation
from .track import Plan, Step, Track

SUFFIXES: Final = (".yaml", ".yml")

Severity = Annotated[int, Field(ge=SEVERITIES[0], le=SEVERITIES[-1])]
Count = Annotated[int, Field(ge=0)]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class StepWords(_Model):
    """Some of several operators; a list among them is a family, of which one is drawn.

    Args:
        operators: names of perturbations, applied in this order.
        severity: one, or several of which one is drawn for each operator.
        count: how many are drawn: a number, or two, from and to. All of them by default.
    """

    operators: Annotated[tuple[str | tuple[str, ...], ...], Field(min_length=1)]
    severity: Severity | Annotated[tuple[Severity, ...], Field(min_length=1)]
    count: Count | tuple[Count, Count] | None = None

    @model_validator(mode="after")
    def _possible(self) -> StepWords:
        low, high = self.span
        if not low <= high <= len(self.operators):
            raise ValueError(f"count: from 0 to {len(self.operators)}, the smaller number first")
        return self

    @property
    def span(self) -> tuple[int, int]:
        """How many operators, from, to."""
        count = len(self.operators) if self.count is None else self.count
        return (count, count) if isinstance(count, int) else count

    def step(self) -> Step:
        """The step that a track draws from."""
        families = [(one,) if isinstance(one, str) else one for one in self.operators]
        for name in (name for family in families for name in family):
            get_perturbation(name)
        severity = self.severity
        severities = (severity,) if isinstance(severity, int) else severity
        return Step(tuple(families), severities, self.span)


class PlanWords(_Model):
    """What happens to a share of the pictures."""

    steps: tuple[StepWords, ...]
    share: Annotated[float, Field(gt=0)] = 1.0
    name: str = ""


class TrackWords(_Model):
    """One track: ``plans``, or ``steps`` where the same happens to every picture."""

    name: Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]*$", max_length=80)]
    version: Annotated[int, Field(ge=1)] = 1
    description: str = ""
    plans: tuple[PlanWords, ...] = ()
    steps: tuple[StepWords, ...] = ()

    @model_validator(mode="after")
    def _either(self) -> TrackWords:
        if bool(self.plans) == bool(self.steps):
            raise ValueError("either plans or steps")
        return self

    def track(self) -> Track:
        """The track itself."""
        plans = self.plans or (PlanWords(steps=self.steps),)
        made = tuple(
            Plan(plan.share, tuple(step.step() for step in plan.steps), plan.name) for plan in plans
        )
        return Track(self.name, self.version, self.description, made)


class TrackFile(_Model):
    """The whole file."""

    tracks: Annotated[tuple[TrackWords, ...], Field(min_length=1)]


def read_tracks(path: Path, known: Mapping[str, Track]) -> list[Track]:
    """The tracks of a YAML file.

    Args:
        path: the file.
        known: tracks whose names are taken.

    Raises:
        DataError: the file cannot be read.
        UsageError: it is no file of tracks, an operator is unknown, or a name is taken.
    """
    tracks = [words.track() for words in _parsed(path).tracks]
    names = [track.name for track in tracks]
    taken = sorted({name for name in names if name in known or names.count(name) > 1})
    if taken:
        raise UsageError(
            "the name of a track is taken",
            where=path,
            got=", ".join(taken),
            mend="Give it another name",
        )
    return tracks


def _parsed(path: Path) -> TrackFile:
    try:
        return TrackFile.model_validate(read_yaml(path, "file of tracks"))
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(map(str, first["loc"])) or "the file"
        raise UsageError(
            f"the tracks are wrong at {place}",
            where=path,
            got=first["input"],
            expected=expectation(first["msg"]),
            mend="docs/tracks.md has an example",
        ) from error
