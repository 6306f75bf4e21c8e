"""What happened to a board: from a challenge's ledger, or from its entries' dates."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timezone
from typing import Any, Final

from ..dates import moment
from ..entries import Entry
from ..ledger.chain import Record
from .facts import Event, Kind

_KINDS: Final[Mapping[str, Kind]] = {
    "challenge": "opened",
    "scored": "new",
    "rescored": "rescored",
    "truth changed": "truth changed",
    "revealed": "revealed",
}


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """A scored submission that has left the board."""

    submission: str
    name: str
    time: str


def challenge_events(
    chain: Sequence[Record],
    withdrawals: Iterable[Withdrawal],
    standing: Mapping[str, str],
    added: Sequence[Entry] = (),
) -> list[Event]:
    """All events of a challenge's board, the oldest first.

    Args:
        chain: the ledger's records.
        withdrawals: of scored submissions.
        standing: submission → id of its entry, for those on the board.
        added: entries by hand.
    """
    found = [_of_record(record, standing) for record in chain if record.kind in _KINDS]
    found += [
        Event("withdrawn", row.time, f"withdrawn/{row.submission}", row.name) for row in withdrawals
    ]
    return in_order([*found, *dated_events(added)])


def dated_events(entries: Iterable[Entry]) -> list[Event]:
    """Each entry's coming, by the date that it was given."""
    ordered = sorted(entries, key=lambda entry: (entry.name, entry.id))
    rows = [Event("new", entry.date, entry.id, entry.name, entry.id) for entry in ordered]
    # A date that cannot be read is none: it would stand at no place in time.
    return in_order([row if moment(row.time) else replace(row, time="") for row in rows])


def in_order(events: Iterable[Event]) -> list[Event]:
    """The oldest first; those without a time before all others, by name."""
    start = datetime.min.replace(tzinfo=timezone.utc)
    rows = list(events)
    undated = sorted((row for row in rows if not row.time), key=lambda row: (row.name, row.key))
    # Sorting is stable: the ledger's records of one second stay in its order.
    return undated + sorted(
        (row for row in rows if row.time), key=lambda row: moment(row.time) or start
    )


def _of_record(record: Record, standing: Mapping[str, str]) -> Event:
    body = record.body
    name = str(body.get("method", {}).get("name", ""))
    entry = standing.get(str(body.get("submission", "")), "")
    kind = _KINDS[record.kind]
    return Event(kind, record.time, record.sha256, name, entry, record.sha256, _note(kind, body))


def _note(kind: Kind, body: Mapping[str, Any]) -> str:
    if kind == "rescored":
        return f"replaces record {str(body.get('replaces'))[:16]}"
    if kind == "truth changed":
        gone = sum(len(ids) for ids in body.get("pictures_gone", {}).values())
        return f"{gone} {'picture' if gone == 1 else 'pictures'} withdrawn"
    if kind == "opened":
        return f"commitment to the truth {str(body.get('commitment'))[:16]}"
    return "truth and salt are published" if kind == "revealed" else ""
