"""Files of weights to start from, as torchvision releases them."""

from __future__ import annotations

import pickle
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from ...core.errors import DataError, UsageError
from ...core.files import sha256_of_file


def load_part(module: nn.Module, path: Path, prefix: str, sha256: str | None = None) -> None:
    """Fill a module from those tensors of a file whose names begin with ``prefix``.

    What the file holds beside the module's own tensors is left out.

    Args:
        path: ``.pth`` or ``.safetensors``.
        sha256: of the file, checked where given.

    Raises:
        UsageError: there is no such file.
        DataError: it cannot be read, is another one, or does not fit.
    """
    state = read_state(check_file(path, sha256))
    own = module.state_dict()
    part = {name: state[prefix + name] for name in own if prefix + name in state}
    wrong = [name for name in own if name not in part or part[name].shape != own[name].shape]
    if wrong:
        raise unfit(path, f"no {prefix}{wrong[0]} of shape {tuple(own[wrong[0]].shape)}")
    module.load_state_dict(part)


def check_file(path: Path, sha256: str | None) -> Path:
    """The same path, where it is a file and the one that was meant.

    Raises:
        UsageError: there is no such file.
        DataError: its SHA-256 is another.
    """
    if not path.is_file():
        raise UsageError(
            "the weights to start from are no file",
            got=path,
            mend="Weights are never downloaded: name a file, or leave weights out",
        )
    if sha256 is not None and (found := sha256_of_file(path)) != sha256:
        raise DataError(
            "the weights to start from are another file", where=path, got=found, expected=sha256
        )
    return path


def read_state(path: Path) -> Mapping[str, Tensor]:
    """The tensors of a ``.pth`` or ``.safetensors`` file by name.

    Raises:
        DataError: it cannot be read or holds something else.
    """
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    try:
        if path.suffix == ".safetensors":
            return load_file(path)
        found: Any = torch.load(path, map_location="cpu", weights_only=True)
    except (
        OSError, RuntimeError, ValueError, EOFError, pickle.UnpicklingError, SafetensorError
    ) as error:  # fmt: skip
        raise unfit(path, str(error).splitlines()[0]) from error
    if not isinstance(found, Mapping) or not all(isinstance(v, Tensor) for v in found.values()):
        raise unfit(path, type(found).__name__)
    return found


def unfit(path: Path, got: str) -> DataError:
    """The error of a file whose weights a network cannot take."""
    return DataError(
        "the weights to start from do not fit",
        where=path,
        got=f"{got:.200}",
        expected="a state as torchvision releases it for this network",
    )
