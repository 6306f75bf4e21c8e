"""A run that is resumed, wherever it was killed, ends as one that was never interrupted."""

import csv
import json

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.run_config import CONFIG
from manyfaces.benchmark.run_folder import (
    CHECKPOINT,
    METRICS,
    RECORD,
    WEIGHTS,
    read_record,
    write_record,
)
from manyfaces.benchmark.training import train
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.benchmark.watched import Watched
from manyfaces.core.errors import UsageError
from manyfaces.core.files import read_bytes, write_json
from tiny_baseline import TINY, Killed, TinyNetwork, the_first

pytestmark = pytest.mark.usefixtures("one_thread")

# 5 pictures are 5 batches, and with two to a step, 3 steps an epoch.
ASKED = {
    "epochs": 3, "batch_size": 1, "accumulate": 2, "warmup": 0, "learning_rate": 0.05,
    "device": "cpu", "checkpoint_minutes": 0, "val": "test", "metric": "box/AP50/any",
}  # fmt: skip


def run(data, out, **given):
    return train(TINY, data, out, training=TrainingParameters(**{**ASKED, **given}))


def metrics(folder):
    with (folder / METRICS).open() as file:
        rows = list(csv.DictReader(file))
    return [{name: value for name, value in row.items() if name != "seconds"} for row in rows]


@pytest.fixture(scope="module")
def whole(tiny_dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "whole"
    run(tiny_dataset, out)
    return out


def killed_at(call, data, out, monkeypatch, **given):
    with monkeypatch.context() as patch:
        patch.setattr(TinyNetwork, "fail_at", call)
        with pytest.raises(Killed):
            run(data, out, **given)


@pytest.mark.parametrize("call", [1, 2, 3, 4, 5, 6, 8, 15])
def test_a_run_killed_in_any_batch_continues_to_the_same_weights_and_metrics(
    call, whole, tiny_dataset, tmp_path, monkeypatch
):
    killed_at(call, tiny_dataset, tmp_path / "run", monkeypatch)
    record = run(tiny_dataset, tmp_path / "run")
    assert record.steps == read_record(whole).steps == 9
    assert read_bytes(tmp_path / "run" / WEIGHTS) == read_bytes(whole / WEIGHTS)
    assert metrics(tmp_path / "run") == metrics(whole)
    assert record.best == read_record(whole).best


def test_a_resumed_run_goes_on_at_the_step_and_not_at_the_epoch(
    tiny_dataset, tmp_path, monkeypatch
):
    killed_at(5, tiny_dataset, tmp_path / "run", monkeypatch)
    # Batches 3 and 4 made the second step, after which a checkpoint was written; 11 are left.
    killed_at(11, tiny_dataset, tmp_path / "run", monkeypatch)
    assert run(tiny_dataset, tmp_path / "run").finished


def test_a_run_killed_twice_continues_to_the_same_weights(
    whole, tiny_dataset, tmp_path, monkeypatch
):
    killed_at(4, tiny_dataset, tmp_path / "run", monkeypatch)
    killed_at(6, tiny_dataset, tmp_path / "run", monkeypatch, workers=1)
    run(tiny_dataset, tmp_path / "run")
    assert read_bytes(tmp_path / "run" / WEIGHTS) == read_bytes(whole / WEIGHTS)


def test_more_workers_and_another_log_continue_the_same_run(
    whole, tiny_dataset, tmp_path, monkeypatch
):
    killed_at(9, tiny_dataset, tmp_path / "run", monkeypatch, workers=0)
    run(tiny_dataset, tmp_path / "run", workers=1, prefetch=3, checkpoint_minutes=9)
    assert read_bytes(tmp_path / "run" / WEIGHTS) == read_bytes(whole / WEIGHTS)


def test_another_number_of_devices_is_refused(tiny_dataset, tmp_path, monkeypatch):
    out = tmp_path / "run"
    killed_at(4, tiny_dataset, out, monkeypatch)
    record = read_record(out)
    write_record(out, record.model_copy(update={"machine": {**record.machine, "devices": 2}}))
    with pytest.raises(UsageError, match="--devices 2"):
        run(tiny_dataset, out)


def test_a_run_that_stopped_early_and_was_killed_then_trains_no_further(
    tiny_dataset, tmp_path, monkeypatch
):
    from manyfaces.benchmark import training

    out = tmp_path / "run"
    still = {"patience": 1, "epochs": 9}
    monkeypatch.setattr(Watched, "better", the_first)
    with monkeypatch.context() as patch:
        patch.setattr(training, "write_bytes", None)  # so that the last write fails
        with pytest.raises(TypeError):
            run(tiny_dataset, out, **still)
    monkeypatch.setattr(TinyNetwork, "fail_at", 2)
    record = run(tiny_dataset, out, **still)
    assert record.finished
    assert record.steps == 2 * 3
    assert record.best["epoch"] == 1


def of_the_version_before(out):
    """Take from an unfinished run what earlier versions did not write."""
    record = json.loads((out / RECORD).read_text())
    del record["machine"], record["best"]
    kept = {"epochs", "steps", "minutes", "seed", "batch_size", "learning_rate", "weight_decay"}
    kept |= {"warmup", "clip", "device"}
    training = {name: value for name, value in record["training"].items() if name in kept}
    write_json(out / RECORD, {**record, "training": {**training, "workers": 0}})
    (out / CONFIG).unlink()
    state = torch.load(out / CHECKPOINT, weights_only=False)
    del state["epoch_so_far"], state["generators"], state["callbacks"]["EpochRecord"]["batches"]
    torch.save(state, out / CHECKPOINT)


def test_an_unfinished_run_of_the_version_before_continues_to_the_same_weights(
    tiny_dataset, tmp_path, monkeypatch
):
    asked = {"val": None, "metric": "box/AP/all", "accumulate": 1, "checkpoint_minutes": 5}
    run(tiny_dataset, tmp_path / "whole", **asked)
    killed_at(7, tiny_dataset, tmp_path / "run", monkeypatch, **asked)
    of_the_version_before(tmp_path / "run")
    record = run(tiny_dataset, tmp_path / "run", **asked)
    assert record.finished
    assert read_bytes(tmp_path / "run" / WEIGHTS) == read_bytes(tmp_path / "whole" / WEIGHTS)
