"""Forging with methods whose effect is known to the pixel."""

from dataclasses import replace

import numpy as np
import pytest
from manyfaces.annotations import masks
from manyfaces.core.errors import DataError
from manyfaces.core.seeds import stream
from manyfaces.generators import forge as module
from manyfaces.generators.faces import Face
from manyfaces.generators.fooling import Opponent
from manyfaces.generators.forge import Forger, confine
from manyfaces.generators.gates import Gate
from manyfaces.generators.methods.forgery import (
    Donor,
    Forgery,
    Generator,
    Parameters,
    RefusedError,
)
from manyfaces.generators.plan import DonorFace
from manyfaces.generators.recipe import Recipe
from manyfaces.generators.sources import Photo

SIZE = (60, 80)
IMAGE = np.random.default_rng(1).integers(0, 200, (*SIZE, 3), dtype=np.uint8)
PHOTO = "ab" * 32


class Amount(Parameters):
    amount: int


def disc(x, y, radius):
    rows, columns = np.mgrid[: SIZE[0], : SIZE[1]]
    return (columns - x) ** 2 + (rows - y) ** 2 <= radius**2


def face(region):
    rle = masks.encode(region)
    return Face(masks.box(rle), np.zeros((5, 3)), "drawn", np.zeros((68, 2)), rle, (0.0, 0.0, 0.0))


def brighten(image, target, donor, parameters):
    """Adds to every pixel within four pixels of the face: more than is the face's own."""
    grown = disc_around(target, 4)
    changed = image.copy()
    changed[grown] += np.uint8(parameters.amount)
    return Forgery(changed, grown)


def disc_around(target, margin):
    x1, y1, x2, y2 = target.box
    return disc((x1 + x2 - 1) / 2, (y1 + y2 - 1) / 2, (x2 - x1) / 2 + margin)


def method(name="plain", *, apply=brighten, donors=0):
    return Generator(
        name=name,
        version="1",
        kind="blending",
        description="for tests",
        donors=donors,
        parameters=Amount,
        draw=lambda rng, *_: Amount(amount=int(rng.integers(1, 50))),
        apply=apply,
    )


class SomeDonors:
    def __init__(self, count):
        self.count = count
        self.opened = []

    def fitting(self, _rng, _target, count, _fit):
        found = [DonorFace(Photo(f"{i}.jpg", f"{i:064x}"), i, None) for i in range(self.count)]
        return found[:count]

    def open(self, donor):
        self.opened.append(donor.face)
        return Donor(IMAGE, face(disc(30, 30, 8)))


def forger(*rows, donors=0, weights=None, **recipe):
    # The recipe knows real methods only; weights are all that forging reads of them.
    weighed = Recipe(**recipe).model_copy(
        update={"methods": weights or {row.name: 1.0 for row in rows}}
    )
    return Forger(PHOTO, weighed, {row.name: row for row in rows}, SomeDonors(donors))


@pytest.fixture
def gates(monkeypatch):
    """Sets what the gates say: a function from the forgery to passed or not."""

    def use(verdict):
        monkeypatch.setattr(
            module,
            "judge",
            lambda _, forgery, *__: (Gate("test", 0, "", verdict(forgery)),),
        )

    use(lambda _: True)
    return use


BACK, FRONT, APART = disc(20, 30, 10), disc(32, 30, 8), disc(60, 30, 9)
FACES = [face(FRONT), face(BACK & ~FRONT), face(APART)]
NO_TRAITS = [None] * 3


def test_nothing_changes_outside_the_manipulations(gates):
    result = forger(method()).forge(IMAGE, FACES, NO_TRAITS, [0, 1, 2])
    changed = np.any([one.accepted.forgery.manipulation for one in result.outcomes], axis=0)
    assert np.array_equal(result.image[~changed], IMAGE[~changed])
    assert (result.image[changed] != IMAGE[changed]).all()


def test_the_input_picture_is_left_alone(gates):
    before = IMAGE.copy()
    before.setflags(write=False)
    forger(method()).forge(before, FACES, NO_TRAITS, [0, 1, 2])
    assert np.array_equal(before, IMAGE)


@pytest.mark.parametrize("order", [(0, 1, 2), (2, 1, 0), (1, 0, 2)])
def test_no_forgery_touches_another_face_or_an_earlier_forgery(gates, order):
    result = forger(method()).forge(IMAGE, FACES, NO_TRAITS, order)
    taken = np.zeros(SIZE, int)
    for outcome in result.outcomes:
        manipulation = outcome.accepted.forgery.manipulation
        taken += manipulation
        for index, other in enumerate(FACES):
            if index != outcome.face:
                assert not (manipulation & masks.decode(other.region)).any()
    assert taken.max() == 1


def test_confining_keeps_the_barred_pixels():
    forgery = brighten(IMAGE, FACES[0], None, Amount(amount=9))
    confined = confine(IMAGE, forgery, BACK)
    assert np.array_equal(confined.image[BACK], IMAGE[BACK])
    assert np.array_equal(confined.manipulation, forgery.manipulation & ~BACK)


