from dataclasses import replace

import numpy as np
import pytest
from manyfaces.annotations.masks import encode
from manyfaces.generators.analysis.traits import Traits
from manyfaces.generators.analysis_cache import Analysis, MeasuredFace
from manyfaces.generators.faces import Face
from manyfaces.generators.plan import choose_targets, distinct, load_donors, make_plan, save_donors
from manyfaces.generators.recipe import Recipe
from manyfaces.generators.sources import Photo
from manyfaces.generators.workspace import Workspace
from numpy import array, ones, zeros

TRAITS = Traits(
    eyes=40.0, yaw=0.0, pitch=0.0, roll=0.0, mouth_open=0.0, mouth_width=0.5, eyes_open=0.1,
    patches=((60.0, 10.0, 12.0),) * 8, glasses=0.1, veil=2.0, sharpness=0.5, confidence=1.0,
    occluded=0.0,
)  # fmt: skip
FACE = Face(
    box=array([0.0, 0, 4, 4]),
    mesh=zeros((5, 3)),
    layout="drawn",
    landmarks=zeros((68, 2)),
    region=encode(ones((4, 4), bool)),
    pose=(0.0, 0.0, 0.0),
)


def analysis(forgeable=3, refused=0, fingerprint="0" * 16):
    reasons = [None] * forgeable + ["turned too far"] * refused
    faces = tuple(MeasuredFace(FACE, TRAITS, reason) for reason in reasons)
    return Analysis((4, 4), fingerprint, faces)


def photos(count, group=lambda _: ""):
    return [Photo(f"{i:03d}.jpg", f"{i:064x}", group=group(i)) for i in range(count)]


def different_fingerprint(index):
    # 16 set bits that no two indices share by more than chance: far beyond the limit.
    return f"{(0x9E3779B97F4A7C15 * (index + 1)) % 2**64:016x}"


def plan_of(taken, recipe, **options):
    analyses = [
        analysis(fingerprint=different_fingerprint(i), **options) for i in range(len(taken))
    ]
    return make_plan(taken, analyses, recipe)


def test_exact_copies_are_left_out_by_name():
    first, second = photos(2)
    copy = replace(first, name="copy.jpg")
    kept, left_out = distinct([first, second, copy])
    assert kept == [first, second]
    assert [(skip.photo, skip.reason) for skip in left_out] == [(copy, "exact copy of 000.jpg")]


def test_files_that_could_not_be_read_are_no_copies_of_each_other():
    lost = [Photo(name, "", unread="not there") for name in ("a.jpg", "b.jpg")]
    kept, left_out = distinct([*photos(1), *lost])
    assert kept == photos(1)
    assert [(skip.photo, skip.reason) for skip in left_out] == [(one, "not there") for one in lost]


def test_images_are_numbered_from_one_in_an_order_that_says_nothing_of_their_source():
    taken = photos(40)
    analyses = [analysis(fingerprint=f"{row:016x}") for row in range(40)]
    analyses[1] = Analysis((0, 0), "", (), skipped="no face found")
    plan = make_plan(taken, analyses, Recipe())
    assert [image.image_id for image in plan.images] == list(range(1, 40))
    names = [image.photo.name for image in plan.images]
    assert sorted(names) == [photo.name for photo in taken if photo.name != "001.jpg"]
    assert abs(np.corrcoef(np.arange(39), [int(name[:3]) for name in names])[0, 1]) < 0.5
    # The number depends on the photograph and the seed, not on its neighbours.
    fewer = make_plan(taken[:20], analyses[:20], Recipe())
    kept = [image.photo.name for image in fewer.images]
    assert kept == [name for name in names if name in kept]
    assert [(skip.photo.name, skip.reason) for skip in plan.skipped] == [
        ("001.jpg", "no face found")
    ]


def test_a_photographs_plan_does_not_depend_on_the_others():
    taken = photos(40)
    recipe = Recipe(seed=3)
    whole = {image.photo.name: image.targets for image in plan_of(taken, recipe).images}
    for image in plan_of(taken[:7], recipe).images:
        assert image.targets == whole[image.photo.name]


def test_the_share_of_pristine_images_is_the_recipes():
    images = plan_of(photos(400), Recipe(seed=1, pristine=0.25)).images
    pristine = sum(not image.targets for image in images) / len(images)
    assert 0.19 < pristine < 0.31


def test_the_share_of_forged_faces_is_the_recipes_and_never_none():
    recipe = Recipe(seed=1, pristine=0, forged=0.4, max_forged=100)
    counts = [len(image.targets) for image in plan_of(photos(200), recipe, forgeable=10).images]
    assert min(counts) >= 1
    assert 0.36 < sum(counts) / 2000 < 0.45


@pytest.mark.parametrize("refused", [0, 4])
def test_only_forgeable_faces_are_targets(refused):
    recipe = Recipe(pristine=0, forged=1)
    targets = choose_targets(photos(1)[0], analysis(3, refused), recipe)
    assert sorted(targets) == [0, 1, 2]


def test_a_photograph_without_forgeable_faces_stays_pristine():
    assert choose_targets(photos(1)[0], analysis(0, 2), Recipe(pristine=0)) == ()


def test_no_more_faces_of_one_image_than_the_recipe_allows():
    recipe = Recipe(pristine=0, forged=1, max_forged=2)
    assert len(choose_targets(photos(1)[0], analysis(9), recipe)) == 2


def test_donors_stand_in_their_own_split_and_are_forgeable_faces():
    plan = plan_of(photos(60), Recipe(seed=2), forgeable=2, refused=1)
    split_of = {image.photo: image.split for image in plan.images}
    found = 0
    for split, donors in plan.donors.items():
        for donor in donors:
            assert split_of[donor.photo] == split
            assert donor.face < 2
            found += 1
    assert found == 120


def test_a_group_is_never_split():
    plan = plan_of(photos(60, lambda index: f"event {index // 6}"), Recipe(seed=5))
    homes = {}
    for image in plan.images:
        homes.setdefault(image.photo.group, set()).add(image.split)
    assert all(len(splits) == 1 for splits in homes.values())
    assert len({image.split for image in plan.images}) == 3


def test_donors_are_read_as_they_were_written(tmp_path):
    plan = plan_of(photos(9, lambda _: "one"), Recipe())
    workspace = Workspace(tmp_path)
    save_donors(workspace, plan)

    def name(donor):
        return donor.photo.name, donor.face

    for split, donors in plan.donors.items():
        assert sorted(load_donors(workspace, split), key=name) == sorted(donors, key=name)
