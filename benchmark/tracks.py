"""Tracks: named, versioned ways in which every picture of a test set is perturbed.

A track draws from a stream of its own for each image id, applies, and records. The record
alone makes the picture again, and neither order nor worker changes a byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any, Final, TypeAlias

from numpy.random import Generator

from ..annotations.instances import Instances
from ..core.errors import DataError, UsageError
from ..core.files import sha256, to_json
from ..core.images import Rgb
from ..core.seeds import stream
from ..core.tables import lookup, table
from .perturbations.operator import GROUPS, SEVERITIES, Group, Perturbation, Size, size_of
from .perturbations.table import PERTURBATIONS, get_perturbation, of_group

CLEAN: Final = "clean"

Record: TypeAlias = Mapping[str, Any]  # JSON: what was drawn for one picture


@dataclass(frozen=True, slots=True)
class Step:
    """One of ``perturbations``, drawn with equal chances for each image, at one severity."""

    perturbations: tuple[str, ...]
    severity: int


@dataclass(frozen=True, slots=True)
class Perturbed:
    """A perturbed picture, its faces where they are now, and how it was made."""

    image: Rgb
    instances: Instances | None
    record: Record


@dataclass(frozen=True, slots=True)
class Track:
    """One way in which the pictures of a test set are perturbed.

    Args:
        name: under which results stand.
        version: raised whenever the same name would give other pictures.
        description: one line.
        group: one of OpenForensics' six groups, or None for ``clean``.
        severity: 1 to 5, or None for ``clean``.
        steps: applied one after the other; none for ``clean``.
    """

    name: str
    version: int
    description: str
    group: Group | None
    severity: int | None
    steps: tuple[Step, ...]

    @property
    def sha256(self) -> str:
        """Of all that the pictures depend on: draws, operators and their settings."""
        steps = [
            {**asdict(step), "perturbations": [_definition(n, step) for n in step.perturbations]}
            for step in self.steps
        ]
        return sha256(to_json({"name": self.name, "version": self.version, "steps": steps}))

    def draw(self, image_id: int, size: Size) -> Record:
        """The record of one picture: all that ``replay`` needs beside its pixels.

        Args:
            image_id: seeds the draw, together with the track's name.
            size: (height, width) of the picture.
        """
        rng = stream("track", self.name, image_id)
        return {
            "image_id": image_id,
            "track": self.name,
            "version": self.version,
            "sha256": self.sha256,
            "size": list(size),
            "steps": [_draw_step(step, rng, size) for step in self.steps],
        }

    def apply(self, image: Rgb, image_id: int, instances: Instances | None = None) -> Perturbed:
        """Perturb one (H, W, 3) RGB uint8 picture; the input stays as it is.

        Args:
            image: the picture.
            image_id: seeds the draw, together with the track's name.
            instances: its faces, moved where the pixels move.
        """
        return replay(self.draw(image_id, size_of(image)), image, instances)


def _draw_step(step: Step, rng: Generator, size: Size) -> dict[str, Any]:
    name = step.perturbations[int(rng.integers(len(step.perturbations)))]
    row = get_perturbation(name)
    params = row.draw(rng, step.severity, size)
    return {
        "perturbation": name,
        "version": row.version,
        "severity": step.severity,
        "params": params,
    }


def replay(record: Record, image: Rgb, instances: Instances | None = None) -> Perturbed:
    """Make a perturbed picture again from its record and the picture that it was made of.

    Raises:
        DataError: the picture is not of the record's size, or the record is of another
            version of an operator.
    """
    if tuple(record["size"]) != size_of(image):
        raise DataError(
            "the picture does not have the size on record",
            where=f"image {record['image_id']}",
            got=f"{size_of(image)} (height, width)",
            expected=tuple(record["size"]),
            mend="Run `manyfaces verify` on the dataset",
        )
    for step in record["steps"]:
        image = _recorded(step).apply(image, step["params"])
    return Perturbed(
        image, None if instances is None else replay_instances(record, instances), record
    )


def replay_instances(record: Record, instances: Instances) -> Instances:
    """The faces where a record's steps move them."""
    for step in record["steps"]:
        instances = _recorded(step).apply_instances(instances, step["params"])
    return instances


def _recorded(step: Mapping[str, Any]) -> Perturbation:
    row = get_perturbation(step["perturbation"])
    if row.version != step["version"]:
        raise DataError(
            "the record is of another version of the perturbation",
            where=row.name,
            got=f"version {step['version']}",
            expected=f"version {row.version}",
            mend="Perturb the original pictures again",
        )
    return row


def _definition(name: str, step: Step) -> dict[str, object]:
    row = get_perturbation(name)
    settings = dict(row.severities[step.severity - 1])
    return {"name": name, "version": row.version, "settings": settings}


def _group_tracks() -> list[Track]:
    return [
        Track(
            f"{group}-{severity}",
            1,
            f"{title} at severity {severity}: one operator of the group for each picture",
            group,
            severity,
            (Step(tuple(row.name for row in of_group(group)), severity),),
        )
        for group, title in GROUPS.items()
        for severity in SEVERITIES
    ]


def _perturbation_tracks() -> list[Track]:
    return [
        Track(
            f"{row.name}-{severity}",
            row.version,
            f"{row.description} (severity {severity})",
            row.group,
            severity,
            (Step((row.name,), severity),),
        )
        for row in PERTURBATIONS.values()
        for severity in SEVERITIES
    ]


# Clean, the six groups, then each perturbation, at five severities.
TRACKS: Final[Mapping[str, Track]] = table(
    (
        Track(CLEAN, 1, "the pictures as they are", None, None, ()),
        *_group_tracks(),
        *_perturbation_tracks(),
    )
)


def get_track(name: str) -> Track:
    """The track of this name, or a third party's by ``package.module:attribute``.

    Raises:
        UsageError: there is none; the message names the nearest ones.
    """
    try:
        return lookup(TRACKS, name, "track")
    except UsageError as error:
        if ":" in name:
            raise
        # A hundred names in one sentence help nobody.
        expected = "a name from `manyfaces list tracks`"
        raise UsageError(error.what, expected=expected, mend=error.mend) from None


def get_tracks(names: Sequence[str]) -> tuple[Track, ...]:
    """The tracks of these names, in this order."""
    return tuple(get_track(name) for name in names)
