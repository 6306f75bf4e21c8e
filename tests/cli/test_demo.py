"""The README's commands, one after another, on a few drawn scenes."""

import json
import subprocess
import sys

import pytest
from commands import COMMANDS

torch = pytest.importorskip("torch", reason="the training extra is not installed")

COMMAND = [sys.executable, "-c", "from manyfaces.cli.app import main; main()"]


DEMO = ("--scenes", "12", "--epochs", "1", "--workers", "1")


def run(*arguments, code=0):
    done = COMMANDS.run(*arguments)
    assert done.returncode == code, done.stderr[-2000:]
    return done


@pytest.fixture(scope="module")
def demo(tmp_path_factory):
    folder = tmp_path_factory.mktemp("demo") / "out"
    words = [*COMMAND, "demo", "--out", str(folder), *DEMO]
    done = subprocess.run(words, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr[-2000:]
    return folder, done.stdout


def test_the_demo_ends_with_a_boards_path(demo):
    folder, said = demo
    page = folder / "board" / "index.html"
    assert said.rstrip().endswith(str(page))
    assert "mask-rcnn-small" in page.read_text()
    assert (folder / "strip.png").stat().st_size > 10_000


def test_the_dataset_is_sound_and_says_what_became_of_every_scene(demo):
    folder, _ = demo
    answer = json.loads(run("verify", folder / "dataset", "--json").stdout)
    assert answer == {"problems": []}
    report = json.loads((folder / "dataset" / "report.json").read_text())
    assert len(report["photographs"]) == 12
    assert sum(report["forged"].values()) > 0


def test_a_damaged_dataset_fails_the_check(demo, tmp_path):
    folder, _ = demo
    manifest = tmp_path / "D"
    subprocess.run(["cp", "-r", str(folder / "dataset"), str(manifest)], check=True)
    next((manifest / "images").rglob("*.jpg")).unlink()
    problems = json.loads(run("verify", manifest, "--json", code=1).stdout)["problems"]
    assert {problem["code"] for problem in problems} == {"image-missing"}


def test_a_predictions_file_is_scored_as_the_evaluation_scored_it(demo, tmp_path):
    folder, _ = demo
    predictions = folder / "evaluation" / "predictions" / "clean.json"
    truth = folder / "dataset" / "annotations" / "test.json"
    run("score", predictions, "--truth", truth, "--out", tmp_path / "r.json")
    again = json.loads((tmp_path / "r.json").read_text())["scores"]
    first = json.loads((folder / "evaluation" / "result.json").read_text())["scores"]
    assert again == [row for row in first if row["track"] == "clean"]


def test_a_result_goes_onto_a_board(demo, tmp_path):
    folder, _ = demo
    board = tmp_path / "board"
    run("board", "init", board, "--title", "A board")
    result = folder / "evaluation" / "result.json"
    run("board", "add", board, result, "--name", "mine", "--baseline")
    run("board", "add", board, result, "--name", "mine", code=1)
    run("board", "publish", board, "--out", tmp_path / "site")
    assert "A board" in (tmp_path / "site" / "index.html").read_text()
    assert [row["name"] for row in json.loads(run("board", "list", board, "--json").stdout)] == [
        "mine"
    ]


def test_a_finished_demo_is_not_made_again(demo):
    folder, said = demo
    done = run("demo", "--out", folder, *DEMO)
    assert done.stdout == said
    other = run("demo", "--out", folder, "--scenes", 13, "--epochs", 1, code=2)
    assert "another build" in other.stderr


@pytest.mark.parametrize("kind", ["generators", "perturbations", "tracks", "baselines", "metrics"])
def test_every_list_is_for_machines_too(kind):
    rows = json.loads(run("list", kind, "--json").stdout)
    assert rows
    assert all(row["name"] and row["description"] for row in rows)
