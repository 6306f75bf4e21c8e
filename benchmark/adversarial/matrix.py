"""What attacks leave: each number of each model, on pictures made against each model."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from ..report.numbers import CLEAN, Numbers, Shown
from ..results import Result, Score

NUMBERS: Final[Mapping[str, Shown]] = {
    "box AP": ("box", "AP", "all"),
    "mask AP": ("mask", "AP", "all"),
    "faces found AP50": ("box", "AP50", "any"),
    "label AUC": ("box", "label_AUC", "any"),
}


@dataclass(frozen=True, slots=True)
class Fall:
    """One number under attack, beside the clean one.

    Args:
        low, high: ends of the 95 % interval, where known.
        drop: clean − value.
        share: of the clean value that is lost; None where that is 0 or undefined.
    """

    value: float | None
    low: float | None
    high: float | None
    clean: float | None
    drop: float | None
    share: float | None


@dataclass(frozen=True, slots=True)
class Cell:
    """One model's numbers on the pictures of one attack on one model."""

    track: str
    attacked: str
    scored: str
    numbers: Mapping[str, Fall]

    @property
    def white_box(self) -> bool:
        """Whether the scored model is the attacked one."""
        return self.attacked == self.scored


@dataclass(frozen=True, slots=True)
class Matrix:
    """The whole report.

    Args:
        about: data, split, pictures, protocol, and the models with their identities.
        attacks: track → how its pictures were made.
        attacked: models, the rows.
        scored: models, the columns.
        cells: every attack, row and column.
    """

    about: Mapping[str, Any]
    attacks: Mapping[str, Mapping[str, Any]]
    attacked: tuple[str, ...]
    scored: tuple[str, ...]
    cells: tuple[Cell, ...]

    def cell(self, track: str, attacked: str, scored: str) -> Cell:
        """The one cell."""
        wanted = (track, attacked, scored)
        return next(c for c in self.cells if (c.track, c.attacked, c.scored) == wanted)

    def record(self) -> dict[str, Any]:
        """As JSON."""
        return {
            "about": dict(self.about),
            "attacks": dict(self.attacks),
            "attacked": list(self.attacked),
            "scored": list(self.scored),
            "cells": [
                {
                    "track": cell.track,
                    "attacked": cell.attacked,
                    "scored": cell.scored,
                    "white_box": cell.white_box,
                    "numbers": {name: _plain(fall) for name, fall in cell.numbers.items()},
                }
                for cell in self.cells
            ],
        }


def _plain(fall: Fall) -> dict[str, float | None]:
    return {name: getattr(fall, name) for name in Fall.__slots__}


def fall_of(clean: Score | None, attacked: Score | None) -> Fall:
    """A number under attack against the clean one."""
    before = None if clean is None else clean.value
    after = None if attacked is None else attacked.value
    drop = None if before is None or after is None else before - after
    return Fall(
        after,
        None if attacked is None else attacked.low,
        None if attacked is None else attacked.high,
        before,
        drop,
        None if drop is None or not before else drop / before,
    )


def cell_of(result: Result, track: str, attacked: str, scored: str) -> Cell:
    """The cell of a result that has the clean track beside the attack's."""
    clean, shown = Numbers(result, CLEAN), Numbers(result, track)
    numbers = {name: fall_of(clean.get(*key), shown.get(*key)) for name, key in NUMBERS.items()}
    return Cell(track, attacked, scored, numbers)
