"""The board's history: what happened when, and the best value over time."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from ..curves import BOTTOM, HEIGHT, LEFT, RIGHT, TOP, WIDTH
from ..dates import moment
from ..ranking import Standing
from .content import Content
from .events import dated_events
from .facts import Event

STEP: Final = 0.1  # between two lines of the grid
_DAY: Final = 86400.0
_SAID: Final = {
    "opened": "challenge opened",
    "new": "scored",
    "rescored": "scored again",
    "withdrawn": "withdrawn",
    "truth changed": "truth changed",
    "revealed": "truth revealed",
}


@dataclass(frozen=True, slots=True)
class Point:
    """An entry of the board at the time that it came.

    Args:
        value: overall, to the digits that may be seen.
        best: whether it was better than all before it.
    """

    time: datetime
    value: float
    row: Standing
    best: bool


def events_of(content: Content) -> Sequence[Event]:
    """The board's events, the oldest first: its own, or its entries' dates."""
    if content.facts.events is not None:
        return content.facts.events
    return dated_events(row.entry for row in content.rows)


def last_events(events: Sequence[Event]) -> Mapping[str, Event]:
    """Entry's id → the event that gave it the score that it has now."""
    return {event.entry: event for event in events if event.entry}


def history_page(content: Content) -> dict[str, Any]:
    """What the template of the history shows."""
    events, found = events_of(content), points(content)
    rows = {row.entry.id: row for row in content.rows}
    latest = {event.key for event in last_events(events).values()}
    dated = content.facts.events is None
    return {
        "events": [
            {
                "event": event,
                "said": "added" if event.kind == "new" and not event.record else _SAID[event.kind],
                "row": rows.get(event.entry),
                "latest": event.key in latest,
            }
            for event in reversed(events)
        ],
        "dated": dated,
        "best": [point for point in found if point.best][::-1],
        "plot": plot(found) if len({point.time for point in found}) > 1 else None,
    }


def points(content: Content) -> list[Point]:
    """The entries with an overall value in the order in which they came.

    An entry stands at the time of its first event, with the value that it has now, so that
    all points are of one protocol and one truth. Entries without a time are left out.
    """
    first = {event.entry: event for event in reversed(events_of(content)) if event.time}
    dated = [(_when(first.get(row.entry.id)), row) for row in content.rows]
    known = [
        (time, value, row)
        for time, row in dated
        if time is not None and (value := content.shown(row.overall)) is not None
    ]
    known.sort(key=lambda point: (point[0], point[2].entry.name))
    return _marked(known, 1.0 if content.headline.higher_is_better else -1.0)


def _when(event: Event | None) -> datetime | None:
    return None if event is None else moment(event.time)


def _marked(known: Sequence[tuple[datetime, float, Standing]], sign: float) -> list[Point]:
    found: list[Point] = []
    top = -math.inf
    for time, value, row in known:
        found.append(Point(time, value, row, sign * value > top))
        top = max(top, sign * value)
    return found


def plot(found: Sequence[Point]) -> dict[str, Any]:
    """The points in a picture of ``WIDTH`` by ``HEIGHT``, and the best value as steps."""
    scale = _Scale.of(found)
    best = [point for point in found if point.best]
    return {
        "width": WIDTH,
        "height": HEIGHT,
        "left": LEFT,
        "right": WIDTH - RIGHT,
        "bottom": HEIGHT - BOTTOM,
        "steps": _steps([scale.place(point) for point in best], WIDTH - RIGHT),
        "dots": [(*scale.place(point), point) for point in found],
        "y": scale.levels(),
        "x": scale.times(),
    }


def _steps(places: Sequence[tuple[float, float]], end: float) -> str:
    """An SVG path that holds each value until the next."""
    (x, y), *others = places
    return "".join([f"M{x} {y}", *(f"H{x}V{y}" for x, y in others), f"H{end}"])


@dataclass(frozen=True, slots=True)
class _Scale:
    """Times and values to pixels."""

    start: datetime
    seconds: float
    low: float
    high: float

    @classmethod
    def of(cls, found: Sequence[Point]) -> _Scale:
        """Fits all points between lines of the grid."""
        times, values = [p.time for p in found], [min(max(p.value, 0.0), 1.0) for p in found]
        low = math.floor(min(values) / STEP + 1e-6) * STEP
        high = math.ceil(max(values) / STEP - 1e-6) * STEP
        if high - low < STEP / 2:  # all on one line of the grid
            low, high = max(low - STEP, 0.0), max(high, STEP)
        return cls(min(times), (max(times) - min(times)).total_seconds() or 1.0, low, high)

    def place(self, point: Point) -> tuple[float, float]:
        share = (point.time - self.start).total_seconds() / self.seconds
        return round(LEFT + share * (WIDTH - LEFT - RIGHT), 1), self._down(point.value)

    def _down(self, value: float) -> float:
        cut = min(max(value, self.low), self.high)
        share = (self.high - cut) / (self.high - self.low)
        return round(TOP + share * (HEIGHT - TOP - BOTTOM), 1)

    def levels(self) -> list[tuple[str, float]]:
        """Each line of the grid: its number and its place."""
        count = round((self.high - self.low) / STEP)
        values = [self.low + STEP * step for step in range(count + 1)]
        return [(f"{value:.1f}", self._down(value)) for value in values]

    def times(self) -> list[tuple[str, float, str]]:
        """First and last time: text, place, anchor."""
        form = "%Y-%m-%d" if self.seconds >= _DAY else "%Y-%m-%d %H:%M:%S"
        end = datetime.fromtimestamp(self.start.timestamp() + self.seconds, self.start.tzinfo)
        return [
            (self.start.strftime(form), LEFT, "start"),
            (end.strftime(form), WIDTH - RIGHT, "end"),
        ]
