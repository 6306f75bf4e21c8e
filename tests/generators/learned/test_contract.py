"""What every learned method promises, on drawn faces and with tiny networks of known effect."""

import numpy as np
import pytest
from manyfaces.core.errors import DataError, UsageError
from manyfaces.generators.learned.adapter import Job

METHODS = ("inverting", "conditioned", "swapper", "generator", "keypoints", "driven")


@pytest.fixture(params=METHODS)
def method(request, opened):
    return opened(request.param)


def job_of(method, people, index=0, seed=0):
    """A job from the first face and donor that the method takes."""
    for turn in range(len(people)):
        target = people[(index + turn) % len(people)]
        donors = tuple(people[(index + turn + 1) % len(people)] for _ in range(method.donors))
        if not method.suits(target.face):
            continue
        parameters = method.draw(np.random.default_rng(seed), target.face, donors)
        job = Job(target.image, target.face, donors, parameters)
        try:
            method.apply(job.image, job.face, job.donors, job.parameters)
        except DataError:
            continue
        return job
    raise AssertionError("no face fits")


def done(method, job):
    return method.apply(job.image, job.face, job.donors, job.parameters)


def test_only_the_manipulation_changes_and_the_input_does_not(method, people):
    job = job_of(method, people)
    before = job.image.copy()
    forgery = done(method, job)
    assert np.array_equal(job.image, before)
    assert forgery.image.shape == before.shape
    assert forgery.image.dtype == np.uint8
    assert forgery.manipulation.sum() > 100
    assert np.array_equal(forgery.image[~forgery.manipulation], before[~forgery.manipulation])
    assert (forgery.image != before).any(axis=2)[forgery.manipulation].mean() > 0.8


def test_parameters_written_down_make_the_same_pixels_again(method, people):
    job = job_of(method, people)
    again = method.row().parameters.model_validate_json(job.parameters.model_dump_json())
    assert np.array_equal(
        method.apply(job.image, job.face, job.donors, again).image, done(method, job).image
    )


def test_several_faces_at_once_are_forged_as_one_by_one(method, people):
    jobs = [job_of(method, people, index, seed=index) for index in (0, 2, 4)]
    for job, forgery in zip(jobs, method.apply_batch(jobs), strict=True):
        step = np.abs(forgery.image.astype(int) - done(method, job).image.astype(int))
        assert step.max() <= 1


def test_no_face_is_no_call(method):
    assert method.apply_batch([]) == []


def test_provenance_and_version_name_the_networks(method, people):
    job = job_of(method, people)
    assert job.parameters.networks == dict(method.networks)
    assert all(len(digest) == 64 for digest in job.parameters.networks.values())
    row = method.row()
    assert row.version.startswith(f"{method.version}+")
    assert row.name == "tiny"


def test_parameters_of_another_network_are_refused(method, people):
    job = job_of(method, people)
    other = job.parameters.model_copy(update={"networks": {"network": "0" * 64}})
    with pytest.raises(DataError, match="other networks"):
        method.apply(job.image, job.face, job.donors, other)


def test_a_face_turned_too_far_or_too_large_is_left_to_other_methods(opened, people):
    face = people[0].face
    assert opened("inverting", max_yaw=90).suits(face)
    assert not opened("inverting", max_yaw=0).suits(face)
    assert not opened("inverting", enlarge=1, size=64).suits(max_face(people))


def max_face(people):
    return max((person.face for person in people), key=lambda face: face.width)


def test_a_network_that_changes_nothing_leaves_an_empty_manipulation(opened, people):
    method = opened("same")
    target = people[0]
    parameters = method.draw(np.random.default_rng(0), target.face, ())
    forgery = method.apply(target.image, target.face, (), parameters)
    assert not forgery.manipulation.any()
    assert np.array_equal(forgery.image, target.image)


def test_a_condition_reaches_the_network(opened, people):
    method = opened("conditioned")
    target = people[0]
    for name, channel in (("red", 0), ("blue", 2)):
        parameters = method.draw(np.random.default_rng(0), target.face, ())
        told = parameters.model_copy(update={"condition": name})
        forgery = method.apply(target.image, target.face, (), told)
        step = (forgery.image.astype(int) - target.image)[forgery.manipulation].mean(axis=0)
        assert step[channel] > 15
        assert np.abs(np.delete(step, channel)).max() < 2


def test_a_donors_embedding_and_no_more_reaches_the_swapper(opened, people):
    method = opened("swapper")
    job = job_of(method, people)
    other = next(one for one in people if one is not job.donors[0])
    rows = method.embeddings([job.donors[0], other])
    np.testing.assert_allclose(np.linalg.norm(rows, axis=1), 1, atol=1e-6)
    assert not np.allclose(rows[0], rows[1], atol=1e-3)
    swapped = method.apply(job.image, job.face, (other,), job.parameters)
    assert not np.array_equal(swapped.image, done(method, job).image)


def test_latent_numbers_come_from_the_seed(opened, people):
    method = opened("generator")
    job = job_of(method, people)
    latent = method.latent(job.parameters)
    assert np.array_equal(latent, method.latent(job.parameters))
    other = job.parameters.model_copy(update={"seed": job.parameters.seed + 1})
    assert not np.array_equal(latent, method.latent(other))
    closer = job.parameters.model_copy(update={"truncation": 0.0})
    assert not method.latent(closer).any()


def test_the_mesh_moves_with_the_points_that_drive(opened, people):
    method = opened("keypoints")
    forgery = done(method, job := job_of(method, people))
    assert forgery.mesh is not None
    assert np.abs(forgery.mesh - job.face.mesh).max() > 0.3
    assert forgery.region is not None


@pytest.mark.parametrize(
    ("name", "fields", "said"),
    [
        ("inverting", {"size": 128}, "does not take the image"),
        ("generator", {"latent": 9}, "does not take the latent"),
        ("inverting", {"axes": "nhwc"}, "does not take the image"),
        ("conditioned", {"conditions": {"a": (1.0,), "b": (1.0, 2.0)}}, "several lengths"),
        ("swapper", {"projection": "last-initializer"}, "matrix"),
    ],
)
def test_what_does_not_fit_is_said_before_the_first_face(opened, name, fields, said):
    with pytest.raises(UsageError, match=said):
        opened(name, **fields)
