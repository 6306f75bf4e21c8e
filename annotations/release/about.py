"""What only the publisher knows of a dataset: one YAML file, every field with a default."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from ...core.configuration import read_yaml
from ...core.errors import UsageError
from .source_type import METHODS, TERMS

Text = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1)]
Term = Annotated[str, StringConstraints(pattern="^(" + "|".join(TERMS) + ")$")]
Version = Annotated[str, StringConstraints(pattern=r"^\d+\.\d+\.\d+$")]


class About(BaseModel):
    """The publisher's words. What is left out is generated, or left open and said to be open.

    Args:
        name: of the dataset.
        version: three numbers; a withdrawal raises the last but one.
        description: its first paragraph; the numbers follow by themselves.
        url: where it will stand.
        creators: people or groups.
        contact: where someone asks that a photograph be withdrawn.
        citation: BibTeX.
        licence: of the annotations and of the collection; photographs keep their own.
        collected: first and last day on which photographs were gathered.
        pristine: digital source type of the photographs.
        methods: digital source type of images forged by a method, by its name.
        statements: text by name of a Croissant RAI property, in place of the generated one.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Text = "Multi-face forgery dataset"
    version: Version = "1.0.0"
    description: Text | None = None
    url: Text | None = None
    creators: tuple[Text, ...] = ()
    contact: Text | None = None
    citation: Text | None = None
    licence: Text | None = None
    collected: tuple[date, date] | None = None
    pristine: Term = "digitalCapture"
    methods: dict[Text, Term] = Field(default_factory=lambda: dict(METHODS))
    statements: dict[Text, Text] = Field(default_factory=dict)

    def withdrawn_version(self) -> str:
        """The version after something was removed: data changed, so its second number rises."""
        first, second, _ = self.version.split(".")
        return f"{first}.{int(second) + 1}.0"


def read_about(path: Path) -> About:
    """Read the YAML file.

    Raises:
        DataError: the file cannot be read.
        UsageError: it is not YAML, or a field is unknown or wrong.
    """
    data = read_yaml(path, "file")
    return parse_about({} if data is None else data, path)


def parse_about(data: object, where: object) -> About:
    """Check the fields.

    Raises:
        UsageError: a field is unknown or wrong; all of them are named.
    """
    try:
        about = About.model_validate(data)
    except ValidationError as error:
        faults = "; ".join(
            f"{'.'.join(map(str, fault['loc'])) or 'the file'}: {fault['msg']}"
            for fault in error.errors()[:5]
        )
        raise UsageError(
            "what is said about the dataset cannot be read", where=where, got=faults,
            expected=f"fields among {', '.join(About.model_fields)}",
        ) from error  # fmt: skip
    # A method that the publisher names is added to those known, it does not replace them.
    return about.model_copy(update={"methods": {**METHODS, **about.methods}})
