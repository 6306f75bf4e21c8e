import csv
import json
import re
from pathlib import Path

import pytest
from board_entries import HASHES, Page, entry
from manyfaces.core.errors import SubmissionError, UsageError
from manyfaces.leaderboard import board as board_module
from manyfaces.leaderboard.board import publish
from manyfaces.leaderboard.curves import curves, mean_curve, split_track
from manyfaces.leaderboard.icon import ICON_ADDRESS
from manyfaces.leaderboard.ranking import Headline, board_columns, standings
from manyfaces.leaderboard.store import Store

ENTRIES = [
    entry("b", clean=0.5, block_5=0.1),
    entry("a", clean=0.6, block_5=0.2),
    entry("tie", clean=0.6, block_5=0.2, baseline=True),
    entry("half", clean=0.9),
    entry("<script>alert('x')</script>", clean=None, block_5=0.05),
]


def test_leaving_out_a_track_leaves_an_entry_unranked():
    rows = {row.entry.name: row for row in standings(ENTRIES, Headline())}
    assert rows["half"].rank is None
    assert rows["half"].ranks == {"clean": 1, "block-5": None}
    assert rows["a"].rank == rows["tie"].rank == 1
    assert rows["b"].rank == 3
    assert rows["a"].overall == pytest.approx(0.4)


def test_a_lower_is_better_headline_turns_the_order():
    assert Headline("mask", "oLRP").higher_is_better is False
    assert Headline().higher_is_better is True


def test_many_tracks_share_columns_by_kind():
    few = ["clean", "fog-1", "fog-2"]
    assert board_columns(few) == {name: (name,) for name in few}
    many = ["clean", "challenge", *(f"{kind}-{n}" for kind in "abcd" for n in range(1, 6))]
    columns = board_columns(many)
    assert list(columns) == ["clean", "challenge", "a", "b", "c", "d"]
    assert columns["b"] == tuple(f"b-{n}" for n in range(1, 6))
    values = {f"{kind}_{n}": 0.1 * n for kind in "abcd" for n in range(1, 6)}
    (row,) = standings([entry("all", clean=0.8, challenge=0.4, **values)], Headline())
    assert row.columns["a"] == pytest.approx(0.3)
    assert row.column_ranks == dict.fromkeys(columns, 1)


def test_an_entry_says_what_is_left_under_perturbation():
    rows = {row.entry.name: row for row in standings(ENTRIES, Headline())}
    kept = rows["a"].robust
    assert (kept.mean, kept.worst) == (pytest.approx(0.2), pytest.approx(0.2))
    assert kept.relative == pytest.approx(1 / 3)
    assert rows["half"].robust is None


def test_curves_start_at_the_clean_value():
    lines = curves({"clean": 0.8, "block-5": 0.2, "block-1": 0.6, "color-1": 0.7, "x-2": None})
    assert [(line.kind, line.points) for line in lines] == [
        ("block", ((0, 0.8), (1, 0.6), (5, 0.2))),
        ("color", ((0, 0.8), (1, 0.7))),
    ]
    assert mean_curve(lines).points == ((0, 0.8), (1, pytest.approx(0.65)), (5, 0.2))
    assert split_track("shot-noise-3") == ("shot-noise", 3)
    assert split_track("clean") == ("clean", 0)


def test_a_store_keeps_entries_whole(tmp_path):
    store = Store.create(tmp_path / "board", "Title")
    for one in ENTRIES:
        store.add(one)
    found = Store.open(tmp_path / "board")
    assert found.title == "Title"
    assert sorted(found.entries(), key=lambda e: e.name) == sorted(ENTRIES, key=lambda e: e.name)
    found.remove("half")
    assert len(store.entries()) == len(ENTRIES) - 1
    with pytest.raises(UsageError, match="no entry"):
        found.remove("half")


def test_what_cannot_be_compared_is_refused(tmp_path):
    store = Store.create(tmp_path, "Title")
    store.add(entry("one", clean=0.5))
    with pytest.raises(SubmissionError, match="another truth"):
        store.add(entry("two", {**HASHES, "truth": "x" * 64}, clean=0.5))
    with pytest.raises(SubmissionError, match="of this name"):
        store.add(entry("one", clean=0.7))
    assert len(store.entries()) == 1
    with pytest.raises(UsageError, match="no board here"):
        Store.open(tmp_path / "elsewhere")


def parsed(path):
    return Page(path.read_text())


@pytest.fixture
def site(tmp_path):
    publish(ENTRIES, "A & B", tmp_path / "site", Headline())
    return tmp_path / "site"


def test_pages_are_well_formed_and_every_link_stays_inside(site):
    pages = sorted(site.rglob("*.html"))
    assert len(pages) == 3 + len(ENTRIES) + len(("clean", "block-5"))
    for path in pages:
        for link in parsed(path).links:
            if link == ICON_ADDRESS:
                continue
            target = (path.parent / link).resolve() if link != "#main" else path.resolve()
            assert target.is_relative_to(site.resolve())
            assert target.is_file()


