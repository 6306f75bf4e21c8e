"""Robustness curves: a number against the severity of a perturbation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass


def split_track(name: str) -> tuple[str, int]:
    """The kind and the severity of a track's name; severity 0 where it has none."""
    kind, _, level = name.rpartition("-")
    return (kind, int(level)) if kind and level.isdecimal() else (name, 0)


@dataclass(frozen=True, slots=True)
class Curve:
    """Points (severity, value) of one kind of perturbation, by rising severity."""

    kind: str
    points: tuple[tuple[int, float], ...]


def curves(values: Mapping[str, float | None]) -> list[Curve]:
    """The curves of one entry, each from the clean value on where there is one.

    Args:
        values: track → value.
    """
    clean = values.get("clean")
    found: dict[str, list[tuple[int, float]]] = {}
    for track, value in values.items():
        kind, severity = split_track(track)
        if severity and value is not None:
            found.setdefault(kind, []).append((severity, value))
    start = [(0, clean)] if clean is not None else []
    return [Curve(kind, tuple(start + sorted(points))) for kind, points in sorted(found.items())]


def mean_curve(lines: Sequence[Curve]) -> Curve:
    """The mean over the kinds, at each severity that any of them has."""
    at: dict[int, list[float]] = {}
    for line in lines:
        for severity, value in line.points:
            at.setdefault(severity, []).append(value)
    return Curve("mean", tuple((s, sum(v) / len(v)) for s, v in sorted(at.items())))