def test_a_forgery_that_fails_is_drawn_again_with_other_parameters(gates):
    amounts = []

    def passes_third(forgery):
        amounts.append(int(forgery.image[30, 60, 0]) - int(IMAGE[30, 60, 0]))
        return len(amounts) == 3

    gates(passes_third)
    (outcome,) = forger(method()).forge(IMAGE, FACES, NO_TRAITS, [2]).outcomes
    assert outcome.accepted.attempt == 3
    assert [row.reasons for row in outcome.rejected] == [("test",), ("test",)]
    assert len(set(amounts)) > 1
    assert outcome.accepted.parameters.amount == amounts[-1]


def test_a_face_whose_forgeries_all_fail_stays_real(gates):
    gates(lambda _: False)
    result = forger(method(), attempts=4).forge(IMAGE, FACES, NO_TRAITS, [2])
    assert result.outcomes[0].accepted is None
    assert len(result.outcomes[0].rejected) == 4
    assert np.array_equal(result.image, IMAGE)


def test_each_attempt_takes_the_next_donor(gates):
    gates(lambda _: False)
    used = forger(method(donors=1), donors=3, attempts=5)
    used.forge(IMAGE, FACES, NO_TRAITS, [2])
    assert used.donors.opened == [0, 1, 2, 0, 1]


def test_without_a_donor_another_method_is_taken(gates):
    rows = method("swap", donors=1), method("alone")
    weights = {"swap": 1000.0, "alone": 0.001}
    (outcome,) = forger(*rows, weights=weights).forge(IMAGE, FACES, NO_TRAITS, [0]).outcomes
    assert outcome.accepted.method == "alone"
    (outcome,) = (
        forger(*rows, donors=1, weights=weights).forge(IMAGE, FACES, NO_TRAITS, [0]).outcomes
    )
    assert outcome.accepted.method == "swap"
    assert outcome.accepted.donors[0].face == 0


def test_without_a_donor_and_another_method_the_face_stays_real(gates):
    result = forger(method(donors=1)).forge(IMAGE, FACES, NO_TRAITS, [0])
    assert result.outcomes[0].accepted is None
    assert result.outcomes[0].rejected[0].reasons == ("no donor fits",)


def test_where_no_method_suits_that_is_the_reason(gates):
    never = replace(method(), suits=lambda _: False)
    result = forger(never).forge(IMAGE, FACES, NO_TRAITS, [0])
    assert result.outcomes[0].rejected[0].reasons == ("no method suits the face",)


LIKELY_FIRST = {"first": 1000.0, "second": 1.0, "third": 0.001}


def raising(error):
    def apply(*_):
        raise error

    return apply


def test_a_method_that_refuses_the_face_gives_way_at_once(gates):
    refuses = method("first", apply=raising(RefusedError("there is no hair", got="a bald head")))
    rows = refuses, method("second"), method("third")
    used = forger(*rows, weights=LIKELY_FIRST)
    (outcome,) = used.forge(IMAGE, FACES, NO_TRAITS, [2]).outcomes
    assert [(row.method, row.reasons) for row in outcome.rejected] == [
        ("first", ("there is no hair",))
    ]
    assert (outcome.accepted.method, outcome.accepted.attempt) == ("second", 2)


def test_a_method_whose_attempts_are_spent_gives_way(gates):
    folds = method("first", apply=raising(DataError("the mesh folds")), donors=1)
    used = forger(folds, method("second", donors=1), weights=LIKELY_FIRST, donors=9, attempts=3)
    (outcome,) = used.forge(IMAGE, FACES, NO_TRAITS, [2]).outcomes
    assert [row.method for row in outcome.rejected] == ["first"] * 3
    assert (outcome.accepted.method, outcome.accepted.attempt) == ("second", 4)
    assert used.donors.opened == [0, 1, 2, 0]  # each method begins with the best donor


def test_methods_that_shall_not_give_way_leave_the_face_real(gates):
    folds = method("first", apply=raising(DataError("the mesh folds")))
    used = forger(folds, method("second"), weights=LIKELY_FIRST, attempts=3, give_way=False)
    (outcome,) = used.forge(IMAGE, FACES, NO_TRAITS, [2]).outcomes
    assert outcome.accepted is None
    assert [row.method for row in outcome.rejected] == ["first"] * 3


def test_the_next_method_draws_from_a_stream_of_its_own_that_its_attempt_names(gates):
    refuses = method("first", apply=raising(RefusedError("not here")))
    (outcome,) = (
        forger(refuses, method("second"), weights=LIKELY_FIRST, seed=4)
        .forge(IMAGE, FACES, NO_TRAITS, [2])
        .outcomes
    )
    drawn = stream(4, PHOTO, 2, "attempt", outcome.accepted.attempt)
    assert outcome.accepted.parameters == method().draw(drawn)


def test_methods_behind_the_first_change_nothing_of_a_face_that_it_forges(gates):
    alone = forger(method("first"), weights={"first": 1.0}).forge(IMAGE, FACES, NO_TRAITS, [2])
    rows = [method(name) for name in LIKELY_FIRST]
    among = forger(*rows, weights=LIKELY_FIRST).forge(IMAGE, FACES, NO_TRAITS, [2])
    assert np.array_equal(alone.image, among.image)


