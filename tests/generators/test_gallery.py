import numpy as np
from manyfaces.generators import gallery as module
from manyfaces.generators.contact_sheet import PANEL
from manyfaces.generators.gallery import gallery
from manyfaces.generators.methods.table import GENERATORS


def test_each_method_has_its_cell_and_shows_a_change(monkeypatch):
    monkeypatch.setattr(module, "SCENES", 2)
    names = ("make-up", "speak", "skin-tone")
    sheet = gallery({name: GENERATORS[name] for name in names})
    assert sheet.shape[1] > 3 * 3 * PANEL
    for column in range(3):
        left = 10 + column * (3 * PANEL + 10)
        cell = sheet[-PANEL - 10 : -10, left : left + 3 * PANEL].astype(int)
        before, after = cell[:, :PANEL], cell[:, PANEL : 2 * PANEL]
        assert before.std() > 5
        assert np.abs(before - after).max() > 1
        assert (np.abs(before - after).max(axis=2) > 3).mean() < 0.5
