"""Either name of a GPU is taken by what trains and by what predicts."""

import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark import detectors, trainer
from manyfaces.benchmark.machine import find_machine
from manyfaces.benchmark.training_parameters import TrainingParameters


@pytest.mark.parametrize("name", ["gpu", "cuda"])
def test_either_name_of_a_gpu_is_taken(name, monkeypatch):
    asked = []
    monkeypatch.setattr(trainer.pl, "Trainer", lambda **given: asked.append(given["accelerator"]))
    trainer.make_trainer(name, [])
    assert asked == ["gpu"]
    assert find_machine(TrainingParameters(device=name, devices=1, precision="32")).device == "gpu"
    empty = torch.empty
    monkeypatch.setattr(torch, "empty", lambda *a, device: asked.append(device) or empty(*a))
    detectors._device(name)
    assert asked[-1] == "cuda"


@pytest.mark.parametrize("name", ["cpu", "auto"])
def test_other_names_stay(name, monkeypatch):
    monkeypatch.setattr(trainer.pl, "Trainer", lambda **given: given["accelerator"])
    assert trainer.make_trainer(name, []) == name
    assert detectors._device("cpu") == torch.device("cpu")
