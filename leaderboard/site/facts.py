"""What a published board says beside its entries' scores; all of it may be missing."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType
from typing import Final, Literal

Kind = Literal["opened", "new", "rescored", "withdrawn", "truth changed", "revealed"]
_PLAIN: Final = re.compile(r"[a-z0-9][a-z0-9._-]{0,79}")


@dataclass(frozen=True, slots=True)
class Event:
    """Something that happened to the board.

    Args:
        kind: what.
        time: ISO 8601; empty where nobody knows.
        key: names the event for good: a record's hash, an entry's id.
        name: of the entry that it happened to.
        entry: id of that entry, if it stands on the board.
        record: SHA-256 of the ledger's record, if there is one.
        note: a few words more.
    """

    kind: Kind
    time: str
    key: str
    name: str = ""
    entry: str = ""
    record: str = ""
    note: str = ""


@dataclass(frozen=True, slots=True)
class TrackFacts:
    """What is known of a track beside its scores.

    Args:
        description: as the rules give it.
        recipe: name of the track that its pictures were perturbed by.
        version: of that track.
        sha256: of all that the perturbed pictures depend on.
    """

    description: str = ""
    recipe: str = ""
    version: int | None = None
    sha256: str = ""


@dataclass(frozen=True, slots=True)
class About:
    """What a visitor wants to know of a challenge.

    Args:
        split: whose scores the board shows.
        opens, closes: when submissions are taken, as text in UTC.
        description, terms, contact: as the rules have them; may be empty.
        other: the other split; empty where there is none.
        page: of the other split's board, relative to this one; empty while nobody may see it.
        shown: when it will be seen, in words.
        revealed: whether the truth is public, which ends the challenge.
    """

    split: str
    opens: str
    closes: str
    description: str = ""
    terms: str = ""
    contact: str = ""
    other: str = ""
    page: str = ""
    shown: str = ""
    revealed: bool = False


@dataclass(frozen=True, slots=True)
class DrawnPicture:
    """A picture of the public split with an entry's faces in it.

    Args:
        file: the JPEG file.
        image_id: of the picture.
        size: (height, width) in pixels as drawn.
        real, fake: how many faces of each label are drawn.
    """

    file: Path
    image_id: int
    size: tuple[int, int]
    real: int
    fake: int


@dataclass(frozen=True, slots=True)
class Facts:
    """All of it.

    Args:
        identity: from which the feed's ids derive; never changes in a board's life.
        url: the address that the folder is served at, ends in ``/``; empty for relative links.
        events: the oldest first; None to take the entries' dates instead.
        tracks: track → what is known of it.
        pictures: entry's id → its drawn pictures.
        about: the challenge, where the board is of one.
    """

    identity: str = ""
    url: str = ""
    events: Sequence[Event] | None = None
    tracks: Mapping[str, TrackFacts] = field(default_factory=lambda: MappingProxyType({}))
    pictures: Mapping[str, Sequence[DrawnPicture]] = field(
        default_factory=lambda: MappingProxyType({})
    )
    about: About | None = None


def entry_page(entry: str) -> str:
    """The page of the entry with this id, within the board's folder."""
    return f"entries/{entry[:16]}.html"


def track_page(track: str) -> str:
    """The page of a track, within the board's folder; any string is a track's name."""
    plain = _PLAIN.fullmatch(track) and not track.endswith(".")
    name = track if plain else "track-" + hashlib.sha256(track.encode()).hexdigest()[:16]
    return f"tracks/{name}.html"
