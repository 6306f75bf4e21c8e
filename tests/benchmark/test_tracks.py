import json
import pickle
import subprocess
import sys
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest
from manyfaces.annotations.instances import Instances
from manyfaces.benchmark.perturbations.operator import SEVERITIES
from manyfaces.benchmark.perturbations.table import PERTURBATIONS
from manyfaces.benchmark.track import Plan, Step, Track, replay
from manyfaces.benchmark.tracks import DRAWN_GROUPS, SETS, TRACKS, get_track, get_tracks
from manyfaces.core.errors import DataError, UsageError
from manyfaces.core.files import to_json

IMAGE = np.random.default_rng(0).integers(0, 255, (60, 70, 3), dtype=np.uint8)
FACE = np.zeros((60, 70), bool)
FACE[20:40, 15:45] = True
TRUTH = Instances.from_masks((60, 70), [FACE], [1])


def pixels(track, image_id):
    return get_track(track).apply(IMAGE, image_id).image.tobytes()


def test_clean_shows_the_picture_and_its_faces_as_they_are():
    shown = get_track("clean").apply(IMAGE, 1, TRUTH)
    assert np.array_equal(shown.image, IMAGE)
    assert shown.instances is TRUTH
    assert shown.record["steps"] == []


def test_every_group_and_every_perturbation_has_a_track_for_each_severity():
    groups, operators = (
        [f"{name}-{severity}" for name in names for severity in SEVERITIES]
        for names in (DRAWN_GROUPS, PERTURBATIONS)
    )
    levels = [f"challenge-level{level}" for level in (1, 2, 3, 4)]
    assert list(TRACKS) == ["clean", *groups, "challenge", *levels, "social", *operators]
    assert all(track.name == name for name, track in TRACKS.items())
    assert get_track("fog-4").severity == 4
    assert get_track("fog-4").group == "external"


def test_a_group_draws_each_of_its_operators_and_no_other():
    track = get_track("block-2")
    drawn = {track.draw(image, (60, 70))["steps"][0]["perturbation"] for image in range(60)}
    assert drawn == {row.name for row in PERTURBATIONS.values() if row.group == "block"}


@pytest.mark.parametrize("name", TRACKS)
def test_the_record_in_json_makes_pixels_and_faces_again(name):
    shown = get_track(name).apply(IMAGE, 7, TRUTH)
    again = replay(json.loads(to_json(shown.record)), IMAGE, TRUTH)
    assert np.array_equal(again.image, shown.image)
    assert again.instances.masks == shown.instances.masks
    assert np.array_equal(again.instances.boxes, shown.instances.boxes)


def test_each_picture_and_each_track_has_its_own_draw():
    track = get_track("gaussian-noise-3")
    assert pixels("gaussian-noise-3", 1) != pixels("gaussian-noise-3", 2)
    seeds = {track.draw(image, (60, 70))["steps"][0]["params"]["seed"] for image in range(50)}
    seeds |= {
        get_track("gaussian-noise-4").draw(i, (60, 70))["steps"][0]["params"]["seed"]
        for i in range(50)
    }
    assert len(seeds) == 100


def test_order_and_worker_change_nothing():
    jobs = [
        (f"{group}-{severity}", i) for group in DRAWN_GROUPS for severity, i in ((1, 4), (5, 9))
    ]
    forward = [pixels(*job) for job in jobs]
    backward = [pixels(*job) for job in reversed(jobs)][::-1]
    assert forward == backward
    with ProcessPoolExecutor(2) as pool:
        assert list(pool.map(pixels, *zip(*jobs, strict=True))) == forward


def test_a_track_travels_to_workers():
    track = get_track("external-3")
    assert pickle.loads(pickle.dumps(track)) == track


def one(*names, severity=1):
    return Step((names,), (severity,))


def track_of(*steps, version=1, words="", share=1.0, name="mine"):
    return Track(name, version, words, (Plan(share, steps),))


