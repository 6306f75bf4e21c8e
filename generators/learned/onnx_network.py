"""ONNX networks through onnxruntime."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np

from ...core.errors import DataError, UsageError
from .config import Device
from .extras import require
from .network import Input
from .tensors import Array

CUDA: Final = "CUDAExecutionProvider"
CPU: Final = "CPUExecutionProvider"
_TYPES: Final = {
    "tensor(float)": np.float32,
    "tensor(float16)": np.float16,
    "tensor(double)": np.float64,
    "tensor(int64)": np.int64,
    "tensor(int32)": np.int32,
}


class OnnxRunner:
    """A session of onnxruntime; ``session`` is an ``onnxruntime.InferenceSession``."""

    def __init__(self, session: Any, output: str) -> None:  # noqa: ANN401 - onnxruntime has no types
        self._session, self._output = session, output
        self._types = {entry.name: _TYPES.get(entry.type) for entry in session.get_inputs()}
        self._single = {entry.name for entry in session.get_inputs() if not entry.shape}

    @property
    def inputs(self) -> Sequence[Input]:
        """Its inputs, in order; initializers that may be replaced are none."""
        return [Input(entry.name, _sides(entry.shape)) for entry in self._session.get_inputs()]

    @property
    def device(self) -> str:
        """Where it runs."""
        return "cuda" if self._session.get_providers()[0] == CUDA else "cpu"

    def run(self, values: Mapping[str, Array]) -> Array:
        """The output for all inputs."""
        feeds = {
            name: (array.reshape(()) if name in self._single else array).astype(self._types[name])
            for name, array in values.items()
        }
        (answer,) = self._session.run([self._output], feeds)
        return np.asarray(answer, dtype=np.float32)


def _sides(shape: Sequence[object]) -> tuple[int | None, ...]:
    return tuple(side if isinstance(side, int) else None for side in shape)


def open_onnx(path: Path, device: Device, output: str | None) -> OnnxRunner:
    """Load a network.

    On a CPU its answers are the same on every run and with any number of workers: one
    thread adds up in one order.

    Raises:
        MissingDependencyError: onnxruntime is not installed.
        DataError: the file cannot be read.
        UsageError: there is no such device, or no such output.
    """
    runtime = require("onnxruntime")
    options = runtime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.execution_mode = runtime.ExecutionMode.ORT_SEQUENTIAL
    options.use_deterministic_compute = True
    options.log_severity_level = 3
    providers = _providers(path, device, runtime.get_available_providers())
    try:
        session = runtime.InferenceSession(str(path), options, providers=providers)
    except Exception as error:  # onnxruntime's own exceptions have no common base
        got = str(error).splitlines()[0][:200]
        raise DataError("the network cannot be read", where=path, got=got) from error
    if device == "cuda" and session.get_providers()[0] != CUDA:
        raise _no_gpu(path, "onnxruntime could not start it")
    return OnnxRunner(session, _output_of(path, session, output))


def _providers(path: Path, device: Device, available: Sequence[str]) -> list[str]:
    if device == "cpu" or (device == "auto" and CUDA not in available):
        return [CPU]
    if CUDA not in available:
        raise _no_gpu(path, f"onnxruntime has {', '.join(available)}")
    return [CUDA, CPU]


def _no_gpu(path: Path, got: str) -> UsageError:
    return UsageError(
        "the network shall run on a GPU, and none can be used",
        where=path,
        got=got,
        mend="Install onnxruntime-gpu in place of onnxruntime, or write `device: auto`",
    )


def _output_of(path: Path, session: Any, name: str | None) -> str:  # noqa: ANN401 - as above
    names = [entry.name for entry in session.get_outputs()]
    if name is not None and name not in names:
        raise UsageError(
            f"the network has no output {name!r}", where=path, expected=f"one of {', '.join(names)}"
        )
    return str(names[0] if name is None else name)


def last_initializer(path: Path) -> Array:
    """The (N, M) matrix that is the last initializer of an ONNX file.

    Raises:
        MissingDependencyError: ``onnx`` is not installed.
        UsageError: the file has none, or it is no matrix.
    """
    onnx = require("onnx")
    stored = onnx.load(str(path)).graph.initializer
    matrix = onnx.numpy_helper.to_array(stored[-1]) if stored else np.zeros(0)
    if matrix.ndim != 2:
        raise UsageError(
            "the network keeps no matrix for the embedding",
            where=path,
            got=f"a last initializer of shape {list(matrix.shape)}",
            mend="Leave out `projection`",
        )
    return np.asarray(matrix, dtype=np.float32)
