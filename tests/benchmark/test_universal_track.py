import numpy as np
import pytest
from manyfaces.benchmark.perturbations.universal import UniversalSet, add_pattern, write_universal
from manyfaces.benchmark.tracks import get_tracks
from manyfaces.benchmark.universal_track import read_universal_tracks
from manyfaces.core.errors import DataError, UsageError


def pattern(bound):
    signs = np.random.default_rng(bound).integers(0, 2, (4, 4, 3)) * 2 - 1
    return (bound * signs).astype(np.int8)


@pytest.fixture
def file(tmp_path):
    write_universal(tmp_path / "set.npz", UniversalSet({2: pattern(2), 8: pattern(8)}, {}))
    return tmp_path / "set.npz"


def test_each_pattern_of_a_set_is_a_track_that_needs_no_network(file):
    image = np.random.default_rng(0).integers(0, 256, (9, 11, 3), dtype=np.uint8)
    tracks = read_universal_tracks(file)
    assert [track.name for track in tracks] == ["universal-2of255", "universal-8of255"]
    for track, bound in zip(tracks, (2, 8), strict=True):
        shown = track.apply(image, 1)
        assert (shown.image == add_pattern(image, pattern(bound))).all()
        assert shown.record["strength"] == bound
    assert tracks[0].sha256 != tracks[1].sha256


def test_a_file_that_is_named_twice_counts_once(file):
    assert len(get_tracks([str(file), "clean", str(file)])) == 3


def test_two_sets_that_differ_under_one_name_are_refused(file, tmp_path):
    write_universal(tmp_path / "other.npz", UniversalSet({2: -pattern(2)}, {}))
    with pytest.raises(UsageError, match="universal-2of255"):
        get_tracks([str(file), str(tmp_path / "other.npz")])


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(DataError, match=r"none\.npz"):
        get_tracks([str(tmp_path / "none.npz")])
