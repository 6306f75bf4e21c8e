"""What a participant says of a method: strangers' text, checked before anything is kept."""

from __future__ import annotations

import unicodedata
from typing import Annotated, Final, Literal, get_args
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

Stated = Literal["authors", "paper", "code", "extra_data", "external_detectors", "description"]
FIELDS: Final[tuple[str, ...]] = get_args(Stated)
# Control characters, halves of characters, private and unassigned ones. The format characters
# among them (Cf) turn text around or make two names look alike.
_HIDDEN: Final = frozenset({"Cc", "Cf", "Cs", "Co", "Cn"})


def visible(text: str) -> str:
    """The text in its normal form, without spaces around it.

    Raises:
        ValueError: it holds characters that cannot be seen.
    """
    for character in text:
        if unicodedata.category(character) in _HIDDEN:
            raise ValueError(f"text without hidden characters such as U+{ord(character):04X}")
    return unicodedata.normalize("NFC", text).strip()


def link(text: str) -> str:
    """An address that a browser may follow, or nothing.

    Raises:
        ValueError: it is another scheme than the web's.
    """
    if not text:
        return text
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.hostname or " " in text:
        raise ValueError("an address that starts with https:// or http://")
    return text


Text = Annotated[str, Field(max_length=500), AfterValidator(visible)]
Link = Annotated[str, Field(max_length=300), AfterValidator(visible), AfterValidator(link)]
Title = Annotated[str, Field(max_length=80), AfterValidator(visible), Field(min_length=1)]


class Method(BaseModel):
    """A method as its authors describe it.

    Args:
        name: unique on the board.
        authors: who made it.
        paper, code: where it is described and where it can be had.
        extra_data: training data beyond the challenge's; ``none`` where there is none.
        external_detectors: face detectors or networks that others trained.
        description: one or two sentences.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    name: Title
    authors: Text = ""
    paper: Link = ""
    code: Link = ""
    extra_data: Text = ""
    external_detectors: Text = ""
    description: Text = ""

    def missing(self, required: tuple[Stated, ...]) -> list[str]:
        """Required fields that say nothing."""
        return [name for name in required if not getattr(self, name)]
