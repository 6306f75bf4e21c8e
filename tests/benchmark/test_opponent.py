import numpy as np
import pytest
from manyfaces.annotations.instances import Instances
from manyfaces.annotations.masks import rectangle
from manyfaces.benchmark.opponent import forged_share, load_judge
from manyfaces.generators.fooling import Opponent

SIZE = (40, 60)
FACE = np.array([10.0, 10, 30, 30])


def found(*rows):
    """(x, label, score) of squares of 20 pixels at height 10."""
    boxes = np.array([(x, 10, x + 20, 30) for x, _, _ in rows], float).reshape(-1, 4)
    masks = tuple(rectangle(10, 30, x, x + 20, SIZE) for x, _, _ in rows)
    labels = np.array([label for _, label, _ in rows], int)
    return Instances(SIZE, boxes, labels, masks, np.array([score for *_, score in rows], float))


@pytest.mark.parametrize(
    ("rows", "share"),
    [
        ((), 0.5),
        (((10, 1, 0.8),), 0.9),
        (((10, 0, 0.8),), 0.1),
        (((10, 1, 0.6), (12, 0, 0.2)), 0.7),
        (((10, 1, 0.6), (11, 1, 0.9)), 0.95),
        (((40, 1, 0.9),), 0.5),
    ],
    ids=["nothing", "forged", "real", "both", "the surest", "another face"],
)
def test_the_share_is_that_of_label_auc(rows, share):
    assert forged_share(found(*rows), FACE) == pytest.approx(share)


class Suspicious:
    def predict(self, images, _ids):
        return [found((10, 1, 0.5)) for _ in images]


def test_a_detector_judges_one_face():
    opponent = Opponent(f"{__name__}:Suspicious", "suspicious", load_judge)
    assert opponent.score(np.zeros((*SIZE, 3), np.uint8), FACE) == pytest.approx(0.75)
