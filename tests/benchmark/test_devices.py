"""Several devices: how the pictures are dealt out, and two processes that train together."""

import subprocess
import sys
from pathlib import Path

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.data import EpochSampler
from manyfaces.benchmark.run_folder import WEIGHTS, read_record

SCRIPT = """
import os, sys, torch; torch.set_num_threads(1)
sys.path.insert(0, {helpers!r})
from pathlib import Path
from tiny_baseline import TINY
from manyfaces.benchmark.fitting import rank
from manyfaces.benchmark.training import train
from manyfaces.benchmark.training_parameters import TrainingParameters

asked = TrainingParameters(
    epochs=2, batch_size=1, warmup=0, learning_rate=0.05, device="cpu", devices=2,
    val="test", metric="loss", checkpoint_minutes=0,
)
record = train(TINY, Path({data!r}), Path({out!r}), training=asked)
# At once: both processes write into one pipe, and print does it word by word.
os.write(1, " ".join(map(str, (rank(), record.steps, record.best["value"], "\\n"))).encode())
"""


@pytest.mark.parametrize(("count", "world"), [(10, 2), (11, 2), (3, 4), (7, 3), (5, 1)])
def test_each_picture_is_dealt_out_and_each_device_gets_as_many(count, world):
    hands = [list(EpochSampler(count, 3, rank, world)) for rank in range(world)]
    assert {len(hand) for hand in hands} == {-(-count // world)}
    assert all(len(EpochSampler(count, 3, rank, world)) == len(hands[0]) for rank in range(world))
    dealt = [draw.row for turn in zip(*hands, strict=True) for draw in turn]
    # In the order that one device would see, and round again where it does not come out even.
    order = [draw.row for draw in EpochSampler(count, 3)]
    assert dealt == (order * world)[: len(dealt)]
    assert sorted(set(dealt)) == list(range(count))


def test_the_first_pictures_of_an_epoch_can_be_left_out_and_the_next_epoch_is_whole():
    sampler, whole = EpochSampler(7, 3, 1, 2), EpochSampler(7, 3, 1, 2)
    sampler.resume(4, 3)
    whole.set_epoch(4)
    sampler.set_epoch(4)  # as Lightning does
    assert list(sampler) == list(whole)[3:]
    assert len(sampler) == len(whole) == 4
    for each in (sampler, whole):
        each.set_epoch(5)
    assert list(sampler) == list(whole)


def test_two_processes_train_one_network(tiny_dataset, tmp_path):
    script = tmp_path / "script.py"
    helpers = str(Path(__file__).parents[1] / "helpers")
    out = tmp_path / "run"
    script.write_text(SCRIPT.format(helpers=helpers, data=str(tiny_dataset), out=str(out)))
    done = subprocess.run(
        [sys.executable, script], capture_output=True, text=True, check=False, timeout=120
    )
    assert done.returncode == 0, done.stderr
    ranks = sorted(line.split() for line in done.stdout.splitlines())
    assert [row[0] for row in ranks] == ["0", "1"]
    # 5 pictures for two are 3 batches each, twice; both know the same score.
    assert [row[1] for row in ranks] == ["6", "6"]
    assert ranks[0][2] == ranks[1][2]
    record = read_record(out)
    assert record.finished
    assert record.machine["devices"] == 2
    assert (out / WEIGHTS).is_file()
