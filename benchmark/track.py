"""A track: what is drawn for each picture of a test set, how it is applied and recorded.

A track draws from a stream of its own for each image id, applies, and records. The record
alone makes the picture again, and neither order nor worker changes a byte.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Protocol, TypeAlias

import numpy as np
from numpy.random import Generator

from ..annotations.instances import Instances
from ..core.errors import DataError
from ..core.files import sha256, to_json
from ..core.images import Rgb
from ..core.seeds import stream
from .perturbations.operator import Perturbation, Size, size_of
from .perturbations.table import get_perturbation

Record: TypeAlias = Mapping[str, Any]  # JSON: what was drawn for one picture
Family: TypeAlias = tuple[str, ...]  # operators of which at most one is drawn


@dataclass(frozen=True, slots=True)
class Step:
    """Some of several families of operators, one operator of each, one after the other.

    Args:
        families: drawn with equal chances, and an operator of each likewise. They are applied
            in the order in which they stand here.
        severities: drawn with equal chances for each operator.
        count: how many families, from, to.
    """

    families: tuple[Family, ...]
    severities: tuple[int, ...]
    count: tuple[int, int] = (1, 1)


@dataclass(frozen=True, slots=True)
class Plan:
    """What happens to a share of the pictures.

    Args:
        share: of the pictures; the shares of a track's plans are weighed against each other.
        steps: one after the other; none leaves the picture as it is.
        name: what stands in records, such as the level of a mix.
    """

    share: float
    steps: tuple[Step, ...]
    name: str = ""


@dataclass(frozen=True, slots=True)
class Perturbed:
    """A perturbed picture, its faces where they are now, and how it was made."""

    image: Rgb
    instances: Instances | None
    record: Record


class View(Protocol):
    """Any way of showing the pictures of a test set: a track, or an attack on a network."""

    @property
    def name(self) -> str:
        """Under which results stand."""
        ...

    @property
    def sha256(self) -> str:
        """Of all that the pictures depend on, beside the pictures themselves."""
        ...

    def apply(self, image: Rgb, image_id: int, instances: Instances | None = None) -> Perturbed:
        """Perturb one (H, W, 3) RGB uint8 picture; the input stays as it is."""
        ...


@dataclass(frozen=True, slots=True)
class Track:
    """One way in which the pictures of a test set are perturbed.

    Args:
        name: under which results stand.
        version: raised whenever the same name would give other pictures.
        description: one line.
        plans: one of them is drawn for each picture, by its share.
        group: of operators, where all are of one.
        severity: 1 to 5, where all have the same.
    """

    name: str
    version: int
    description: str
    plans: tuple[Plan, ...]
    group: str | None = None
    severity: int | None = None

    @property
    def sha256(self) -> str:
        """Of all that the pictures depend on: draws, operators and their settings."""
        plans = [
            {"name": plan.name, "share": plan.share, "steps": list(map(_definition, plan.steps))}
            for plan in self.plans
        ]
        return sha256(to_json({"name": self.name, "version": self.version, "plans": plans}))

    @property
    def operators(self) -> tuple[str, ...]:
        """Every operator that it may draw, in order."""
        steps = (step for plan in self.plans for step in plan.steps)
        names = (name for step in steps for family in step.families for name in family)
        return tuple(dict.fromkeys(names))

    def draw(self, image_id: int, size: Size) -> Record:
        """The record of one picture: all that ``replay`` needs beside its pixels.

        Args:
            image_id: seeds the draw, together with the track's name.
            size: (height, width) of the picture.
        """
        return {
            "image_id": image_id,
            "track": self.name,
            "version": self.version,
            "sha256": self.sha256,
            "size": list(size),
            **self._drawn(stream("track", self.name, image_id), size),
        }

    def _drawn(self, rng: Generator, size: Size) -> dict[str, Any]:
        plan = _drawn_plan(self.plans, rng)
        steps = [row for step in plan.steps for row in _draw_step(step, rng, size)]
        return {"plan": plan.name, "steps": steps}

    def apply(self, image: Rgb, image_id: int, instances: Instances | None = None) -> Perturbed:
        """Perturb one (H, W, 3) RGB uint8 picture; the input stays as it is.

        Args:
            image: the picture.
            image_id: seeds the draw, together with the track's name.
            instances: its faces, moved where the pixels move.
        """
        return replay(self.draw(image_id, size_of(image)), image, instances)

    def vary(self, image: Rgb, instances: Instances, rng: Generator) -> tuple[Rgb, Instances]:
        """As ``apply``, drawn from a stream of the caller's: training sees a picture often."""
        steps = self._drawn(rng, size_of(image))["steps"]
        return _apply(steps, image), _move(steps, instances)


def _drawn_plan(plans: Sequence[Plan], rng: Generator) -> Plan:
    if len(plans) == 1:
        return plans[0]
    shares = np.cumsum([plan.share for plan in plans])
    row = int(np.searchsorted(shares, rng.random() * shares[-1], side="right"))
    return plans[min(row, len(plans) - 1)]


def _draw_step(step: Step, rng: Generator, size: Size) -> list[dict[str, Any]]:
    count = int(rng.integers(step.count[0], step.count[1] + 1))
    chosen = sorted(rng.choice(len(step.families), count, replace=False).tolist())
    return [_draw_operator(step.families[row], step.severities, rng, size) for row in chosen]


def _draw_operator(
    family: Family, severities: Sequence[int], rng: Generator, size: Size
) -> dict[str, Any]:
    row = get_perturbation(family[int(rng.integers(len(family)))])
    severity = severities[int(rng.integers(len(severities)))]
    return {
        "perturbation": row.name,
        "version": row.version,
        "severity": severity,
        "params": row.draw(rng, severity, size),
    }


def _definition(step: Step) -> dict[str, object]:
    return {
        "count": list(step.count),
        "severities": list(step.severities),
        "families": [
            [_operator(name, step.severities) for name in family] for family in step.families
        ],
    }


def _operator(name: str, severities: Sequence[int]) -> dict[str, object]:
    row = get_perturbation(name)
    settings = [dict(row.severities[severity - 1]) for severity in severities]
    return {"name": name, "version": row.version, "settings": settings}


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
    moved = None if instances is None else replay_instances(record, instances)
    return Perturbed(_apply(record["steps"], image), moved, record)


def replay_instances(record: Record, instances: Instances) -> Instances:
    """The faces where a record's steps move them."""
    return _move(record["steps"], instances)


def _apply(steps: Sequence[Mapping[str, Any]], image: Rgb) -> Rgb:
    for step in steps:
        image = _recorded(step).apply(image, step["params"])
    return image


def _move(steps: Sequence[Mapping[str, Any]], instances: Instances) -> Instances:
    for step in steps:
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