def test_hashes_tell_tracks_apart_and_follow_their_definition():
    assert len({track.sha256 for track in TRACKS.values()}) == len(TRACKS)
    mild = track_of(one("fog"))
    for other in (
        track_of(one("fog"), version=2),
        track_of(one("fog", severity=2)),
        track_of(one("fog", "rain")),
        track_of(one("fog"), one("rain")),
        track_of(one("fog"), share=2.0),
        track_of(Step((("fog",),), (1,), (0, 1))),
        Track("mine", 1, "", (*mild.plans, Plan(1.0, ()))),
    ):
        assert other.sha256 != mild.sha256
    assert track_of(one("fog"), words="words").sha256 == mild.sha256


def test_steps_follow_one_another():
    chain = track_of(one("pixelate", severity=3), one("jpeg", severity=4), name="chain")
    shown = chain.apply(IMAGE, 1)
    first, second = shown.record["steps"]
    middle = PERTURBATIONS["pixelate"].apply(IMAGE, first["params"])
    assert np.array_equal(shown.image, PERTURBATIONS["jpeg"].apply(middle, second["params"]))


def test_a_step_draws_its_count_of_families_in_their_order():
    step = Step((("fog", "rain"), ("jpeg",), ("emboss",)), (1, 4), (1, 2))
    order = {"fog": 0, "rain": 0, "jpeg": 1, "emboss": 2}
    counts, severities = set(), set()
    for image in range(200):
        drawn = track_of(step).draw(image, (60, 70))["steps"]
        places = [order[row["perturbation"]] for row in drawn]
        assert places == sorted(set(places))
        counts.add(len(places))
        severities |= {row["severity"] for row in drawn}
    assert (counts, severities) == ({1, 2}, {1, 4})


def test_plans_have_their_shares_of_the_pictures():
    track = Track("t", 1, "", (Plan(1, (), "kept"), Plan(3, (one("fog"),), "fog")))
    kept = sum(track.draw(image, (60, 70))["plan"] == "kept" for image in range(2000))
    assert abs(kept - 500) < 70


def test_sets_stand_for_their_tracks():
    names = {name: [track.name for track in get_tracks([name])] for name in SETS}
    assert names["all"] == list(TRACKS)
    assert all(found[0] == "clean" for found in names.values())
    assert set(names["groups"]) | set(names["operators"]) == set(TRACKS)
    assert set(names["groups"]) & set(names["operators"]) == {"clean"}
    worst = ["clean", *(f"{group}-5" for group in DRAWN_GROUPS), "challenge", "social"]
    assert names["worst"] == worst
    assert names["adversarial"] == ["clean", *(f"universal-{level}" for level in SEVERITIES)]
    assert get_tracks(["fog-2", "worst"])[0].name == "fog-2"


def test_faces_move_with_the_pixels():
    shown = get_track("elastic-5").apply(np.dstack([FACE * np.uint8(255)] * 3), 3, TRUTH)
    assert shown.instances.masks != TRUTH.masks
    assert get_track("elastic-5").apply(IMAGE, 3).instances is None


def test_a_record_of_another_picture_or_version_is_refused():
    record = get_track("fog-1").draw(5, (60, 70))
    with pytest.raises(DataError, match="image 5"):
        replay(record, IMAGE[:50])
    record["steps"][0]["version"] = 99
    with pytest.raises(DataError, match="version 99"):
        replay(record, IMAGE)


def test_unknown_tracks_are_answered_with_the_nearest():
    with pytest.raises(UsageError, match="block-5"):
        get_track("blok-5")
    with pytest.raises(UsageError, match="there is no track named 'fog-6'"):
        get_tracks(["clean", "fog-6"])
    assert [track.name for track in get_tracks(["fog-2", "clean"])] == ["fog-2", "clean"]


def test_tracks_are_listed_without_loading_the_library_or_torch():
    code = (
        "import sys, manyfaces.benchmark.tracks\n"
        "print([name for name in ('albumentations', 'torch') if name in sys.modules])"
    )
    told = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert told.stdout.strip() == "[]"


def test_a_third_partys_track_is_found_by_its_place():
    assert get_track("manyfaces.benchmark.tracks:TRACKS") is TRACKS
    with pytest.raises(UsageError, match="cannot be imported"):
        get_track("manyfaces.benchmark.tracks:NOTHING")
