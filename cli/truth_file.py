"""The file of ``--truth``, before it is read."""

from __future__ import annotations

from pathlib import Path


def require_file(truth: Path) -> None:
    """Name the annotations where a dataset's folder is given for them.

    Raises:
        UsageError: it is a folder.
    """
    from ..annotations.dataset import ANNOTATIONS, annotation_files
    from ..benchmark.predicting import is_dataset
    from ..core.errors import UsageError

    if truth.is_dir():
        splits = annotation_files(truth).values() if is_dataset(truth) else ()
        raise UsageError(
            "--truth is a folder",
            got=truth,
            expected=" or ".join(map(str, splits)) or f"a file, as {ANNOTATIONS}/<split>.json",
        )
