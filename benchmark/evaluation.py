"""An evaluation on disk: every track's predictions and scores, resumable track by track.

``result.json`` (all tracks), ``predictions/<track>.json``, ``tracks/<track>.json`` (the
scores of one) and ``evaluation.json`` (what was asked).
"""

from __future__ import annotations

import platform
from collections.abc import Generator, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from ..annotations.coco import AnnotatedImage
from ..annotations.dataset import annotation_file, open_split, require_images
from ..annotations.predictions import write_predictions
from ..core.errors import UsageError
from ..core.files import claim_folder, read_json, sha256, sha256_of_file, to_json, write_json
from ..core.progress import Progress, silent
from .detectors import LoadedDetector
from .harness import TrackData, run_track
from .protocol import DEFAULT, Protocol
from .results import Result, read_result, write_result
from .scoring.score import score_result
from .track import Track
from .tracks import get_tracks

MARKER: Final = "evaluation.json"
RESULT: Final = "result.json"


@dataclass(frozen=True, slots=True)
class Options:
    """How an evaluation is run; nothing here changes a score.

    Args:
        batch_size: pictures given to the detector at once.
        workers: loader processes, which read and perturb; 0 for none.
        device: Lightning's accelerator names: auto, cpu, gpu, mps, …
        progress: shows how many pictures of all tracks are done.
    """

    batch_size: int = 1
    workers: int = 0
    device: str = "auto"
    progress: Progress = silent


@dataclass(frozen=True, eq=False, slots=True)
class _Evaluation:
    loaded: LoadedDetector
    root: Path
    images: Sequence[AnnotatedImage]
    out: Path
    protocol: Protocol
    asked: Mapping[str, Any]
    options: Options

    def run(self, tracks: Sequence[Track]) -> dict[str, Result]:
        """Every track's scores; tracks that an earlier run has finished are read."""
        found = {track.name: self._finished(track) for track in tracks}
        total = len(tracks) * len(self.images)
        ticks = iter(self.options.progress(range(total), total=total, what="evaluating"))
        # What is done is counted first, so that the time left is that of what remains.
        _advance(ticks, sum(result is not None for result in found.values()) * len(self.images))
        try:
            return {track.name: found[track.name] or self._run(track, ticks) for track in tracks}
        finally:
            _finish(ticks)

    def _files(self, track: Track) -> tuple[Path, Path]:
        name = f"{quote(track.name, safe='')}.json"
        return self.out / "predictions" / name, self.out / "tracks" / name

    def _hashes(self, track: Track) -> dict[str, str]:
        return {
            "truth": self.asked["truth"],
            "detector": sha256(to_json(self.asked["detector"])),
            "track": track.sha256,
        }

    def _finished(self, track: Track) -> Result | None:
        predictions, scores = self._files(track)
        if not (predictions.is_file() and scores.is_file()):
            return None
        found = read_result(scores)
        wanted = {**self._hashes(track), "predictions": sha256_of_file(predictions)}
        same = all(found.hashes.get(name) == value for name, value in wanted.items())
        return found if same else None

    def _run(self, track: Track, ticks: Iterator[int]) -> Result:
        data = TrackData(self.root, self.images, track)
        options = self.options
        answers, seconds = run_track(
            self.loaded.detector,
            data,
            batch_size=options.batch_size,
            workers=options.workers,
            device=options.device,
            shown=lambda count: _advance(ticks, count),
        )
        predictions, scores = self._files(track)
        write_predictions(predictions, {key: found for key, (_, found) in answers.items()})
        result = score_result(
            [truth for truth, _ in answers.values()],
            [found for _, found in answers.values()],
            self.protocol,
            hashes={**self._hashes(track), "predictions": sha256_of_file(predictions)},
            about={"seconds_per_image": round(seconds / len(answers), 5)},
            track=track.name,
        )
        write_result(scores, result)
        return result


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

    Args:
        root: the dataset folder.
        out: new, empty, or an earlier evaluation of the same detector on the same truth.
        tracks: names of tracks, of sets of them, or YAML files; one named twice runs once.

    Returns:
        The content of ``result.json``.

    Raises:
        UsageError: a track or the split is unknown, or ``out`` holds something else.
        DataError: a picture or an annotation cannot be read.
    """
    chosen = get_tracks(tracks)
    images = require_images(open_split(root, split), root).images
    asked = _claim(out, loaded, annotation_file(root, split), protocol)
    evaluation = _Evaluation(loaded, root, images, out, protocol, asked, options or Options())
    parts = evaluation.run(chosen)
    result = _joined(parts, loaded, protocol, {"data": root.name, "split": split})
    write_result(out / RESULT, result)
    return result


def _advance(ticks: Iterator[int], count: int) -> None:
    for _ in islice(ticks, count):
        pass


def _finish(ticks: Iterator[int]) -> None:
    """Close the bar, so that what is printed next stands below it."""
    _advance(ticks, 1)
    if isinstance(ticks, Generator):
        ticks.close()


def _claim(out: Path, loaded: LoadedDetector, truth: Path, protocol: Protocol) -> Mapping[str, Any]:
    asked = {
        "detector": dict(loaded.identity),
        "truth": sha256_of_file(truth),
        "protocol": protocol.sha256,
    }
    if claim_folder(out, marker=MARKER, purpose="this very evaluation"):
        for name, wanted in asked.items():
            _same(out, name, read_json(out / MARKER).get(name), wanted)
    else:
        write_json(out / MARKER, asked, indent=True)
    return asked


def _same(out: Path, name: str, got: object, expected: object) -> None:
    if to_json(got) != to_json(expected):
        raise UsageError(
            f"the output folder holds an evaluation with another {name}",
            where=out,
            got=got,
            expected=expected,
            mend="Choose another folder, or delete this one to start anew",
        )


def _joined(
    parts: Mapping[str, Result],
    loaded: LoadedDetector,
    protocol: Protocol,
    data: Mapping[str, Any],
) -> Result:
    first = next(iter(parts.values()))
    predictions = {name: part.hashes["predictions"] for name, part in parts.items()}
    return Result(
        protocol=protocol.record(),
        hashes={
            "truth": first.hashes["truth"],
            "detector": first.hashes["detector"],
            **{f"track/{name}": part.hashes["track"] for name, part in parts.items()},
            "protocol": protocol.sha256,
            "predictions": sha256(to_json(predictions)),
            **{f"predictions/{name}": value for name, value in predictions.items()},
        },
        scores=tuple(score for part in parts.values() for score in part.scores),
        about={
            **data,
            "images": first.about["images"],
            "detector": loaded.name,
            "identity": dict(loaded.identity),
            "seconds_per_image": {
                name: part.about["seconds_per_image"] for name, part in parts.items()
            },
            "machine": f"{platform.system()} {platform.machine()}",
        },
    )
