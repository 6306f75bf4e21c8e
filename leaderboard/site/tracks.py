"""A page for each track: what it does, who stands where on it, and its place in severity."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from ...benchmark.perturbations.table import PERTURBATIONS
from ...benchmark.results import Score
from ...benchmark.track import Track
from ...benchmark.tracks import TRACKS
from ..curves import Curve, split_track
from ..ranking import Standing
from .content import Content
from .facts import TrackFacts, track_page
from .lines import MOST_LINES, drawn, entry_curves


def facts_of(content: Content, track: str) -> TrackFacts:
    """What is known of a track: from the board's facts, else from the results' hashes."""
    found = content.facts.tracks.get(track, TrackFacts())
    if found.sha256:
        return found
    hashes = {row.entry.result.hashes.get(f"track/{track}", "") for row in content.rows} - {""}
    # Results that name different recipes under one name say nothing about the track.
    return replace(found, sha256=hashes.pop() if len(hashes) == 1 else "")


def known_track(name: str, facts: TrackFacts) -> Track | None:
    """The track of this version that makes the very pictures, None where there is none.

    Without a recipe on record the name alone says nothing: anybody may call a track ``fog-3``.
    """
    found = TRACKS.get(facts.recipe or name)
    return found if found is not None and found.sha256 == facts.sha256 else None


def track_view(content: Content, track: str) -> dict[str, Any]:
    """What the template of a track shows."""
    facts = facts_of(content, track)
    known = known_track(track, facts)
    operators = known.operators if known else ()
    return {
        "track": track,
        "description": facts.description or (known.description if known else ""),
        "facts": facts,
        "known": known,
        "operators": [(name, PERTURBATIONS[name].description) for name in operators],
        "order": _order(content.rows, track),
        "scores": _headline_scores(content, track),
        "severity": severity_view(content, track),
    }


def _headline_scores(content: Content, track: str) -> dict[str, Score]:
    """Entry's id → its headline number on the track, those with an interval alone."""
    wanted = content.headline
    found = {
        row.entry.id: row.entry.score(track, wanted.task, wanted.metric, wanted.class_)
        for row in content.rows
    }
    return {key: score for key, score in found.items() if score and score.low is not None}


def _order(rows: Sequence[Standing], track: str) -> list[Standing]:
    """The best on the track first; those without a number last."""
    return sorted(rows, key=lambda row: (row.ranks[track] or len(rows) + 1, row.entry.name))


def severity_view(content: Content, track: str) -> Mapping[str, Any] | None:
    """The track's place among the severities of its kind; None where it has none.

    The curves of the best few on this track alone are drawn.
    """
    kind, severity = split_track(track)
    steps = {split_track(name)[1]: name for name in content.tracks if split_track(name)[0] == kind}
    if not severity:
        return None
    best = [row for row in _order(content.rows, track) if row.values[track] is not None]
    shown = [(row, _line(content, row, kind)) for row in best[:MOST_LINES]]
    return {
        "kind": kind,
        "at": severity,
        "steps": [(at, steps[at], _best(content, steps[at])) for at in sorted(steps)],
        "lines": [
            {**drawn(line, index), "row": row} for index, (row, line) in enumerate(shown) if line
        ],
    }


def _line(content: Content, row: Standing, kind: str) -> Curve | None:
    return next((line for line in entry_curves(content, row) if line.kind == kind), None)


def _best(content: Content, track: str) -> float | None:
    found = [row.values[track] for row in content.rows if row.ranks[track] == 1]
    return content.shown(found[0]) if found else None


def track_pages(content: Content) -> dict[str, str]:
    """Track → its page, within the board's folder."""
    return {track: track_page(track) for track in content.tracks}


def column_pages(content: Content) -> dict[str, str]:
    """Column of the overall table → the page of its track, of several the first one's."""
    return {column: track_page(tracks[0]) for column, tracks in content.columns.items()}
