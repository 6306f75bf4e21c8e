"""An entry of a board: a result with a name, known by the hash of its content."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Annotated, Any, TypeAlias

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from ..benchmark.results import Result, Score
from ..benchmark.scoring.kept_draws import Key, name_of, unpack
from ..benchmark.scoring.pairs import Floats
from ..core.configuration import expectation
from ..core.errors import SubmissionError
from ..core.files import sha256, to_json
from .challenge.method import link
from .dates import dated

_Row: TypeAlias = tuple[str, str, str, str, str]  # track, task, metric, class, stratum
COMPARED = ("protocol", "truth")  # hashes that all entries of a board share


class Entry(BaseModel):
    """One row of a board.

    Args:
        name: unique on its board.
        date: ISO 8601, given by whoever adds the entry.
        url: where it is described; http or https.
        baseline: ranked along, and marked.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: str = Field(min_length=1, max_length=80)
    result: Result
    date: Annotated[str, AfterValidator(dated)] = ""
    authors: str = ""
    url: Annotated[str, AfterValidator(link)] = ""
    description: str = ""
    baseline: bool = False

    @cached_property
    def id(self) -> str:
        """SHA-256 of the entry's content."""
        return sha256(to_json(self.record()))

    def record(self) -> dict[str, Any]:
        """The entry as JSON."""
        return self.model_dump(mode="json", by_alias=True)

    @cached_property
    def tracks(self) -> tuple[str, ...]:
        """The tracks that it has scores on, in the result's order."""
        return tuple(dict.fromkeys(score.track for score in self.result.scores))

    def score(
        self, track: str, task: str, metric: str, class_: str = "all", stratum: str = "all"
    ) -> Score | None:
        """One score, None where the result has none."""
        return self._by_key.get((track, task, metric, class_, stratum))

    @cached_property
    def _by_key(self) -> Mapping[_Row, Score]:
        """Each score by what it is of; of two alike the first."""
        return {
            (row.track, row.task, row.metric, row.class_, row.stratum): row
            for row in reversed(self.result.scores)
        }

    def draws(self, track: str, key: Key) -> Floats | None:
        """(draws,) values of a number in the bootstrap, None where the result keeps none.

        Raises:
            SubmissionError: they are damaged.
        """
        text = self.result.draws.get(name_of(track, key))
        return None if text is None else unpack(text)


@dataclass(frozen=True, slots=True)
class FieldFault:
    """What is wrong with a field of an entry."""

    field: str
    got: str
    expected: str


def first_fault(error: ValidationError) -> FieldFault:
    """The first field that keeps an entry from being one."""
    first = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    return FieldFault(field, f"{first['input']!r:.80}", expectation(first["msg"]))


def require_comparable(entry: Entry, board: dict[str, str]) -> None:
    """Refuse an entry that was scored on other truth, or by another protocol.

    Raises:
        SubmissionError: naming the hash that differs.
    """
    for name in COMPARED:
        got, expected = entry.result.hashes.get(name), board.get(name)
        if expected is not None and got != expected:
            raise SubmissionError(
                f"the result was made with another {name} than the board's",
                where=entry.name,
                got=(got or "none")[:16],
                expected=expected[:16],
                mend="Score it again on the board's data with this version",
            )
