"""What an audit found: how well its channel tells, and the verdict."""

from __future__ import annotations

import math
from dataclasses import asdict, dataclass
from typing import Any, Final, Literal

Verdict = Literal["ok", "leak", "unsure"]
Judged = Literal["everything", "forgeable"]

LEAK: Final = 0.60  # AUC from which a channel tells
CHANCE: Final = 0.50
FEW: Final = 25  # rows of the rarer class below which nothing is certain
# Standard errors of an AUC at chance that a leak must exceed: 1 % of the normal law, times
# 1.5, by which answers of cross-validation scatter more than scores that were not learned.
BEYOND: Final = 2.33 * 1.5


@dataclass(frozen=True, slots=True)
class Reading:
    """The AUC of one comparison, its 95 % interval, and the rows it rests on.

    The numbers are None where one class has too few rows to be learned.
    """

    auc: float | None
    low: float | None
    high: float | None
    n: int
    forged: int

    @property
    def enough(self) -> bool:
        """Whether both classes have rows enough for a verdict."""
        return self.auc is not None and min(self.forged, self.n - self.forged) >= FEW

    @property
    def verdict(self) -> Verdict:
        """Whether the channel tells the classes apart beyond chance."""
        if self.auc is None or self.low is None or not self.enough:
            return "unsure"
        if self.auc < LEAK:
            return "ok"
        beyond = self.low > CHANCE and self.auc > CHANCE + BEYOND * self._error()
        return "leak" if beyond else "unsure"

    def _error(self) -> float:
        """The standard error of an AUC at chance (Mann and Whitney 1947)."""
        return math.sqrt((self.n + 1) / (12 * self.forged * (self.n - self.forged)))


@dataclass(frozen=True, slots=True)
class Finding:
    """One audit: ``everything`` compares all rows, ``forgeable`` those that could be forged.

    ``judged`` says which of the two the verdict rests on, ``because`` which feature tells
    most, in words.
    """

    audit: str
    level: str
    description: str
    everything: Reading
    forgeable: Reading
    judged: Judged
    because: str | None
    mend: str

    @property
    def decisive(self) -> Reading:
        """The comparison that the verdict rests on."""
        return self.forgeable if self.judged == "forgeable" else self.everything

    @property
    def verdict(self) -> Verdict:
        """The verdict on the decisive comparison."""
        return self.decisive.verdict

    def to_json(self) -> dict[str, Any]:
        """The fields as JSON."""
        return {**asdict(self), "verdict": self.verdict}
