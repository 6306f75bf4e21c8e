"""The columns of a host's board: the overall value, and those of our own board."""

from __future__ import annotations

from typing import Final

from ...benchmark.results import Result
from ..challenge.rules import Challenge
from ..entries import Entry
from ..ranking import board_columns, standings

OVERALL: Final = "Overall"  # with a capital: no track can be named so


def column_names(rules: Challenge) -> tuple[str, ...]:
    """The overall value first, then the tracks, or their kinds where they are many."""
    return (OVERALL, *board_columns(rules.track_names))


def column_values(rules: Challenge, result: Result) -> dict[str, float | None]:
    """Column → what our own board has there, with every digit; None where it is undefined."""
    (row,) = standings([Entry(name="submission", result=result)], rules.ranking.headline)
    values = {OVERALL: row.overall, **row.columns}
    return {name: values.get(name) for name in column_names(rules)}
