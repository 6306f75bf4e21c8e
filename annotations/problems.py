"""What a check reports: kinds of fault, and each fault with its place and its mend."""

from __future__ import annotations

from dataclasses import asdict, dataclass


@dataclass(frozen=True, slots=True)
class Problem:
    """One fault: ``code`` is a key of the check's table, ``where`` a file, row or field."""

    code: str
    where: str
    got: str
    expected: str
    mend: str

    def to_json(self) -> dict[str, str]:
        """The fields as JSON."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class Fault:
    """One kind of fault: what should be, and what to do where it is not."""

    name: str
    expected: str
    mend: str

    def problem(self, where: str, got: object, expected: object = None) -> Problem:
        """A fault of this kind."""
        wanted = self.expected if expected is None else str(expected)
        return Problem(self.name, where, str(got), wanted, self.mend)


@dataclass(frozen=True, slots=True)
class Rule(Fault):
    """A kind of fault in a submission: ``what`` is wrong, as a clause.

    A ``warning`` is told, but does not fail the submission.
    """

    what: str
    warning: bool = False
