"""The pictures of ``manyfaces predict``: where they are drawn to, and what is said of them."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from .console import bar, count, err

if TYPE_CHECKING:
    from collections.abc import Mapping

    from ..annotations.instances import Instances
    from ..benchmark.detector import Detector
    from ..benchmark.kept_answers import KeptAnswers
    from ..core.errors import ManyfacesError

DRAWN = frozenset({".jpg", ".jpeg", ".png"})  # what a drawn picture may be written as


@dataclass(frozen=True, slots=True)
class Seen:
    """What was found in the pictures.

    Args:
        faces: image id → every detection, however unsure.
        min_score: what is drawn has at least this score.
        skipped: why a picture could not be read.
    """

    min_score: float
    faces: dict[int, Instances] = field(default_factory=dict)
    skipped: list[ManyfacesError] = field(default_factory=list)

    def summary(self) -> dict[str, Any]:
        """As ``--json`` prints it."""
        return {
            "images": len(self.faces),
            "faces": sum(map(len, self.faces.values())),
            "at_min_score": sum(self._shown(found) for found in self.faces.values()),
            "skipped": len(self.skipped),
        }

    def _shown(self, found: Instances) -> int:
        return 0 if found.scores is None else int(np.sum(found.scores >= self.min_score))

    def tell(self) -> None:
        """Say it to people; nothing where there were no pictures."""
        if not self.faces:
            return
        of = self.summary()
        err.print(
            f"{count(of['faces'], 'detection')} in {count(of['images'], 'picture')}, "
            f"{of['at_min_score']} of them at or above {self.min_score:g}.",
            markup=False,
        )


def predict_pictures(
    detector: Detector,
    pictures: Mapping[int, Path],
    drawn: Mapping[int, Path],
    min_score: float,
    *,
    kept: KeptAnswers | None,
    skip: bool,
) -> Seen:
    """Predict one picture after the other, and draw what was found.

    Args:
        drawn: image id → where; empty for no drawings.
        kept: has the answers of an interrupted run, and takes each new one.
        skip: whether pictures that cannot be read are passed over.
    """
    from ..benchmark.predicting import predict_files

    seen = Seen(min_score)
    if not pictures:
        return seen
    if kept:
        err.print(f"Goes on after {count(len(kept), 'answer')} in {kept.path}", markup=False)
    skipped = seen.skipped if skip else None
    for image_id, found in predict_files(
        detector, pictures, skipped=skipped, kept=kept, progress=bar
    ):
        seen.faces[image_id] = found
        if drawn:
            _draw(pictures[image_id], found, drawn[image_id], min_score)
    for error in seen.skipped:
        err.print(f"skipped: {error}", markup=False)
    return seen


def picture_places(target: Path, folder: Path | None, files: Mapping[int, Path]) -> dict[int, Path]:
    """Where each picture is drawn to; empty where none is.

    Raises:
        UsageError: the target is neither a predictions file nor the one picture's copy.
    """
    from ..core.errors import UsageError

    if target.suffix.lower() in DRAWN and len(files) == 1 and folder is None:
        if target.resolve() in {path.resolve() for path in files.values()}:
            raise UsageError("--out is the picture itself", got=target, expected="another file")
        return dict.fromkeys(files, target)
    if target.suffix != ".json":
        raise UsageError(
            "--out is not a predictions file",
            got=target,
            expected="*.json; of one picture also *.jpg or *.png, of one video *.mp4 or *.webm; "
            "drawings of many: --annotated",
        )
    if folder is None:
        return {}
    # Pictures of different folders may have the same name.
    return {key: folder / f"{key:06d}-{path.stem}.jpg" for key, path in files.items()}


def _draw(picture: Path, found: Instances, target: Path, min_score: float) -> None:
    from ..benchmark.annotated import annotate
    from ..core.files import write_bytes
    from ..core.images import encode_jpeg, encode_png, read_image

    shown = annotate(read_image(picture), found, min_score)
    png = target.suffix.lower() == ".png"
    write_bytes(target, encode_png(shown) if png else encode_jpeg(shown, 92))
