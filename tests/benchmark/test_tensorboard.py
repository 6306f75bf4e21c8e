import sys

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.tensorboard import FOLDER
from manyfaces.benchmark.training import train
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.core.errors import MissingDependencyError
from tiny_baseline import TINY, Killed, TinyNetwork

ASKED = TrainingParameters(
    epochs=2, batch_size=1, device="cpu", log="tensorboard", val="test", checkpoint_minutes=0
)


def scalars(folder):
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    events = EventAccumulator(str(folder / FOLDER)).Reload()
    return {tag: [row.step for row in events.Scalars(tag)] for tag in events.Tags()["scalars"]}


def test_loss_rate_means_and_validation_are_written(tiny_dataset, tmp_path):
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    train(TINY, tiny_dataset, tmp_path / "run", training=ASKED)
    found = scalars(tmp_path / "run")
    assert found["step/loss"] == found["step/learning_rate"] == [10]
    assert found["epoch/loss_map"] == [5, 10]
    assert found["val/box/AP50/any"] == [5, 10]


def test_a_resumed_run_writes_each_step_once(tiny_dataset, tmp_path, monkeypatch):
    pytest.importorskip("tensorboard", reason="TensorBoard is not installed")
    with monkeypatch.context() as patch:
        patch.setattr(TinyNetwork, "fail_at", 8)
        with pytest.raises(Killed):
            train(TINY, tiny_dataset, tmp_path / "run", training=ASKED)
    train(TINY, tiny_dataset, tmp_path / "run", training=ASKED)
    found = scalars(tmp_path / "run")
    assert found["epoch/loss"] == [5, 10]
    assert found["step/loss"] == [10]


def test_where_it_is_missing_the_install_line_is_given_and_nothing_written(
    tiny_dataset, tmp_path, monkeypatch
):
    monkeypatch.setitem(sys.modules, "torch.utils.tensorboard", None)
    with pytest.raises(MissingDependencyError, match="pip install"):
        train(TINY, tiny_dataset, tmp_path / "run", training=ASKED)
    assert not (tmp_path / "run").exists()
