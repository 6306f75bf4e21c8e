import cv2
import numpy as np
from manyfaces.generators.analysis.alignment import aligned_crop
from manyfaces.generators.analysis.glasses import edges, glasses_score
from manyfaces.generators.people.source import DrawnPeople
from sklearn.metrics import roc_auc_score


def light_of(image, face):
    crop = aligned_crop(image, face.landmarks)
    return cv2.cvtColor(crop.astype(np.float32) / 255, cv2.COLOR_RGB2LAB)[:, :, 0]


def test_glasses_of_drawn_people_are_seen():
    source = DrawnPeople(16, seed=5)  # another seed than the weights were fitted to
    truth, scores = [], []
    for photo in source.photos():
        scene, people = source.open(photo, 768), source.card(photo).people
        if len(people) != len(scene.faces):
            continue
        for person, face in zip(people, scene.faces, strict=True):
            if face.occluded < 0.1 and abs(face.pose[0]) < 30 and face.width > 50:
                truth.append(person.identity.glasses is not None)
                scores.append(glasses_score(light_of(scene.image, face)))
    assert 5 < sum(truth) < len(truth) - 5
    assert roc_auc_score(truth, scores) > 0.9


def test_mirror_contrast_and_tone_hardly_matter():
    rng = np.random.default_rng(3)
    light = cv2.GaussianBlur(rng.uniform(0, 100, (128, 128)).astype(np.float32), (0, 0), 4)
    light = (light - light.mean()) * 8 + 50
    even = edges(light)
    assert even.shape == (312,)
    # Mirrored about the middle of the band, which is the middle of the crop.
    np.testing.assert_allclose(edges(np.ascontiguousarray(light[:, ::-1])), even, rtol=0.2)
    np.testing.assert_allclose(edges(light * 0.5 + 20), even, rtol=0.2)


def test_a_blank_face_has_a_finite_score():
    assert 0 <= glasses_score(np.zeros((128, 128), np.float32)) <= 1
