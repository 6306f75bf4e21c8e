import numpy as np
import pytest
from manyfaces.benchmark.perturbations.universal import (
    BOUNDS,
    UniversalSet,
    published,
    read_universal,
    write_universal,
)
from manyfaces.core.errors import DataError


def test_the_published_set_has_a_pattern_within_each_bound_and_says_what_it_is_against():
    assert tuple(published().patterns) == BOUNDS
    for bound, pattern in published().patterns.items():
        assert np.abs(pattern.astype(int)).max() == bound
    assert published().record["against"]["baseline"] == "mask-rcnn-small"


def test_a_set_is_read_as_it_was_written_and_equal_sets_are_equal_bytes(tmp_path):
    made = UniversalSet({2: np.full((4, 4, 3), -2, np.int8)}, {"seed": 1})
    for name in ("a.npz", "b.npz"):
        write_universal(tmp_path / name, made)
    found = read_universal(tmp_path / "a.npz")
    assert (found.patterns[2] == made.patterns[2]).all()
    assert found.record == made.record
    assert found.sha256 == made.sha256
    assert (tmp_path / "a.npz").read_bytes() == (tmp_path / "b.npz").read_bytes()


def test_a_damaged_set_or_one_beyond_its_bound_is_refused(tmp_path):
    (tmp_path / "a.npz").write_bytes(b"PK nothing")
    with pytest.raises(DataError, match="no set"):
        read_universal(tmp_path / "a.npz")
    write_universal(tmp_path / "b.npz", UniversalSet({2: np.full((4, 4, 3), 3, np.int8)}, {}))
    with pytest.raises(DataError, match="beyond"):
        read_universal(tmp_path / "b.npz")


def test_a_flipped_byte_anywhere_is_told_as_damage_or_changes_nothing(tmp_path):
    rng = np.random.default_rng(0)
    pattern = rng.integers(-8, 9, (16, 16, 3)).astype(np.int8)
    path = tmp_path / "a.npz"
    write_universal(path, UniversalSet({8: pattern}, {"steps": 1}))
    whole = path.read_bytes()
    refused = 0
    for place in range(len(whole)):
        damaged = bytearray(whole)
        damaged[place] ^= int(rng.integers(1, 256))
        path.write_bytes(bytes(damaged))
        try:
            found = read_universal(path)
        except DataError:
            refused += 1
        else:
            assert all((row == pattern).all() for row in found.patterns.values())
    assert refused > 0.8 * len(whole)  # dates and the like may be anything
