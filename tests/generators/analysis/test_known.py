"""Faces that annotations know: matched, looked at closely, or left out."""

from dataclasses import replace

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.core.images import read_image
from manyfaces.generators.analysis import analyser as module
from manyfaces.generators.analysis.analyser import FaceAnalyser
from manyfaces.generators.analysis.known import detections_of, mean_face_in
from manyfaces.generators.faces import KnownFace


@pytest.fixture(scope="module")
def analyser():
    return FaceAnalyser()


@pytest.fixture
def models(shared, monkeypatch):
    monkeypatch.setenv("MANYFACES_MODELS", str(shared / "models"))


@pytest.fixture
def picture(shared, models):
    return read_image(shared / "photos" / "varied" / "varied-077.jpg")


@pytest.fixture
def faces(analyser, picture):
    return analyser.analyse(picture)


def known(faces, **flags):
    return [KnownFace(tuple(face.box), **flags) for face in faces]


def test_faces_that_are_also_detected_are_measured_as_without_boxes(analyser, picture, faces):
    again = analyser.analyse_known(picture, known(faces))
    assert len(again) == len(faces) >= 2
    for first, second in zip(faces, again, strict=True):
        assert np.array_equal(first.mesh, second.mesh)
        assert first.confidence == second.confidence


def test_faces_that_the_detector_misses_are_found_by_a_closer_look(
    analyser, picture, faces, monkeypatch
):
    monkeypatch.setattr(module, "detect_faces", lambda _image: np.zeros((0, 15)))
    found = analyser.analyse_known(picture, known(faces))
    for face in faces:
        off = [np.abs(other.landmarks - face.landmarks).mean() for other in found]
        assert min(off) < 0.1 * face.width


def test_faces_that_annotators_missed_are_kept(analyser, picture, faces):
    assert len(analyser.analyse_known(picture, known(faces[:1]))) == len(faces)


def test_drawings_of_faces_are_left_out(analyser, picture, faces):
    some = [*known(faces[:1], depicted=True), *known(faces[1:])]
    assert len(analyser.analyse_known(picture, some)) == len(faces) - 1


def test_doubtful_faces_are_annotated_and_never_forged(analyser, picture, faces):
    found = analyser.analyse_known(picture, known(faces, doubtful=True))
    assert [face.confidence for face in found] == [0.0] * len(faces)


def test_where_nothing_fits_the_mean_face_fills_the_box(analyser, models):
    gray = np.full((200, 300, 3), 128, np.uint8)
    (face,) = analyser.analyse_known(gray, [KnownFace((50.0, 40.0, 120.0, 130.0))])
    assert face.confidence == 0
    assert face.box == pytest.approx([50, 40, 120, 130], abs=2)
    assert masks.area(face.region) > 0.6 * 70 * 90


@pytest.mark.parametrize("box", [(0, 0, 10, 10), (290, 190, 400, 300), (-50, -50, -10, -10)])
def test_boxes_that_are_small_or_leave_the_picture_break_nothing(analyser, models, box):
    gray = np.full((200, 300, 3), 128, np.uint8)
    assert len(analyser.analyse_known(gray, [KnownFace(box)])) <= 1


def test_each_box_has_one_partner_and_the_best_overlap_wins():
    def row(x, score):
        return np.array([x, 0, 40, 40, *np.zeros(10), score])

    gray = np.zeros((60, 200, 3), np.uint8)
    box = KnownFace((0.0, 0.0, 40.0, 40.0))
    pairs = detections_of(gray, [row(8, 0.9), row(2, 0.8)], [box])
    partners = {float(found[0]): one for found, one in pairs}
    assert partners == {8.0: None, 2.0: box}
    assert len(detections_of(gray, [row(2, 0.8)], [replace(box, depicted=True)])) == 0


def test_the_mean_face_in_a_box_is_as_large_as_the_box():
    mesh = mean_face_in((10.0, 20.0, 70.0, 120.0))
    assert mesh[:, :2].min(axis=0) == pytest.approx([10, 20])
    assert mesh[:, :2].max(axis=0) == pytest.approx([70, 120])
