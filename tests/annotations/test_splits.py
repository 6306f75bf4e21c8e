import time

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


FLIPS = st.lists(st.integers(0, 63), max_size=9)


@given(st.lists(st.tuples(st.integers(0, 2), FLIPS), max_size=12), st.integers(0, 8))
def test_near_duplicates_are_the_pairs_that_differ_in_few_bits(drawn, distance):
    base = [0x0123456789ABCDEF, 0xFFFFFFFFFFFFFFFF, 0x0123456789ABCDE0]
    values = [base[which] for which, _ in drawn]
    for place, (_, flips) in enumerate(drawn):
        for bit in flips:
            values[place] ^= 1 << bit
    expected = [
        (i, j)
        for i in range(len(values))
        for j in range(i + 1, len(values))
        if (values[i] ^ values[j]).bit_count() <= distance
    ]
    assert near_duplicates([f"{value:016x}" for value in values], distance) == expected


def test_near_duplicates_of_a_whole_release_take_seconds():
    """5,000 pictures take 0.2 to 1 s on one core, 70,000 about 5 s."""
    marks = hashes(5000)
    marks[7] = marks[4000]
    start = time.perf_counter()
    assert near_duplicates(marks) == [(7, 4000)]
    assert time.perf_counter() - start < 10


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
