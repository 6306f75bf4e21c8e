import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.generators.contact_sheet import (
    CAPTION,
    COLUMNS,
    MANIPULATION,
    PANEL,
    REGION,
    Sample,
    crop_panel,
    draw_cell,
    draw_page,
    overview,
    pages,
)

SIZE = (120, 160)


def rectangle(x1, y1, x2, y2):
    mask = np.zeros(SIZE, bool)
    mask[y1:y2, x1:x2] = True
    return mask


def sample(method="swap", caption="", box=(60, 40, 100, 80)):
    region = masks.encode(rectangle(*box))
    inner = masks.encode(rectangle(box[0] + 10, box[1] + 10, box[2] - 10, box[3] - 10))
    return Sample("photo", method, caption, masks.box(region), region, inner)


def has(panel, colour):
    return (panel == np.array(colour)).all(axis=2).any()


def test_a_cell_shows_original_forged_and_outlines():
    pristine, forged = (np.full((*SIZE, 3), value, np.uint8) for value in (60, 180))
    cell = draw_cell(sample(), pristine, forged)
    assert cell.shape == (CAPTION + PANEL, 3 * PANEL, 3)
    before, after, outlined = np.split(cell[CAPTION:], 3, axis=1)
    assert (before == 60).all()
    assert (after == 180).all()
    assert has(outlined, REGION)
    assert has(outlined, MANIPULATION)
    assert (outlined[PANEL // 2, PANEL // 2] == 180).all()


def test_the_caption_is_written_above_the_panels():
    black = np.zeros((*SIZE, 3), np.uint8)
    with_text = draw_cell(sample(caption="swap 12"), black, black)[:CAPTION]
    without = draw_cell(sample(caption=""), black, black)[:CAPTION]
    assert (with_text.max(), without.max()) > (200, 0)
    assert without.max() < 60


@pytest.mark.parametrize("box", [(0, 0, 20, 20), (140, 100, 160, 120), (0, 0, 160, 120)])
def test_a_face_at_the_border_is_cropped_with_ground_around_it(box):
    image = np.full((*SIZE, 3), 255, np.uint8)
    panel = crop_panel(image, np.array(box, float))
    assert panel.shape == (PANEL, PANEL, 3)
    assert panel.min() < 60
    assert panel.max() == 255


def test_the_face_is_in_the_middle_of_its_crop():
    image = np.zeros((*SIZE, 3), np.uint8)
    image[rectangle(60, 40, 100, 80)] = 255
    panel = crop_panel(image, np.array([60.0, 40, 100, 80]))[:, :, 0]
    rows, columns = np.nonzero(panel > 127)
    assert abs(rows.mean() - PANEL / 2) < 2
    assert abs(columns.mean() - PANEL / 2) < 2
    # The crop's side is 1.9 times the face's.
    assert np.ptp(rows) == pytest.approx(PANEL / 1.9, abs=3)


def test_a_page_holds_a_cell_for_every_sample():
    image = np.full((*SIZE, 3), 255, np.uint8)
    for count in (1, COLUMNS, COLUMNS + 1):
        page = draw_page([sample()] * count, lambda _: (image, image), "title")
        white = (page == 255).all(axis=2).sum()
        assert white > 2 * count * PANEL * PANEL * 0.9


def test_a_page_without_samples_is_drawn():
    assert draw_page([], lambda _: (None, None), "nothing forged").ndim == 3


def test_the_overview_takes_from_every_method_alike():
    rows = [sample("swap", f"a{i:03d}") for i in range(90)]
    rows += [sample("rare", f"b{i}") for i in range(4)]
    chosen = overview(rows, 20, seed=1)
    assert [row.method for row in chosen] == ["rare"] * 4 + ["swap"] * 16
    assert chosen == overview(rows, 20, seed=1)
    assert chosen != overview(rows, 20, seed=2)
    assert len({row.caption for row in chosen}) == 20


def test_pages_hold_every_sample_once():
    rows = [sample(caption=str(i)) for i in range(7)]
    portions = pages(rows, 3)
    assert [len(portion) for portion in portions] == [3, 3, 1]
    assert [row for portion in portions for row in portion] == rows
