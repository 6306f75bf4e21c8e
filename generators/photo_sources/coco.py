"""A COCO file with boxes of faces, and the released files of OpenForensics."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from ...annotations.coco_faces import is_box
from ...annotations.openforensics import FILES, resolve_image
from ...core.errors import DataError, UsageError
from ...core.files import read_json
from ..faces import KnownFace
from .listed import Listed, ListedPhotos, require_folder

FACE_NAMES: Final = frozenset({"face", "human face", "human-face", "human_face", "faces", "real"})
FAKE_NAMES: Final = frozenset({"fake", "forged", "manipulated", "deepfake"})
PICTURES: Final = ("", "images", "Images")  # where pictures lie, from the file's folder

# The project's page, its archive and its repository state three different terms.
OPENFORENSICS_LICENCE: Final = "OpenForensics: academic use (terms differ by place)"


def recognise_coco(place: Path) -> bool:
    """Whether a place is a JSON file."""
    return place.suffix.lower() == ".json" and place.is_file()


def recognise_openforensics(place: Path) -> bool:
    """Whether a folder holds a released annotation file."""
    return any((place / name).is_file() for name in FILES)


def open_coco(place: Path) -> ListedPhotos:
    """The pictures of a COCO file as a source; they lie beside it or in ``images``.

    Raises:
        UsageError: the file does not exist.
    """
    if not place.is_file():
        raise UsageError("there is no such COCO file", where=place, expected="a JSON file")
    return ListedPhotos(place.parent, "coco", partial(list_coco, place, place.parent))


def open_openforensics(place: Path) -> ListedPhotos:
    """The pristine pictures of OpenForensics as a source, of the splits that are there.

    Raises:
        UsageError: the folder does not exist.
    """
    require_folder(place)
    return ListedPhotos(place, "openforensics", partial(list_openforensics, place))


def list_openforensics(root: Path) -> list[Listed]:
    """Every picture without a forged face.

    Raises:
        UsageError: the folder holds none of the released files, or nothing pristine.
        DataError: a file cannot be read.
    """
    files = [root / name for name in FILES if (root / name).is_file()]
    if not files:
        raise UsageError(
            "this is not OpenForensics", where=root, expected=f"one of {', '.join(FILES)}"
        )
    rows = [row for path in files for row in list_coco(path, root)]
    return [
        Listed(row.name, OPENFORENSICS_LICENCE, "OpenForensics", row.group, row.known)
        for row in rows
    ]


def list_coco(path: Path, root: Path) -> list[Listed]:
    """The pictures of a COCO file, by name, without those that show a forged face.

    Raises:
        UsageError: it names no category of faces, or no picture is left.
        DataError: it is not COCO; the place of the first fault is named.
    """
    data = read_json(path)
    if not isinstance(data, dict) or not all(
        isinstance(data.get(name), list) for name in ("images", "annotations", "categories")
    ):
        raise DataError(
            "this is not a COCO file",
            where=path,
            expected="an object with images, annotations and categories",
        )
    faces = gather(data, path)
    licences = {row.get("id"): row for row in data.get("licenses") or [] if isinstance(row, dict)}
    rows = [
        _listed(row, faces.known.get(row.get("id"), []), licences, path, root)
        for row in data["images"]
        if isinstance(row, dict) and row.get("id") not in faces.forged
    ]
    if not rows:
        raise UsageError("no picture without a forged face is listed", where=path)
    return sorted(rows, key=lambda row: row.name)


@dataclass(frozen=True, slots=True)
class Gathered:
    """The known faces of each image, and the images that hold a forgery, by image id."""

    known: dict[Any, list[KnownFace]] = field(default_factory=dict)
    forged: set[Any] = field(default_factory=set)


def gather(data: Mapping[str, Any], path: Path) -> Gathered:
    """Read the boxes of a COCO object; crowds are left out."""
    kinds = face_categories(data["categories"], path)
    found = Gathered()
    for row in data["annotations"]:
        if not isinstance(row, dict) or row.get("category_id") not in kinds:
            continue
        if kinds[row["category_id"]]:
            found.forged.add(row.get("image_id"))
        elif not row.get("iscrowd"):
            found.known.setdefault(row.get("image_id"), []).append(_face(row, path))
    return found


def face_categories(categories: Sequence[Any], path: Path) -> dict[Any, bool]:
    """Category id of faces → whether they are forged; a single category is taken for faces.

    Raises:
        UsageError: no category is named as faces are.
    """
    names = {
        row.get("id"): str(row.get("name", "")).strip().lower()
        for row in categories
        if isinstance(row, dict)
    }
    kinds = {
        key: name in FAKE_NAMES for key, name in names.items() if name in FACE_NAMES | FAKE_NAMES
    }
    if not kinds and len(names) == 1:
        return dict.fromkeys(names, False)
    if not kinds:
        raise UsageError(
            "no category is one of faces",
            where=path,
            got=f"{', '.join(names.values()):.80}",
            expected=f"one named {', '.join(sorted(FACE_NAMES))}",
        )
    return kinds


def _face(row: Mapping[str, Any], path: Path) -> KnownFace:
    box = row.get("bbox")
    if not is_box(box):
        raise DataError(
            "a box cannot be read",
            where=f"{path}, annotation {row.get('id')!r:.40}, bbox",
            got=f"{box!r:.60}",
            expected="[x, y, width, height]",
        )
    x, y, width, height = (float(value) for value in row["bbox"])
    return KnownFace((x, y, x + width, y + height))


def _listed(
    row: Mapping[str, Any],
    known: Sequence[KnownFace],
    licences: Mapping[Any, Mapping[str, Any]],
    path: Path,
    root: Path,
) -> Listed:
    if not isinstance(row.get("file_name"), str):
        raise DataError("an image row has no file_name", where=path, got=f"{row!r:.80}")
    licence = licences.get(row.get("license"), {})
    stated = (licence.get("name"), licence.get("url"))
    origin = row.get("flickr_url") or row.get("coco_url") or row.get("url")
    return Listed(
        name=place_of(root, row["file_name"]),
        licence=" ".join(str(part) for part in stated if part) or "unknown",
        origin=str(origin or path.name),
        group=str(row.get("group") or ""),
        known=tuple(known),
    )


def place_of(root: Path, name: str) -> str:
    """A picture's path from ``root``; the name as written where no such file is found."""
    for folder in PICTURES:
        try:
            found = resolve_image(root / folder, name)
        except DataError:
            continue
        return found.relative_to(root).as_posix()
    return Path(name).name if Path(name).is_absolute() or ".." in Path(name).parts else name
