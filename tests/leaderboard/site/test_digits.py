import re

from board_entries import entry
from manyfaces.leaderboard.board import publish
from manyfaces.leaderboard.ranking import Headline


def board(more):
    """Two entries whose numbers, means and intervals are the same to one digit."""
    options = {"low": 0.31 + more, "high": 0.71 + more}
    return [
        entry(
            "good", clean=0.62 + more, fog_1=0.42 + more, fog_5=0.21 + more,
            date="2026-02-01", **options,
        ),
        entry(
            "poor", clean=0.52 + more, fog_1=0.32 + more, fog_5=0.11 + more,
            date="2026-01-01", **options,
        ),
    ]  # fmt: skip


def files(folder, entries, decimals):
    """Every file's text, entries' ids replaced by their names: ids depend on every digit."""
    publish(entries, "T", folder, Headline(), decimals)
    names = {one.id[:16]: one.name for one in entries} | {one.id: one.name for one in entries}
    swap = re.compile("|".join(sorted(names, key=len, reverse=True)) + "|urn:uuid:[0-9a-f-]+")

    def plain(text):
        return swap.sub(lambda found: names.get(found[0], "urn"), text)

    return {
        plain(str(path.relative_to(folder))): plain(path.read_text())
        for path in folder.rglob("*.*")
    }


def test_no_file_tells_more_digits_than_the_board_shows(tmp_path):
    one = files(tmp_path / "one", board(0.0), 1)
    two = files(tmp_path / "two", board(0.01), 1)
    assert len(one) == 6 + 2 + 2 + 3  # in the folder, history and compare, entries, tracks
    assert one == two


def test_with_all_digits_the_same_boards_differ_in_every_file(tmp_path):
    one = files(tmp_path / "one", board(0.0), None)
    two = files(tmp_path / "two", board(0.01), None)
    assert {name for name in one if one[name] == two[name]} == set()
