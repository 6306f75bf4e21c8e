"""A small set of pictures with every sort of mistake, and its result."""

from types import SimpleNamespace

import numpy as np
import pytest
from manyfaces.annotations.columns import columns_of
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.protocol import DEFAULT
from manyfaces.benchmark.results import Result, Score
from manyfaces.benchmark.scoring.comparison import compare
from manyfaces.benchmark.scoring.score import score_result

REAL, FAKE = 0, 1
SIZE = (60, 200)
SIDE = 20
HOSTILE = "</title><script>alert('x')</script>&\"<b>"


def squares(places, labels, scores=None):
    """Faces of 20 by 20 pixels along the top; places are their left sides."""
    masks = np.zeros((len(places), *SIZE), bool)
    for row, left in enumerate(places):
        masks[row, :SIDE, left : left + SIDE] = True
    plain = Instances.from_masks(SIZE, list(masks), labels)
    return Instances(
        SIZE, plain.boxes, plain.labels, plain.masks,
        None if scores is None else np.array(scores, float),
    )  # fmt: skip


def crowd():
    """Three images: all right; a wrong label and a false alarm; a miss."""
    truth = [
        squares([0, 50], [REAL, FAKE]),
        squares([0, 50], [REAL, FAKE]),
        squares([0, 50], [FAKE, REAL]),
    ]
    found = [
        squares([0, 50], [REAL, FAKE], [0.9, 0.8]),
        squares([0, 50, 150], [REAL, REAL, FAKE], [0.9, 0.8, 0.7]),
        squares([50], [REAL], [0.95]),
    ]
    return truth, found


def scored(truth, found, **about):
    hashes = {"truth": "t" * 64, "predictions": "p" * 64}
    return score_result(truth, found, hashes=hashes, about=about)


def compared(truth, found, ids=None):
    return compare(columns_of(truth, ids), columns_of(found, ids), DEFAULT)


def old_result(**about):
    """As an early version wrote it: two numbers, one undefined, a second track."""
    numbers = [
        ("clean", "box", "AP", "all", 0.5, 9),
        ("clean", "box", "recall", "any", None, 0),
        ("block-5", "box", "AP", "all", 0.25, 9),
    ]
    scores = tuple(
        Score(track=track, task=task, metric=metric, class_=class_, value=value, n=n)
        for track, task, metric, class_, value, n in numbers
    )
    return Result(protocol={"version": "old"}, hashes={}, scores=scores, about=about)


@pytest.fixture(scope="session")
def cases():
    """The functions above, for the test modules beside this one."""
    return SimpleNamespace(
        REAL=REAL, FAKE=FAKE, SIZE=SIZE, HOSTILE=HOSTILE, squares=squares, crowd=crowd,
        scored=scored, compared=compared, old_result=old_result,
    )  # fmt: skip
