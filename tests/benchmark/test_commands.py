"""``manyfaces train``, ``predict`` and ``evaluate``, as a user types them."""

import json
import re
import subprocess
import sys
from pathlib import Path

import pytest
from commands import COMMANDS
from manyfaces.annotations.dataset import open_split
from manyfaces.annotations.predictions import read_predictions
from manyfaces.benchmark.baselines.shipped import shipped
from manyfaces.benchmark.results import read_result
from manyfaces.benchmark.run_folder import WEIGHTS, read_record
from manyfaces.core.files import sha256_of_file
from manyfaces.core.images import read_image

pytest.importorskip("torch", reason="the training extra is not installed")

COMMAND = [sys.executable, "-c", "from manyfaces.cli.app import main; main()"]
DRAWN = Path(__file__).parent / "baselines" / "drawn"
SHIPPED = shipped("mask-rcnn-small")
SHAPE = ("--set", "side=64", "--set", "channels=16", "--set", "crop=16", "--device", "cpu")


run = COMMANDS.run


def a_mistake(done, code, *parts):
    assert done.returncode == code, done.stderr
    assert "Traceback" not in done.stderr
    for part in parts:
        assert part in done.stderr


@pytest.fixture(scope="module")
def trained(tiny_dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("commands") / "run"
    # From the first import on, so that whatever speaks then is heard.
    words = ("train", "mask-rcnn-small", "--data", tiny_dataset, "--out", out, "--steps", 2, *SHAPE)
    done = subprocess.run([*COMMAND, *map(str, words)], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return out, done


def test_training_answers_with_the_run_and_keeps_lightnings_chatter_to_itself(trained):
    out, done = trained
    assert done.stdout.strip() == str(out)
    assert "training, epoch 1" in done.stderr
    for chatter in ("GPU available", "Warning", "num_workers", "💡"):
        assert chatter not in done.stderr


def test_a_finished_run_answers_again_as_json(trained, tiny_dataset):
    out, _ = trained
    done = run(
        "train", "mask-rcnn-small", "--data", tiny_dataset, "--out", out, "--steps", 2, *SHAPE,
        "--json",
    )  # fmt: skip
    record = json.loads(done.stdout)
    assert record["finished"]
    assert record["steps"] == 2
    assert record["training"]["epochs"] is None


def test_predicting_a_split_covers_every_image(trained, tiny_dataset, tmp_path):
    done = run("predict", trained[0], tiny_dataset, "--out", tmp_path / "p.json", "--json")
    assert done.returncode == 0, done.stderr
    summary = json.loads(done.stdout)
    images = open_split(tiny_dataset, "test").images
    found = read_predictions(tmp_path / "p.json", {image.id: image.size for image in images})
    assert summary["images"] == len(images)
    assert summary["faces"] == sum(map(len, found.values()))


def test_predicting_a_folder_of_pictures_names_them_and_skips_what_is_none(
    trained, tiny_dataset, tmp_path
):
    folder = tmp_path / "pictures"
    folder.mkdir()
    picture = next((tiny_dataset / "images" / "test").iterdir())
    (folder / "b.png").write_bytes(picture.read_bytes())
    (folder / "a.jpg").write_text("no picture")
    done = run("predict", trained[0], folder, "--out", tmp_path / "p.json", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["skipped"] == 1
    assert "a.jpg" in done.stderr
    names = json.loads((tmp_path / "p.images.json").read_text())
    assert names == [{"id": 2, "file_name": str(folder / "b.png")}]


def test_faces_are_drawn_into_a_copy_of_a_picture(trained, tiny_dataset, tmp_path):
    picture = next((tiny_dataset / "images" / "train").iterdir())
    done = run(
        "predict", trained[0], picture, "--out", tmp_path / "seen.png", "--min-score", "0.01",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    before, after = read_image(picture), read_image(tmp_path / "seen.png")
    assert after.shape == before.shape
    assert "0 of them" not in done.stderr
    assert (after != before).any()
    assert not list(tmp_path.glob("*.json"))


def test_without_a_detector_the_weights_that_ship_predict(tmp_path):
    done = run("predict", DRAWN / "images/test/000001.jpg", "--out", tmp_path / "seen.jpg")
    assert done.returncode == 0, done.stderr
    told = r"(\d+) detections in 1 picture, (\d+) of them at or above 0\.3\."
    assert int(re.search(told, done.stderr)[1]) >= 2
    assert (tmp_path / "seen.jpg").is_file()


def test_one_detector_and_one_place_are_taken(trained, tmp_path):
    done = run("predict", trained[0], "a.jpg", "b.jpg", "--out", tmp_path / "p.json")
    a_mistake(done, 2, "a.jpg b.jpg", "one folder")


def test_training_may_start_from_the_weights_that_ship(tmp_path):
    out = tmp_path / "run"
    words = ("--data", DRAWN, "--split", "test", "--start", "mask-rcnn-small", "--steps", 1)
    shape = [f"{key}={value}" for key, value in read_record(SHIPPED).parameters.items() if value]
    flags = [flag for pair in shape for flag in ("--set", pair)]
    done = run("train", "mask-rcnn-small", *words, *flags, "--out", out, "--device", "cpu")
    assert done.returncode == 0, done.stderr
    assert read_record(out).data["start_sha256"] == sha256_of_file(SHIPPED / WEIGHTS)


def test_a_folders_pictures_are_drawn_beside_the_predictions(trained, tiny_dataset, tmp_path):
    folder = tiny_dataset / "images" / "test"
    out = ("--out", tmp_path / "p.json", "--annotated", tmp_path / "seen")
    done = run("predict", trained[0], folder, *out)
    assert done.returncode == 0, done.stderr
    names = json.loads((tmp_path / "p.images.json").read_text())
    assert len(list((tmp_path / "seen").glob("*.jpg"))) == len(names) == 3


def test_the_picture_itself_is_never_written_over(trained, tiny_dataset, tmp_path):
    picture = tmp_path / "a.png"
    picture.write_bytes(next((tiny_dataset / "images" / "test").iterdir()).read_bytes())
    done = run("predict", trained[0], picture, "--out", picture)
    a_mistake(done, 2, "a.png")


def test_evaluating_writes_the_result_and_shows_each_track(trained, tiny_dataset, tmp_path):
    out = tmp_path / "evaluation"
    done = run(
        "evaluate", trained[0], "--data", tiny_dataset, "--out", out, "--tracks", "clean,block-5",
        "--device", "cpu",
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert "block-5" in done.stdout
    result = read_result(out / "result.json")
    assert {score.track for score in result.scores} == {"clean", "block-5"}
    assert (out / "predictions" / "block-5.json").is_file()


@pytest.mark.parametrize(
    ("arguments", "parts"),
    [
        pytest.param(["train", "mask-rcn-small"], ["mask-rcnn-small"], id="unknown baseline"),
        pytest.param(
            ["train", "mask-rcnn-small", "--set", "sides=3"], ["sides"], id="unknown parameter"
        ),
        pytest.param(["train", "mask-rcnn-small", "--set", "side"], ["NAME=VALUE"], id="no value"),
        pytest.param(
            ["train", "mask-rcnn-small", "--minutes", "-1"], ["--minutes"], id="negative minutes"
        ),
        pytest.param(["evaluate", "mesonet"], ["manyfaces train"], id="no weights"),
        pytest.param(["evaluate", "nothing"], ["run folder"], id="no detector"),
    ],
)
def test_mistakes_are_one_sentence_and_exit_2(arguments, parts, tiny_dataset, tmp_path):
    done = run(*arguments, "--data", tiny_dataset, "--out", tmp_path / "out")
    a_mistake(done, 2, *parts)


def test_a_device_that_is_not_there_is_a_mistake(tiny_dataset, tmp_path):
    done = run(
        "train", "mask-rcnn-small", "--data", tiny_dataset, "--out", tmp_path / "out",
        "--device", "abacus",
    )  # fmt: skip
    a_mistake(done, 2, "abacus")


def test_predictions_are_written_as_json_only(trained, tiny_dataset, tmp_path):
    done = run("predict", trained[0], tiny_dataset, "--out", tmp_path / "p.txt")
    a_mistake(done, 2, "p.txt")
