"""Where a build keeps what it has finished, until the dataset is whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from ..core.files import read_bytes, write_bytes
from ..core.images import Rgb, encode_png_fast, fit_within, read_image

FOLDER: Final = ".build"
IDENTITY: Final = "identity.json"
REPORT: Final = "report.json"

# Donors come back: neighbours in the plan draw from the same photographs.
_OPEN_PICTURES: Final = 12


@dataclass(frozen=True, slots=True)
class Workspace:
    """The paths of a build.

    Every file is written whole, so one that exists is finished. Files of photographs lie in
    folders by the first two digits of their hash: some file systems cannot hold ten million
    names in one.

    Args:
        root: the dataset's folder.
        analyses: where measured faces are kept for further builds; the build's own folder,
            which goes when the dataset is whole, where it is None.
        max_side: pixels that a photograph's longer side is shrunk to; None where all are
            shrunk already.
    """

    root: Path
    analyses: Path | None = None
    max_side: int | None = None

    @property
    def folder(self) -> Path:
        """The build's own folder, gone when the dataset is whole."""
        return self.root / FOLDER

    @property
    def staging(self) -> Path:
        """Where the dataset is put together before it appears at the root."""
        return self.folder / "dataset"

    def analysis(self, photo: str) -> Path:
        """What the analyser found in a photograph, by its SHA-256."""
        return _sharded(self.analyses or self.folder / "analysis", photo, ".jsonl")

    def picture(self, photo: str) -> Path:
        """A picture file, or a link to one: a photograph before it is shrunk, or after."""
        return _sharded(self.folder / "pictures", photo, "")

    def pool(self, split: str) -> Path:
        """The faces of a split that may be donors."""
        return self.folder / "donors" / f"{split}.jsonl"

    def image(self, photo: str) -> Path:
        """The dataset's image of a photograph, pristine or forged."""
        return _sharded(self.folder / "images", photo, ".jpg")

    def part(self, photo: str) -> Path:
        """The faces of that image, with how they were made; written after the image."""
        return _sharded(self.folder / "parts", photo, ".json")

    def save_picture(self, photo: str, picture: Rgb | Path | bytes) -> None:
        """Keep a photograph: its pristine pixels, its file by a link, or its file's content."""
        path = self.picture(photo)
        if isinstance(picture, Path):
            if _link(path, picture):
                return
            picture = read_bytes(picture)
        write_bytes(path, picture if isinstance(picture, bytes) else encode_png_fast(picture))

    def load_picture(self, photo: str) -> Rgb:
        """The pristine pixels of a photograph, read-only; the latest few stay in memory."""
        path = self.picture(photo)
        return _load(path, path.stat().st_mtime_ns, self.max_side)


def _sharded(folder: Path, photo: str, suffix: str) -> Path:
    return folder / photo[:2] / f"{photo}{suffix}"


def _link(path: Path, file: Path) -> bool:
    """Make ``path`` a link to a photograph's own file, where the system has links."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.unlink(missing_ok=True)
        path.symlink_to(file)
    except OSError:
        return False
    return True


@lru_cache(maxsize=_OPEN_PICTURES)
def _load(path: Path, written: int, max_side: int | None) -> Rgb:  # noqa: ARG001 - a file written anew is another key
    image = read_image(path)
    if max_side is not None:
        image = fit_within(image, max_side)
    image.setflags(write=False)
    return image
