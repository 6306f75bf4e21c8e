import pytest
from manyfaces.benchmark.track import Step
from manyfaces.benchmark.track_file import read_tracks
from manyfaces.benchmark.tracks import TRACKS, get_tracks
from manyfaces.core.errors import DataError, UsageError

GOOD = """
tracks:
  - name: foggy-evening
    description: fog at dusk, then JPEG
    steps:
      - {operators: [fog, [rain, snow]], severity: [2, 3], count: [1, 2]}
      - {operators: [jpeg], severity: 3}
  - name: half
    version: 2
    plans:
      - {share: 1, name: kept, steps: []}
      - {share: 3, name: blurred, steps: [{operators: [gaussian-blur], severity: 4}]}
"""


@pytest.fixture
def write(tmp_path):
    def to_file(text, name="mine.yaml"):
        path = tmp_path / name
        path.write_text(text)
        return path

    return to_file


def test_a_file_becomes_tracks(write):
    evening, half = read_tracks(write(GOOD), TRACKS)
    assert evening.plans[0].steps == (
        Step((("fog",), ("rain", "snow")), (2, 3), (1, 2)),
        Step((("jpeg",),), (3,), (1, 1)),
    )
    assert (half.version, [plan.share for plan in half.plans]) == (2, [1, 3])
    kept = sum(half.draw(image, (50, 50))["plan"] == "kept" for image in range(800))
    assert abs(kept - 200) < 50


def test_a_file_stands_for_its_tracks_beside_names_and_sets(write):
    found = get_tracks(["clean", str(write(GOOD)), "clean"])
    assert [track.name for track in found] == ["clean", "foggy-evening", "half"]


@pytest.mark.parametrize(
    ("before", "after", "words"),
    [
        ("fog, ", "fgo, ", "no perturbation named 'fgo'|there is no"),
        ("severity: 4", "severity: 6", "severity"),
        ("count: [1, 2]", "count: [1, 3]", "count"),
        ("count: [1, 2]", "count: [2, 1]", "count"),
        ("name: half", "name: fog-3", "taken"),
        ("name: half", "name: foggy-evening", "taken"),
        ("name: half", "name: Half way", "name"),
        ("share: 3", "share: 0", "share"),
        ("description", "descripton", "descripton"),
        ("tracks:", "trakcs:", "tracks"),
        ("    plans:", "    steps: []\n    planss:", "planss"),
        ("{share: 1", "{share: 1", None),
    ],
)
def test_what_is_wrong_is_named(write, before, after, words):
    path = write(GOOD.replace(before, after, 1))
    if words is None:
        assert read_tracks(path, TRACKS)
        return
    with pytest.raises(UsageError, match=words) as caught:
        read_tracks(path, TRACKS)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize("text", ["", "[]", "tracks: [", "tracks: []", "tracks: 3"])
def test_what_is_no_file_of_tracks_is_one_sentence(write, text):
    with pytest.raises(UsageError):
        read_tracks(write(text), TRACKS)


def test_a_missing_file_is_named(tmp_path):
    with pytest.raises(DataError, match="mine"):
        get_tracks([str(tmp_path / "mine.yaml")])
