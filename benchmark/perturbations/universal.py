"""Universal perturbations: one small pattern, tiled over any picture.

The published set is a file of this package, made against a baseline by
``manyfaces attack universal``; applying it needs neither the network nor a framework.
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from ...core.errors import DataError
from ...core.files import parse_json, read_bytes, sha256, to_json, write_bytes
from ...core.images import Rgb
from .operator import Params, Perturbation, as_set, levels, size_of

Pattern = NDArray[np.int8]  # (S, S, 3) in 255ths

BOUNDS: Final = (1, 2, 4, 8, 16)  # of 255, of severities 1 to 5
PUBLISHED: Final = Path(__file__).with_name("universal.npz")
_RECORD: Final = "record.json"
# What reading an archive or an array raises where bytes are damaged, beside their own errors.
_DAMAGE: Final = (KeyError, ValueError, EOFError, NotImplementedError, OSError, RuntimeError)
_EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of all files in the archive: equal sets are equal bytes


@dataclass(frozen=True, eq=False, slots=True)
class UniversalSet:
    """Patterns by their bound in 255ths, and how they were made."""

    patterns: Mapping[int, Pattern]
    record: Mapping[str, Any]

    @property
    def sha256(self) -> str:
        """Of the patterns, whatever the record says."""
        rows = {str(bound): sha256(self.patterns[bound].tobytes()) for bound in self.patterns}
        return sha256(to_json(dict(sorted(rows.items()))))


def tiled(pattern: NDArray[Any], size: tuple[int, int]) -> NDArray[Any]:
    """A (S, S, 3) pattern repeated over (height, width) from the upper left corner."""
    side = pattern.shape[0]
    height, width = size
    return np.tile(pattern, (-(-height // side), -(-width // side), 1))[:height, :width]


def add_pattern(image: Rgb, pattern: Pattern) -> Rgb:
    """The picture under a tiled pattern, cut at 0 and 255."""
    shown = image.astype(np.int16) + tiled(pattern, size_of(image))
    return np.asarray(np.clip(shown, 0, 255), dtype=np.uint8)


def write_universal(path: Path, made: UniversalSet) -> None:
    """Write a set as ``.npz``, with ``record.json`` inside."""
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(zipfile.ZipInfo(_RECORD, _EPOCH), to_json(dict(made.record), indent=True))
        for bound, pattern in sorted(made.patterns.items()):
            archive.writestr(_entry(f"{bound}.npy"), _npy(pattern))
    write_bytes(path, file.getvalue())


def _entry(name: str) -> zipfile.ZipInfo:
    entry = zipfile.ZipInfo(name, _EPOCH)
    entry.compress_type = zipfile.ZIP_DEFLATED
    return entry


def _npy(pattern: Pattern) -> bytes:
    file = io.BytesIO()
    np.save(file, pattern, allow_pickle=False)
    return file.getvalue()


def read_universal(path: Path) -> UniversalSet:
    """Read a set.

    Raises:
        DataError: the file is missing, damaged, or no such set.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(read_bytes(path))) as archive:
            record = parse_json(archive.read(_RECORD), where=path)
            names = [name for name in archive.namelist() if name.endswith(".npy")]
            patterns = {int(name[:-4]): _pattern(archive.read(name)) for name in names}
        for bound, pattern in patterns.items():
            _require(pattern, bound)
    except (zipfile.BadZipFile, zlib.error, *_DAMAGE) as error:
        raise DataError(
            "this is no set of universal perturbations",
            where=path,
            got=str(error),
            expected="what `manyfaces attack universal` wrote",
        ) from error
    return UniversalSet(dict(sorted(patterns.items())), record)


def _pattern(data: bytes) -> Pattern:
    return np.asarray(np.load(io.BytesIO(data), allow_pickle=False))


def _require(pattern: Pattern, bound: int) -> None:
    side = pattern.shape[0] if pattern.ndim == 3 else 0
    if pattern.dtype != np.int8 or not side or pattern.shape != (side, side, 3):
        raise ValueError(f"{bound}.npy: {pattern.dtype} {pattern.shape}, not int8 (S, S, 3)")
    if int(np.abs(pattern.astype(np.int16)).max()) > bound:
        raise ValueError(f"{bound}.npy: values beyond ±{bound}")


@cache
def published() -> UniversalSet:
    """The set that comes with the package."""
    return read_universal(PUBLISHED)


def _apply(image: Rgb, params: Params) -> Rgb:
    return add_pattern(image, published().patterns[int(params["bound"])])


ROWS: Final = (
    Perturbation(
        name="universal",
        version=1,
        group="adversarial",
        description="one pattern for all pictures, made against a baseline, within ±1, 2, 4, 8, "
        "16 of 255",
        source="Huang et al., ICIP 2020; Moosavi-Dezfooli et al., CVPR 2017; the pattern is ours",
        severities=levels(bound=BOUNDS),
        draw_params=as_set,
        pixels=_apply,
        scales=False,
    ),
)
