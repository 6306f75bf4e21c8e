import csv
import signal
import subprocess
import sys

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.fitting import build_network
from manyfaces.benchmark.mixes import training_track
from manyfaces.benchmark.run_config import CONFIG, make_config, make_parameters, read_config
from manyfaces.benchmark.run_folder import CHECKPOINT, METRICS, RECORD, WEIGHTS, read_record
from manyfaces.benchmark.training import train
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.files import read_bytes, sha256_of_file
from safetensors.torch import load_file
from tiny_baseline import TINY, TinyNetwork

pytestmark = pytest.mark.usefixtures("one_thread")

ROW = BASELINES["mask-rcnn-small"]
SHAPE = {"side": 64, "channels": 16, "crop": 16}
PARAMETERS = ROW.parameters(**SHAPE)


def training(**given):
    return TrainingParameters(**{"epochs": 3, "batch_size": 2, "device": "cpu", **given})


def run(data, out, **given):
    return train(ROW, data, out, parameters=PARAMETERS, training=training(**given))


@pytest.fixture(scope="module")
def finished(tiny_dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "finished"
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


def test_a_process_killed_within_an_epoch_continues_to_the_same_weights(
    finished, tiny_dataset, tmp_path
):
    out = tmp_path / "killed"
    code = (
        "import os, signal, torch; torch.set_num_threads(1)\n"
        "from pathlib import Path\n"
        "from manyfaces.benchmark.baselines.table import BASELINES\n"
        "from manyfaces.benchmark.callbacks import EpochRecord\n"
        "from manyfaces.benchmark.training import train\n"
        "from manyfaces.benchmark.training_parameters import TrainingParameters\n"
        "save = EpochRecord._save\n"
        "def save_and_die(self, trainer):\n"
        "    save(self, trainer)\n"
        "    os.kill(os.getpid(), signal.SIGKILL)\n"
        "EpochRecord._save = save_and_die\n"
        "row = BASELINES['mask-rcnn-small']\n"
        f"train(row, Path({str(tiny_dataset)!r}), Path({str(out)!r}),\n"
        f"      parameters=row.parameters(**{SHAPE!r}),\n"
        "      training=TrainingParameters(epochs=3, batch_size=2, device='cpu', workers=1,\n"
        "                                  checkpoint_minutes=0))\n"
    )
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == -signal.SIGKILL
    assert (out / CHECKPOINT).exists()
    assert not (out / METRICS).exists(), "the epoch was over"
    record = run(tiny_dataset, out, workers=1)
    assert record.finished
    assert record.steps == 9
    assert read_bytes(out / WEIGHTS) == read_bytes(finished / WEIGHTS)
    assert len((out / METRICS).read_text().splitlines()) == 4


def test_a_run_can_be_trained_again_from_the_yaml_that_it_leaves(finished, tiny_dataset, tmp_path):
    row, config = make_config(read_config(finished / CONFIG), {}, finished / CONFIG)
    assert row is ROW
    assert config.data.resolve() == tiny_dataset
    train(
        row,
        config.data,
        tmp_path / "again",
        split=config.split,
        parameters=row.parameters(**config.network),
        training=config.training,
    )
    assert read_bytes(tmp_path / "again" / WEIGHTS) == read_bytes(finished / WEIGHTS)


def test_mixed_precision_trains_and_leaves_weights_of_full_precision(tiny_dataset, tmp_path):
    record = run(tiny_dataset, tmp_path / "run", epochs=1, precision="bf16", val="test")
    assert record.machine["precision"] == "bf16"
    weights = load_file(tmp_path / "run" / WEIGHTS)
    assert {value.dtype for value in weights.values() if value.is_floating_point()} == {
        torch.float32
    }
    with (tmp_path / "run" / METRICS).open() as file:
        assert all(float(row["loss"]) > 0 for row in csv.DictReader(file))


def test_determinism_on_request_gives_the_same_weights_and_is_off_afterwards(
    tiny_dataset, tmp_path
):
    for name in ("first", "second"):
        run(tiny_dataset, tmp_path / name, epochs=1, deterministic=True)
        assert not torch.are_deterministic_algorithms_enabled()
    first, second = (read_bytes(tmp_path / name / WEIGHTS) for name in ("first", "second"))
    assert first == second


def test_batches_added_up_are_one_step(tiny_dataset, tmp_path):
    # 5 batches of 1: steps of 2, 2 and 1.
    record = train(
        TINY,
        tiny_dataset,
        tmp_path / "run",
        training=training(epochs=2, batch_size=1, accumulate=2),
    )
    assert record.steps == 6


def test_perturbed_training_is_recorded_and_repeats_itself(tiny_dataset, tmp_path):
    for name, given in (("one", {}), ("two", {"workers": 1}), ("plain", {"augment": "plain"})):
        asked = training(epochs=1, **{"augment": "perturbed", **given})
        train(TINY, tiny_dataset, tmp_path / name, training=asked)
    one, two, plain = (read_bytes(tmp_path / name / WEIGHTS) for name in ("one", "two", "plain"))
    assert one == two != plain
    record = read_record(tmp_path / "one")
    assert record.training.augment == "perturbed"
    assert record.data["perturbations_sha256"] == training_track(0.5).sha256
    assert "perturbations_sha256" not in read_record(tmp_path / "plain").data


def test_a_full_memory_is_said_with_what_to_do(tiny_dataset, tmp_path, monkeypatch):
    monkeypatch.setattr(TinyNetwork, "fail_at", 2)
    monkeypatch.setattr(TinyNetwork, "error", torch.cuda.OutOfMemoryError("out of memory"))
    with pytest.raises(UsageError, match="--accumulate"):
        train(TINY, tiny_dataset, tmp_path / "run", training=training())


def test_a_device_that_is_not_there_is_refused_before_anything_is_written(tiny_dataset, tmp_path):
    with pytest.raises(UsageError, match="abacus"):
        run(tiny_dataset, tmp_path / "run", device="abacus")
    assert not (tmp_path / "run").exists()


def test_time_ends_a_run_that_asks_for_nothing_else(tiny_dataset, tmp_path):
    record = run(tiny_dataset, tmp_path / "run", epochs=None, minutes=0.02)
    assert record.finished
    assert record.seconds < 30


def test_steps_end_a_run_within_an_epoch(tiny_dataset, tmp_path):
    assert run(tiny_dataset, tmp_path / "run", epochs=None, steps=2).steps == 2


def test_a_folder_with_another_run_is_refused(finished, tiny_dataset):
    with pytest.raises(UsageError, match="another run") as caught:
        run(tiny_dataset, finished, seed=9, clip=2)
    assert "got training.seed 0, training.clip 5.0" in str(caught.value)
    assert "expected training.seed 9, training.clip 2.0" in str(caught.value)


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


def forensic_alone(finished, data, out):
    parameters = ROW.parameters(**SHAPE, trained="forensic")
    return train(ROW, data, out, parameters=parameters, training=training(), start=finished)


def test_a_run_may_start_from_the_weights_of_another_and_train_a_part(
    finished, tiny_dataset, tmp_path
):
    record = forensic_alone(finished, tiny_dataset, tmp_path / "run")
    assert record.data["start_sha256"] == sha256_of_file(finished / WEIGHTS)
    before, after = load_file(finished / WEIGHTS), load_file(tmp_path / "run" / WEIGHTS)
    changed = {name.split(".")[0] for name in before if not torch.equal(before[name], after[name])}
    assert changed == {"forensic"}
    values = read_config(tmp_path / "run" / CONFIG)
    assert values["start"].resolve() == finished.resolve()


def test_a_part_that_the_start_does_not_have_begins_anew(finished, tiny_dataset, tmp_path):
    parameters = ROW.parameters(**SHAPE, traces=8, trained="traces")
    out = tmp_path / "run"
    train(ROW, tiny_dataset, out, parameters=parameters, training=training(), start=finished)
    before, after = load_file(finished / WEIGHTS), load_file(out / WEIGHTS)
    assert {name.split(".")[0] for name in after.keys() - before.keys()} == {"traces"}
    assert all(torch.equal(before[name], after[name]) for name in before)


def test_another_start_is_another_run(finished, tiny_dataset, tmp_path):
    forensic_alone(finished, tiny_dataset, tmp_path / "run")
    with pytest.raises(UsageError, match=r"start_sha256"):
        train(
            ROW,
            tiny_dataset,
            tmp_path / "run",
            parameters=ROW.parameters(**SHAPE, trained="forensic"),
            training=training(),
        )


def test_a_start_of_another_shape_or_without_weights_is_refused(finished, tiny_dataset, tmp_path):
    wide = ROW.parameters(side=64, channels=32, crop=16)
    with pytest.raises(DataError, match=r"cannot be loaded.*(size mismatch|key).*parameters in"):
        train(
            ROW, tiny_dataset, tmp_path / "a", parameters=wide, training=training(), start=finished
        )
    begun = tmp_path / "begun"
    begun.mkdir()
    (begun / RECORD).write_bytes(read_bytes(finished / RECORD))
    with pytest.raises(UsageError, match="not finished"):
        train(ROW, tiny_dataset, tmp_path / "b", training=training(), start=begun)
    assert not (tmp_path / "b").exists()
