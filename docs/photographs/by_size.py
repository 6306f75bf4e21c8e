"""Are faces of some size found, and told apart? by_size.py PREDICTIONS.json TRUTH.json.

Box AP50 with labels ignored, of all true faces and of those whose region is at least
32 x 32 pixels; the area under the ROC curve of forged against real among all faces found,
among those at least 40 pixels wide and high (smaller ones are never forged, so that size
alone would tell), and of the fakes of each method against the real among these.
"""

from __future__ import annotations

import sys
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


def main(predictions: Path, truth: Path) -> None:
    """Print a line for each number, with its interval where there is one."""
    images = read_annotations(truth).images
    faces = [image.instances for image in images]
    found = read_predictions(predictions, {image.id: image.size for image in images})
    answers = [found.get(i.id, Instances.empty(i.size, scored=True)) for i in images]
    rows = score(faces, answers, PROTOCOL, sampling=Sampling(draws=1000))
    large = score([_large(f) for f in faces], answers, PROTOCOL, sampling=Sampling(draws=1000))
    for metric, name in (("AP", "AP50, all faces"), ("AP_seen", "AP50, 32 px and more")):
        _say(name, next(r for r in rows if (r.task, r.metric, r.class_) == ("box", metric, "any")))
    for name, scored in (("all faces", rows), ("40 px and more", large)):
        for row in scored:
            if (row.task, row.metric, row.class_) == ("box", "label_AUC", "any") and (
                row.stratum == "all" or (scored is large and row.stratum.startswith("method="))
            ):
                _say(f"AUC, {name}, {row.stratum}", row)


def _large(faces: Instances) -> Instances:
    sides = faces.boxes[:, 2:] - faces.boxes[:, :2]
    return faces[sides.min(axis=1, initial=1e10) >= FORGEABLE]


def _say(name: str, row: Score) -> None:
    ends = "" if row.low is None else f" [{row.low:.3f}, {row.high:.3f}]"
    print(f"{name}: {row.value:.3f}{ends} (n = {row.n})")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
