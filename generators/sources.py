"""Where photographs come from: a picture with its origin, and the protocol of a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, runtime_checkable

from ..core.images import Rgb
from .faces import Face, KnownFace


@dataclass(frozen=True, slots=True)
class Photo:
    """A photograph before it is opened.

    Args:
        name: unique within its source, for people to read (a relative path).
        sha256: of the file's bytes, or of what fully determines a drawn scene; empty where
            the file could not be read.
        licence: as stated by the source, "unknown" where nothing is.
        origin: where it came from (a repository, a URL, "drawn"), may be empty.
        group: photographs of one group may show the same people and are never split
            across train and test; empty for a photograph that stands alone.
        known: faces that the source's own annotations tell of, if any.
        unread: why the file could not be read, where it could not.
    """

    name: str
    sha256: str
    licence: str = "unknown"
    origin: str = ""
    group: str = ""
    known: tuple[KnownFace, ...] = ()
    unread: str = ""


@dataclass(frozen=True, eq=False, slots=True)
class Scene:
    """An opened photograph and its faces, front to back where the source knows.

    Args:
        file: a picture file that becomes exactly these pixels when it is read and shrunk,
            or its content, so that a build need not encode them for later; None where
            there is none, or reading it takes long.
    """

    image: Rgb
    faces: tuple[Face, ...]
    file: Path | bytes | None = None


@runtime_checkable
class Reopening(Protocol):
    """A source that can give a photograph's pixels without looking for its faces."""

    def picture(self, photo: Photo, max_side: int) -> Rgb | Path | bytes:
        """The ``file`` of ``Source.open``'s scene, or else its ``image``."""
        ...


class Source(Protocol):
    """Photographs to build from. Picklable: worker processes open their own."""

    @property
    def identity(self) -> dict[str, object]:
        """What determines this source's content, as JSON, for the build's record."""
        ...

    def photos(self) -> Sequence[Photo]:
        """Every photograph, in a fixed order; those that cannot be read say why."""
        ...

    def open(self, photo: Photo, max_side: int) -> Scene:
        """Read or draw one photograph, its longer side at most ``max_side``, and find its faces.

        Raises:
            DataError: the photograph cannot be read.
        """
        ...
