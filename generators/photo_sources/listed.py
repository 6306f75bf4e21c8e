"""Picture files that a listing names, with what it says of each: most photo sources."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Protocol

from ...core.errors import DataError, MissingDependencyError, UsageError
from ...core.files import read_bytes, sha256, sha256_of_file, to_json
from ...core.images import Rgb, decode_image, fit_within, is_turned, pixels_of
from ..faces import Box, Face, KnownFace
from ..sources import Photo, Scene

# Pixels. Larger photographs take longer to decode again than to keep shrunk as PNG; a
# build opens each about twice, as target and as donor.
LARGE: Final = 4_500_000
ABSENT: Final = "listed but not in the folder"


class Analyser(Protocol):
    """Finds faces: the part of ``FaceAnalyser`` that a source needs."""

    def analyse(self, image: Rgb) -> tuple[Face, ...]:
        """The faces of an (H, W, 3) picture, front to back."""
        ...

    def analyse_known(self, image: Rgb, known: Sequence[KnownFace]) -> tuple[Face, ...]:
        """The same where annotations know some faces, boxes in the picture's pixels."""
        ...


def face_analyser() -> Analyser:
    """The analyser for photographs, its model files found.

    Raises:
        MissingDependencyError: a model file is missing or not the expected one.
    """
    from ..analysis.analyser import FaceAnalyser
    from ..analysis.models import FACE_DETECTOR, FACE_MESH, find_model

    try:
        for model in (FACE_DETECTOR, FACE_MESH):
            find_model(model)
        return FaceAnalyser()
    except DataError as error:
        # Not a fault of the photograph: a build must stop, not skip every picture.
        raise MissingDependencyError(
            error.what,
            where=error.where,
            got=error.got,
            expected=error.expected,
            mend=error.mend,
        ) from error


@dataclass(frozen=True, slots=True)
class Listed:
    """A picture file of a layout, before it is hashed; the fields are those of ``Photo``."""

    name: str
    licence: str = "unknown"
    origin: str = ""
    group: str = ""
    known: tuple[KnownFace, ...] = ()


class ListedPhotos:
    """Picture files under one folder that a listing names, as a ``Source``.

    Args:
        root: the folder; the names are paths from there.
        kind: the layout, for the build's record.
        listing: names the files, in a fixed order; called in the parent process only.
        relative: whether boxes of known faces are shares of the picture, not pixels.
        analyser: makes the face analyser, once in each process that opens pictures.
    """

    def __init__(
        self,
        root: Path,
        kind: str,
        listing: Callable[[], Sequence[Listed]],
        *,
        relative: bool = False,
        analyser: Callable[[], Analyser] = face_analyser,
    ) -> None:
        # Absolute, as Dask's workers stand elsewhere; a name on a hub is no path.
        self.root = root.absolute() if root.exists() else root
        self.kind = kind
        self.relative = relative
        self._listing: Callable[[], Sequence[Listed]] | None = listing
        self._make_analyser = analyser
        self._analyser: Analyser | None = None
        self._photos: tuple[Photo, ...] | None = None

    def __getstate__(self) -> dict[str, object]:
        # Networks do not pickle, each process loads its own; the list is for the parent.
        return {**self.__dict__, "_analyser": None, "_photos": None, "_listing": None}

    @property
    def identity(self) -> dict[str, object]:
        """The hash over every photograph's name, content, licence, origin, group and faces."""
        rows = [
            [photo.name, photo.sha256, photo.licence, photo.origin, photo.group]
            + ([photo.known] if photo.known else [])
            for photo in self.photos()
        ]
        return {"source": self.kind, "count": len(rows), "content": sha256(to_json(rows))}

    def photos(self) -> Sequence[Photo]:
        """Every photograph, in the listing's order; hashed on the first call.

        Raises:
            UsageError: there is none.
            DataError: the listing cannot be read.
        """
        if self._photos is None:
            assert self._listing is not None, "photographs are listed in the parent process"
            rows = self._listing()
            # Hashing waits for the disk and leaves the interpreter free: threads do.
            with ThreadPoolExecutor() as pool:
                hashed = list(pool.map(lambda row: _hash(self.root / row.name), rows))
            self._photos = tuple(
                Photo(row.name, digest, row.licence, row.origin, row.group, row.known, unread)
                for row, (digest, unread) in zip(rows, hashed, strict=True)
            )
        return self._photos

    def open(self, photo: Photo, max_side: int) -> Scene:
        """Read one photograph upright, shrink it, and find its faces.

        Raises:
            DataError: the photograph cannot be read.
            MissingDependencyError: the analyser's model files are missing.
        """
        data, kept = self.content(photo)
        whole = decode_image(data, where=f"{self.root}, {photo.name}")
        image = fit_within(whole, max_side)
        known = () if is_turned(data) else photo.known
        faces = self._faces(image, known, (1, 1) if self.relative else whole.shape[:2])
        return Scene(image, faces, kept if whole.size <= 3 * LARGE else None)

    def picture(self, photo: Photo, max_side: int) -> Rgb | Path | bytes:
        """The picture of ``open``, where possible without decoding it."""
        data, kept = self.content(photo)
        if pixels_of(data) <= LARGE:
            return kept
        return fit_within(decode_image(data, where=f"{self.root}, {photo.name}"), max_side)

    def content(self, photo: Photo) -> tuple[bytes, Path | bytes]:
        """The encoded picture, and where it can be read again: its file, or the bytes.

        Raises:
            DataError: it cannot be read.
        """
        path = self.root / photo.name
        return read_bytes(path), path.absolute()

    def _faces(
        self, image: Rgb, known: Sequence[KnownFace], size: tuple[int, ...]
    ) -> tuple[Face, ...]:
        """The faces of a shrunk picture; ``size`` is what the boxes' units add up to."""
        if self._analyser is None:
            self._analyser = self._make_analyser()
        if not known:
            return self._analyser.analyse(image)
        height, width = image.shape[:2]
        return self._analyser.analyse_known(image, scaled(known, width / size[1], height / size[0]))


def scaled(known: Sequence[KnownFace], across: float, down: float) -> list[KnownFace]:
    """Known faces with their boxes in the units of a picture of another size."""

    def resized(box: Box) -> Box:
        return (box[0] * across, box[1] * down, box[2] * across, box[3] * down)

    return [replace(one, box=resized(one.box)) for one in known]


def require_folder(root: Path) -> None:
    """Refuse what is no folder.

    Raises:
        UsageError: it does not exist, or is a file.
    """
    if not root.is_dir():
        raise UsageError(
            "there is no such folder of photographs",
            where=root,
            got="a file" if root.exists() else "nothing",
            expected="a folder",
        )


def _hash(path: Path) -> tuple[str, str]:
    """A file's SHA-256, or else why it cannot be read."""
    try:
        return sha256_of_file(path), ""
    except (FileNotFoundError, NotADirectoryError):
        return "", ABSENT
    except OSError as error:
        return "", f"unreadable: {error.strerror}"
