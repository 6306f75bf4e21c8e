"""A finished image in brief: what counting and numbering need, small enough to hold millions."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from sys import intern
from typing import Any

Part = Mapping[str, Any]  # what ``forge_photo`` keeps of one image


@dataclass(frozen=True, slots=True)
class Rejection:
    """An attempt that came to nothing."""

    face: int
    method: str
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Brief:
    """One finished image.

    Args:
        size: (height, width).
        sha256: of its file.
        methods: of each face in the order in which they were found; None for a real face.
        rejected: attempts at its faces.
        scores: what the opponent said of each forged face's first forgery, and of the last.
    """

    size: tuple[int, int]
    sha256: str
    methods: tuple[str | None, ...]
    rejected: tuple[Rejection, ...]
    scores: tuple[tuple[float, float], ...] = ()

    @property
    def forged(self) -> int:
        """How many faces are forged."""
        return len(self.methods) - self.methods.count(None)


def brief_of(part: Part) -> Brief:
    """A part without its masks, landmarks and parameters; names are shared between briefs."""
    return Brief(
        size=(part["size"][0], part["size"][1]),
        sha256=part["sha256"],
        methods=tuple(_shared(face["made"]["method"]) for face in part["faces"]),
        rejected=tuple(
            Rejection(row["face"], intern(row["method"]), tuple(map(intern, row["reasons"])))
            for row in part["rejected"]
        ),
        scores=tuple((first, last) for first, last in part["scores"]),
    )


def _shared(name: str | None) -> str | None:
    return None if name is None else intern(name)
