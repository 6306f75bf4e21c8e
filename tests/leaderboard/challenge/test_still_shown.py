from datetime import date

import challenges
import pytest
from challenges import photograph
from manyfaces.annotations.release.withdraw import withdraw
from manyfaces.leaderboard.boards import create_board
from manyfaces.leaderboard.challenge.still_shown import still_shown
from manyfaces.leaderboard.ledger.follow import follow_data

DAY = date(2026, 5, 17)


@pytest.fixture
def board(tmp_path):
    """A board over two tracks whose datasets know their photographs."""
    rules = challenges.rules(tmp_path)
    for track in challenges.TRACKS:
        challenges.provenance(tmp_path / "data" / track)
    return create_board(tmp_path / "board", rules)


def test_a_photograph_that_left_one_track_alone_is_named_until_it_has_left_all(board):
    assert still_shown(board.folder) == []
    withdraw(board.folder.data("clean"), photograph(8), DAY)
    follow_data(board.folder, board.database)
    (found,) = still_shown(board.folder)
    assert (found.track, found.images) == ("dark", [8])
    command = f"manyfaces release {board.folder.data('dark')} --withdraw {photograph(8)[:12]}"
    assert f"dark still shows a withdrawn photograph (image 8): {command}" in found.text
    withdraw(board.folder.data("dark"), photograph(8), DAY)
    follow_data(board.folder, board.database)
    assert still_shown(board.folder) == []


def test_a_dataset_that_does_not_know_its_photographs_is_passed_over(board):
    for path in (board.folder.data("dark") / "provenance").iterdir():
        path.unlink()
    withdraw(board.folder.data("clean"), photograph(8), DAY)
    follow_data(board.folder, board.database)
    assert still_shown(board.folder) == []
