import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from manyfaces.annotations.splits import assign_splits, near_duplicates, perceptual_hash

SHARES = {"train": 0.7, "val": 0.1, "test": 0.2}


def hashes(count, seed=0):
    return [f"{value:016x}" for value in np.random.default_rng(seed).integers(0, 2**63, count)]


@settings(max_examples=50)
@given(st.lists(st.sampled_from(["", "a", "b", "c", "d"]), min_size=1, max_size=40))
def test_no_group_and_no_near_duplicate_crosses_splits(groups):
    marks = hashes(len(groups))
    marks[-1] = marks[0]
    split = assign_splits(groups, marks, SHARES, seed=3)
    for name in set(groups) - {""}:
        assert len({s for s, group in zip(split, groups, strict=True) if group == name}) == 1
    for first, second in near_duplicates(marks):
        assert split[first] == split[second]


def test_single_photographs_are_split_as_asked():
    split = assign_splits([""] * 200, hashes(200), SHARES, seed=1)
    assert [split.count(name) for name in SHARES] == [140, 20, 40]
    assert split != assign_splits([""] * 200, hashes(200), SHARES, seed=2)


def test_the_hash_survives_small_changes_and_tells_pictures_apart():
    rng = np.random.default_rng(4)
    one, two = (np.kron(rng.integers(0, 255, (8, 8, 3)), np.ones((16, 16, 1))).astype(np.uint8)
                for _ in range(2))  # fmt: skip
    noisy = np.clip(one + rng.normal(0, 6, one.shape), 0, 255).astype(np.uint8)
    marks = [perceptual_hash(image) for image in (one, noisy, two)]
    assert near_duplicates(marks) == [(0, 1)]
