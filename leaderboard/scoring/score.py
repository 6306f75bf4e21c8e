"""What one submission is worth on one split, over all of its tracks."""

from __future__ import annotations

import platform
import tempfile
from collections.abc import Mapping
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import Any, Final

from ... import __version__
from ...annotations.manifest import Manifest
from ...annotations.result_rows import Limits, load_rows
from ...benchmark.protocol import DEFAULT, Protocol
from ...benchmark.results import Result, Score
from ...benchmark.scoring.files import score_files
from ...benchmark.scoring.score import WITH_INTERVALS, Sampling
from ...core.files import sha256, to_json, write_bytes, write_json
from ..challenge.folder import ChallengeFolder

LIBRARIES: Final = ("numpy", "pycocotools", "pydantic")


def software() -> dict[str, str]:
    """The versions that a score may depend on."""
    found = {name: version(name) for name in LIBRARIES}
    return {"manyfaces": __version__, "python": platform.python_version(), **found}


def score_split(
    folder: ChallengeFolder,
    parts: Mapping[str, str],
    split: str,
    protocol: Protocol = DEFAULT,
    sampling: Sampling = WITH_INTERVALS,
) -> Result:
    """Score a submission's files on one split.

    Args:
        folder: of the challenge.
        parts: track → SHA-256 of its predictions file.
        split: which pictures count.
        protocol: the rules.
        sampling: of the intervals.

    Raises:
        DataError: a file of the board's own cannot be read.
    """
    scores: list[Score] = []
    draws: dict[str, str] = {}
    kept = replace(sampling, kept=(folder.rules.ranking.headline.key,))
    for track in folder.rules.track_names:
        if track in parts:
            file = folder.predictions / parts[track]
            found = _score_track(folder, track, file, split, protocol, kept)
            scores += found.scores
            draws |= found.draws
    return Result(
        protocol=protocol.record(),
        hashes=_hashes(folder, parts, protocol),
        scores=tuple(scores),
        about={"split": split, "draws": sampling.draws, "seed": sampling.seed},
        draws=draws,
    )


def _score_track(
    folder: ChallengeFolder,
    track: str,
    file: Path,
    split: str,
    protocol: Protocol,
    sampling: Sampling,
) -> Result:
    rows = _rows_of(file, folder.manifest(track), split, folder.rules.limits.file_size)
    with tempfile.TemporaryDirectory(dir=folder.incoming, prefix="scoring.") as place:
        part = Path(place) / "predictions.json"
        write_json(part, rows)
        return score_files(
            part, folder.truth(track, split), protocol, track=track, sampling=sampling
        )


def _rows_of(file: Path, manifest: Manifest, split: str, most: int) -> list[Any]:
    """The entries for one split's pictures; withdrawn pictures are in no manifest."""
    here = manifest.sizes(split)
    return [row for row in load_rows(file, Limits(size=most)) if row["image_id"] in here]


def _hashes(
    folder: ChallengeFolder, parts: Mapping[str, str], protocol: Protocol
) -> dict[str, str]:
    """What was scored; the truth by its commitment, so that nobody can try guesses on it."""
    ordered = {track: parts[track] for track in sorted(parts)}
    return {
        "truth": folder.commitment,
        "protocol": protocol.sha256,
        "predictions": sha256(to_json(ordered)),
        **{f"predictions/{track}": digest for track, digest in ordered.items()},
        **{f"manifest/{track}": digest for track, digest in folder.manifest_hashes().items()},
        **{f"track/{track}": folder.recipe(track)["sha256"] for track in ordered},
    }


def keep_result(folder: ChallengeFolder, result: Result) -> str:
    """Write a result under the hash of its content, which is returned."""
    data = to_json(result.model_dump(mode="json", by_alias=True))
    digest = sha256(data)
    write_bytes(folder.results / f"{digest}.json", data)
    return digest
