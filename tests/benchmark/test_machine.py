import pytest

torch = pytest.importorskip("torch", reason="the training extra is not installed")

from manyfaces.benchmark import machine
from manyfaces.benchmark.machine import determinism, find_machine
from manyfaces.benchmark.training_parameters import TrainingParameters
from manyfaces.core.errors import UsageError


def yes(**_):
    return True


def no(**_):
    return False


@pytest.fixture
def gpus(monkeypatch):
    """A machine with two GPUs that know bf16, and twelve cores, as far as torch tells."""
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    monkeypatch.setattr(torch.cuda, "get_device_name", "GPU {}".format)
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", yes)
    monkeypatch.setattr(machine, "cores", lambda: 12)


def find(**given):
    return find_machine(TrainingParameters(**given))


def test_a_processor_trains_alone_in_full_precision_and_loads_in_the_same_process():
    found = find(device="cpu")
    assert (found.devices, found.precision, found.workers, found.pinned) == (1, "32", 0, False)
    assert "strategy" not in found.trainer_options


def test_gpus_train_together_in_half_precision_and_share_the_cores_as_loaders(gpus):
    found = find()
    assert found.device == "gpu"
    assert (found.devices, found.precision, found.workers, found.pinned) == (2, "bf16", 6, True)
    assert found.trainer_options["precision"] == "bf16-mixed"
    assert found.trainer_options["strategy"].startswith("ddp")
    assert found.record()["name"] == "GPU 0, GPU 1"


def test_an_old_gpu_uses_16_bits(gpus, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_bf16_supported", no)
    assert find(device="gpu").precision == "16"


def test_workers_are_at_least_one_and_not_hundreds(gpus, monkeypatch):
    monkeypatch.setattr(machine, "cores", lambda: 1)
    assert find().workers == 1
    monkeypatch.setattr(machine, "cores", lambda: 256)
    assert find().workers == 16


def test_what_is_asked_for_is_taken(gpus):
    found = find(device="cuda", devices=1, precision=32, workers=3)
    assert (found.device, found.devices, found.precision, found.workers) == ("gpu", 1, "32", 3)


def test_16_bits_without_a_gpu_are_a_mistake():
    with pytest.raises(UsageError, match="16 bits need a GPU"):
        find(device="cpu", precision=16)


def test_determinism_is_on_within_and_off_after():
    with determinism(True):
        assert torch.are_deterministic_algorithms_enabled()
    assert not torch.are_deterministic_algorithms_enabled()
    with determinism(False):
        assert not torch.are_deterministic_algorithms_enabled()


def test_an_operation_that_cannot_be_deterministic_is_a_mistake_of_the_users():
    with pytest.raises(UsageError, match="deterministically"), determinism(True):
        # As torch words it.
        raise RuntimeError("put_ does not have a deterministic implementation, but you set …")
    with pytest.raises(RuntimeError, match="other"), determinism(True):
        raise RuntimeError("other trouble")
