"""Open Images (Kuznetsova et al., IJCV 2020): its CSV files beside downloaded pictures.

``*annotations-bbox.csv`` holds the boxes, in shares of the picture; the image lists
(``*images*.csv``, columns ImageID and License) hold licence, author and page. Pictures may
lie anywhere under the folder, named by their ImageID.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Final

from ...core.errors import DataError, UsageError
from ...core.images import SUFFIXES
from ..faces import KnownFace
from .files import picture_names
from .listed import Listed, ListedPhotos, require_folder

HUMAN_FACE: Final = "/m/0dzct"
BOXES: Final = "*annotations-bbox.csv"
_BOX: Final = ("XMin", "YMin", "XMax", "YMax")
_FLAGS: Final = ("IsOccluded", "IsGroupOf", "IsDepiction")
_CREDIT: Final = ("License", "Author", "OriginalLandingURL", "OriginalURL")

Row = dict[str, Any]


def recognise(place: Path) -> bool:
    """Whether a folder holds Open Images' boxes."""
    return bool(_tables(place, BOXES))


def open_open_images(place: Path) -> ListedPhotos:
    """The downloaded pictures of Open Images as a source.

    Raises:
        UsageError: the folder does not exist.
    """
    require_folder(place)
    return ListedPhotos(place, "open-images", partial(list_pictures, place), relative=True)


def list_pictures(root: Path) -> list[Listed]:
    """Every picture under the folder, with its faces, licence and page.

    Raises:
        UsageError: there are no boxes, or no pictures.
        DataError: a CSV file cannot be read.
    """
    tables = _tables(root, BOXES)
    if not tables:
        raise UsageError("this is not Open Images", where=root, expected=f"a file {BOXES}")
    names = sorted(picture_names(root))
    if not names:
        raise UsageError(
            "the folder holds no pictures of Open Images",
            where=root,
            expected=f"<ImageID>.jpg at any depth (or {', '.join(sorted(SUFFIXES))})",
        )
    wanted = {Path(name).stem for name in names}
    faces, credit = read_faces(tables, wanted), read_credit(_tables(root, "*image*.csv"), wanted)
    return [_listed(name, faces, credit) for name in names]


def _listed(name: str, faces: dict[str, list[KnownFace]], credit: dict[str, Row]) -> Listed:
    key = Path(name).stem
    row = credit.get(key, {})
    return Listed(
        name=name,
        licence=row.get("License") or "unknown",
        origin=origin_of(row),
        # One photographer's pictures may show the same people.
        group=f"author {row['Author']}" if row.get("Author") else "",
        known=tuple(faces.get(key, ())),
    )


def origin_of(row: Row) -> str:
    """Page and author, as CC BY wants them named; empty where neither is known."""
    page = row.get("OriginalLandingURL") or row.get("OriginalURL") or "Open Images"
    return f"{page} by {row['Author']}" if row.get("Author") else (page if row else "")


def read_faces(tables: Sequence[Path], wanted: set[str]) -> dict[str, list[KnownFace]]:
    """The human faces of some images, by ImageID; boxes in shares, groups left out."""
    found: dict[str, list[KnownFace]] = {}
    for row in _rows(tables, ("ImageID", "LabelName", *_BOX, *_FLAGS), wanted):
        group = row.get("IsGroupOf") == 1
        if row["LabelName"] == HUMAN_FACE and not group:
            box = (float(row["XMin"]), float(row["YMin"]), float(row["XMax"]), float(row["YMax"]))
            depicted = row.get("IsDepiction") == 1
            found.setdefault(row["ImageID"], []).append(KnownFace(box, depicted=depicted))
    return found


def read_credit(tables: Sequence[Path], wanted: set[str]) -> dict[str, Row]:
    """Licence, author and page of some images, by ImageID."""
    return {
        row["ImageID"]: {name: str(row.get(name) or "").strip() for name in _CREDIT}
        for row in _rows([path for path in tables if _has(path, "License")], _CREDIT, wanted)
    }


def _tables(root: Path, pattern: str) -> list[Path]:
    """CSV files at the folder's root and in its folders: nobody wants a search of millions."""
    return sorted({*root.glob(pattern), *root.glob(f"*/{pattern}")})


def _has(path: Path, column: str) -> bool:
    with path.open(encoding="utf-8-sig", errors="replace") as file:
        return column in file.readline().strip().split(",")


def _rows(tables: Iterable[Path], columns: Sequence[str], wanted: set[str]) -> Iterator[Row]:
    """The rows of some images, block by block: the training set's boxes are 2 GB."""
    import pyarrow as pa
    from pyarrow import compute, csv

    keys = pa.array(sorted(wanted))
    for path in tables:
        present = [name for name in ("ImageID", *columns) if _has(path, name)]
        options = csv.ConvertOptions(
            include_columns=list(dict.fromkeys(present)),
            column_types={name: pa.string() for name in ("ImageID", "LabelName", *_CREDIT)},
            strings_can_be_null=False,
        )
        try:
            for batch in csv.open_csv(path, convert_options=options):
                kept = batch.filter(compute.is_in(batch.column("ImageID"), value_set=keys))
                yield from kept.to_pylist()
        except (pa.ArrowInvalid, KeyError) as error:
            raise DataError("a list cannot be read", where=path, got=str(error)) from error
