"""A challenge's board, made once and copied for each test."""

import shutil

import challenges
import pytest
from challenges import hand_in, member, work
from manyfaces.leaderboard.boards import create_board, open_board


@pytest.fixture(scope="session")
def made(tmp_path_factory):
    """A board without accounts, beside its data; not to be touched."""
    place = tmp_path_factory.mktemp("challenge")
    create_board(place / "board", challenges.rules(place)).database.close()
    return place


@pytest.fixture
def board(made, tmp_path):
    shutil.copytree(made / "board", tmp_path / "board")
    return open_board(tmp_path / "board")


@pytest.fixture(scope="session")
def scored_once(made, tmp_path_factory):
    """A board with three scored submissions of two accounts; not to be touched."""
    place = tmp_path_factory.mktemp("scored")
    shutil.copytree(made / "board", place / "board")
    board = open_board(place / "board")
    ann, bob = member(board), member(board, "Bob")
    hand_in(board, ann, 1, name="first", off=4)
    hand_in(board, ann, 2, name="second", off=1, wrong=0)
    hand_in(board, bob, 3, name="other", off=3)
    assert work(board) == 3
    board.publisher.look(at_once=True)
    return place


@pytest.fixture
def scored(scored_once, tmp_path):
    shutil.copytree(scored_once / "board", tmp_path / "scored")
    return open_board(tmp_path / "scored")
