import pytest
from board_entries import HASHES, Page, content, entry
from manyfaces.benchmark.tracks import TRACKS
from manyfaces.leaderboard.board import publish
from manyfaces.leaderboard.ranking import Headline
from manyfaces.leaderboard.site.facts import Facts, TrackFacts, track_page
from manyfaces.leaderboard.site.lines import MOST_LINES, overview
from manyfaces.leaderboard.site.tracks import column_pages, facts_of, known_track, track_view

FOG = {**HASHES, "track/fog-3": TRACKS["fog-3"].sha256}
ENTRIES = [
    entry("one", FOG, clean=0.8, fog_1=0.6, fog_3=0.41239, low=0.39871, high=0.45123),
    entry("two", FOG, clean=0.7, fog_1=0.65, fog_3=0.5),
    entry("none", FOG, clean=0.9),
]


def test_entries_stand_in_the_order_of_the_track_with_their_intervals():
    view = track_view(content(ENTRIES), "fog-3")
    assert [row.entry.name for row in view["order"]] == ["two", "one", "none"]
    (own,) = view["scores"].values()
    assert (own.low, own.high) == (0.39871, 0.45123)


def test_a_perturbed_track_knows_its_place_in_severity():
    view = track_view(content(ENTRIES, decimals=1), "fog-3")["severity"]
    assert (view["kind"], view["at"]) == ("fog", 3)
    assert view["steps"] == [(1, "fog-1", 0.7), (3, "fog-3", 0.5)]
    assert [line["row"].entry.name for line in view["lines"]] == ["two", "one"]
    # 0.8, 0.6 and, to one digit, 0.4: 12 + (1 - value) * 142 pixels down.
    assert [y for _, y in view["lines"][1]["dots"]] == [40.4, 68.8, 97.2]
    assert track_view(content(ENTRIES), "clean")["severity"] is None


def test_what_a_track_does_is_told_by_its_recipe_and_not_by_its_name():
    shown = content(ENTRIES)
    view = track_view(shown, "fog-3")
    assert view["known"] is TRACKS["fog-3"]
    assert [name for name, _ in view["operators"]] == ["fog"]
    assert track_view(shown, "fog-1")["known"] is None
    other = [entry("x", {**HASHES, "track/fog-3": "0" * 64}, fog_3=0.1)]
    assert track_view(content(other), "fog-3")["known"] is None
    differ = facts_of(content([*ENTRIES, *other]), "fog-3")
    assert differ.sha256 == ""
    dark = TRACKS["brightness-2"]
    facts = TrackFacts("at dusk", dark.name, dark.version, dark.sha256)
    assert known_track("dark", facts) is dark
    assert track_view(content([], tracks={"dark": facts}), "dark")["description"] == "at dusk"


@pytest.mark.parametrize("name", ["../../etc", "a/b", "A", "", "x" * 200, "p.q:r", "..", ".hidden"])
def test_any_string_names_a_file_of_the_folder(name):
    found = track_page(name)
    assert found.startswith("tracks/track-")
    assert found.count("/") == 1
    assert len(found) < 60
    assert track_page("fog-3") == "tracks/fog-3.html"


def test_columns_lead_to_a_page_that_is_there():
    many = {f"{kind}_{level}": 0.5 for kind in "abcd" for level in range(1, 6)}
    shown = content([entry("e", clean=0.5, **many)])
    assert column_pages(shown)["b"] == "tracks/b-1.html"
    assert column_pages(content(ENTRIES))["fog-3"] == "tracks/fog-3.html"


def test_a_page_shows_what_is_known_and_every_digit_that_may_be_seen(tmp_path):
    facts = Facts(tracks={"fog-3": TrackFacts("thick fog & more")})
    publish(ENTRIES, "T", tmp_path / "site", Headline(), 1, facts)
    page = Page((tmp_path / "site" / "tracks" / "fog-3.html").read_text())
    assert "thick fog & more" in page.words
    assert TRACKS["fog-3"].sha256 in page.words
    assert "0.4 to 0.5" in page.words
    assert "fog-3 (this one) 3 0.5" in page.words
    assert {"../tracks/fog-1.html", f"../entries/{ENTRIES[0].id[:16]}.html"} <= set(page.links)


def test_the_overview_draws_the_best_few():
    rows = [entry(f"n{at:02}", clean=0.5 + at / 100, fog_1=0.4) for at in range(12)]
    lines = overview(content([entry("plain", clean=0.99), *rows]))
    assert [line["row"].entry.name for line in lines] == [f"n{at:02}" for at in range(11, 4, -1)]
    assert len({line["style"] for line in lines}) == len(lines) == MOST_LINES
