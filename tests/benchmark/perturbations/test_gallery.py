import numpy as np
from manyfaces.benchmark.perturbations.gallery import PANEL, gallery
from manyfaces.benchmark.perturbations.table import PERTURBATIONS


def test_each_operator_has_a_line_of_five_ever_less_alike():
    image = np.random.default_rng(0).integers(60, 200, (90, 120, 3)).astype(np.uint8)
    rows = [PERTURBATIONS[name] for name in ("gaussian-blur", "grayscale")]
    sheet = gallery(image, rows)
    alone = gallery(image, rows[:1])
    assert sheet.shape[1] == alone.shape[1] > 5 * PANEL
    assert sheet.shape[0] > alone.shape[0]
    assert np.array_equal(sheet[: len(alone)], alone)


def test_it_is_the_same_each_time():
    image = np.full((60, 80, 3), 120, np.uint8)
    rows = [PERTURBATIONS["snow"]]
    assert np.array_equal(gallery(image, rows), gallery(image, rows))
