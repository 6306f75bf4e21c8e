"""Every perturbation, by name."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from ...core.tables import lookup, table
from . import (
    block,
    blurs,
    color,
    compression,
    convolution,
    corruption,
    edge,
    everyday,
    external,
    pooling,
    screens,
    tone,
    universal,
    weather,
)
from .operator import Group, Perturbation

PERTURBATIONS: Final[Mapping[str, Perturbation]] = table(
    (
        *color.ROWS,
        *tone.ROWS,
        *edge.ROWS,
        *block.ROWS,
        *pooling.ROWS,
        *compression.ROWS,
        *corruption.ROWS,
        *convolution.ROWS,
        *blurs.ROWS,
        *external.ROWS,
        *weather.ROWS,
        *everyday.ROWS,
        *screens.ROWS,
        *universal.ROWS,
    )
)


def get_perturbation(name: str) -> Perturbation:
    """The perturbation of this name.

    Raises:
        UsageError: there is none; the message names the nearest ones.
    """
    return lookup(PERTURBATIONS, name, "perturbation")


def of_group(group: Group) -> tuple[Perturbation, ...]:
    """The perturbations of one group."""
    return tuple(row for row in PERTURBATIONS.values() if row.group == group)
