"""Are faces of some size found, and told apart? by_size.py PREDICTIONS.json TRUTH.json ...

Several pairs of files are scored as one: other builds, other splits.

Box AP50 with labels ignored, of all true faces and of those whose region is at least
32 x 32 pixels; the area under the ROC curve of forged against real among all faces found,
among faces of like size, among those at least 40 pixels wide and high (smaller ones are never
forged, so that size alone would tell), and of the fakes of each method against the real
among these.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from manyfaces.annotations.coco import read_annotations
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.predictions import read_predictions
from manyfaces.benchmark.protocol import Protocol
from manyfaces.benchmark.results import Score
from manyfaces.benchmark.scoring import score
from manyfaces.benchmark.scoring.score import Sampling

PROTOCOL = Protocol(
    version="by-size", iou_thresholds=(0.5,), areas={"all": (0, 1e10), "seen": (32**2, 1e10)}
)
FORGEABLE = 40  # pixels, the shorter side of a face's box: recipes forge no smaller ones


def main(files: Sequence[Path]) -> None:
    """Print a line for each number, with its interval where there is one."""
    pairs = [read(*pair) for pair in zip(files[::2], files[1::2], strict=True)]
    faces = [face for truth, _ in pairs for face in truth]
    answers = [answer for _, found in pairs for answer in found]
    rows = score(faces, answers, PROTOCOL, sampling=Sampling(draws=1000))
    large = score([_large(f) for f in faces], answers, PROTOCOL, sampling=Sampling(draws=1000))
    _say("AP50, all faces", _box(rows, "AP", "all"))
    _say("AP50, 32 px and more", _box(rows, "AP_seen", "all"))
    _say("AUC, all faces", _box(rows, "label_AUC", "all"))
    _say("AUC, all faces, among like size", _box(rows, "label_AUC_adjusted", "all"))
    _say("AUC, 40 px and more", _box(large, "label_AUC", "all"))
    for method in sorted({r.stratum for r in large if r.stratum.startswith("method=")}):
        _say(f"AUC, 40 px and more, {method}", _box(large, "label_AUC", method))


def read(predictions: Path, truth: Path) -> tuple[list[Instances], list[Instances]]:
    """The true faces and the answers of each image."""
    images = read_annotations(truth).images
    found = read_predictions(predictions, {image.id: image.size for image in images})
    answers = [found.get(i.id, Instances.empty(i.size, scored=True)) for i in images]
    return [image.instances for image in images], answers


def _box(rows: Sequence[Score], metric: str, stratum: str) -> Score:
    wanted = ("box", metric, "any", stratum)
    return next(r for r in rows if (r.task, r.metric, r.class_, r.stratum) == wanted)


def _large(faces: Instances) -> Instances:
    sides = faces.boxes[:, 2:] - faces.boxes[:, :2]
    return faces[sides.min(axis=1, initial=1e10) >= FORGEABLE]


def _say(name: str, row: Score) -> None:
    ends = "" if row.low is None else f" [{row.low:.3f}, {row.high:.3f}]"
    print(f"{name}: {row.value:.3f}{ends} (n = {row.n})")


if __name__ == "__main__":
    main([Path(name) for name in sys.argv[1:]])
