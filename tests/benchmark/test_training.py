import csv
import os
import signal
import subprocess
import sys
import time

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.run_config import CONFIG
from manyfaces.benchmark.run_folder import CHECKPOINT, METRICS, RECORD, WEIGHTS, read_record
from manyfaces.benchmark.training import build_network, make_parameters, train
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.files import read_bytes

ROW = BASELINES["mask-rcnn-small"]
SHAPE = {"side": 64, "channels": 16, "crop": 16}
PARAMETERS = ROW.parameters(**SHAPE)


def training(**given):
    return TrainingParameters(**{"epochs": 3, "batch_size": 2, "device": "cpu", **given})


def run(data, out, **given):
    return train(ROW, data, out, parameters=PARAMETERS, training=training(**given))


@pytest.fixture(autouse=True)
def _one_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="module")
def finished(tiny_dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "finished"
    torch.set_num_threads(1)
    run(tiny_dataset, out)
    return out


def test_a_run_leaves_weights_record_and_metrics_and_nothing_else(finished):
    assert sorted(path.name for path in finished.iterdir()) == sorted(
        [WEIGHTS, RECORD, METRICS, CONFIG]
    )
    record = read_record(finished)
    assert record.finished
    assert record.steps == 9  # 5 pictures are 3 batches of 2, three times
    assert record.parameters["side"] == 64
    assert set(record.versions) >= {"manyfaces", "torch", "pytorch_lightning"}


def test_losses_fall_and_stand_in_the_metrics(finished):
    with (finished / METRICS).open() as file:
        rows = list(csv.DictReader(file))
    assert [row["epoch"] for row in rows] == ["1", "2", "3"]
    assert [row["step"] for row in rows] == ["3", "6", "9"]
    assert float(rows[-1]["loss"]) < float(rows[0]["loss"])


def test_the_same_seed_trains_the_same_weights_and_another_does_not(
    finished, tiny_dataset, tmp_path
):
    torch.manual_seed(1234)  # the caller's generator must not matter
    run(tiny_dataset, tmp_path / "same")
    run(tiny_dataset, tmp_path / "other", seed=1)
    assert read_bytes(tmp_path / "same" / WEIGHTS) == read_bytes(finished / WEIGHTS)
    assert read_bytes(tmp_path / "other" / WEIGHTS) != read_bytes(finished / WEIGHTS)


def test_training_leaves_the_callers_generator_as_it_was(tiny_dataset, tmp_path):
    torch.manual_seed(5)
    before = torch.get_rng_state()
    run(tiny_dataset, tmp_path / "run", epochs=1)
    assert torch.equal(before, torch.get_rng_state())


def test_a_finished_run_is_returned_as_it_is(finished, tiny_dataset):
    before = {path.name: path.stat().st_mtime_ns for path in finished.iterdir()}
    assert run(tiny_dataset, finished).finished
    assert before == {path.name: path.stat().st_mtime_ns for path in finished.iterdir()}


def test_a_run_killed_between_epochs_continues_to_the_same_weights(
    finished, tiny_dataset, tmp_path
):
    out = tmp_path / "killed"
    code = (
        "import sys, torch; torch.set_num_threads(1)\n"
        "from pathlib import Path\n"
        "from manyfaces.benchmark.baselines.table import BASELINES\n"
        "from manyfaces.benchmark.training import train\n"
        "from manyfaces.benchmark.training_parameters import TrainingParameters\n"
        "row = BASELINES['mask-rcnn-small']\n"
        f"train(row, Path({str(tiny_dataset)!r}), Path({str(out)!r}),\n"
        f"      parameters=row.parameters(**{SHAPE!r}),\n"
        "      training=TrainingParameters(epochs=3, batch_size=2, device='cpu', workers=1))\n"
    )
    process = subprocess.Popen([sys.executable, "-c", code])
    deadline = time.monotonic() + 120
    while not (out / CHECKPOINT).exists() and time.monotonic() < deadline:
        time.sleep(0.01)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert not read_record(out).finished, "the run was over before it could be killed"
    record = run(tiny_dataset, out, workers=1)
    assert record.finished
    assert record.steps == 9
    assert read_bytes(out / WEIGHTS) == read_bytes(finished / WEIGHTS)
    assert len((out / METRICS).read_text().splitlines()) == 4


def test_time_ends_a_run_that_asks_for_nothing_else(tiny_dataset, tmp_path):
    record = run(tiny_dataset, tmp_path / "run", epochs=None, minutes=0.02)
    assert record.finished
    assert record.seconds < 30


def test_steps_end_a_run_within_an_epoch(tiny_dataset, tmp_path):
    assert run(tiny_dataset, tmp_path / "run", epochs=None, steps=2).steps == 2


def test_a_folder_with_another_run_is_refused(finished, tiny_dataset):
    with pytest.raises(UsageError, match="another run"):
        run(tiny_dataset, finished, seed=9)


def test_a_folder_with_something_else_is_refused(tiny_dataset, tmp_path):
    (tmp_path / "letter.txt").write_text("dear")
    with pytest.raises(UsageError, match="something else"):
        run(tiny_dataset, tmp_path)


def test_a_diverging_run_says_so_and_leaves_no_weights(tiny_dataset, tmp_path):
    with pytest.raises(DataError, match="diverged"):
        run(tiny_dataset, tmp_path / "run", learning_rate=1e30, warmup=0, clip=1e30)
    assert not (tmp_path / "run" / WEIGHTS).exists()


def test_an_unknown_split_is_refused_before_anything_is_written(tiny_dataset, tmp_path):
    with pytest.raises(UsageError, match="no split"):
        train(ROW, tiny_dataset, tmp_path / "run", split="dev")
    assert not (tmp_path / "run").exists()


def test_a_wrong_parameter_is_named():
    with pytest.raises(UsageError, match="side"):
        make_parameters(ROW, {"side": 3})
    with pytest.raises(UsageError, match="sides"):
        make_parameters(ROW, {"sides": 128})


def test_building_a_network_leaves_the_callers_generator_as_it_was():
    before = torch.get_rng_state()
    build_network(ROW, PARAMETERS, seed=3)
    assert torch.equal(before, torch.get_rng_state())
