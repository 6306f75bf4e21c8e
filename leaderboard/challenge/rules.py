"""The rules of a challenge: one YAML file that a maintainer writes."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from pathlib import Path
from typing import Annotated, Any, Final, Literal

from pydantic import (
    AfterValidator,
    AwareDatetime,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    model_validator,
)

from ...benchmark.metrics import METRICS
from ...core.configuration import read_model
from ..ranking import Headline
from .method import Link, Stated, Text

WHAT: Final = "challenge"
MOST_EXAMPLES: Final = 8
_UNITS: Final = {"": 1, "kB": 1000, "MB": 1000**2, "GB": 1000**3}


def _bytes(value: object) -> object:
    """``200 MB`` as a number of bytes; anything else as it is."""
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*(kB|MB|GB)\s*", str(value))
    return int(float(found[1]) * _UNITS[found[2]]) if found else value


def _with_zone(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is None:
        raise ValueError("a time with its zone, such as 2026-03-01T12:00:00Z")
    return value


def _utc(value: datetime) -> datetime:
    return value.astimezone(timezone.utc)


Moment = Annotated[AwareDatetime, BeforeValidator(_with_zone), AfterValidator(_utc)]
Size = Annotated[int, BeforeValidator(_bytes), Field(gt=0)]
Name = Annotated[str, Field(pattern=r"^[a-z0-9][a-z0-9._-]{0,79}$")]


class _Model(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class TrackRules(_Model):
    """One track of a challenge.

    Args:
        name: stands above its scores.
        data: dataset folder with the pictures and the truth, relative to the YAML file; it
            stays with the maintainer.
        description: one line for participants.
    """

    name: Name
    data: Path
    description: Text = ""


class Splits(_Model):
    """Which splits of each track's data are scored.

    Args:
        public: its scores are shown at once.
        hidden: its scores are shown when the challenge says so; none by default.
    """

    public: str
    hidden: str | None = None

    @property
    def names(self) -> tuple[str, ...]:
        """The splits in use."""
        return (self.public,) if self.hidden is None else (self.public, self.hidden)

    @model_validator(mode="after")
    def _differ(self) -> Splits:
        if self.public == self.hidden:
            raise ValueError("two different splits")
        return self


class Ranking(_Model):
    """The number that ranks; the overall value is its mean over the tracks."""

    task: Literal["box", "mask", "boundary", "pixel", "image"] = "mask"
    metric: str = "AP"
    class_: Literal["all", "real", "fake", "any"] = Field("all", alias="class")

    @model_validator(mode="after")
    def _known(self) -> Ranking:
        if self.metric not in METRICS:
            raise ValueError(f"metric: one of {', '.join(METRICS)}")
        return self

    @property
    def headline(self) -> Headline:
        """As the board ranks."""
        return Headline(self.task, self.metric, self.class_)


class Limits(_Model):
    """How much an account may submit. What is refused or fails by our fault never counts.

    Args:
        per_day: submissions in 24 hours up to now.
        total: submissions in all.
        at_once: submissions that wait or are being scored.
        file_size: bytes of one track's file, packed and unpacked; ``200 MB`` is understood.
        uploads_per_hour: files, good or bad, so that nobody keeps the check busy.
    """

    per_day: int = Field(2, ge=1)
    total: int = Field(50, ge=1)
    at_once: int = Field(2, ge=1)
    file_size: Size = 200 * 1000**2
    uploads_per_hour: int = Field(60, ge=1)


class Challenge(_Model):
    """All rules of a challenge.

    Args:
        title: stands above the board.
        description: a paragraph.
        opens, closes: when submissions are taken.
        hidden_shown: when scores of the hidden split are shown: a time, or ``reveal``.
        tracks: what is scored.
        ranking: the number that ranks.
        splits: the public and the hidden one.
        limits: of each account.
        required: what a method must state beside its name.
        registration: whether anyone may open an account on the server, or the maintainer
            alone does.
        decimals: that scores are shown with before the reveal; ranks never use them.
        terms: what a participant agrees to.
        contact: where questions go.
        url: address that the published board is served at, for the links of its feed.
        examples: how many pictures of the public split stand on each entry's page with the
            faces that it found; none unless the maintainer wants it, for pictures show people.
    """

    title: Annotated[str, Field(min_length=1, max_length=120)]
    description: str = ""
    opens: Moment
    closes: Moment
    hidden_shown: Moment | Literal["reveal"] = "reveal"
    tracks: Annotated[tuple[TrackRules, ...], Field(min_length=1)]
    ranking: Ranking = Ranking()
    splits: Splits
    limits: Limits = Limits()
    required: tuple[Stated, ...] = ()
    registration: Literal["open", "closed"] = "closed"
    decimals: int = Field(3, ge=1, le=6)
    terms: str = ""
    contact: str = ""
    url: Link = ""
    examples: int = Field(0, ge=0, le=MOST_EXAMPLES)

    @model_validator(mode="after")
    def _consistent(self) -> Challenge:
        if self.closes <= self.opens:
            raise ValueError("closes: a time after opens")
        names = self.track_names
        if len(set(names)) < len(names):
            raise ValueError("tracks: each name once")
        return self

    @property
    def track_names(self) -> tuple[str, ...]:
        """The tracks, in the order given."""
        return tuple(track.name for track in self.tracks)

    def is_open(self, now: datetime) -> bool:
        """Whether submissions are taken."""
        return self.opens <= now < self.closes

    def shows_hidden(self, now: datetime, *, revealed: bool) -> bool:
        """Whether scores of the hidden split may be seen."""
        if revealed:
            return True
        return isinstance(self.hidden_shown, datetime) and now >= self.hidden_shown

    def public_record(self) -> dict[str, Any]:
        """The rules as participants see them: without the place of the data."""
        return self.model_dump(
            mode="json", by_alias=True, exclude={"tracks": {"__all__": {"data"}}}
        )


def read_challenge(path: Path) -> Challenge:
    """Read the rules; data folders come back relative to where the file lies.

    Raises:
        DataError: the file cannot be read.
        UsageError: a field is unknown, missing or wrong.
    """
    found = read_model(path, Challenge, WHAT)
    tracks = tuple(
        track.model_copy(update={"data": path.parent / track.data}) for track in found.tracks
    )
    return found.model_copy(update={"tracks": tracks})


TEMPLATE: Final = """\
# The rules of the challenge. Times need a zone: Z is UTC.
title: Many faces, some of them forged
description: Find each face, outline it, tell real from fake.
opens: 2026-01-01T00:00:00Z
closes: 2026-07-01T00:00:00Z
# When scores of the hidden split are shown: a time, or `reveal` (manyfaces board reveal).
hidden_shown: reveal

# Dataset folders as `manyfaces build` and `manyfaces perturb` write them: pictures,
# annotations, manifest.json. They stay with you; participants get pictures and manifests.
tracks:
  - name: clean
    data: datasets/clean
    description: pictures as they are
splits:
  public: val
  hidden: test

# The number that ranks: its mean over the tracks. `manyfaces list metrics` has them all.
ranking: {task: mask, metric: AP, class: all}

limits:
  per_day: 2
  total: 50
  at_once: 2
  file_size: 200 MB
  uploads_per_hour: 60

# What a method must state beside its name: any of
# authors, paper, code, extra_data, external_detectors, description.
required: [authors, extra_data, external_detectors]
# open: anyone may make an account on the server. closed: `manyfaces board account add`.
registration: closed
decimals: 3
terms: Predictions are made without looking at the test pictures by hand.
contact: challenge@example.org
# Where the published board is served; its feed then has whole addresses.
url: ""
# So many pictures of the public split (0 to 8) are shown on each entry's page, with the faces
# that it found. Only if everybody in the pictures may be shown: docs/board.md.
examples: 0
"""
