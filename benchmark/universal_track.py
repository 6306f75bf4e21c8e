"""Universal perturbations as tracks: the patterns of a set, each by its bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from ..annotations.instances import Instances
from ..core.files import sha256, to_json
from ..core.images import Rgb
from .perturbations.operator import size_of
from .perturbations.universal import Pattern, add_pattern, read_universal
from .track import Perturbed

SUFFIX: Final = ".npz"


@dataclass(frozen=True, eq=False, slots=True)
class UniversalTrack:
    """Every picture under the same pattern, made against a network that is not needed here."""

    name: str
    pattern: Pattern

    @property
    def sha256(self) -> str:
        """Of the pattern."""
        return sha256(to_json({"pattern": sha256(self.pattern.tobytes())}))

    def apply(self, image: Rgb, image_id: int, instances: Instances | None = None) -> Perturbed:
        """The picture under the pattern."""
        shown = add_pattern(image, self.pattern)
        record = attack_record(self.name, self.sha256, image, image_id, shown)
        return Perturbed(shown, instances, record)


def bounded(name: str, bound: int) -> str:
    """A track's name. No hyphen before the bound: it is no severity from 1 to 5."""
    return f"{name}-{bound}of255"


def attack_record(
    name: str, digest: str, image: Rgb, image_id: int, shown: Rgb
) -> Mapping[str, Any]:
    """What was done, and the strength that it came to."""
    strength = int(np.abs(shown.astype(np.int16) - image).max(initial=0))
    return {
        "image_id": image_id,
        "track": name,
        "sha256": digest,
        "size": list(size_of(image)),
        "strength": strength,
    }


def read_universal_tracks(path: Path) -> list[UniversalTrack]:
    """A track for each pattern of a set that ``manyfaces attack universal`` wrote.

    Raises:
        DataError: the file is missing, damaged, or no such set.
    """
    patterns = read_universal(path).patterns
    return [
        UniversalTrack(bounded("universal", bound), pattern) for bound, pattern in patterns.items()
    ]
