import json

import challenges
import pytest
from board_calls import call
from manyfaces.cli import board_submit
from manyfaces.core.errors import SubmissionError
from manyfaces.leaderboard.client import Client, require_taking
from manyfaces.leaderboard.ledger.follow import reveal_truth


@pytest.fixture
def submit(board, tmp_path):
    """Hands rows in for the track clean."""
    (tmp_path / "method.yaml").write_text("name: mine\nauthors: A. Person\n")
    call("account", "add", board.folder.root, "Ann")

    def run(rows, *more, code=0):
        part = challenges.write(tmp_path / "p.json", rows)
        return call(
            "submit", board.folder.root, "--method", tmp_path / "method.yaml",
            "--part", f"clean={part}", "--account", "Ann", *more, code=code,
        )  # fmt: skip

    return run


def warned():
    rows = challenges.predictions()
    return [*rows, rows[0]]


def test_a_warning_is_told_once(submit):
    assert submit(warned()).stderr.count("entry-duplicate") == 1


def test_with_json_the_output_is_json_and_no_more(submit):
    done = submit(warned(), "--json")
    (part,) = json.loads(done.stdout)["parts"]
    assert [row["code"] for row in part["warnings"]] == ["entry-duplicate"]
    assert done.stderr == ""


def test_problems_are_json_as_well(submit):
    rows = challenges.predictions()
    rows[3]["category_id"] = 7
    done = submit(rows, "--json", code=1)
    answer = json.loads(done.stdout)
    (part,) = answer["parts"]
    assert (answer["state"], part["track"]) == ("refused", "clean")
    assert [row["code"] for row in part["problems"]] == ["category-unknown"]
    assert set(part["problems"][0]) == {"code", "where", "got", "expected", "mend"}
    assert "category-unknown" not in done.stderr


def test_what_is_done_is_said(submit, board):
    root = board.folder.root
    assert call("status", root).stderr == "There are no submissions.\n"
    assert call("status", root, "--json").stdout == "[]\n"
    assert call("list", root).stderr == "The board has no entries.\n"
    assert call("list", root, "--json").stdout == "[]\n"
    key = submit(challenges.predictions()).stdout.split()[0]
    call("work", root, "--until-empty")
    assert call("choose", root, key, "--account", "Ann").stderr == f"{key} is the final one now.\n"
    said = call("retract", root, key, "--account", "Ann").stderr
    assert said == f"{key} is withdrawn; the ledger keeps its record.\n"


def test_after_the_reveal_the_end_is_said_before_the_file_is_looked_at(submit, board, tmp_path):
    reveal_truth(board.folder, board.database)
    with pytest.raises(SubmissionError, match="the challenge has ended"):
        submit([{"image_id": "nonsense"}])
    # A zip can still be packed, to show it elsewhere.
    submit(challenges.predictions(), "--pack", tmp_path / "mine.zip")


def test_a_server_that_takes_nothing_is_not_asked_for_manifests(board, monkeypatch, tmp_path):
    reveal_truth(board.folder, board.database)
    rules = {**board.folder.rules.public_record(), "closed": board.desk.closed}
    monkeypatch.setattr(Client, "challenge", lambda _: rules)
    monkeypatch.setattr(board_submit, "_token", lambda: "mf_x")
    (tmp_path / "method.yaml").write_text("name: mine\n")
    (tmp_path / "p.json").write_text("no JSON")
    with pytest.raises(SubmissionError, match=r"the challenge has ended: its truth is public\.$"):
        call("submit", "https://example.org", "--method", tmp_path / "method.yaml",
             "--part", f"clean={tmp_path / 'p.json'}")  # fmt: skip
    require_taking({})  # of a server before this field
