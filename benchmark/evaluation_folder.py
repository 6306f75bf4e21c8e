"""One detector's evaluation on disk, a track at a time.

``evaluation.json`` (what was asked), ``predictions/<track>.json``, ``tracks/<track>.json``
(the scores of one) and ``result.json`` (all of them).
"""

from __future__ import annotations

import platform
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote, unquote

from ..annotations.coco import AnnotatedImage
from ..annotations.columns import sources_of
from ..annotations.instances import Instances
from ..annotations.predictions import write_predictions
from ..core.errors import UsageError
from ..core.files import claim_folder, read_json, sha256, sha256_of_file, to_json, write_json
from .detectors import LoadedDetector
from .protocol import Protocol
from .results import Result, read_result, write_result
from .scoring.score import score_result
from .track import View
from .tracks import TRACKS

MARKER: Final = "evaluation.json"
RESULT: Final = "result.json"

Answers = Mapping[int, tuple[Instances, Instances]]  # image id → truth, prediction


@dataclass(frozen=True, eq=False, slots=True)
class EvaluationFolder:
    """Where an evaluation is kept, and what it is of.

    Args:
        out: new, empty, or an earlier evaluation of the same detector on the same truth.
        loaded: the detector.
        truth: SHA-256 of the annotations.
        images: all that are asked about.
        protocol: of the scores.
    """

    out: Path
    loaded: LoadedDetector
    truth: str
    images: Sequence[AnnotatedImage]
    protocol: Protocol

    def claim(self) -> None:
        """Make the folder ours, or make sure that an earlier run meant the same.

        Raises:
            UsageError: it holds something else.
        """
        asked = {
            "detector": dict(self.loaded.identity),
            "truth": self.truth,
            "protocol": self.protocol.sha256,
        }
        if claim_folder(self.out, marker=MARKER, purpose="this very evaluation"):
            found = read_json(self.out / MARKER)
            for name, wanted in asked.items():
                _same(self.out, name, found.get(name), wanted)
        else:
            write_json(self.out / MARKER, asked, indent=True)

    def finished(self, track: View) -> Result | None:
        """The scores of a track that an earlier run has finished."""
        found = self._read(track.name)
        return found if found and found.hashes.get("track") == track.sha256 else None

    def earlier(self, asked: Collection[str]) -> dict[str, Result]:
        """The scores of all tracks that earlier runs have finished, but for those asked for.

        A track that would show other pictures today is left out; of one that came from a
        file nobody can tell.
        """
        names = sorted(unquote(path.stem) for path in (self.out / "tracks").glob("*.json"))
        found = {name: self._read(name) for name in names if name not in asked}
        return {name: part for name, part in found.items() if part and _is_current(name, part)}

    def _read(self, name: str) -> Result | None:
        """The scores of a track, if they are of this detector and of the predictions there."""
        predictions, scores = self._files(name)
        if not (predictions.is_file() and scores.is_file()):
            return None
        found = read_result(scores)
        wanted = {**self._hashes(), "predictions": sha256_of_file(predictions)}
        same = all(found.hashes.get(name) == value for name, value in wanted.items())
        return found if same else None

    def keep(self, track: View, answers: Answers, seconds: float) -> Result:
        """Write what the detector answered on a track, and its scores.

        Args:
            seconds: spent predicting.
        """
        predictions, scores = self._files(track.name)
        write_predictions(predictions, {key: found for key, (_, found) in answers.items()})
        result = score_result(
            [truth for truth, _ in answers.values()],
            [found for _, found in answers.values()],
            self.protocol,
            hashes={
                **self._hashes(),
                "track": track.sha256,
                "predictions": sha256_of_file(predictions),
            },
            about={"seconds_per_image": round(seconds / len(answers), 5)},
            track=track.name,
            source=self._source(answers),
        )
        write_result(scores, result)
        return result

    def _source(self, answers: Answers) -> tuple[str, ...] | None:
        rows = {image.id: image.entry.extra for image in self.images}
        return sources_of([rows[image_id] for image_id in answers])

    def join(self, parts: Mapping[str, Result], about: Mapping[str, Any]) -> Result:
        """Write the tracks' scores as one result.

        Args:
            parts: track → its scores, at least one.
            about: what else to say of the evaluation.
        """
        predictions = {name: part.hashes["predictions"] for name, part in parts.items()}
        result = Result(
            protocol=self.protocol.record(),
            hashes={
                "truth": self.truth,
                "detector": self._detector(),
                **{f"track/{name}": part.hashes["track"] for name, part in parts.items()},
                "protocol": self.protocol.sha256,
                "predictions": sha256(to_json(predictions)),
                **{f"predictions/{name}": value for name, value in predictions.items()},
            },
            scores=tuple(score for part in parts.values() for score in part.scores),
            about={
                **about,
                "images": next(iter(parts.values())).about["images"],
                "detector": self.loaded.name,
                "identity": dict(self.loaded.identity),
                "seconds_per_image": {
                    name: part.about["seconds_per_image"] for name, part in parts.items()
                },
                "machine": f"{platform.system()} {platform.machine()}",
            },
            draws={name: text for part in parts.values() for name, text in part.draws.items()},
        )
        write_result(self.out / RESULT, result)
        return result

    def _files(self, track: str) -> tuple[Path, Path]:
        name = f"{quote(track, safe='')}.json"
        return self.out / "predictions" / name, self.out / "tracks" / name

    def _hashes(self) -> dict[str, str]:
        return {"truth": self.truth, "detector": self._detector()}

    def _detector(self) -> str:
        return sha256(to_json(dict(self.loaded.identity)))


def _is_current(name: str, found: Result) -> bool:
    return name not in TRACKS or TRACKS[name].sha256 == found.hashes.get("track")


def _same(out: Path, name: str, got: object, expected: object) -> None:
    differences = _differences(got, expected)
    if differences:
        raise UsageError(
            f"the output folder holds an evaluation with another {name}",
            where=out,
            got=", ".join(f"{field} {found!s:.70}".strip() for field, found, _ in differences),
            expected=", ".join(f"{field} {asked!s:.70}".strip() for field, _, asked in differences),
            mend="Choose another folder, or delete this one to start anew",
        )


def _differences(got: Any, expected: Any, name: str = "") -> list[tuple[str, Any, Any]]:  # noqa: ANN401 - JSON
    """The fields that differ, at any depth, and what each holds: a detector has many."""
    if to_json(got) == to_json(expected):
        return []
    if not (isinstance(got, dict) and isinstance(expected, dict)):
        return [(name, got, expected)]
    return [
        row
        for field in {**got, **expected}
        for row in _differences(
            got.get(field), expected.get(field), f"{name}.{field}" if name else field
        )
    ]
