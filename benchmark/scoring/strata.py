"""Groups of true faces that are scored apart: by size, by company, by method."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...annotations.categories import FAKE, REAL
from ...annotations.instances import Instances
from ..protocol import Protocol
from .pairs import Bools, Floats, Ints, truth_area

# Faces in the image: alone, a few, a crowd.
COMPANY: Final = {"1": (1, 1), "2-4": (2, 4), "5+": (5, None)}


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


def strata(truth: Sequence[Instances], protocol: Protocol) -> list[Stratum]:
    """Every stratum of the faces of all images, one after the other.

    Faces exactly on the edge of two sizes are in both, as in COCO. Methods are read from
    the truth's column ``method``, where it has one.
    """
    labels = _joined([faces.labels for faces in truth], np.int64)
    real = labels == REAL
    groups = {"all": np.ones(len(labels), dtype=bool)}
    groups |= _sizes(_joined([truth_area(faces) for faces in truth], np.float64), protocol)
    groups |= _company(_joined([np.full(len(f), len(f)) for f in truth], np.int64))
    result = [Stratum(name, members, members & real) for name, members in groups.items()]
    return result + [
        Stratum(f"method={name}", members, real)
        for name, members in _methods(truth, labels).items()
    ]


def _joined(columns: Sequence[NDArray[Any]], kind: type[Any]) -> NDArray[Any]:
    return np.concatenate([np.zeros(0, kind), *columns])


def _sizes(areas: Floats, protocol: Protocol) -> dict[str, Bools]:
    return {
        f"size={name}": (areas >= low) & (areas <= high)
        for name, (low, high) in protocol.areas.items()
        if name != "all"
    }


def _company(faces: Ints) -> dict[str, Bools]:
    return {
        f"faces={name}": (faces >= low) & (faces <= (high or np.inf))
        for name, (low, high) in COMPANY.items()
    }


def _methods(truth: Sequence[Instances], labels: Ints) -> dict[str, Bools]:
    names = np.array(
        [name or "" for faces in truth for name in faces.extra.get("method", [""] * len(faces))],
        dtype=object,
    )
    forged = labels == FAKE
    found = sorted({str(name) for name in names[forged] if name})
    return {name: np.asarray(forged & (names == name), dtype=bool) for name in found}
