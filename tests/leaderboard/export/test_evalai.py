import json
import zipfile
from datetime import datetime

import challenges
import pytest
import yaml
from host_rules import evalai_faults
from hosts import EvalAI
from manyfaces.leaderboard.boards import create_board
from manyfaces.leaderboard.export.bundle import write_bundle
from manyfaces.leaderboard.export.evalai import configuration
from manyfaces.leaderboard.export.judge import judge
from manyfaces.leaderboard.ledger.follow import reveal_truth


@pytest.fixture
def bundle(board, tmp_path):
    write_bundle(board.folder, "evalai", tmp_path / "out")
    return tmp_path / "out"


def test_the_configuration_passes_the_hosts_own_checks(bundle):
    with zipfile.ZipFile(bundle / "evalai.zip") as archive:
        config = yaml.safe_load(archive.read("challenge_config.yaml"))
        assert evalai_faults(config, set(archive.namelist())) == []
        assert all(archive.read(name) for name in archive.namelist())


def test_the_rules_are_carried_over(tmp_path):
    path = challenges.rules(
        tmp_path,
        title="x" * 110,
        opens="2026-03-01T13:00:00+01:00",
        closes="2026-04-01T12:30:15Z",
        ranking={"task": "mask", "metric": "oLRP"},
        decimals=2,
    )
    config = configuration(create_board(tmp_path / "board", path).folder)
    assert (config["start_date"], config["end_date"]) == (
        datetime(2026, 3, 1, 12),
        datetime(2026, 4, 1, 12, 30, 15),
    )
    assert len(config["title"]) == 100
    (phase,) = config["challenge_phases"]
    assert (phase["max_submissions_per_day"], phase["max_submissions"]) == (3, 5)
    (leaderboard,) = config["leaderboard"]
    assert leaderboard["schema"]["labels"] == ["Overall", "clean", "dark"]
    assert leaderboard["schema"]["metadata"]["clean"]["sort_ascending"] is True
    public, hidden = config["challenge_phase_splits"]
    assert (public["visibility"], hidden["visibility"]) == (3, 1)
    assert public["is_leaderboard_order_descending"] is False
    assert phase["is_restricted_to_select_one_submission"]
    assert public["leaderboard_decimal_precision"] == 2


def test_a_challenge_without_a_hidden_split_has_one_board(tmp_path):
    path = challenges.rules(tmp_path, splits={"public": "val"})
    config = configuration(create_board(tmp_path / "board", path).folder)
    assert [row["codename"] for row in config["dataset_splits"]] == ["val"]
    assert [row["visibility"] for row in config["challenge_phase_splits"]] == [3]


def test_after_the_reveal_everyone_sees_both_splits(board):
    reveal_truth(board.folder, board.database)
    rows = configuration(board.folder)["challenge_phase_splits"]
    assert [row["visibility"] for row in rows] == [3, 3]


def test_the_worker_gets_what_the_board_has_and_participants_the_public_split(
    bundle, reference, zipped, tmp_path
):
    worker = EvalAI(bundle / "evalai.zip", tmp_path / "worker")
    made = zipped()
    found = worker.run(made)
    answer = judge(reference, made)
    assert found["status"] == "finished"
    assert found["output"]["result"] == [
        {"val": answer.scores["val"]},
        {"test": answer.scores["test"]},
    ]
    codenames = [row["codename"] for row in worker.config["dataset_splits"]]
    assert [next(iter(row)) for row in found["output"]["result"]] == codenames
    labels = worker.config["leaderboard"][0]["schema"]["labels"]
    assert all(list(row[name]) == labels for row in found["output"]["result"] for name in row)
    shown = json.dumps([found["output"]["submission_result"], found["stdout"], found["stderr"]])
    assert '"val"' in shown
    assert '"test"' not in shown
    assert not [value for value in answer.scores["test"].values() if str(value) in shown]


def test_what_is_refused_fails_with_words_and_without_a_traceback(bundle, other, tmp_path):
    worker = EvalAI(bundle / "evalai.zip", tmp_path / "worker")
    found = worker.run(other(clean_json=[]))
    assert found["status"] == "failed"
    assert found["stderr"].startswith("tracks are missing")
    assert "Traceback" not in found["stderr"]
    assert found["stdout"] == ""


def test_truth_that_breaks_scoring_is_quoted_nowhere(bundle, zipped, tmp_path):
    worker = EvalAI(bundle / "evalai.zip", tmp_path / "worker")
    with zipfile.ZipFile(worker.annotation) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(worker.annotation, "w") as archive:
        for name, content in members.items():
            broken = b'[{"bbox": "secret"}]' if "truth/dark" in name else content
            archive.writestr(name, broken)
    found = worker.run(zipped())
    assert found["status"] == "failed"
    assert "by no fault of its own" in found["stderr"]
    assert not [word for word in ("secret", "Traceback", "truth") if word in str(found)]
