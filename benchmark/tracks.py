"""The table of tracks, and how a name leads to one."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Final

from ..core.errors import UsageError
from ..core.tables import lookup, table
from .mixes import challenge_tracks, social_track
from .perturbations.operator import GROUPS, SEVERITIES
from .perturbations.table import PERTURBATIONS, of_group
from .track import Plan, Step, Track, View
from .track_file import SUFFIXES, read_tracks
from .universal_track import SUFFIX as UNIVERSAL
from .universal_track import read_universal_tracks

CLEAN: Final = "clean"
# Those of which a track draws; what is made against a network has tracks of its own alone.
DRAWN_GROUPS: Final = tuple(group for group in GROUPS if group != "adversarial")


def _plans(names: Sequence[str], severity: int) -> tuple[Plan, ...]:
    return (Plan(1.0, (Step((tuple(names),), (severity,)),)),)


def _group_tracks() -> list[Track]:
    return [
        Track(
            f"{group}-{severity}",
            2,
            f"{GROUPS[group]} at severity {severity}: one operator of the group for each picture",
            _plans([row.name for row in of_group(group)], severity),
            group,
            severity,
        )
        for group in DRAWN_GROUPS
        for severity in SEVERITIES
    ]


def _perturbation_tracks() -> list[Track]:
    return [
        Track(
            f"{row.name}-{severity}",
            row.version,
            f"{row.description} (severity {severity})",
            _plans([row.name], severity),
            row.group,
            severity,
        )
        for row in PERTURBATIONS.values()
        for severity in SEVERITIES
    ]


# Clean, the groups, the mixes, then each perturbation; groups and perturbations at five severities.
TRACKS: Final[Mapping[str, Track]] = table(
    (
        Track(CLEAN, 1, "the pictures as they are", (Plan(1.0, ()),)),
        *_group_tracks(),
        *challenge_tracks(),
        social_track(),
        *_perturbation_tracks(),
    )
)

_GROUPS: Final = frozenset(track.name for track in _group_tracks())
_WORST: Final = frozenset(
    {CLEAN, *(f"{group}-{SEVERITIES[-1]}" for group in DRAWN_GROUPS), "challenge", "social"}
)


def _of_one_operator(track: Track) -> bool:
    return track.name not in _GROUPS and len(track.operators) == 1


# Names that stand for several tracks → which.
SETS: Final[Mapping[str, Callable[[Track], bool]]] = MappingProxyType(
    {
        "all": lambda track: True,  # noqa: ARG005
        "groups": lambda track: not _of_one_operator(track),
        "operators": lambda track: track.name == CLEAN or _of_one_operator(track),
        "worst": lambda track: track.name in _WORST,
        "adversarial": lambda track: track.name == CLEAN or track.group == "adversarial",
    }
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
        # Hundreds of names in one sentence help nobody.
        expected = "a name from `manyfaces list tracks`, or a YAML file of tracks"
        raise UsageError(error.what, expected=expected, mend=error.mend) from None


def get_tracks(names: Sequence[str]) -> tuple[View, ...]:
    """The tracks of these names, in this order, each once.

    A name may be a track's, a set's (``all``, ``groups``, ``operators``, ``worst``,
    ``adversarial``), or that of a file, which stands for all of its tracks: YAML, or a set of
    universal perturbations (``.npz``).

    Raises:
        DataError: a file is missing or damaged.
        UsageError: there is no such track, or two different ones share a name.
    """
    found: dict[str, View] = {}
    for track in (track for name in names for track in _named(name)):
        if found.setdefault(track.name, track).sha256 != track.sha256:
            raise UsageError("two different tracks have the same name", got=track.name)
    return tuple(found.values())


def _named(name: str) -> Sequence[View]:
    if name in SETS:
        return [track for track in TRACKS.values() if SETS[name](track)]
    if Path(name).suffix.lower() in SUFFIXES:
        return read_tracks(Path(name), TRACKS)
    if Path(name).suffix.lower() == UNIVERSAL:
        return read_universal_tracks(Path(name))
    return [get_track(name)]
