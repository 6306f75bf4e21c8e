"""Runs in half the bytes: weights as 16-bit floats, to publish or to carry along."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from ..core.errors import DataError, UsageError
from ..core.files import atomic, read_bytes
from .run_folder import WEIGHTS, claim_copy, read_record, weights_file, write_record

if TYPE_CHECKING:
    from torch import Tensor


def slim(run: Path, out: Path) -> Path:
    """Copy a finished run's record and weights, these as 16-bit floats.

    A weight keeps 11 significant bits, so scores change in their fourth digit.

    Raises:
        UsageError: the run has not finished, or ``out`` is the run itself or holds something
            else than an earlier copy of it.
        DataError: its record is damaged, or a weight is beyond what 16 bits hold.
    """
    from safetensors.torch import load, save

    record, source = read_record(run), weights_file(run)
    if out.resolve() == run.resolve():
        raise UsageError(
            "a run cannot be slimmed in its own place: its weights would lose half their bits",
            where=out,
            expected="another folder",
        )
    state = {name: _halved(value, name, source) for name, value in load(read_bytes(source)).items()}
    claim_copy(out, record, "a slim copy of this run")
    with atomic(out / WEIGHTS) as file:
        file.write(save(state))
    write_record(out, record)
    return out


def _halved(value: Tensor, name: str, source: Path) -> Tensor:
    if not value.is_floating_point():
        return value
    half = value.half()
    if not half.isfinite().all():
        raise DataError(
            "a weight does not fit into 16 bits",
            where=source,
            got=f"{name}: {float(value.abs().max()):.3g}",
            expected="finite values up to 65504",
            mend="Keep the run as it is: it is whole and can be used",
        )
    return half
