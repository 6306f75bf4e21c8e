"""What holds for every source of photographs."""

import pickle

import numpy as np
import pytest
from manyfaces.core.errors import ManyfacesError, UsageError
from manyfaces.core.files import to_json
from manyfaces.core.images import decode_image, fit_within
from manyfaces.generators.faces import KnownFace
from manyfaces.generators.photo_sources import listed
from manyfaces.generators.photo_sources.table import SOURCES, open_source

NAMES = sorted(SOURCES)


class Recorder:
    """An analyser that finds nothing and remembers what it was told."""

    def __init__(self):
        self.known = None

    def analyse(self, _image):
        self.known = []
        return ()

    def analyse_known(self, _image, known):
        self.known = known
        return ()


@pytest.fixture(params=NAMES)
def name(request):
    return request.param


@pytest.fixture
def recorder():
    return Recorder()


@pytest.fixture
def source(layouts, name, recorder):
    found = SOURCES[name].open(layouts[name].place)
    found._make_analyser = lambda: recorder
    return found


def test_a_row_says_what_it_is_in_one_line(name):
    row = SOURCES[name]
    assert row.name == name
    assert 10 < len(row.description) < 100
    assert "\n" not in row.description + row.recognised


def test_a_place_is_recognised_as_what_it_is(layouts, name):
    recognised = [key for key, row in SOURCES.items() if row.recognises(layouts[name].place)]
    assert recognised[0] == name


def test_photographs_are_listed_in_order_with_their_faces(source, layouts, name):
    photos = source.photos()
    assert [photo.name for photo in photos] == sorted(layouts[name].boxes)
    for photo in photos:
        assert len(photo.known) == len(layouts[name].boxes[photo.name])
        assert len(photo.sha256) == 64
    assert len({photo.sha256 for photo in photos}) == len(photos)


def test_known_faces_reach_the_analyser_in_pixels_of_the_shrunk_picture(
    source, layouts, name, recorder
):
    for photo in source.photos():
        scene = source.open(photo, 80)
        assert scene.image.shape == (60, 80, 3)
        told = np.array([one.box for one in recorder.known]).reshape(-1, 4)
        wanted = np.array(layouts[name].boxes[photo.name]).reshape(-1, 4) / 2
        assert told == pytest.approx(wanted, abs=0.01)


@pytest.mark.parametrize("side", [160, 80], ids=["whole", "shrunk"])
@pytest.mark.parametrize("large", [10**9, 100], ids=["small", "large"])
def test_a_picture_can_be_had_again_without_its_faces(source, side, large, monkeypatch):
    """Small files serve as they are; large ones take long to decode a second time."""
    monkeypatch.setattr(listed, "LARGE", large)
    photo = source.photos()[0]
    scene = source.open(photo, side)
    again = source.picture(photo, side)
    assert (scene.file is None) == isinstance(again, np.ndarray) == (large == 100)
    if scene.file is not None:
        assert again == scene.file
        data = again if isinstance(again, bytes) else again.read_bytes()
        again = fit_within(decode_image(data, where="file"), side)
    assert np.array_equal(again, scene.image)


def test_a_worker_opens_the_same_pictures(source):
    photo = source.photos()[1]
    source._make_analyser = Recorder
    copy = pickle.loads(pickle.dumps(source))
    assert np.array_equal(copy.open(photo, 100).image, source.open(photo, 100).image)


def test_a_source_that_crosses_to_a_worker_is_small(source):
    source.photos()
    source._make_analyser = Recorder
    assert len(pickle.dumps(source)) < 2000


def test_the_identity_is_json_and_follows_the_content(source, layouts, name):
    first = to_json(source.identity)
    again = SOURCES[name].open(layouts[name].place)
    assert to_json(again.identity) == first


def test_a_missing_place_is_one_clear_error(tmp_path, name, monkeypatch):
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    with pytest.raises(ManyfacesError, match="none"):
        SOURCES[name].open(tmp_path / "none").photos()


def test_a_folder_of_something_else_is_one_clear_error(tmp_path, name):
    (tmp_path / "other").mkdir()
    (tmp_path / "other/notes.txt").write_text("nothing")
    with pytest.raises(ManyfacesError, match="other"):
        SOURCES[name].open(tmp_path / "other").photos()


def test_auto_takes_the_layout_that_is_there(layouts, name):
    # Not by import: the class would be another row's as well.
    kinds = {"folder": "photographs"}
    assert open_source(layouts[name].place).identity["source"] == kinds.get(name, name)


def test_an_unknown_kind_names_the_nearest():
    with pytest.raises(UsageError, match="Did you mean wider-face"):
        open_source(None, "wider")


def test_known_faces_are_plain_numbers():
    assert to_json(KnownFace((1.0, 2.0, 3.0, 4.0))) == (
        b'{"box":[1.0,2.0,3.0,4.0],"doubtful":false,"depicted":false}\n'
    )
