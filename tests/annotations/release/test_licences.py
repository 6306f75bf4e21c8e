import pytest
from manyfaces.annotations.release.licences import cautions, dataset_licence, parse_licence


@pytest.mark.parametrize(
    ("stated", "spdx", "duties"),
    [
        ("CC0-1.0", "CC0-1.0", ""),
        ("CC0-1.0 / US public domain (repo)", None, ""),
        ("public domain (NASA)", None, ""),
        ("CC-BY-4.0", "CC-BY-4.0", "attribution"),
        ("CC BY 2.0", "CC-BY-2.0", "attribution"),
        ("CC-BY (site text; no LICENSE file in repo)", None, "attribution"),
        ("cc-by-nc-sa-4.0", "CC-BY-NC-SA-4.0", "attribution non_commercial share_alike"),
        ("CC-BY-ND-2.0", "CC-BY-ND-2.0", "attribution no_derivatives"),
        ("CC-BY-4.0 (README; page footer says CC-BY-SA-4.0)", None, "attribution share_alike"),
        ("MIT (content terms)", None, "attribution"),
    ],
)
def test_a_licence_is_read_as_its_source_states_it(stated, spdx, duties):
    licence = parse_licence(stated)
    assert licence.known
    assert licence.spdx == spdx
    every = ("attribution", "share_alike", "non_commercial", "no_derivatives")
    assert {name for name in every if getattr(licence, name)} == set(duties.split())


@pytest.mark.parametrize("stated", ["unknown", "", "ask the author", "© Jane"])
def test_what_is_no_licence_is_said_to_be_none(stated):
    assert not parse_licence(stated).known
    assert "no licence that can be read" in cautions({stated: 3})[0]
    assert "3 of the photographs" in cautions({stated: 3})[0]


def test_forged_copies_of_what_may_not_be_changed_are_pointed_at():
    found = cautions({"CC-BY-ND-4.0": 2, "CC-BY-NC-4.0": 1, "CC0-1.0": 9})
    assert len(found) == 2
    assert "no derivatives allowed" in found[0]
    assert "2 of the photographs" in found[0]
    assert cautions({"CC0-1.0": 4, "CC-BY-4.0": 1}) == []


def test_the_whole_has_a_licence_only_where_all_photographs_share_it():
    assert dataset_licence(["CC-BY-4.0", "CC BY 4.0"]) == "CC-BY-4.0"
    assert dataset_licence(["CC-BY-4.0", "CC-BY-2.0"]) is None
    assert dataset_licence(["CC-BY-4.0", "unknown"]) is None
