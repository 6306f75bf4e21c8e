"""A diffusion pipeline of a few thousand random numbers, loaded and run as a big one is."""

import numpy as np
import pytest
import tiny_networks
from manyfaces.core.errors import DataError, UsageError
from manyfaces.generators.learned.adapter import Job
from manyfaces.generators.learned.inpainting import INDEX

pytest.importorskip("diffusers", reason="the learned extra is not installed")
pytest.importorskip("transformers", reason="the learned extra is not installed")


@pytest.fixture(scope="module")
def told(tmp_path_factory):
    folder = tiny_networks.inpainting(tmp_path_factory.mktemp("diffusion") / "pipeline")
    return {
        "kind": "inpainting", "network": str(folder), "size": tiny_networks.SIDE, "enlarge": 8,
        "steps": 2, "prompts": ("a face", "a man"), "negative": "a hat",
    }  # fmt: skip


@pytest.fixture(scope="module")
def method(opened, told):
    return opened(told)


@pytest.fixture(scope="module")
def job(method, people):
    for target in people:
        parameters = method.draw(np.random.default_rng(4), target.face, ())
        if method.suits(target.face):
            return Job(target.image, target.face, (), parameters)
    raise AssertionError("no face fits")


def done(method, job, **fields):
    told = job.parameters.model_copy(update=fields)
    return method.apply(job.image, job.face, (), told)


def test_the_face_is_painted_anew_and_nothing_else(method, job):
    forgery = done(method, job)
    assert forgery.manipulation.sum() > 100
    outside = ~forgery.manipulation
    assert np.array_equal(forgery.image[outside], job.image[outside])


def test_the_same_seed_paints_the_same_and_another_one_does_not(method, job):
    first = done(method, job).image
    assert np.array_equal(first, done(method, job).image)
    assert not np.array_equal(first, done(method, job, seed=job.parameters.seed + 1).image)


def test_faces_of_several_settings_come_back_in_order(method, job):
    other = Job(job.image, job.face, (), job.parameters.model_copy(update={"guidance": 5.5}))
    for one, forgery in zip([job, other], method.apply_batch([job, other]), strict=True):
        alone = done(method, one).image.astype(int)
        assert np.abs(forgery.image.astype(int) - alone).max() <= 1


def test_the_inner_area_is_smaller(opened, told, job):
    inner = opened({**told, "area": "inner"})
    whole = opened(told)
    assert inner._hole(job).sum() < whole._hole(job).sum()


def test_a_prompt_of_the_recipe_is_drawn_and_written_down(method, job):
    drawn = [method.draw(np.random.default_rng(seed), job.face, ()).prompt for seed in range(20)]
    assert set(drawn) == {"a face", "a man"}


def test_a_withheld_picture_is_no_forgery(method, job, monkeypatch):
    from manyfaces.generators.learned import inpainting

    class Withheld:
        nsfw_content_detected = (True,)

    monkeypatch.setattr(inpainting, "load_pipeline", lambda *_: lambda **_: Withheld())
    with pytest.raises(DataError, match="withheld"):
        done(method, job)


def test_a_folder_without_a_pipeline_is_said_at_once(opened, told, tmp_path):
    with pytest.raises(UsageError, match="no diffusion pipeline"):
        opened({**told, "network": str(tmp_path)})


def test_a_pipeline_with_a_missing_part_is_one_sentence(opened, told, job, tmp_path):
    (tmp_path / INDEX).write_text('{"_class_name": "StableDiffusionInpaintPipeline"}')
    method = opened({**told, "network": str(tmp_path)})
    parameters = method.draw(np.random.default_rng(0), job.face, ())
    with pytest.raises(UsageError, match="cannot be loaded"):
        method.apply(job.image, job.face, (), parameters)
