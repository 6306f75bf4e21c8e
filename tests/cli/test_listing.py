import pytest
from manyfaces.benchmark.perturbations.operator import GROUPS
from manyfaces.cli import listing
from manyfaces.core.errors import UsageError


@pytest.mark.parametrize("kind", listing.TABLES)
def test_every_list_has_names_and_descriptions(kind):
    rows = listing.listing(kind)
    assert len({row["name"] for row in rows}) == len(rows) > 0
    assert all(row["description"] for row in rows)


def test_perturbations_are_drawn_a_sheet_for_each_group(tmp_path, monkeypatch):
    from manyfaces.benchmark.perturbations import table

    whole = table.of_group
    monkeypatch.setattr(table, "of_group", lambda group: whole(group)[:1])
    listing._draw("perturbations", tmp_path / "sheets")
    assert {path.stem for path in (tmp_path / "sheets").iterdir()} == {*GROUPS, "equivalents"}


@pytest.mark.parametrize(
    ("kind", "name"), [("metrics", "a.png"), ("generators", "a.jpg"), ("perturbations", "a.png")]
)
def test_what_cannot_be_drawn_is_said(kind, name, tmp_path):
    with pytest.raises(UsageError, match="cannot be drawn"):
        listing._draw(kind, tmp_path / name)
