"""The errors that a user meets, and what each tells.

ManyfacesError
├── UsageError          wrong arguments: the command line exits with 2
├── DataError           a file or picture is not what it should be: exit 1
│   └── SubmissionError predictions or results that cannot be taken
└── MissingDependencyError  an optional part is not installed: exit 2
"""

from __future__ import annotations


class ManyfacesError(Exception):
    """A mistake that its reader can mend.

    Args:
        what: what is wrong, one clause without a full stop.
        where: the file, field or row it is wrong in.
        got: what was found there.
        expected: what should have been there.
        mend: what to do about it.
    """

    exit_code = 1

    def __init__(
        self,
        what: str,
        *,
        where: object = None,
        got: object = None,
        expected: object = None,
        mend: str | None = None,
    ) -> None:
        self.what, self.where, self.got, self.expected, self.mend = what, where, got, expected, mend
        super().__init__(str(self))

    def __reduce__(self) -> tuple[object, ...]:
        # Exceptions with keyword-only arguments do not unpickle by themselves,
        # and worker processes send theirs back pickled.
        return (_rebuild, (type(self), self.what, self.where, self.got, self.expected, self.mend))

    def __str__(self) -> str:
        """One sentence: what, where, got, expected, mend."""
        text = self.what if self.where is None else f"{self.what} in {self.where}"
        facts = [
            f"{name} {value}"
            for name, value in (("got", self.got), ("expected", self.expected))
            if value is not None
        ]
        if facts:
            text += f" ({', '.join(facts)})"
        if not self.mend:
            return f"{text}."
        return f"{text}. {self.mend}" + ("" if self.mend[-1] in ".?!" else ".")


def _rebuild(
    kind: type[ManyfacesError],
    what: str,
    where: object,
    got: object,
    expected: object,
    mend: str | None,
) -> ManyfacesError:
    return kind(what, where=where, got=got, expected=expected, mend=mend)


class UsageError(ManyfacesError):
    """The command or function was asked for something that it does not offer."""

    exit_code = 2


class DataError(ManyfacesError):
    """A file, a picture or a record is not what it should be."""


class SubmissionError(DataError):
    """Predictions or results that cannot be scored or ranked."""


class MissingDependencyError(ManyfacesError):
    """An optional dependency is not installed; ``mend`` holds its install line."""

    exit_code = 2
