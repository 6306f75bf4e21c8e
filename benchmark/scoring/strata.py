"""Groups of true faces that are scored apart: by size, by company, by method."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from ...annotations.categories import FAKE, REAL
from ...annotations.columns import Columns
from ..protocol import Protocol
from .pairs import Bools, Floats, Ints

Range = tuple[int, int | None]

# Faces in the image: alone, a few, a crowd. Forged ones among them: the more there are, the
# more of them people miss (the user study of OpenForensics).
COMPANY: Final[Mapping[str, Range]] = {"1": (1, 1), "2-4": (2, 4), "5+": (5, None)}
FORGED: Final[Mapping[str, Range]] = {"0": (0, 0), "1": (1, 1), "2-4": (2, 4), "5+": (5, None)}


@dataclass(frozen=True, eq=False, slots=True)
class Stratum:
    """A group of true faces.

    Args:
        name: ``all`` or ``dimension=value``.
        members: (G,) the faces of the group.
        against: (G,) the real faces that its fakes are told from: its own, or every one
            where the group holds fakes alone.
    """

    name: str
    members: Bools
    against: Bools


def strata(truth: Columns, area: Floats, protocol: Protocol) -> list[Stratum]:
    """Every stratum of the faces of all images.

    Faces exactly on the edge of two sizes are in both, as in COCO. Methods are given where
    the truth names them.

    Args:
        truth: the true faces.
        area: (G,) their areas, by which they are small, medium or large.
        protocol: gives the sizes.
    """
    real = truth.label == REAL
    groups = {"all": np.ones(len(truth), dtype=bool)}
    groups |= _sizes(area, protocol)
    images = len(truth.ids)
    company = np.bincount(truth.image, minlength=images)
    forged = np.bincount(truth.image[~real], minlength=images)
    groups |= _by_count("faces", company[truth.image], COMPANY)
    groups |= _by_count("forged", forged[truth.image], FORGED)
    result = [Stratum(name, members, members & real) for name, members in groups.items()]
    return result + [
        Stratum(f"method={name}", members, real) for name, members in _methods(truth).items()
    ]


def _sizes(areas: Floats, protocol: Protocol) -> dict[str, Bools]:
    return {
        f"size={name}": (areas >= low) & (areas <= high)
        for name, (low, high) in protocol.areas.items()
        if name != "all"
    }


def _by_count(dimension: str, counts: Ints, ranges: Mapping[str, Range]) -> dict[str, Bools]:
    return {
        f"{dimension}={name}": (counts >= low) & (counts <= (np.inf if high is None else high))
        for name, (low, high) in ranges.items()
    }


def _methods(truth: Columns) -> dict[str, Bools]:
    if truth.method is None:
        return {}
    forged = truth.label == FAKE
    found = sorted({str(name) for name in truth.method[forged] if name})
    return {name: np.asarray(forged & (truth.method == name), dtype=bool) for name in found}
