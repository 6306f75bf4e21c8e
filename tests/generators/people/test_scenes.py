"""Scenes of drawn people: determinism, and truth that agrees with the pixels."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.seeds import stream
from manyfaces.generators.people import compose
from manyfaces.generators.people.casting import draw_identity
from manyfaces.generators.people.crowd import draw_scene, scaled
from manyfaces.generators.people.source import DrawnPeople

COUNT = 6
SIZE = (288, 384)


@pytest.fixture(scope="module")
def source():
    return DrawnPeople(COUNT, seed=11, size=SIZE)


@pytest.fixture(scope="module")
def scenes(source):
    return [source.open(photo, 4000) for photo in source.photos()]


def test_the_same_photo_gives_the_same_bytes_in_any_order_and_process(source, scenes):
    photos = source.photos()
    copy = pickle.loads(pickle.dumps(source))
    for index in (3, 0):
        again = copy.open(photos[index], 4000)
        assert np.array_equal(again.image, scenes[index].image)
        for one, other in zip(again.faces, scenes[index].faces, strict=True):
            assert one.region == other.region
            assert np.array_equal(one.mesh, other.mesh)


def test_a_longer_set_begins_with_the_same_photos(source):
    assert DrawnPeople(COUNT + 2, 11, SIZE).photos()[:COUNT] == source.photos()
    assert len({photo.sha256 for photo in source.photos()}) == COUNT


def test_another_seed_draws_other_people(source):
    others = DrawnPeople(COUNT, 12, SIZE).photos()
    assert not {photo.sha256 for photo in others} & {photo.sha256 for photo in source.photos()}
    with pytest.raises(DataError, match="another set"):
        source.open(others[0], 400)


def test_a_stranger_is_refused(source):
    with pytest.raises(DataError, match="was not drawn"):
        source.open(replace(source.photos()[0], name="holiday.jpg"), 400)


@pytest.mark.parametrize("arguments", [(-1, 0, (64, 64)), (1, 0, (20, 64))])
def test_impossible_sets_are_refused(arguments):
    with pytest.raises(UsageError):
        DrawnPeople(*arguments)


@pytest.mark.parametrize(
    ("size", "max_side", "expected"),
    [
        ((576, 768), 200, (150, 200)),
        ((64, 64), 1000, (64, 64)),
        ((37, 101), 1000, (37, 101)),
        ((200, 90), 100, (100, 45)),
    ],
)
def test_max_side_and_odd_sizes_are_honoured(size, max_side, expected):
    source = DrawnPeople(2, 5, size)
    for photo in source.photos():
        scene = source.open(photo, max_side)
        assert scene.image.shape == (*expected, 3)
        assert scene.image.dtype == np.uint8
        for face in scene.faces:
            assert face.region["size"] == list(expected)


def test_regions_are_disjoint_and_boxed(scenes):
    for scene in scenes:
        total = np.zeros(scene.image.shape[:2], dtype=int)
        for face in scene.faces:
            region = masks.decode(face.region)
            assert region.any()
            total += region
            assert np.array_equal(face.box, masks.box(face.region))
        assert total.max(initial=0) <= 1


def test_masks_survive_the_annotation_code_bit_for_bit(scenes):
    for scene in scenes:
        for face in scene.faces:
            again = masks.from_coco(masks.to_coco(face.region), scene.image.shape[:2])
            assert masks.iou([again], [face.region])[0, 0] == 1


def test_faces_stand_front_to_back_and_say_what_hides_them():
    card = draw_scene(stream(3), (288, 384))
    front, behind = card.people[0], card.people[0]
    behind = replace(behind, place=replace(behind.place, x=behind.place.x + behind.place.scale))
    alone = compose.draw(replace(card, people=(behind,)))[1][0]
    both = compose.draw(replace(card, people=(front, behind)))[1]
    assert both[1].occluded > alone.occluded + 0.2
    assert masks.area(both[1].region) < 0.8 * masks.area(alone.region)
    hidden = masks.decode(alone.region) & ~masks.decode(both[1].region)
    shown = masks.area(both[1].region) / masks.area(alone.region)
    assert hidden.any()
    expected = 1 - shown * (1 - alone.occluded)
    assert both[1].occluded == pytest.approx(expected, abs=0.03)
    assert np.array_equal(both[1].mesh, alone.mesh)


def test_a_scene_drawn_smaller_is_the_same_scene():
    card = draw_scene(stream(4), (288, 384))
    large = compose.draw(card)[1]
    small = compose.draw(scaled(card, (144, 192)))[1]
    assert len(small) == len(large) > 0
    for one, other in zip(small, large, strict=True):
        assert np.abs((other.landmarks + 0.5) / 2 - 0.5 - one.landmarks).max() < 1e-6
        assert masks.area(one.region) == pytest.approx(masks.area(other.region) / 4, rel=0.15)


def test_faces_come_in_the_sizes_and_numbers_of_photographs():
    cards = [draw_scene(stream(9, index), (576, 768)) for index in range(150)]
    numbers = np.array([len(card.people) for card in cards])
    widths = np.array([1.84 * person.place.scale for card in cards for person in card.people])
    assert numbers.min() >= 1
    assert numbers.max() == 7
    assert 3 < numbers.mean() < 5.5
    assert widths.min() > 25
    assert widths.max() < 240
    assert 60 < np.median(widths) < 140


def test_skin_covers_the_human_range_and_people_differ():
    people = [draw_identity(stream(21, index)) for index in range(300)]
    light = np.array([np.mean(person.skin) for person in people])
    assert light.min() < 60
    assert light.max() > 195
    assert np.histogram(light, bins=6, range=(40, 220))[0].min() >= 15
    assert len({person.hair.style for person in people}) >= 13
    glasses = np.mean([person.glasses is not None for person in people])
    assert 0.15 < glasses < 0.6
    beards = [person.beard > 0.5 for person in people]
    assert 0.03 < np.mean(beards) < 0.4
    assert not any(person.beard for person in people if person.masculine < 0.5)
