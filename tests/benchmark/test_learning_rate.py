import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark.learning_rate import find_learning_rate
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.core.errors import DataError
from tiny_baseline import TINY, TinyNetwork


def find(data, steps=30, **given):
    asked = TrainingParameters(batch_size=2, device="cpu", warmup=0, **given)
    return find_learning_rate(TINY, data, training=asked, steps=steps)


def test_the_rates_rise_and_the_suggestion_is_one_of_them(tiny_dataset):
    found = find(tiny_dataset)
    assert (np.diff(found.rates) > 0).all()
    assert found.rates[0] == pytest.approx(1e-6)
    assert found.suggestion in found.rates
    assert 1e-4 < found.suggestion < 1


def test_a_step_of_several_batches_has_their_mean(tiny_dataset):
    # 3 batches an epoch are 2 steps.
    assert len(find(tiny_dataset, steps=6, accumulate=2).losses) == 6


def test_the_same_seed_gives_the_same_curve(tiny_dataset):
    first, second = find(tiny_dataset, steps=6), find(tiny_dataset, steps=6)
    assert (first.losses == second.losses).all()


def test_it_ends_where_the_loss_is_no_longer_finite(tiny_dataset, monkeypatch):
    honest = TinyNetwork.losses

    def losses(self, *batch):
        found = honest(self, *batch)
        return {name: value / (0 if self.calls > 4 else 1) for name, value in found.items()}

    monkeypatch.setattr(TinyNetwork, "losses", losses)
    assert len(find(tiny_dataset).losses) == 4


def test_it_ends_where_the_loss_has_gone_up_far(tiny_dataset, monkeypatch):
    honest = TinyNetwork.losses

    def losses(self, *batch):
        return {name: value * 3.0**self.calls for name, value in honest(self, *batch).items()}

    monkeypatch.setattr(TinyNetwork, "losses", losses)
    assert len(find(tiny_dataset).losses) < 10


def test_a_loss_that_is_never_finite_is_said(tiny_dataset, monkeypatch):
    honest = TinyNetwork.losses

    def losses(self, *batch):
        return {name: value / 0 for name, value in honest(self, *batch).items()}

    monkeypatch.setattr(TinyNetwork, "losses", losses)
    with pytest.raises(DataError, match="not finite"):
        find(tiny_dataset)
