"""An evaluation of a detector on tracks, resumable track by track."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final, Literal

from ..annotations.coco import AnnotatedImage
from ..annotations.dataset import annotation_file, open_split, require_images
from ..core.errors import UsageError
from ..core.files import sha256_of_file
from ..core.progress import Progress, Ticks, silent
from . import evaluation_folder
from .detectors import LoadedDetector
from .evaluation_folder import EvaluationFolder
from .harness import TrackData, run_track
from .protocol import DEFAULT, Protocol
from .results import Result
from .track import View
from .tracks import CLEAN, TRACKS, get_tracks

MARKER: Final = evaluation_folder.MARKER
RESULT: Final = evaluation_folder.RESULT


@dataclass(frozen=True, slots=True)
class Options:
    """How an evaluation is run; only the precision changes a score, and stands in the identity.

    Args:
        batch_size: pictures given to the detector at once.
        workers: loader processes, which read and perturb; 0 for none.
        device: Lightning's accelerator names: auto, cpu, gpu (or cuda), mps, …
        precision: 32, or bf16, where a network computes most of its layers in 16 bits.
        progress: shows how many pictures of all tracks are done.
    """

    batch_size: int = 1
    workers: int = 0
    device: str = "auto"
    precision: Literal["32", "bf16"] = "32"
    progress: Progress = silent


@dataclass(frozen=True, eq=False, slots=True)
class _Evaluation:
    folder: EvaluationFolder
    root: Path
    images: Sequence[AnnotatedImage]
    options: Options

    def run(self, tracks: Sequence[View]) -> dict[str, Result]:
        """Every track's scores; tracks that an earlier run has finished are read."""
        found = {track.name: self.folder.finished(track) for track in tracks}
        with Ticks(self.options.progress, len(tracks) * len(self.images), "evaluating") as ticks:
            # What is done is counted first, so that the time left is that of what remains.
            ticks.advance(sum(part is not None for part in found.values()) * len(self.images))
            return {track.name: found[track.name] or self._run(track, ticks) for track in tracks}

    def _run(self, track: View, ticks: Ticks) -> Result:
        answers, seconds = run_track(
            self.folder.loaded.detector,
            TrackData(self.root, self.images, track),
            batch_size=self.options.batch_size,
            workers=self.options.workers,
            device=self.options.device,
            precision=self.options.precision,
            shown=ticks.advance,
        )
        return self.folder.keep(track, answers, seconds)


def evaluate(
    loaded: LoadedDetector,
    root: Path,
    out: Path,
    tracks: Sequence[str] = ("clean",),
    *,
    split: str = "test",
    protocol: Protocol = DEFAULT,
    options: Options | None = None,
) -> Result:
    """Evaluate a detector on tracks of a dataset's split; finished tracks are not run again.

    What earlier runs into the same folder have finished stands in the result too.

    Args:
        root: the dataset folder.
        out: new, empty, or an earlier evaluation of the same detector on the same truth.
        tracks: names of tracks, of sets of them, or files (YAML, or ``.npz`` of universal
            perturbations); one named twice runs once.

    Returns:
        The content of ``result.json``.

    Raises:
        UsageError: a track or the split is unknown, ``out`` holds something else, or a
            predictions file is asked for another track than ``clean``.
        DataError: a picture or an annotation cannot be read.
    """
    options = options or Options()
    loaded = _at(loaded, options.precision)
    chosen = get_tracks(tracks)
    _require_seen(loaded, chosen, f"{root} --split {split}")
    images = require_images(open_split(root, split), root).images
    truth = sha256_of_file(annotation_file(root, split))
    folder = EvaluationFolder(out, loaded, truth, images, protocol)
    folder.claim()
    parts = _Evaluation(folder, root, images, options).run(chosen)
    # Of a file, whatever else stands there was scored on pictures that it had not seen.
    parts |= {} if loaded.is_file else folder.earlier(parts)
    return folder.join(parts, {"data": root.name, "split": split})


def _require_seen(loaded: LoadedDetector, tracks: Sequence[View], data: str) -> None:
    """Refuse to score a file's answers as if its detector had seen perturbed pictures.

    Raises:
        UsageError: the answers are a file's, and a track is not ``clean``.
    """
    unseen = [track.name for track in tracks if track.sha256 != TRACKS[CLEAN].sha256]
    if not (loaded.is_file and unseen):
        return
    raise UsageError(
        "a predictions file cannot answer for pictures that its detector has not seen",
        got=f"the tracks {', '.join(unseen[:3])}{', …' if len(unseen) > 3 else ''}",
        expected=f"--tracks {CLEAN}",
        mend="Evaluate the detector itself, or write a track's pictures out (manyfaces perturb "
        f"{data} --track {unseen[0]} --out E), predict on E, and `manyfaces score` that "
        "against the annotations of E",
    )


def _at(loaded: LoadedDetector, precision: str) -> LoadedDetector:
    """The detector, with a precision that is not the full one in its identity."""
    if precision == "32":
        return loaded
    return replace(loaded, identity={**loaded.identity, "precision": precision})