def test_names_from_strangers_are_shown_and_never_run(site):
    text = (site / "index.html").read_text()
    assert "<script>alert" not in text
    assert "<script>alert('x')</script>" in "".join(parsed(site / "index.html").text)


def test_authors_stand_below_the_name_escaped_and_in_json_and_csv(tmp_path):
    team = 'Team <b>"A"</b>, & friends'
    publish([entry("a", clean=0.5, authors=team), entry("b", clean=0.4)], "T", tmp_path / "s",
            Headline())  # fmt: skip
    text = (tmp_path / "s" / "index.html").read_text()
    assert "<b>" not in text
    assert "".join(parsed(tmp_path / "s" / "index.html").text).count(team) == 1
    assert text.count('<small class="by">') == 1
    data = json.loads((tmp_path / "s" / "board.json").read_text())["entries"]
    rows = list(csv.DictReader((tmp_path / "s" / "board.csv").read_text().splitlines()))
    assert [row["authors"] for row in data] == [row["authors"] for row in rows] == [team, ""]


def test_json_csv_and_page_agree(site):
    data = json.loads((site / "board.json").read_text())
    rows = list(csv.DictReader((site / "board.csv").read_text().splitlines()))
    assert [row["name"] for row in rows] == [row["name"] for row in data["entries"]]
    for row, record in zip(rows, data["entries"], strict=True):
        assert row["rank"] == ("" if record["rank"] is None else str(record["rank"]))
        assert row["overall"] == ("" if record["overall"] is None else str(record["overall"]))
    text = "".join(parsed(site / "index.html").text)
    assert all(row["name"] in text for row in rows)


def test_numbers_are_shown_to_the_wanted_digit_everywhere_and_names_as_they_are(tmp_path):
    named = entry("Net 1.23456", clean=0.81234, fog_1=0.61234, fog_5=0.41234)
    publish([named], "T", tmp_path / "site", Headline(), decimals=1)
    (row,) = json.loads((tmp_path / "site" / "board.json").read_text())["entries"]
    assert row["name"] == "Net 1.23456"
    assert row["values"] == {"clean": 0.8, "fog-1": 0.6, "fog-5": 0.4}
    assert row["robustness"]["mean"] == 0.5
    assert "Net 1.23456,,False,0.6,0.8,0.6,0.4" in (tmp_path / "site" / "board.csv").read_text()
    pages = {page for page in (tmp_path / "site").rglob("*.html") if page.name != "compare.html"}
    for page in pages:
        numbers = re.findall(r"<td[^>]*>(\d\.\d+)</td>", page.read_text())
        assert numbers
        assert all(re.fullmatch(r"\d\.\d", text) for text in numbers), page


def files(folder):
    return {path.relative_to(folder): path.read_bytes() for path in folder.rglob("*.*")}


def test_the_same_entries_give_the_same_bytes_in_any_order(site, tmp_path):
    publish(ENTRIES[::-1], "A & B", tmp_path / "again", Headline())
    assert files(site) == files(tmp_path / "again")


def test_a_publish_that_fails_leaves_the_old_board(site, monkeypatch):
    before = files(site)

    def broken(*_, **__):
        raise OSError("disk full")

    monkeypatch.setattr(board_module, "write_json", broken)
    with pytest.raises(OSError, match="disk full"):
        publish(ENTRIES[:2], "New", site, Headline())
    assert files(site) == before
    assert [path.name for path in Path(site).parent.iterdir()] == ["site"]


def test_a_folder_that_is_no_board_is_left_alone(tmp_path):
    (tmp_path / "mine.txt").write_text("keep")
    with pytest.raises(UsageError, match="something else"):
        publish(ENTRIES, "T", tmp_path, Headline())


def test_an_empty_board_can_be_published(tmp_path):
    publish([], "Nobody yet", tmp_path / "site", Headline())
    assert "No entries yet." in (tmp_path / "site" / "index.html").read_text()


def test_numbers_beside_the_headline_stand_on_every_page_or_are_left_open(tmp_path):
    one = entry("one", clean=0.5)
    extra = one.result.scores[0].model_copy(
        update={"task": "box", "metric": "label_AUC_adjusted", "class_": "any", "value": 0.612}
    )
    result = one.result.model_copy(update={"scores": (*one.result.scores, extra)})
    newer = one.model_copy(update={"result": result})
    publish([newer, entry("older", clean=0.4)], "Board", tmp_path / "site", Headline())
    index = (tmp_path / "site" / "index.html").read_text()
    assert [title for title, *_ in board_module.DETAILS if f">{title}</th>" not in index] == []
    assert index.count("<td>0.612</td>") == 1
    entries = [page.read_text() for page in (tmp_path / "site").glob("entries/*.html")]
    assert sum("<td>0.612</td>" in page for page in entries) == 1