def test_where_every_method_fails_the_face_stays_real(gates):
    gates(lambda _: False)
    rows = [method(name) for name in LIKELY_FIRST]
    used = forger(*rows, weights=LIKELY_FIRST, attempts=2)
    (outcome,) = used.forge(IMAGE, FACES, NO_TRAITS, [2]).outcomes
    assert outcome.accepted is None
    assert sorted(row.method for row in outcome.rejected) == sorted([*LIKELY_FIRST] * 2)
    assert [row.attempt for row in outcome.rejected] == [1, 2, 3, 4, 5, 6]


def test_a_forgery_that_was_seen_through_is_kept_before_another_method(gates):
    used = forger(method("first"), method("second"), weights=LIKELY_FIRST, fooled_below=0.0)
    used = replace(used, opponent=Opponent("", "brightness", brightness))
    (outcome,) = used.forge(IMAGE, FACES, NO_TRAITS, [2]).outcomes
    assert outcome.accepted.method == "first"
    assert {row.method for row in outcome.rejected} == {"first"}


def test_methods_are_taken_by_weight():
    rows = method("often"), method("rarely")
    one = forger(*rows, weights={"often": 3.0, "rarely": 1.0})
    first = [next(one._order(index)).name for index in range(2000)]
    # Three standard deviations of a binomial with p = 3/4.
    assert abs(first.count("often") / 2000 - 0.75) < 3 * (0.75 * 0.25 / 2000) ** 0.5


def brightness(_reference):
    """Takes a picture for forged by how bright its middle is."""
    return lambda image, _: float(image[30, 60, 0]) / 255


def opposed(below, attempts):
    used = forger(method(), fooled_below=below, attempts=attempts)
    return replace(used, opponent=Opponent("", "brightness", brightness))


def test_a_forgery_is_drawn_again_until_it_fools_the_opponent(gates):
    free = forger(method()).forge(IMAGE, FACES, NO_TRAITS, [2]).outcomes[0].accepted
    seen = float(free.forgery.image[30, 60, 0]) / 255
    outcome = opposed(seen - 0.02, 50).forge(IMAGE, FACES, NO_TRAITS, [2]).outcomes[0]
    first, kept = outcome.scores()
    assert first == pytest.approx(seen, abs=1e-4)
    assert kept < seen - 0.02
    assert outcome.accepted.attempt == len(outcome.rejected) + 1 > 1
    assert all(row.reasons == ("fooling",) for row in outcome.rejected)
    assert outcome.accepted.gates[-1].name == "fooling"
    assert outcome.accepted.gates[-1].passed


def test_where_none_fools_the_opponent_the_one_that_fools_it_most_is_kept(gates):
    outcome = opposed(0.0, 6).forge(IMAGE, FACES, NO_TRAITS, [2]).outcomes[0]
    others = [row.fooled for row in outcome.rejected]
    assert len(others) == 5
    assert outcome.accepted.fooled <= min(others)
    assert not outcome.accepted.gates[-1].passed


def test_without_an_opponent_nothing_is_said_of_fooling(gates):
    outcome = forger(method()).forge(IMAGE, FACES, NO_TRAITS, [2]).outcomes[0]
    assert outcome.scores() is None
    assert [gate.name for gate in outcome.accepted.gates] == ["test"]


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (DataError("the face is too odd", got="two noses"), "the face is too odd"),
        (ValueError("singular"), "ValueError: singular"),
        (np.linalg.LinAlgError("x"), "LinAlgError: x"),
    ],
)
def test_a_method_that_fails_costs_an_attempt_and_not_the_build(gates, error, reason):
    used = forger(method(apply=raising(error)), attempts=2)
    (outcome,) = used.forge(IMAGE, FACES, NO_TRAITS, [0]).outcomes
    assert [row.reasons for row in outcome.rejected] == [(reason,)] * 2


def test_a_forgery_without_a_pixel_of_its_own_is_rejected(gates):
    nothing = replace(FACES[0])
    every = [nothing, face(np.ones(SIZE, bool))]
    result = forger(method(), attempts=1).forge(IMAGE, every, NO_TRAITS, [0])
    assert result.outcomes[0].rejected[0].reasons == ("nothing changed",)


def test_the_same_seed_gives_the_same_pixels_and_another_seed_others(gates):
    def image(seed):
        return forger(method(), seed=seed).forge(IMAGE, FACES, NO_TRAITS, [0, 2]).image

    assert np.array_equal(image(5), image(5))
    assert not np.array_equal(image(5), image(6))


def test_a_faces_draw_does_not_depend_on_the_other_targets(gates):
    alone = forger(method()).forge(IMAGE, FACES, NO_TRAITS, [2]).outcomes[0]
    beside = forger(method()).forge(IMAGE, FACES, NO_TRAITS, [0, 1, 2]).outcomes[2]
    assert alone.accepted.parameters == beside.accepted.parameters
