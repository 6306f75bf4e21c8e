"""What a training run finds on this machine: devices, precision, loader processes."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from typing import Any, Final

import torch

from ..core.errors import UsageError
from .device_names import lightning_name
from .trainer import PRECISIONS
from .training_parameters import TrainingParameters

_MOST_WORKERS: Final = 16  # a device; more only wait for each other


@dataclass(frozen=True, slots=True)
class Machine:
    """What ``auto`` became.

    Args:
        device: cpu, gpu, mps, …
        devices: how many train together on this machine.
        precision: 32, bf16 or 16.
        workers: loader processes for each device.
    """

    device: str
    devices: int
    precision: str
    workers: int

    @property
    def pinned(self) -> bool:
        """Whether batches lie in page-locked memory, from which a GPU copies by itself."""
        return self.device == "gpu"

    @property
    def trainer_options(self) -> dict[str, Any]:
        """For ``make_trainer``.

        A picture without faces leaves a part of a network without gradients, for which
        devices that train together must be told to look.
        """
        options: dict[str, Any] = {
            "devices": self.devices,
            "precision": PRECISIONS[self.precision],
            "use_distributed_sampler": False,
        }
        if self.devices > 1:
            options["strategy"] = "ddp_find_unused_parameters_true"
        return options

    def record(self) -> dict[str, Any]:
        """For ``run.json``."""
        names = {torch.cuda.get_device_name(row) for row in range(torch.cuda.device_count())}
        found = ", ".join(sorted(names)) if self.device == "gpu" else None
        return {**asdict(self), "name": found, "threads": torch.get_num_threads()}


def find_machine(asked: TrainingParameters) -> Machine:
    """What to train on.

    Raises:
        UsageError: 16 bits are asked for without a GPU.
    """
    device = _device(asked.device)
    devices = _devices(device) if asked.devices == "auto" else asked.devices
    precision = _precision(device) if asked.precision == "auto" else asked.precision
    if precision == "16" and device != "gpu":
        raise UsageError(
            "16 bits need a GPU",
            got=f"precision 16 on {device}",
            expected="auto, 32, or bf16",
        )
    workers = _workers(device, devices) if asked.workers == "auto" else asked.workers
    return Machine(device, devices, precision, workers)


def _device(asked: str) -> str:
    if asked != "auto":
        return lightning_name(asked)
    if torch.cuda.is_available():
        return "gpu"
    return "mps" if torch.backends.mps.is_available() else "cpu"


def _devices(device: str) -> int:
    return max(1, torch.cuda.device_count()) if device == "gpu" else 1


def _precision(device: str) -> str:
    if device != "gpu":
        return "32"
    return "bf16" if torch.cuda.is_bf16_supported(including_emulation=False) else "16"


def _workers(device: str, devices: int) -> int:
    """A processor that trains has no core to spare; beside a GPU they are all idle."""
    if device != "gpu":
        return 0
    return min(_MOST_WORKERS, max(1, cores() // devices))


def cores() -> int:
    """The processor cores that this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@contextmanager
def determinism(wanted: bool) -> Iterator[None]:
    """Within, operations that may give another result each time are refused.

    Raises:
        UsageError: one of them was about to run.
    """
    before = torch.are_deterministic_algorithms_enabled(), torch.backends.cudnn.benchmark
    if wanted:
        # Of cuBLAS, read when it starts.
        os.environ.setdefault("CUBLAS_WORKSPACE_CONFIG", ":4096:8")
        torch.use_deterministic_algorithms(True)
        torch.backends.cudnn.benchmark = False
    try:
        yield
    except RuntimeError as error:
        if not wanted or "deterministic" not in str(error):
            raise
        raise UsageError(
            "this network cannot be trained deterministically here",
            got=str(error).splitlines()[0],
            mend="Train on the processor, or without --deterministic",
        ) from error
    finally:
        torch.use_deterministic_algorithms(before[0])
        torch.backends.cudnn.benchmark = before[1]
