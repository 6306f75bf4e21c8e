"""Where a build keeps what it has finished, until the dataset is whole."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from ..core.files import write_bytes
from ..core.images import Rgb, encode_png, read_image

FOLDER: Final = ".build"
IDENTITY: Final = "identity.json"
REPORT: Final = "report.json"

# Donors come back: neighbours in the plan draw from the same photographs.
_OPEN_PICTURES: Final = 12


@dataclass(frozen=True, slots=True)
class Workspace:
    """The paths of a build; ``root`` is the dataset's folder.

    Every file is written whole, so one that exists is finished.
    """

    root: Path

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
        return self.folder / "analysis" / f"{photo}.json"

    def picture(self, photo: str) -> Path:
        """A photograph's pristine pixels, upright and shrunk."""
        return self.folder / "pictures" / f"{photo}.png"

    def pool(self, split: str) -> Path:
        """The faces of a split that may be donors."""
        return self.folder / "donors" / f"{split}.json"

    def image(self, photo: str) -> Path:
        """The dataset's image of a photograph, pristine or forged."""
        return self.folder / "images" / f"{photo}.jpg"

    def part(self, photo: str) -> Path:
        """The faces of that image, with how they were made; written after the image."""
        return self.folder / "parts" / f"{photo}.json"

    def save_picture(self, photo: str, image: Rgb) -> None:
        """Keep a photograph's pristine pixels."""
        write_bytes(self.picture(photo), encode_png(image))

    def load_picture(self, photo: str) -> Rgb:
        """The pristine pixels of a photograph, read-only; the latest few stay in memory."""
        path = self.picture(photo)
        return _load(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=_OPEN_PICTURES)
def _load(path: Path, written: int) -> Rgb:  # noqa: ARG001 - a file written anew is another key
    image = read_image(path)
    image.setflags(write=False)
    return image
