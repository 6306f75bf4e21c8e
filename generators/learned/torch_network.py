"""TorchScript networks, and torch made to give the same numbers each time."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np

from ...core.errors import DataError, UsageError
from .config import Device
from .extras import require
from .network import Input
from .tensors import Array


class TorchRunner:
    """A TorchScript module; ``module`` is a ``torch.jit.ScriptModule``."""

    def __init__(self, module: Any, device: str) -> None:  # noqa: ANN401 - torch is optional
        self._module, self._device = module, device

    @property
    def inputs(self) -> Sequence[Input]:
        """The arguments of its ``forward``; their shapes are not known."""
        arguments = self._module.forward.schema.arguments[1:]
        return [Input(entry.name, required=not entry.has_default_value()) for entry in arguments]

    @property
    def device(self) -> str:
        """Where it runs."""
        return self._device

    def run(self, values: Mapping[str, Array]) -> Array:
        """The output for all inputs; of several outputs the first."""
        torch = require("torch")
        with steady():
            tensors = {
                name: torch.from_numpy(np.ascontiguousarray(array)).to(self._device)
                for name, array in values.items()
            }
            answer = self._answer(tensors)
        first = answer[0] if isinstance(answer, tuple | list) else answer
        return np.asarray(first.float().cpu().numpy(), dtype=np.float32)

    def _answer(self, tensors: Mapping[str, Any]) -> Any:  # noqa: ANN401 - as above
        try:
            return self._module(**tensors)
        except RuntimeError as error:
            # The interpreter's traceback comes first; what went wrong stands last.
            raise RuntimeError(str(error).strip().splitlines()[-1]) from error


def open_torchscript(path: Path, device: Device) -> TorchRunner:
    """Load a network.

    Raises:
        MissingDependencyError: torch is not installed.
        DataError: the file is no TorchScript.
        UsageError: there is no such device.
    """
    torch = require("torch")
    place = torch_device(path, device)
    try:
        with warnings.catch_warnings():
            # TorchScript gives way to torch.export; generators are still published as it.
            warnings.simplefilter("ignore", FutureWarning)
            warnings.simplefilter("ignore", DeprecationWarning)
            module = torch.jit.load(str(path), map_location=place)
    except (RuntimeError, ValueError, OSError) as error:
        raise DataError(
            "the network cannot be read",
            where=path,
            got=str(error).splitlines()[0][:200],
            expected="TorchScript, as torch.jit.save writes it",
        ) from error
    return TorchRunner(module.eval(), place)


def torch_device(path: Path, device: Device) -> str:
    """Where torch runs: "cpu" or "cuda".

    Raises:
        UsageError: a GPU is asked for, and torch finds none.
    """
    there = bool(require("torch").cuda.is_available())
    if device == "cuda" and not there:
        raise UsageError(
            "the network shall run on a GPU, and none can be used",
            where=path,
            got="torch finds no CUDA device",
            mend="Write `device: auto`",
        )
    return "cuda" if there and device != "cpu" else "cpu"


@contextmanager
def steady() -> Iterator[None]:
    """Torch without gradients, on one thread: sums come in one order, whatever the machine."""
    torch = require("torch")
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        with torch.inference_mode():
            yield
    finally:
        torch.set_num_threads(before)
