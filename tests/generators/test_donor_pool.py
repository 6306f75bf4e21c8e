"""The pool on disk finds what a comparison with every donor finds."""

import pickle
from dataclasses import replace

import numpy as np
import pytest
from manyfaces.generators import donor_pool
from manyfaces.generators.analysis.traits import Traits
from manyfaces.generators.donor_pool import DonorFace, DonorPool, save_pool
from manyfaces.generators.donors import TWIN, Fit, donor_cost
from manyfaces.generators.faces import KnownFace
from manyfaces.generators.sources import Photo

LOOSE = Fit("loose", {"yaw": (20.0, 1.0), "hue": (15.0, 1.0)}, bare=False, scale=0.5, blur=9.0)


def traits(rng):
    def around(middle, spread):
        return float(rng.normal(middle, spread))

    tone = np.array([around(60, 8), around(14, 3), around(16, 3)])
    patches = tone + rng.normal(0, 2, (8, 3))
    return Traits(
        eyes=around(60, 12), yaw=around(0, 8), pitch=around(0, 8), roll=0.0,
        mouth_open=abs(around(0, 0.05)), mouth_width=around(0.55, 0.08),
        eyes_open=abs(around(0.1, 0.02)), patches=tuple(map(tuple, patches.round(2).tolist())),
        glasses=float(rng.random() * 0.3), veil=around(8, 4), sharpness=around(0.5, 0.1),
        confidence=1.0, occluded=0.0,
    )  # fmt: skip


def photo(index):
    # Two photographs make a group; every fourth stands alone.
    group = "" if index % 4 == 0 else f"group {index // 2}"
    sha = f"{(0x9E3779B97F4A7C15 * (index + 1)) % 2**64:016x}" * 4
    return Photo(f"{index}.jpg", sha, group=group, known=(KnownFace((0.0, 0.0, 1.0, 1.0)),))


@pytest.fixture(scope="module")
def donors():
    rng = np.random.default_rng(0)
    return [DonorFace(photo(index // 2), index % 2, traits(rng)) for index in range(600)]


@pytest.fixture(scope="module")
def pool(donors, tmp_path_factory):
    path = tmp_path_factory.mktemp("pool") / "train.jsonl"
    save_pool(path, donors)
    return DonorPool(path)


def name(donor):
    return donor.photo.name, donor.face


def test_every_donor_comes_back_without_what_is_measured_by_now(pool, donors):
    wanted = [replace(donor, photo=replace(donor.photo, known=())) for donor in donors]
    assert sorted(pool, key=name) == sorted(wanted, key=name)
    assert [pool[index] for index in range(len(pool))] == list(pool)
    assert pool[-1] == list(pool)[-1]
    assert pool[2:4] == list(pool)[2:4]
    with pytest.raises(IndexError):
        pool[len(pool)]


@pytest.mark.parametrize("fit", [TWIN, LOOSE], ids=lambda fit: fit.name)
def test_all_that_fit_are_found_and_hardly_others(pool, donors, fit, monkeypatch):
    monkeypatch.setattr(donor_pool, "CANDIDATES", 10_000)
    total = 0
    for target in donors[:60]:
        own = target.photo
        wanted = {
            name(donor)
            for donor in donors
            if np.isfinite(donor_cost(target.traits, donor.traits, fit))
            and donor.photo.sha256 != own.sha256
            and not (own.group and donor.photo.group == own.group)
        }
        found = {name(donor) for donor in pool.like(own, target.traits, fit)}
        assert wanted <= found
        total += len(wanted)
        # Sharpness is compared later.
        assert len(found) <= 2 * len(wanted) + 20
    assert total > 100


def test_a_large_pool_is_searched_in_part_and_each_photograph_in_another(pool, donors, monkeypatch):
    monkeypatch.setattr(donor_pool, "WINDOW", 50)
    seen = set()
    for target in donors[::20]:
        found = pool.like(target.photo, target.traits, LOOSE)
        assert len(found) <= 50
        seen |= {name(donor) for donor in found}
    assert len(seen) > 200


def test_few_of_many_that_fit_are_weighed(pool, donors, monkeypatch):
    monkeypatch.setattr(donor_pool, "CANDIDATES", 5)
    assert len(pool.like(donors[0].photo, donors[0].traits, LOOSE)) == 5


def test_an_empty_pool_has_no_donors(tmp_path, donors):
    save_pool(tmp_path / "val.jsonl", [])
    assert len(DonorPool(tmp_path / "val.jsonl")) == 0
    assert DonorPool(tmp_path / "val.jsonl").like(donors[0].photo, donors[0].traits, TWIN) == []


def test_the_same_donors_in_another_order_are_the_same_files(tmp_path, donors):
    save_pool(tmp_path / "a.jsonl", donors)
    save_pool(tmp_path / "b.jsonl", reversed(donors))
    for suffix in (".jsonl", ".table.npy", ".offsets.npy"):
        assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


def test_a_pool_crosses_to_a_worker(pool):
    assert list(pickle.loads(pickle.dumps(pool))) == list(pool)
