"""``manyfaces train`` with a configuration, as a user types it."""

import json

import pytest
import yaml
from manyfaces.cli.app import main
from manyfaces.core.images import read_image

pytest.importorskip("torch", reason="the training extra is not installed")

SHAPE = {"side": 64, "channels": 16, "crop": 16}


@pytest.fixture
def run(monkeypatch, capsys):
    """The command in this process: exit code, standard output, standard error."""

    def called(*arguments):
        monkeypatch.setattr("sys.argv", ["manyfaces", *map(str, arguments)])
        with pytest.raises(SystemExit) as end:
            main()
        found = capsys.readouterr()
        return int(end.value.code or 0), found.out, found.err

    return called


@pytest.fixture
def config(tiny_dataset, tmp_path):
    path = tmp_path / "run.yaml"
    values = {
        "baseline": "mask-rcnn-small",
        "data": str(tiny_dataset),
        "network": SHAPE,
        "training": {"epochs": 9, "batch_size": 2, "device": "cpu", "precision": 32},
    }
    path.write_text(yaml.safe_dump(values))
    return path


def test_a_file_and_flags_make_a_run_that_its_own_file_makes_again(run, config, tmp_path):
    code, printed, shown = run(
        "train", "--config", config, "--out", tmp_path / "first", "--steps", 2, "--seed", 4,
        "--val", "test", "--metric", "loss", "--set", "training.clip=2.5",
    )  # fmt: skip
    assert (code, printed.strip()) == (0, str(tmp_path / "first"))
    assert "Kept the weights of epoch 1: loss" in shown
    written = yaml.safe_load((tmp_path / "first" / "run.yaml").read_text())
    assert written["training"]["epochs"] is None
    assert written["training"]["clip"] == 2.5
    again = tmp_path / "elsewhere" / "second"
    assert run("train", "--config", tmp_path / "first" / "run.yaml", "--out", again)[0] == 0
    first, second = (
        (folder / "model.safetensors").read_bytes() for folder in (tmp_path / "first", again)
    )
    assert first == second


def test_finding_a_learning_rate_draws_the_curve_and_prints_a_flag(run, config, tmp_path):
    picture = tmp_path / "rates.png"
    code, printed, _ = run(
        "train", "--config", config, "--find-lr", picture, "--steps", 12, "--json"
    )
    assert code == 0
    found = json.loads(printed)
    assert len(found["rates"]) == len(found["losses"]) == 12
    assert read_image(picture).shape[2] == 3


def test_the_schema_is_printed(run):
    code, printed, _ = run("train", "mask-rcnn-small", "--schema")
    assert code == 0
    assert "side" in json.loads(printed)["properties"]["network"]["properties"]


@pytest.mark.parametrize(
    ("arguments", "part"),
    [
        (["--set", "training.clipp=1"], "Did you mean clip"),
        (["--set", "sid=96"], "Did you mean side"),
        (["--val", "dev"], "no split"),
        (["--val", "test", "--metric", "box/AP5"], "Did you mean"),
        (["--devices", "some"], "--devices is wrong"),
        (["--precision", "16"], "16 bits need a GPU"),
        (["--find-lr", "rates.jpg"], ".png"),
        (["--find-lr"], "requires an argument"),
    ],
)
def test_mistakes_exit_with_2_and_say_what_is_meant(arguments, part, run, config, tmp_path):
    code, _, shown = run("train", "--config", config, "--out", tmp_path / "run", *arguments)
    assert code == 2
    assert part in shown
    assert not (tmp_path / "run").exists()


def test_a_run_needs_a_folder(run, config):
    code, _, shown = run("train", "--config", config)
    assert code == 2
    assert "--out" in shown
