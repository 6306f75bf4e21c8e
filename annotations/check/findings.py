"""All faults are counted, the first of each kind kept: a report stays short."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from reprlib import Repr
from typing import Final

from ...core.errors import SubmissionError
from ..problems import Problem
from ..result_rows import UnreadableResultsError
from .rules import RULES

KEPT: Final = 20  # of each code

Told = tuple[object, object]  # what was got, what was expected; None for the rule's own words


class _Short(Repr):
    """A few characters of anything; in a list, numbers to six digits."""

    def __init__(self) -> None:
        super().__init__()
        self.maxstring = self.maxother = self.maxlong = 60
        self.maxlist, self.maxlevel = 8, 3

    def repr_float(self, value: float, level: int) -> str:
        """The number; ``Repr`` calls this for floats, with the levels left."""
        return repr(value) if level == self.maxlevel else f"{value:.6g}"


_SHORT: Final = _Short()


def shown(value: object) -> str:
    """A value of the file in a few characters, whatever its size."""
    # JSON's names for Python's constants; everything else reads the same.
    names = {None: "null", True: "true", False: "false"}
    if value is None or isinstance(value, bool):
        return names[value]
    # Half an emoji is a character to Python but to nobody's terminal.
    return _SHORT.repr(value).encode("utf-8", "backslashreplace").decode()


@dataclass(slots=True)
class Findings:
    """Faults by code: how many, and the first few."""

    counts: Counter[str] = field(default_factory=Counter)
    kept: dict[str, list[Problem]] = field(default_factory=dict)

    def add(self, code: str, where: str, got: object, expected: object = None) -> None:
        """Count one fault, and keep it if it is among the first of its kind."""
        self.counts[code] += 1
        kept = self.kept.setdefault(code, [])
        if len(kept) < KEPT:
            kept.append(RULES[code].problem(where, got, expected))

    def add_rows(
        self,
        code: str,
        rows: Sequence[int],
        place: Callable[[int], str],
        tell: Callable[[int], Told],
    ) -> None:
        """Count a fault for each row; only those kept are put into words."""
        for row in rows[:KEPT]:
            self.add(code, place(int(row)), *tell(int(row)))
        if len(rows) > KEPT:
            self.counts[code] += len(rows) - KEPT

    def add_unreadable(self, error: SubmissionError, where: str) -> None:
        """Count a file that has no entries to look at."""
        code = error.code if isinstance(error, UnreadableResultsError) else "file-not-list"
        self.add(code, where, error.got if error.got is not None else error.what, error.expected)

    def of(self, *, warning: bool) -> tuple[Problem, ...]:
        """The kept faults of one kind, in the order of the table."""
        codes = [code for code, rule in RULES.items() if rule.warning is warning]
        return tuple(problem for code in codes for problem in self.kept.get(code, ()))
