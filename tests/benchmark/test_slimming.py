import re
import shutil

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.baselines.table import BASELINES
from manyfaces.benchmark.detectors import load_network
from manyfaces.benchmark.run_folder import RECORD, WEIGHTS, read_record, write_record
from manyfaces.benchmark.slimming import slim
from manyfaces.benchmark.training import train
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.core.errors import DataError, UsageError
from safetensors.torch import load_file, save_file

pytestmark = pytest.mark.usefixtures("one_thread")

ROW = BASELINES["mask-rcnn-small"]


@pytest.fixture(scope="module")
def run(tiny_dataset, tmp_path_factory):
    out = tmp_path_factory.mktemp("runs") / "run"
    parameters = ROW.parameters(side=64, channels=16, crop=16)
    once = TrainingParameters(epochs=1, batch_size=4, device="cpu")
    train(ROW, tiny_dataset, out, parameters=parameters, training=once)
    return out


def test_a_slim_run_keeps_eleven_bits_of_each_weight(run, tmp_path):
    out = slim(run, tmp_path / "slim")
    assert sorted(path.name for path in out.iterdir()) == sorted([RECORD, WEIGHTS])
    assert read_record(out) == read_record(run)
    assert (out / WEIGHTS).stat().st_size < 0.6 * (run / WEIGHTS).stat().st_size
    whole, half = load_file(run / WEIGHTS), load_file(out / WEIGHTS)
    for name, value in whole.items():
        if value.is_floating_point():
            assert torch.allclose(value, half[name].float(), rtol=2**-11, atol=1e-7), name


def test_a_slim_run_is_loaded_like_any_other(run, tmp_path):
    network = load_network(slim(run, tmp_path / "slim"), "cpu")
    assert {value.dtype for value in network.parameters()} == {torch.float32}


def test_an_unfinished_run_has_nothing_to_copy(run, tmp_path):
    begun = tmp_path / "begun"
    begun.mkdir()
    (begun / RECORD).write_bytes((run / RECORD).read_bytes())
    with pytest.raises(UsageError, match="not finished"):
        slim(begun, tmp_path / "slim")


def test_it_may_be_made_again_but_over_no_other_run_and_not_over_itself(run, tmp_path):
    slim(run, tmp_path / "slim")
    weights = (run / WEIGHTS).read_bytes()
    assert slim(run, tmp_path / "slim") == tmp_path / "slim"
    with pytest.raises(UsageError, match="in its own place"):
        slim(run, run)
    other = tmp_path / "other"
    shutil.copytree(run, other)
    record = read_record(run)
    seed = record.training.model_copy(update={"seed": 999})
    write_record(other, record.model_copy(update={"training": seed}))
    with pytest.raises(UsageError, match=r"another run.*999"):
        slim(run, other)
    assert (run / WEIGHTS).read_bytes() == (other / WEIGHTS).read_bytes() == weights
    assert read_record(other).training.seed == 999


def test_a_weight_beyond_sixteen_bits_is_named_and_nothing_written(run, tmp_path):
    shutil.copytree(run, tmp_path / "large")
    state = load_file(run / WEIGHTS)
    name = next(name for name in state if name.endswith("running_var"))
    save_file({**state, name: state[name] + 1e5}, tmp_path / "large" / WEIGHTS)
    with pytest.raises(DataError, match=re.escape(name)):
        slim(tmp_path / "large", tmp_path / "slim")
    assert not (tmp_path / "slim").exists()
