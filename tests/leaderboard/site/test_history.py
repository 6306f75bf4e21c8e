import pytest
from board_entries import content, entry
from manyfaces.leaderboard.curves import HEIGHT, WIDTH
from manyfaces.leaderboard.ranking import Headline
from manyfaces.leaderboard.site.facts import Event
from manyfaces.leaderboard.site.history import history_page, plot, points

ENTRIES = [
    entry("first", clean=0.42, date="2026-01-01"),
    entry("worse", clean=0.31, date="2026-01-11"),
    entry("better", clean=0.58, date="2026-01-21"),
    entry("undated", clean=0.9),
]


def named(found):
    return [(point.row.entry.name, point.best) for point in found]


def test_the_best_so_far_is_what_raised_it():
    found = points(content(ENTRIES))
    assert named(found) == [("first", True), ("worse", False), ("better", True)]
    assert [point.value for point in found] == [0.42, 0.31, 0.58]


def test_errors_fall(monkeypatch):
    monkeypatch.setattr(Headline, "higher_is_better", False)
    assert named(points(content(ENTRIES))) == [("first", True), ("worse", True), ("better", False)]


def test_the_plot_is_steps_from_the_first_day_to_the_last():
    found = plot(points(content(ENTRIES)))
    # 0.3 to 0.6 from 154 up to 12; 20 days over 276 pixels from 34 on.
    assert found["steps"] == "M34.0 97.2H310.0V21.5H310"
    assert [(x, y) for x, y, _ in found["dots"]] == [(34.0, 97.2), (172.0, 149.3), (310.0, 21.5)]
    assert [text for text, _ in found["y"]] == ["0.3", "0.4", "0.5", "0.6"]
    assert [text for text, *_ in found["x"]] == ["2026-01-01", "2026-01-21"]


def test_equal_values_and_ends_of_the_scale_are_drawn_inside():
    rows = [
        entry(f"n{d}", clean=float(v), date=f"2026-01-0{d}") for d, v in ((1, 1), (2, 1), (3, 0))
    ]
    found = plot(points(content(rows)))
    for x, y, _ in found["dots"]:
        assert 0 <= x <= WIDTH
        assert 0 <= y <= HEIGHT
    flat = plot(points(content(rows[:2])))
    assert [text for text, _ in flat["y"]] == ["0.9", "1.0"]


def test_the_plot_and_the_best_show_no_digit_that_the_board_hides():
    close = [entry("a", clean=0.512, date="2026-01-01"), entry("b", clean=0.538, date="2026-01-02")]
    found = points(content(close, decimals=1))
    assert [point.value for point in found] == [0.5, 0.5]
    # To one digit they are equal, so that nobody learns from the dots which is better.
    assert named(found) == [("a", True), ("b", False)]
    (_, one, _), (_, two, _) = plot(found)["dots"]
    assert one == two


def test_a_rescored_entry_stands_at_its_first_day_with_the_value_of_today():
    net = entry("net", clean=0.5)
    events = [
        Event("new", "2026-01-01T00:00:00Z", "1", "net", net.id, "1" * 64),
        Event("rescored", "2026-02-01T00:00:00Z", "2", "net", net.id, "2" * 64),
    ]
    shown = content([net], events=events)
    (point,) = points(shown)
    assert f"{point.time:%Y-%m-%d}" == "2026-01-01"
    page = history_page(shown)
    assert [(line["said"], line["latest"]) for line in page["events"]] == [
        ("scored again", True),
        ("scored", False),
    ]
    assert page["plot"] is None


@pytest.mark.parametrize("rows", [[], [entry("undated", clean=0.1)], [entry("none", clean=None)]])
def test_a_board_without_dates_has_no_plot(rows):
    page = history_page(content(rows))
    assert page["plot"] is None
    assert page["best"] == []
    assert len(page["events"]) == len(rows)
