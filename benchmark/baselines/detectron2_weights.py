"""Files of weights into a network of Detectron2, in every form that its own tools read."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from detectron2.checkpoint import DetectionCheckpointer
from torch import nn

from ...core.errors import DataError
from .starting_weights import check_file

_TRUNK: Final = "backbone."
_PYRAMID: Final = "backbone.fpn_"  # ImageNet's files have none
_COUNTER: Final = "num_batches_tracked"  # of batch normalisation; older files have none


class _Checkpointer(DetectionCheckpointer):
    """Detectron2's, which also tells what did not fit."""

    def _load_model(self, checkpoint: Any) -> Any:  # noqa: ANN401 - fvcore's record
        self.incompatible = super()._load_model(checkpoint)
        return self.incompatible


def load_detectron2(
    model: nn.Module, path: Path, sha256: str | None, *, whole: bool
) -> dict[str, Any]:
    """Fill a network, by names or, for Caffe2's and ImageNet's files, by likeness of names.

    Args:
        path: ``.pth``, ``.pkl`` of the model zoo, or pycls' ``.pyth``.
        whole: whether every weight must come from the file; otherwise the trunk's must.

    Returns:
        What else the file holds, such as the iteration.

    Raises:
        UsageError: there is no such file.
        DataError: it cannot be read, is another one, or does not fit.
    """
    check_file(path, sha256)
    checkpointer = _Checkpointer(model)
    try:
        rest: dict[str, Any] = checkpointer.load(str(path))
    except Exception as error:  # unpickling runs into any kind of error
        raise _unfit(path, (str(error).splitlines() or [type(error).__name__])[0]) from error
    found = checkpointer.incompatible
    lost = [*found.missing_keys, *(name for name, *_ in found.incorrect_shapes)]
    lost = [name for name in lost if not name.endswith(_COUNTER) and (whole or _of_trunk(name))]
    extra = list(found.unexpected_keys) if whole else []
    if lost or extra:
        raise _unfit(path, f"without {lost[0]}" if lost else f"with {extra[0]}")
    return rest


def _of_trunk(name: str) -> bool:
    return name.startswith(_TRUNK) and not name.startswith(_PYRAMID)


def _unfit(path: Path, got: str) -> DataError:
    return DataError(
        "the weights do not fit",
        where=path,
        got=f"{got:.200}",
        expected="a checkpoint of Detectron2 for this configuration",
    )
