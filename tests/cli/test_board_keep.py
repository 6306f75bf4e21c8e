from datetime import date

import challenges
from board_calls import call
from board_entries import entry
from challenges import photograph
from manyfaces.annotations.release.withdraw import withdraw
from manyfaces.leaderboard.store import Store


def test_a_withdrawal_that_forgot_a_track_is_no_success(tmp_path):
    rules, board = challenges.rules(tmp_path), tmp_path / "board"
    for track in challenges.TRACKS:
        challenges.provenance(tmp_path / "data" / track)
    call("init", board, "--challenge", rules)
    withdraw(tmp_path / "data" / "clean", photograph(8), date(2026, 5, 17))
    said = call("withdraw", board, code=1).stderr
    assert "clean: 1 picture is gone" in said
    assert "Warning: dark still shows a withdrawn photograph (image 8): manyfaces release" in said
    assert "Warning: dark still shows" in call("kit", board, "--out", tmp_path / "kit").stderr
    withdraw(tmp_path / "data" / "dark", photograph(8), date(2026, 5, 17))
    assert "dark: 1 picture is gone" in call("withdraw", board).stderr
    assert "Warning" not in call("kit", board, "--out", tmp_path / "kit").stderr


def test_what_is_done_to_accounts_and_entries_is_said(tmp_path):
    board = tmp_path / "challenge"
    call("init", board, "--challenge", challenges.rules(tmp_path))
    assert call("account", "list", board).stderr == "There are no accounts.\n"
    assert call("account", "list", board, "--json").stdout == "[]\n"
    call("account", "add", board, "Ann")
    assert call("account", "disable", board, "Ann").stderr == "Ann is shut out.\n"
    assert call("account", "enable", board, "Ann").stderr == "Ann is let in.\n"
    Store.create(tmp_path / "plain", "Title").add(entry("net", clean=0.5))
    assert call("remove", tmp_path / "plain", "net").stderr == "Removed net.\n"
    assert call("list", tmp_path / "plain").stderr == "The board has no entries.\n"
