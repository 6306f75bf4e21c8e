from datetime import timezone

from board_entries import entry
from manyfaces.leaderboard.ledger.chain import Record
from manyfaces.leaderboard.site.events import Withdrawal, challenge_events, dated_events

UTC = timezone.utc


def test_undated_entries_come_first_and_the_rest_in_time():
    found = dated_events(
        [
            entry("late", clean=0.1, date="2026-05-01"),
            entry("odd", clean=0.1),
            entry("early", clean=0.1, date="2026-01-02T03:04:05Z"),
        ]
    )
    assert [(row.name, row.time) for row in found] == [
        ("odd", ""),
        ("early", "2026-01-02T03:04:05Z"),
        ("late", "2026-05-01"),
    ]


def record(number, kind, time, **body):
    return Record(number, f"{number}" * 64, "", time, kind, body)


def test_a_ledger_tells_what_happened_in_its_order():
    at = "2026-01-01T00:00:0{}Z".format
    method = {"name": "net"}
    chain = [
        record(1, "challenge", at(0), commitment="c" * 64),
        record(2, "scored", at(1), submission="s", method=method),
        record(3, "scored", at(1), submission="gone", method={"name": "old"}),
        record(4, "rescored", at(5), submission="s", method=method, replaces="2" * 64),
        record(5, "truth changed", at(6), pictures_gone={"clean": [1], "dark": []}),
        record(6, "revealed", at(7)),
        record(7, "a kind of the future", at(8)),
    ]
    found = challenge_events(chain, [Withdrawal("gone", "old", at(3))], {"s": "id of net"})
    assert [(row.kind, row.name, row.entry, row.note) for row in found] == [
        ("opened", "", "", f"commitment to the truth {'c' * 16}"),
        ("new", "net", "id of net", ""),
        ("new", "old", "", ""),
        ("withdrawn", "old", "", ""),
        ("rescored", "net", "id of net", f"replaces record {'2' * 16}"),
        ("truth changed", "", "", "1 picture withdrawn"),
        ("revealed", "", "", "truth and salt are published"),
    ]
    assert found[1].record == found[1].key == "2" * 64
    assert found[3].key == "withdrawn/gone"
