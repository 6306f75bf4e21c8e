"""Scoring one submission at a host: our board's numbers, rounded, and nothing else.

Whatever goes wrong, the answer says only what a participant may know: the truth is read here,
and what errors of scoring say may quote it.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, Final, Literal

from ... import __version__
from ...annotations.problems import Problem
from ...benchmark.results import Result
from ...core.errors import SubmissionError, UsageError
from ..challenge.folder import ChallengeFolder
from ..challenge.rules import Challenge
from ..scoring.score import score_split
from ..submissions.intake import CheckedPart, check_part, keep, plain
from .columns import column_values
from .handed_in import HandedIn, take
from .reference import Facts, Reference, open_reference

FAILED: Final = (
    "The submission could not be scored, by no fault of its own. Please tell the organizers."
)
MOST: Final = 1000  # characters of one message


@dataclass(frozen=True, slots=True)
class TrackValue:
    """A track's ranking number on a split, with the ends of its interval; rounded."""

    split: str
    track: str
    value: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, slots=True)
class Answer:
    """What a host and a participant are told.

    Args:
        state: ``refused`` is the participant's to mend, ``failed`` the organizers'.
        messages: problems, or warnings of a submission that was scored.
        scores: split → column → number, rounded as the reference says.
        tracks: the numbers behind the columns.
        name: of the method, where it was stated.
    """

    state: Literal["scored", "refused", "failed"]
    messages: tuple[str, ...] = ()
    scores: dict[str, dict[str, float]] = field(default_factory=dict)
    tracks: tuple[TrackValue, ...] = ()
    name: str = ""

    def to_json(self) -> dict[str, Any]:
        """The answer as JSON, with the version that gave it."""
        return {**asdict(self), "manyfaces": __version__}


def judge(reference: Path, submission: Path, *, strict: bool = False) -> Answer:
    """Score a submission as the board would.

    Args:
        reference: the private part of a bundle, a folder or a zip.
        submission: a participant's zip, or the folder that a host unpacked it into.
        strict: let errors of scoring through; for the maintainer's eyes alone.

    Raises:
        Exception: whatever scoring raised, where ``strict`` is true; else nothing.
    """
    with tempfile.TemporaryDirectory(prefix="manyfaces.") as place:
        try:
            opened, taken = _opened(reference, submission, Path(place))
        except SubmissionError as error:
            return Answer("refused", (plain(str(error), MOST),))
        except UsageError as error:
            if strict:
                raise
            return Answer("failed", (f"{FAILED} ({error.what})",))
        try:
            return _checked(opened, taken)
        except Exception as error:
            if strict:
                raise
            return Answer("failed", (f"{FAILED} ({type(error).__name__})",))


def _opened(reference: Path, submission: Path, place: Path) -> tuple[Reference, HandedIn]:
    for name in ("challenge", "handed-in"):
        (place / name).mkdir()
    opened = open_reference(reference, place / "challenge")
    return opened, take(submission, opened.folder.rules, place / "handed-in")


def _checked(opened: Reference, taken: HandedIn) -> Answer:
    folder = opened.folder
    most = folder.rules.limits.file_size
    checked = [
        check_part(folder.manifest(track), track, path, most, folder.withdrawn(track))
        for track, path in taken.files.items()
    ]
    problems = [_line(part, problem) for part in checked for problem in part.problems]
    if problems:
        return Answer("refused", tuple(problems))
    return _scored(folder, opened.facts, taken, checked)


def _line(part: CheckedPart, problem: Problem) -> str:
    text = (
        f"{part.track}: {problem.code} in {problem.where}: got {problem.got}, "
        f"expected {problem.expected}. {problem.mend}."
    )
    return plain(text, MOST)


def _scored(
    folder: ChallengeFolder, facts: Facts, taken: HandedIn, checked: Sequence[CheckedPart]
) -> Answer:
    for part in checked:
        keep(folder, taken.files[part.track], part.sha256)
    parts = {part.track: part.sha256 for part in checked}
    scores: dict[str, dict[str, float]] = {}
    tracks: list[TrackValue] = []
    for split in facts.splits:
        result = score_split(folder, parts, split, folder.protocol)
        columns = column_values(folder.rules, result)
        scores[split] = {
            name: shown
            for name, value in columns.items()
            if (shown := _rounded(value, facts.decimals)) is not None
        }
        if len(scores[split]) < len(columns):
            return _undefined(folder.rules, [name for name in columns if name not in scores[split]])
        tracks += _tracks(folder.rules, result, split, facts.decimals)
    warnings = tuple(_line(part, warning) for part in checked for warning in part.warnings)
    return Answer("scored", warnings, scores, tuple(tracks), taken.name)


def _undefined(rules: Challenge, columns: Sequence[str]) -> Answer:
    """A host's board has no place for a number that is undefined."""
    what = f"{rules.ranking.task} {rules.ranking.metric}"
    reason = "nothing in the submission could be measured, so it has no rank"
    return Answer("refused", (f"{what} is undefined in {', '.join(columns)}: {reason}.",))


def _tracks(rules: Challenge, result: Result, split: str, decimals: int | None) -> list[TrackValue]:
    ranking = rules.ranking
    wanted = (ranking.task, ranking.metric, ranking.class_, "all")
    return [
        TrackValue(
            split,
            score.track,
            *(_rounded(number, decimals) for number in (score.value, score.low, score.high)),
        )
        for score in result.scores
        if (score.task, score.metric, score.class_, score.stratum) == wanted
    ]


def _rounded(value: float | None, decimals: int | None) -> float | None:
    return value if value is None or decimals is None else round(value, decimals)
