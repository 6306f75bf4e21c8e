"""Are faces of some size found, and told apart? by_size.py PREDICTIONS.json TRUTH.json ...

Several pairs of files are scored as one: other builds, other splits. TRUTH is a file of a
built dataset (``DATASET/annotations/SPLIT.json``), whose provenance says which pictures were
made from one photograph: intervals draw photographs, with all that was made from them.

Box AP50 with labels ignored, of all true faces and of those whose region is at least
32 x 32 pixels; the area under the ROC curve of forged against real among all faces found,
among faces of like size, among those at least 40 pixels wide and high (smaller ones are never
forged, so that size alone would tell), and of the fakes of each method against the real
among these. Then box AP, mask AP and mask oLRP, as they are scored everywhere.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from manyfaces.annotations.coco import read_annotations
from manyfaces.annotations.columns import columns_of
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.predictions import read_predictions
from manyfaces.annotations.release.contents import read_lines
from manyfaces.benchmark.protocol import DEFAULT, Protocol
from manyfaces.benchmark.results import Score
from manyfaces.benchmark.scoring.comparison import compare
from manyfaces.benchmark.scoring.score import WITH_INTERVALS, score_comparison

PROTOCOL = Protocol(
    version="by-size", iou_thresholds=(0.5,), areas={"all": (0, 1e10), "seen": (32**2, 1e10)}
)
FORGEABLE = 40  # pixels, the shorter side of a face's box: recipes forge no smaller ones
Photo = str  # the photograph's hash, or the file and id of a picture without faces


def main(files: Sequence[Path]) -> None:
    """Print a line for each number, with its interval where there is one."""
    pairs = [row for pair in zip(files[::2], files[1::2], strict=True) for row in read(*pair)]
    rows = scored(pairs, PROTOCOL)
    large = scored([(_large(truth), found, photo) for truth, found, photo in pairs], PROTOCOL)
    _say("AP50, all faces", _box(rows, "AP", "all"))
    _say("AP50, 32 px and more", _box(rows, "AP_seen", "all"))
    _say("AUC, all faces", _box(rows, "label_AUC", "all"))
    _say("AUC, all faces, among like size", _box(rows, "label_AUC_adjusted", "all"))
    _say("AUC, 40 px and more", _box(large, "label_AUC", "all"))
    for method in sorted({r.stratum for r in large if r.stratum.startswith("method=")}):
        _say(f"AUC, 40 px and more, {method}", _box(large, "label_AUC", method))
    whole = {(r.task, r.metric, r.class_, r.stratum): r for r in scored(pairs, DEFAULT)}
    for task, metric in (("box", "AP"), ("mask", "AP"), ("mask", "oLRP")):
        _say(f"{task} {metric}", whole[task, metric, "all", "all"])


def read(predictions: Path, truth: Path) -> list[tuple[Instances, Instances, Photo]]:
    """The true faces of each image, the answers, and the photograph that it was made from."""
    images = read_annotations(truth).images
    found = read_predictions(predictions, {image.id: image.size for image in images})
    lines = read_lines(truth.parent.parent, truth.stem)
    photos = {line["image_id"]: line["photo"]["sha256"] for line in lines}
    return [
        (
            image.instances,
            found.get(image.id, Instances.empty(image.size, scored=True)),
            photos.get(image.id, f"{truth} {image.id}"),
        )
        for image in images
    ]


def scored(
    pairs: Sequence[tuple[Instances, Instances, Photo]], protocol: Protocol
) -> Sequence[Score]:
    """All numbers of some images, with intervals over their photographs."""
    truth, found, photos = zip(*pairs, strict=True)
    columns = columns_of(truth, source=tuple(photos))
    return score_comparison(
        compare(columns, columns_of(found), protocol), "clean", WITH_INTERVALS
    ).rows


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
