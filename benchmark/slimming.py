"""Runs in half the bytes: weights as 16-bit floats, to publish or to carry along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..core.files import atomic, claim_folder, read_bytes
from .run_folder import RECORD, WEIGHTS, read_record, weights_file, write_record

if TYPE_CHECKING:
    from torch import Tensor


def slim(run: Path, out: Path) -> Path:
    """Copy a finished run's record and weights, these as 16-bit floats.

    A weight keeps 11 significant bits, so scores change in their fourth digit.

    Raises:
        UsageError: the run has not finished, or ``out`` holds something else.
        DataError: its record is damaged.
    """
    from safetensors.torch import load, save

    record, source = read_record(run), weights_file(run)
    claim_folder(out, marker=RECORD, purpose="a slim run")
    state = {name: _halved(value) for name, value in load(read_bytes(source)).items()}
    with atomic(out / WEIGHTS) as file:
        file.write(save(state))
    write_record(out, record)
    return out


def _halved(value: Tensor) -> Tensor:
    return value.half() if value.is_floating_point() else value
