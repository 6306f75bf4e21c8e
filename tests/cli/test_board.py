import json

import challenges
import pytest
from board_calls import call
from manyfaces.core.errors import SubmissionError, UsageError


@pytest.fixture
def run():
    def run(*arguments, **given):
        done = call(*arguments, **given)
        run.said = done.stderr
        return done.stdout

    return run


@pytest.fixture
def method(tmp_path):
    (tmp_path / "method.yaml").write_text("name: mine\nauthors: A. Person\nextra_data: none\n")
    return tmp_path / "method.yaml"


def parts(files):
    return [word for track, path in files.items() for word in ("--part", f"{track}={path}")]


def test_a_challenge_from_its_rules_to_its_reveal(run, tmp_path, method):
    """Every verb that docs/board.md shows, one after another, as its two readers call them."""
    board, rules = tmp_path / "board", challenges.rules(tmp_path)
    run("init", board, "--challenge", rules)
    said = run("kit", board, "--out", tmp_path / "kit", "--zip", tmp_path / "kit.zip")
    assert "README.md" in said
    assert (tmp_path / "kit.zip").is_file()
    token = run("account", "add", board, "Ann").strip()
    files = challenges.files(tmp_path / "in", 1)
    said = run("submit", board, "--method", method, *parts(files), "--json", MANYFACES_TOKEN=token)
    key = json.loads(said)["id"]
    assert json.loads(said)["state"] == "queued"
    assert all(path.is_file() for path in files.values())
    run("work", board, "--until-empty")
    assert "until nothing waits" in " ".join(run.said.split())
    assert f"{key}: scored" in run.said
    (row,) = json.loads(run("status", board, key, "--json", MANYFACES_TOKEN=token))
    assert row["state"] == "scored"
    assert set(row["scores"]) == {"val"}
    assert "val clean" in run("status", board, key, "--account", "Ann")
    assert [row["name"] for row in json.loads(run("list", board, "--json"))] == ["mine"]
    run("choose", board, key, "--account", "Ann")
    assert "mine" in (board / "site" / "index.html").read_text()
    assert "Everything is as it was" in run("verify", board)
    assert "1 scored again, 0 differ." in run("rescore", board)
    run("withdraw", board)
    assert "reveal" in run("reveal", board)
    assert set(
        json.loads(run("status", board, key, "--json", "--account", "Ann"))[0]["scores"]
    ) == {
        "val",
        "test",
    }
    run("retract", board, key, "--account", "Ann")
    run("publish", board)
    assert json.loads(run("list", board, "--json")) == []
    (board / "private" / "salt.txt").write_text("00" * 32)
    assert json.loads(run("verify", board, "--json", code=1))["problems"][0]["code"]


def test_a_challenge_that_has_closed_is_said_to(tmp_path):
    rules = challenges.rules(tmp_path, opens="2020-01-01T00:00:00Z", closes="2020-02-01T00:00:00Z")
    done = call("init", tmp_path / "b", "--challenge", rules)
    assert "It closed at 2020-02-01 00:00 UTC: nobody can submit." in done.stderr


def test_a_faulty_file_is_told_before_anything_is_copied(run, board, tmp_path, method):
    run("account", "add", board.folder.root, "Ann")
    rows = challenges.predictions()
    rows[3]["category_id"] = 7
    bad = challenges.write(tmp_path / "bad.json", rows)
    run("submit", board.folder.root, "--method", method, "--part", f"clean={bad}", "--account",
        "Ann", code=1)  # fmt: skip
    assert json.loads(run("status", board.folder.root, "--json")) == []
    assert list(board.folder.incoming.iterdir()) == []
    assert bad.is_file()


def test_a_zip_for_a_pull_request_is_taken_by_the_maintainer(run, board, tmp_path, method):
    root = board.folder.root
    run("account", "add", root, "Ann")
    files = challenges.files(tmp_path / "in", 1)
    run("submit", root, "--method", method, *parts(files), "--pack", tmp_path / "mine.zip")
    said = run("submit", root, "--archive", tmp_path / "mine.zip", "--account", "Ann")
    assert said.split()[1] == "queued"


def test_wrong_use_is_one_sentence(run, board, tmp_path, method):
    root = board.folder.root
    good = challenges.write(tmp_path / "p.json", challenges.predictions())
    for words, message in (
        (["--part", f"clean={good}"], "the method is not described"),
        (["--method", method], "nothing to submit"),
        (["--method", method, "--part", "clean"], "a part cannot be read"),
        (["--method", method, "--part", "clean=none.json"], "no such file"),
        (["--method", method, "--part", f"night={good}"], "no such track"),
        (["--method", method, "--part", f"clean={good}"], "MANYFACES_TOKEN"),
        (["--method", method, "--part", f"clean={good}", "--account", "Nobody"], "no account of"),
    ):
        with pytest.raises(UsageError, match=message):
            run("submit", root, *words)
    with pytest.raises(SubmissionError, match="opens no account"):
        run("submit", root, "--method", method, "--part", f"clean={good}", MANYFACES_TOKEN="mf_x")
    with pytest.raises(UsageError, match="no challenge here"):
        run("kit", tmp_path / "nowhere", "--out", tmp_path / "kit")
    with pytest.raises(UsageError, match="not sent without encryption"):
        run("submit", "http://example.org", "--method", method, "--part", f"clean={good}",
            MANYFACES_TOKEN="mf_x")  # fmt: skip
    with pytest.raises(UsageError, match="no such submission"):
        run("requeue", root, "0" * 16)


def test_the_template_is_written_once(run, tmp_path):
    run("init", tmp_path / "new", "--template")
    assert "closes:" in (tmp_path / "new" / "challenge.yaml").read_text()
    with pytest.raises(UsageError, match="rules here already"):
        run("init", tmp_path / "new", "--template")


def test_accounts_are_kept(run, board):
    root = board.folder.root
    first = run("account", "add", root, "Ann", "--maintainer").strip()
    assert run("account", "renew", root, "Ann").strip() != first
    run("account", "disable", root, "Ann")
    assert json.loads(run("account", "list", root, "--json")) == [
        {"name": "Ann", "maintainer": True, "disabled": True}
    ]
    run("account", "enable", root, "Ann")
    assert run("account", "list", root) == "Ann maintainer\n"
