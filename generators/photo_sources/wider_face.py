"""WIDER FACE as it is unpacked (Yang et al., CVPR 2016): events, boxes and their flags.

``wider_face_split/wider_face_<subset>_bbx_gt.txt`` beside ``WIDER_<subset>/images/``. A
picture's entry is its path, the number of faces, and a row for each: x, y, width, height,
blur, expression, illumination, invalid, occlusion, pose. A picture without a face has one
row of zeros.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from ...core.errors import DataError, UsageError
from ...core.files import read_bytes
from ..faces import KnownFace
from .listed import Listed, ListedPhotos, require_folder

FOLDER: Final = "wider_face_split"
PATTERN: Final = "wider_face_*_bbx_gt.txt"
# As the dataset's card on Hugging Face states it; the project's page states none.
LICENCE: Final = "CC-BY-NC-ND-4.0"
ORIGIN: Final = "WIDER FACE"

_FIELDS: Final = 10
_BLUR, _INVALID, _OCCLUSION = 4, 7, 8
_HEAVY: Final = 2  # of blur and of occlusion, on the dataset's scale of 0 to 2


def recognise(place: Path) -> bool:
    """Whether a folder holds WIDER FACE's annotation files."""
    return any((place / FOLDER).glob(PATTERN))


def open_wider_face(place: Path) -> ListedPhotos:
    """WIDER FACE's annotated pictures as a source.

    Raises:
        UsageError: the folder does not exist.
    """
    require_folder(place)
    return ListedPhotos(place, "wider-face", partial(list_pictures, place))


def list_pictures(root: Path) -> list[Listed]:
    """Every annotated picture, missing ones too, of all subsets.

    Raises:
        UsageError: there is no annotation file.
        DataError: one cannot be read; its line is named.
    """
    files = sorted((root / FOLDER).glob(PATTERN))
    if not files:
        raise UsageError(
            "this is not WIDER FACE", where=root, expected=f"{FOLDER}/{PATTERN} from its page"
        )
    return sorted((row for file in files for row in read_subset(file)), key=lambda row: row.name)


def read_subset(path: Path) -> Iterator[Listed]:
    """The pictures of one annotation file."""
    subset = path.name.removeprefix("wider_face_").removesuffix("_bbx_gt.txt")
    lines = read_bytes(path).decode("utf-8", "replace").splitlines()
    at = 0
    while at < len(lines):
        if not lines[at].strip():
            at += 1
            continue
        name, count = lines[at].strip(), _count(path, lines, at + 1)
        rows = [_row(path, lines, at + 2 + index) for index in range(max(count, 1))]
        known = [_face(row) for row in rows if count and min(row[2:4]) > 0 and not row[_INVALID]]
        yield Listed(f"WIDER_{subset}/images/{name}", LICENCE, ORIGIN, group_of(name), tuple(known))
        at += 2 + len(rows)


def group_of(name: str) -> str:
    """The event and the query that found a picture; its people may return in others of it."""
    return "WIDER FACE " + Path(name).stem.rpartition("_")[0]


def _face(row: list[int]) -> KnownFace:
    x, y, width, height = row[:4]
    doubtful = _HEAVY in (row[_BLUR], row[_OCCLUSION])
    return KnownFace((x, y, x + width, y + height), doubtful=doubtful)


def _count(path: Path, lines: list[str], at: int) -> int:
    try:
        return int(lines[at])
    except (IndexError, ValueError) as error:
        raise _broken(path, lines, at, "the number of faces") from error


def _row(path: Path, lines: list[str], at: int) -> list[int]:
    try:
        row = [int(value) for value in lines[at].split()]
    except (IndexError, ValueError) as error:
        raise _broken(path, lines, at, f"{_FIELDS} whole numbers") from error
    if len(row) != _FIELDS:
        raise _broken(path, lines, at, f"{_FIELDS} whole numbers")
    return row


def _broken(path: Path, lines: list[str], at: int, expected: str) -> DataError:
    got = f"{lines[at]:.60}" if at < len(lines) else "the end of the file"
    return DataError(
        "a list of faces cannot be read",
        where=f"{path}, line {at + 1}",
        got=got,
        expected=expected,
    )
