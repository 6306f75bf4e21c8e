"""The result file: one JSON object that says what was scored, how, and what came out."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from ..core.errors import SubmissionError
from ..core.files import read_json, write_json

Task = Literal["box", "mask", "boundary", "pixel", "image"]


class Score(BaseModel):
    """One number. Undefined is ``value=None`` with ``n=0``, never 0, −1 or NaN."""

    model_config = ConfigDict(frozen=True, populate_by_name=True, extra="forbid")

    track: str
    task: Task
    metric: str
    class_: str = Field(alias="class")  # "all" (mean over classes), "real", "fake", "any"
    stratum: str = "all"  # "all" or "dimension=value"
    value: float | None
    n: int = Field(ge=0)  # what the value rests on: true faces, matches, pixels or images
    low: float | None = None
    high: float | None = None


class Result(BaseModel):
    """A result file's content."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    protocol: dict[str, Any]
    hashes: dict[str, str]  # truth, predictions, protocol, …: name → sha256
    scores: tuple[Score, ...]
    about: dict[str, Any] = Field(default_factory=dict)  # detector, data, seconds per image, …
    # Track/task/metric/class → bootstrap draws, to compare with others: ``scoring.kept_draws``.
    draws: dict[str, str] = Field(default_factory=dict)

    def value(self, metric: str, **key: str) -> float | None:
        """The one number with this metric and key (track, task, class_, stratum).

        Raises:
            KeyError: none or several match.
        """
        wanted: Mapping[str, str] = {"metric": metric, "stratum": "all", **key}
        found = [
            score
            for score in self.scores
            if all(getattr(score, name) == value for name, value in wanted.items())
        ]
        if len(found) != 1:
            raise KeyError(f"{len(found)} scores match {dict(wanted)}")
        return found[0].value


def read_result(path: Path) -> Result:
    """Read a result file.

    Raises:
        SubmissionError: the file is not a result; every fault is named.
    """
    data = read_json(path)
    try:
        return Result.model_validate(data)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
            for fault in error.errors()[:5]
        )
        raise SubmissionError(
            "this is not a result file",
            where=path,
            got=faults,
            expected="what `manyfaces score` or `manyfaces evaluate` wrote",
        ) from error


def write_result(path: Path, result: Result) -> None:
    """Write a result file atomically."""
    write_json(path, result.model_dump(mode="json", by_alias=True), indent=True)
