import json

import challenges
import numpy as np
import pytest
from board_entries import entry
from manyfaces.annotations.columns import Columns
from manyfaces.cli.board import app
from manyfaces.core.files import write_json
from manyfaces.leaderboard.boards import create_board
from manyfaces.leaderboard.data_warnings import (
    FEW,
    challenge_warnings,
    result_warnings,
    truth_warnings,
)
from typer.testing import CliRunner

SPLITS = ("clean, split val", "clean, split test", "dark, split val", "dark, split test")


def truth(labels, copies=1):
    """One face on each image; so many images are copies of each photograph."""
    count = len(labels)
    return Columns(
        ids=np.arange(count), sizes=np.full((count, 2), 8), image=np.arange(count),
        label=np.array(labels), boxes=np.zeros((count, 4)), counts=("",) * count,
        area=np.ones(count), source=tuple(str(at // copies) for at in range(count)),
    )  # fmt: skip


def test_enough_of_both_classes_is_nothing_to_warn_of():
    assert list(truth_warnings(truth([0, 1] * FEW))) == []


@pytest.mark.parametrize(("label", "name"), [(0, "fake"), (1, "real")])
def test_a_class_that_lacks_leaves_label_metrics_undefined(label, name):
    (told,) = truth_warnings(truth([label] * FEW))
    assert told.startswith(f"no {name} faces: label_AUC and AP of that class are undefined")


def test_photographs_are_counted_and_not_their_copies():
    (told,) = truth_warnings(truth([0, 1] * FEW, copies=4))
    assert told.startswith(f"{FEW // 2} photographs, fewer than {FEW}: intervals")
    assert list(truth_warnings(truth([0, 1] * FEW, copies=2))) == []


def test_a_class_on_few_photographs_is_told():
    (told,) = truth_warnings(truth([0] * FEW + [1] * 3))
    assert told.startswith(f"3 photographs with fake faces, fewer than {FEW}")


def test_each_split_of_a_challenge_is_told_of(tmp_path):
    rules = challenges.rules(tmp_path)
    file = tmp_path / "data" / "dark" / "annotations" / "test.json"
    data = json.loads(file.read_text())
    for row in data["annotations"]:
        row["category_id"] = 0
    write_json(file, data)
    done = CliRunner().invoke(app, ["init", str(tmp_path / "b"), "--challenge", str(rules)])
    assert done.exit_code == 0
    lines = [line for line in done.stderr.splitlines() if line.startswith("Warning: ")]
    few = [f"Warning: track {place}: 6 photographs, fewer than {FEW}" for place in SPLITS]
    assert [line[: len(text)] for line, text in zip(lines, few, strict=False)] == few
    assert lines[4].startswith("Warning: track dark, split test: no fake faces")
    assert len(lines) == 5
    assert done.stdout.strip() == str(tmp_path / "b")


def test_truth_that_cannot_be_read_is_told_and_not_refused(tmp_path):
    rules = challenges.rules(tmp_path)
    (tmp_path / "data" / "clean" / "annotations" / "val.json").write_text("{}")
    board = create_board(tmp_path / "b", rules)
    first = next(challenge_warnings(board.folder))
    assert first.startswith("track clean, split val: nothing can be scored on it. ")


def score(class_, n, track="clean"):
    value = 0.5 if n else None
    return {"track": track, "task": "box", "metric": "AP", "class": class_, "value": value, "n": n}


def result(tmp_path, fakes, images):
    made = entry("a", clean=0.5).result.model_dump(mode="json", by_alias=True)
    made["scores"] += [score("real", 9), score("fake", fakes)]
    made["about"] = {"images": images}
    write_json(tmp_path / "result.json", made)
    return tmp_path / "result.json"


@pytest.mark.parametrize(
    ("fakes", "images", "words"),
    [(9, FEW, []), (0, FEW, ["track clean: no fake faces"]), (9, 7, ["7 pictures, fewer"])],
)
def test_a_board_of_result_files_warns_where_results_come_in(tmp_path, fakes, images, words):
    place = str(tmp_path / "b")
    assert "Warning" not in CliRunner().invoke(app, ["init", place]).stderr
    file = str(result(tmp_path, fakes, images))
    done = CliRunner().invoke(app, ["add", place, file, "--name", "a"])
    assert done.exit_code == 0, done.stderr
    found = [line for line in done.stderr.splitlines() if line.startswith("Warning: ")]
    assert len(found) == len(words)
    assert all(word in line for word, line in zip(words, found, strict=True))


def test_a_result_that_does_not_say_is_not_doubted():
    assert list(result_warnings(entry("a", clean=0.5).result)) == []
