"""What all pages and files of a published board are made from."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property

from ..digits import places, rounded
from ..ranking import Headline, Standing, all_tracks, board_columns
from .facts import DrawnPicture, Facts


@dataclass(frozen=True)
class Content:
    """A board's entries, and how they are shown.

    Args:
        rows: the best first.
        title: stands above the board.
        headline: the number that ranks.
        decimals: to which every number is shown; None for all digits in files.
        facts: what is known beside the scores.
    """

    rows: Sequence[Standing]
    title: str
    headline: Headline
    decimals: int | None = None
    facts: Facts = field(default_factory=Facts)

    @cached_property
    def tracks(self) -> list[str]:
        """Every track that an entry has scores on."""
        return all_tracks([row.entry for row in self.rows])

    @cached_property
    def columns(self) -> Mapping[str, tuple[str, ...]]:
        """Column of the overall table → the tracks that it is the mean of."""
        return board_columns(self.tracks)

    @property
    def metric(self) -> str:
        """The headline number's name, such as ``mask AP``."""
        return f"{self.headline.task} {self.headline.metric}"

    @property
    def places(self) -> int:
        """Decimals of a number on a page."""
        return places(self.decimals)

    def shown(self, value: float | None) -> float | None:
        """A value to the digits that may be seen, in plots as well."""
        found: float | None = rounded(value, self.decimals)
        return found

    def pictures(self, row: Standing) -> Sequence[DrawnPicture]:
        """An entry's drawn pictures."""
        return self.facts.pictures.get(row.entry.id, ())
