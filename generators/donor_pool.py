"""The donors of one split, on disk: searched without being loaded, however many they are.

Three files make a pool. A table of numbers, mapped into memory and shared by all processes
of a machine, tells which donors may fit; one line of JSON holds each donor; a list of
offsets finds the line. Donors are in the order of their photographs' hashes, which is a
random one.
"""

from __future__ import annotations

import io
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cached_property
from pathlib import Path
from typing import Any, Final, overload

import numpy as np
from numpy.typing import NDArray

from ..core.files import atomic, parse_json, to_json, write_bytes
from ..core.seeds import seed_of
from .analysis.traits import Traits
from .donors import BARE, CHIN, UPPER_LIP, Fit
from .sources import Photo

# A face looks at so many donors of its split, from a place of its own on: enough to find
# twins, and the same work in a pool of millions.
WINDOW: Final = 1 << 15
# So many of those within the limits are weighed one by one.
CANDIDATES: Final = 256

_COLUMNS: Final = (
    "yaw", "pitch", "mouth_open", "mouth_width", "eyes_open", "lightness", "a", "b", "light",
    "chin", "upper_lip", "veil", "glasses", "eyes", "oddness",
)  # fmt: skip
_KEYS: Final = 2  # of photograph and group, beside the columns
_SLACK: Final = 1e-9  # the table must not refuse what the exact comparison takes


@dataclass(frozen=True, slots=True)
class DonorFace:
    """A face that may be a donor; ``photo`` holds its photograph."""

    photo: Photo
    face: int
    traits: Traits


class DonorPool(Sequence[DonorFace]):
    """The donors of one split.

    Args:
        path: of the file that holds the lines; the others lie beside it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._offsets: NDArray[np.int64] = np.load(_offsets(path), mmap_mode="r")

    def __len__(self) -> int:
        return len(self._offsets) - 1

    @overload
    def __getitem__(self, index: int) -> DonorFace: ...
    @overload
    def __getitem__(self, index: slice) -> Sequence[DonorFace]: ...
    def __getitem__(self, index: int | slice) -> DonorFace | Sequence[DonorFace]:
        if isinstance(index, slice):
            return [self[number] for number in range(*index.indices(len(self)))]
        if not -len(self) <= index < len(self):
            raise IndexError(index)
        return self._read([index % len(self)])[0]

    def _read(self, rows: Iterable[int]) -> list[DonorFace]:
        found = []
        with self._path.open("rb") as file:
            for row in rows:
                low, high = self._offsets[row : row + 2].tolist()
                file.seek(low)
                found.append(_from_json(parse_json(file.read(high - low), where=self._path)))
        return found

    def __iter__(self) -> Iterator[DonorFace]:
        with self._path.open("rb") as file:
            for line in file:
                yield _from_json(parse_json(line, where=self._path))

    @cached_property
    def _table(self) -> NDArray[np.float64]:
        table: NDArray[np.float64] = np.load(_table_file(self._path), mmap_mode="r")
        return table

    def like(self, photo: Photo, target: Traits, fit: Fit) -> list[DonorFace]:
        """Donors from other photographs and groups that may fit a face, a few hundred at most.

        What is left out does not fit, or comes after ``CANDIDATES`` others in the window
        that starts at a place drawn from the photograph's hash.
        """
        if not len(self):
            return []
        start = int(photo.sha256[:12], 16) % len(self)
        rows = (start + np.arange(min(WINDOW, len(self)))) % len(self)
        fitting = rows[_may_fit(self._table[rows], _row(photo, target), target, fit)]
        return self._read(fitting[:CANDIDATES].tolist())


def _may_fit(
    table: NDArray[np.float64], own: NDArray[np.float64], target: Traits, fit: Fit
) -> NDArray[np.bool_]:
    """Which rows are within the limits, of other photographs and of other groups."""
    column = {name: table[:, place] for place, name in enumerate(_COLUMNS)}
    mine = dict(zip(_COLUMNS, own, strict=False))
    photo, group = table[:, -2], table[:, -1]
    fits = (photo != own[-2]) & ((group != own[-1]) | (own[-1] == 0))
    fits &= column["eyes"] >= fit.scale * target.eyes - _SLACK
    fits &= (column["oddness"] <= fit.odd) & (target.oddness <= fit.odd)
    if fit.bare:
        fits &= (column["glasses"] < BARE) & (target.glasses < BARE)
    for name, (limit, _) in fit.limits.items():
        if name == "hue":
            off = np.hypot(column["a"] - mine["a"], column["b"] - mine["b"])
        elif name in column:
            off = np.abs(column[name] - mine[name])
        else:
            continue
        fits &= off <= limit + _SLACK
    return np.asarray(fits)


def _row(photo: Photo, traits: Traits) -> NDArray[np.float64]:
    """A face's row of the table: ``_COLUMNS``, then keys of its photograph and group."""
    tone = traits.tone
    values = {
        **{name: getattr(traits, name, 0.0) for name in _COLUMNS},
        "lightness": tone[0],
        "a": tone[1],
        "b": tone[2],
        "chin": traits.patches[CHIN][0] - tone[0],
        "upper_lip": traits.patches[UPPER_LIP][0] - tone[0],
    }
    # Whole numbers of 53 bits are exact; 0 is no group.
    keys = [seed_of(photo.sha256) >> 75, seed_of(photo.group) >> 75 if photo.group else 0]
    return np.array([*(values[name] for name in _COLUMNS), *keys], dtype=np.float64)


def save_pool(path: Path, donors: Iterable[DonorFace]) -> None:
    """Write a pool; the file of ``path`` comes last, so that a pool that is there is whole."""
    ordered = sorted(donors, key=lambda donor: (donor.photo.sha256, donor.face))
    lines = [to_json(_to_json(donor)) for donor in ordered]
    table = np.array([_row(donor.photo, donor.traits) for donor in ordered], dtype=np.float64)
    offsets = np.cumsum([0, *map(len, lines)], dtype=np.int64)
    _save(_table_file(path), table.reshape(-1, len(_COLUMNS) + _KEYS))
    _save(_offsets(path), offsets)
    with atomic(path) as file:
        file.writelines(lines)


def _save(path: Path, array: NDArray[Any]) -> None:
    buffer = io.BytesIO()
    np.save(buffer, array)
    write_bytes(path, buffer.getvalue())


def _table_file(path: Path) -> Path:
    return path.with_suffix(".table.npy")


def _offsets(path: Path) -> Path:
    return path.with_suffix(".offsets.npy")


def _to_json(donor: DonorFace) -> dict[str, Any]:
    # Its known faces are measured by now.
    photo = asdict(replace(donor.photo, known=()))
    return {"photo": photo, "face": donor.face, "traits": donor.traits.to_json()}


def _from_json(row: Mapping[str, Any]) -> DonorFace:
    photo = Photo(**{**row["photo"], "known": ()})
    return DonorFace(photo, row["face"], Traits.from_json(row["traits"]))
