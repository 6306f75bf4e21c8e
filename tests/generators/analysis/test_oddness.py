import cv2
import numpy as np
import pytest
from manyfaces.core.images import fit_within, read_image
from manyfaces.generators.analysis.analyser import FaceAnalyser
from manyfaces.generators.analysis.models import FOLDER_VARIABLE
from manyfaces.generators.analysis.oddness import oddness
from manyfaces.generators.analysis.traits import measure
from manyfaces.generators.people.source import DrawnPeople


@pytest.fixture(scope="module")
def bare(shared):
    """Faces of photographs that a model of other photographs has not seen, without glasses."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv(FOLDER_VARIABLE, str(shared / "models"))
        found = []
        for path in sorted((shared / "photos" / "varied").glob("*.jpg"))[:60]:
            image = fit_within(read_image(path), 800)
            for face in FaceAnalyser().analyse(image):
                if face.width > 70 and abs(face.pose[0]) < 25 and face.confidence > 0.9:
                    traits = measure(image, face)
                    if traits.glasses < 0.1 and traits.veil < 12:
                        found.append((image, face))
    assert len(found) >= 15
    return found


def covered(image, face, colour):
    """A disc over one cheek and half of the mouth."""
    result = image.copy()
    centre = np.round(face.landmarks[[4, 48, 60]].mean(axis=0)).astype(int)
    cv2.circle(result, tuple(map(int, centre)), round(0.17 * face.width), colour, -1)
    return result


def test_a_covered_face_is_odder(bare):
    odd = np.array([oddness(image, face.landmarks) for image, face in bare])
    for colour in ((40, 60, 150), (230, 230, 235)):
        after = [oddness(covered(image, face, colour), face.landmarks) for image, face in bare]
        assert np.median(after / odd) > 1.5
        assert np.mean(after > 1.15 * odd) > 0.85


def test_it_is_about_the_face_not_its_light_or_size(bare):
    for image, face in bare[:8]:
        before = oddness(image, face.landmarks)
        darker = np.rint(image * 0.7).astype(np.uint8)
        assert oddness(darker, face.landmarks) == pytest.approx(before, rel=0.3)
        small = cv2.resize(image, None, fx=0.7, fy=0.7, interpolation=cv2.INTER_AREA)
        points = (face.landmarks + 0.5) * 0.7 - 0.5
        assert oddness(small, points) == pytest.approx(before, rel=0.25)


def test_drawn_faces_are_not_measured():
    source = DrawnPeople(1, 3, (240, 320))
    scene = source.open(source.photos()[0], 320)
    assert all(measure(scene.image, face).oddness == 0 for face in scene.faces)
    assert all(oddness(scene.image, face.landmarks) > 0 for face in scene.faces)
