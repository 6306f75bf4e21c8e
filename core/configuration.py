"""YAML files that a person writes, read into a pydantic model, with one clear error."""

from __future__ import annotations

import difflib
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from .errors import UsageError
from .files import read_bytes

Model = TypeVar("Model", bound=BaseModel)


def read_yaml(path: Path, what: str) -> Any:  # noqa: ANN401 - any YAML; callers validate
    """The values of a YAML file; ``what`` names it in the error.

    Raises:
        DataError: the file cannot be read.
        UsageError: it is not YAML.
    """
    try:
        return yaml.safe_load(read_bytes(path))
    except (yaml.YAMLError, UnicodeDecodeError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        raise UsageError(
            f"the {what} is not YAML",
            where=path if mark is None else f"{path}, line {mark.line + 1}",
            got=getattr(error, "problem", None) or str(error),
            expected="`field: value` lines",
        ) from error


def as_model(values: Any, model: type[Model], what: str, where: object) -> Model:  # noqa: ANN401
    """Values as a model; ``what`` and ``where`` name them in the error.

    Raises:
        UsageError: a field is unknown, missing or wrong; the first one is named.
    """
    if not isinstance(values, dict):
        raise UsageError(
            f"the {what} has no fields",
            where=where,
            got=f"{values!r:.60}",
            expected=f"`field: value` lines of {', '.join(model.model_fields)}",
        )
    try:
        return model.model_validate(values)
    except ValidationError as error:
        raise _broken(error, model, what, where) from error


def expectation(message: str) -> str:
    """What pydantic says that a value should have been, without how it begins to say it."""
    return message.removeprefix("Value error, ").removeprefix("Input should be ")


def _broken(error: ValidationError, model: type[BaseModel], what: str, where: object) -> UsageError:
    first: Any = error.errors()[0]
    field = ".".join(map(str, first["loc"]))
    if first["type"] == "extra_forbidden":
        near = difflib.get_close_matches(field, model.model_fields, n=1)
        mend = f"Did you mean {near[0]}?" if near else None
        return UsageError(f"the {what} has no field {field!r}", where=where, mend=mend)
    if first["type"] == "missing":
        return UsageError(f"the {what} lacks the field {field!r}", where=where)
    return UsageError(
        f"the {what}'s field {field!r} is wrong" if field else f"the {what} is wrong",
        where=where,
        got=f"{first['input']!r:.80}" if field else None,
        expected=expectation(first["msg"]),
    )


def read_model(path: Path, model: type[Model], what: str) -> Model:
    """Read a YAML file into a model.

    Raises:
        DataError, UsageError: as ``read_yaml`` and ``as_model``.
    """
    return as_model(read_yaml(path, what), model, what, path)
