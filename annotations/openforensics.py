"""The released OpenForensics files: their names, and where their pictures really lie."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Final

from ..core.errors import DataError

# Annotation file → split name, as published.
FILES: Final = {
    "Train_poly.json": "Train",
    "Val_poly.json": "Val",
    "Test-Dev_poly.json": "Test-Dev",
    "Test-Challenge_poly.json": "Test-Challenge",
}
PREFIX: Final = "Images/"  # stands in the file names, but not in the archives


def resolve_image(root: Path, file_name: str) -> Path:
    """The picture of an annotation file under the dataset's folder.

    Tried in turn: the name as written, without OpenForensics' ``Images/`` prefix, and the
    bare file name.

    Raises:
        DataError: none of these exists, or the name leads out of the folder.
    """
    names = [file_name, file_name.removeprefix(PREFIX), Path(file_name).name]
    for name in dict.fromkeys(names):
        # Names come from a file that anyone may have written; links are the owner's.
        stays = not PurePosixPath(name).is_absolute() and ".." not in PurePosixPath(name).parts
        if stays and _is_file(root / name):
            return root / name
    raise DataError(
        "an annotated picture is missing",
        where=root,
        got=f"no file {' or '.join(dict.fromkeys(names)):.200}",
        mend="Unpack the archives of this split here",
    )


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except OSError:  # a name that the file system cannot have, too long for example
        return False
