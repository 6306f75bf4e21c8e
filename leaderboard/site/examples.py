"""Pictures of the public split with what an entry found in them.

Nothing here looks at the truth. Which pictures are drawn depends on their ids alone, and only
answers are drawn: the worst pictures, or answers beside the truth, would tell participants
what a hidden truth is.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from ...annotations.categories import FAKE
from ...annotations.instances import Instances
from ...annotations.manifest import Manifest, ManifestEntry
from ...annotations.predictions import parse_predictions
from ...annotations.result_rows import Limits, load_rows
from ...benchmark.annotated import annotate
from ...core.errors import DataError
from ...core.files import read_bytes, sha256, write_bytes
from ...core.images import Rgb, decode_image, encode_jpeg, fit_within
from .facts import DrawnPicture

SCORE: Final = 0.5  # from which faces are drawn; the best threshold would need the truth
SIDE: Final = 720  # pixels, longer side of a drawn picture: captions can still be read
QUALITY: Final = 82
_NAME: Final = re.compile(r"[0-9a-f]{32}-(\d+)x(\d+)-(\d+)-(\d+)")


@dataclass(frozen=True, slots=True)
class Gallery:
    """Draws, and keeps what it has drawn.

    Args:
        folder: where drawings are kept, nobody else's.
        data: the dataset folder with the pictures.
        rows: the pictures to draw on.
        most: bytes of a predictions file.
    """

    folder: Path
    data: Path
    rows: Sequence[ManifestEntry]
    most: int

    def of(self, predictions: Path) -> list[DrawnPicture]:
        """The pictures with the faces of a predictions file, those that are at hand.

        A picture that is missing or changed is left out, and all where the file cannot be
        read: examples are no reason to publish no board.

        Args:
            predictions: named by its SHA-256.
        """
        kept = {row.id: self._kept(predictions.name, row) for row in self.rows}
        missing = [row for row in self.rows if kept[row.id] is None]
        try:
            found = dict(self._draw(predictions, missing)) if missing else {}
        except DataError:
            return [picture for picture in kept.values() if picture is not None]
        pictures = [kept[row.id] or found.get(row.id) for row in self.rows]
        return [picture for picture in pictures if picture is not None]

    def forget_others(self, used: Sequence[DrawnPicture]) -> None:
        """Delete kept drawings that no entry shows: of withdrawn pictures, of old entries."""
        wanted = {picture.file.name for picture in used}
        for path in self.folder.glob("*.jpg"):
            if path.name not in wanted:
                path.unlink()

    def _kept(self, predictions: str, row: ManifestEntry) -> DrawnPicture | None:
        path = next(self.folder.glob(f"{_key(predictions, row)}-*.jpg"), None)
        return None if path is None else _named(path, row.id)

    def _draw(
        self, predictions: Path, rows: Sequence[ManifestEntry]
    ) -> Iterator[tuple[int, DrawnPicture]]:
        sizes = {row.id: (row.height, row.width) for row in rows}
        entries = load_rows(predictions, Limits(size=self.most))
        own = [entry for entry in entries if entry["image_id"] in sizes]
        faces = parse_predictions(own, sizes, where="a submission")
        for row in rows:
            picture = self._picture(row)
            if picture is not None:
                yield row.id, self._keep(predictions.name, row, picture, faces[row.id])

    def _picture(self, row: ManifestEntry) -> Rgb | None:
        """The picture, None where it is not the one of the manifest."""
        path = self.data / row.file_name
        data = read_bytes(path) if path.is_file() else b""
        if sha256(data) != row.sha256:
            return None
        picture = decode_image(data, where=path)
        return picture if picture.shape[:2] == (row.height, row.width) else None

    def _keep(
        self, predictions: str, row: ManifestEntry, picture: Rgb, faces: Instances
    ) -> DrawnPicture:
        if faces.scores is not None:
            faces = faces[np.flatnonzero(faces.scores >= SCORE)]
        shown = fit_within(annotate(picture, faces), SIDE)
        fake = int((faces.labels == FAKE).sum())
        height, width = shown.shape[:2]
        facts = f"{width}x{height}-{len(faces) - fake}-{fake}"
        path = self.folder / f"{_key(predictions, row)}-{facts}.jpg"
        write_bytes(path, encode_jpeg(shown, QUALITY))
        return _named(path, row.id)


def chosen(manifest: Manifest, split: str, count: int) -> list[ManifestEntry]:
    """Pictures of a split by lot, by id; those that stay are the same when others leave."""
    rows = [row for row in manifest.images if row.split == split]
    by_lot = sorted(rows, key=lambda row: sha256(f"example {row.id}".encode()))
    return sorted(by_lot[:count], key=lambda row: row.id)


def _key(predictions: str, row: ManifestEntry) -> str:
    """Names a drawing by all that it depends on."""
    parts = (predictions, row.sha256, row.id, SCORE, SIDE, QUALITY)
    return sha256(" ".join(map(str, parts)).encode())[:32]


def _named(path: Path, image_id: int) -> DrawnPicture:
    """A kept drawing; its name says what is drawn."""
    found = _NAME.fullmatch(path.stem)
    if found is None:
        raise DataError("this is no kept drawing", where=path)
    width, height, real, fake = map(int, found.groups())
    return DrawnPicture(path, image_id, (height, width), real, fake)
