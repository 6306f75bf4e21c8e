import json
import os
import signal
import subprocess
import sys
import time

import pytest
from commands import COMMANDS
from manyfaces.core.images import encode_png
from numpy import full, uint8

COMMAND = [sys.executable, "-c", "from manyfaces.cli.app import main; main()"]
SMALL = "min_face: 24\nmax_side: 320\nsplits: {train: 0.5, test: 0.5}\n"


def run(*arguments):
    return COMMANDS.run("build", *arguments)


def a_mistake(done, code, *parts):
    assert done.returncode == code
    assert "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    for part in parts:
        assert part in done.stderr


@pytest.fixture
def recipe(tmp_path):
    path = tmp_path / "small.yaml"
    path.write_text(SMALL)
    return path


def test_drawn_people_become_a_dataset_and_a_second_run_changes_nothing(tmp_path, recipe):
    out = tmp_path / "dataset"
    arguments = ("--drawn", 2, "--out", out, "--recipe", recipe, "--seed", 4, "--workers", 1)
    first = run(*arguments)
    assert first.returncode == 0, first.stderr
    assert first.stdout.strip() == str(out)
    assert "finding faces" in first.stderr
    assert "train" in first.stderr
    before = {path: path.stat().st_mtime_ns for path in out.rglob("*")}
    second = run(*arguments, "--json")
    assert json.loads(second.stdout) == json.loads((out / "report.json").read_text())
    assert {path: path.stat().st_mtime_ns for path in out.rglob("*")} == before
    other = run("--drawn", 2, "--out", out, "--recipe", recipe, "--seed", 5)
    a_mistake(other, 2, "another build", "recipe.seed 4", "5 here")


def test_the_summary_says_which_faces_stayed_real_and_claims_no_sheet(tmp_path, recipe):
    recipe.write_text("methods: {swap: 1}\npristine: 0\nmin_face: 24\nmax_side: 320\n")
    done = run("--drawn", 1, "--out", tmp_path / "d", "--recipe", recipe, "--workers", 1)
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "d" / "report.json").read_text())
    assert list(report["stayed_real"]) == ["no donor fits"]
    count = report["stayed_real"]["no donor fits"]
    assert f"to be forged and stayed real: {count} no donor fits" in done.stderr
    assert "no face is forged" in done.stderr
    assert "contact_sheet" not in done.stderr


def test_the_summary_names_splits_without_a_forged_face(tmp_path, recipe):
    recipe.write_text(
        "methods: {self-blend: 1}\npristine: 0.5\nmin_face: 24\nmax_side: 320\n"
        "splits: {train: 0.5, val: 0.25, test: 0.25}\n"
    )
    arguments = ("--drawn", 4, "--out", tmp_path / "d", "--recipe", recipe, "--workers", 1)
    done = run(*arguments)
    splits = json.loads((tmp_path / "d" / "report.json").read_text())["splits"]
    real = [name for name, row in splits.items() if row["images"] and not row["fake"]]
    assert real
    assert f"no forged face in {', '.join(real)}" in done.stderr
    assert "contact_sheet.png shows forged faces" in done.stderr
    (tmp_path / "d" / "contact_sheet.png").unlink()  # as a withdrawal does
    assert "contact_sheet" not in run(*arguments).stderr


def test_it_must_be_clear_what_to_build_from(tmp_path):
    a_mistake(run("--out", tmp_path / "d"), 2, "neither", "--drawn N")
    a_mistake(run(tmp_path, "--drawn", 3, "--out", tmp_path / "d"), 2, "both")
    a_mistake(run("--drawn", 0, "--out", tmp_path / "d"), 2, "--drawn", "got 0")


def test_an_output_among_the_photographs_is_refused(tmp_path):
    a_mistake(run(tmp_path, "--out", tmp_path / "dataset"), 2, "among the photographs")
    assert not (tmp_path / "dataset").exists()


def test_a_folder_without_photographs_and_a_missing_one(tmp_path):
    (tmp_path / "empty").mkdir()
    a_mistake(run(tmp_path / "empty", "--out", tmp_path / "d"), 2, "holds no photographs")
    a_mistake(run(tmp_path / "none", "--out", tmp_path / "d"), 2, "no such folder")
    assert not (tmp_path / "d").exists()


def test_a_broken_recipe_and_an_unknown_method(tmp_path, recipe):
    recipe.write_text("methods: {swop: 1}")
    arguments = ("--drawn", 2, "--out", tmp_path / "d", "--recipe", recipe)
    a_mistake(run(*arguments), 2, "'swop'", "Did you mean swap?")
    recipe.write_text("pristine: 7")
    a_mistake(run(*arguments), 2, "pristine", "got 7", "small.yaml")


def test_photographs_without_faces(tmp_path, shared):
    folder = tmp_path / "photos"
    folder.mkdir()
    (folder / "gray.png").write_bytes(encode_png(full((200, 200, 3), 128, uint8)))
    environment = {**os.environ, "MANYFACES_MODELS": str(shared / "models")}
    done = subprocess.run(
        [*COMMAND, "build", str(folder), "--out", str(tmp_path / "d"), "--json", "--workers", "1"],
        capture_output=True, text=True, check=False, env=environment,
    )  # fmt: skip
    assert done.returncode == 1
    assert "no photograph can be used (got 1 × no face found" in done.stderr
    assert "Traceback" not in done.stderr


@pytest.mark.parametrize("workers", [1, 2])
def test_an_interrupted_build_says_how_to_continue(tmp_path, recipe, workers):
    out = tmp_path / "dataset"
    arguments = [
        "--drawn", "40", "--out", str(out), "--recipe", str(recipe), "--workers", str(workers)
    ]  # fmt: skip
    process = subprocess.Popen(
        [*COMMAND, "build", *arguments],
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
        # A shell's background jobs ignore it, and hand that on.
        preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),  # noqa: PLW1509
    )
    end = time.monotonic() + 60
    while not list((out / ".build/analysis").rglob("*.jsonl")):
        assert process.poll() is None
        assert time.monotonic() < end
        time.sleep(0.02)
    # As a terminal does it: to every process of the group.
    os.killpg(process.pid, signal.SIGINT)
    _, text = process.communicate(timeout=300)
    assert process.returncode == 130
    assert "run the command again" in text
    assert "Traceback" not in text
    assert not (out / "report.json").exists()
