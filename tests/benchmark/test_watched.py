import pytest
from manyfaces.benchmark.watched import Watched, watch
from manyfaces.core.errors import UsageError


@pytest.mark.parametrize(
    ("name", "full", "higher", "worst"),
    [
        ("loss", "loss", False, None),
        ("box/AP50/any", "box/AP50/any", True, 0),
        ("box/AP", "box/AP/all", True, 0),
        ("box/label_AUC", "box/label_AUC/any", True, 0),
        ("mask/oLRP/fake", "mask/oLRP/fake", False, 1),
    ],
)
def test_a_number_is_known_by_its_name_and_its_better_end(name, full, higher, worst):
    assert watch(name) == Watched(full, higher, worst)


@pytest.mark.parametrize(
    ("name", "near"),
    [("box/AP5/any", "box/AP50/any"), ("los", "loss"), ("box/AP/anyone", "box/AP/any")],
)
def test_an_unknown_number_answers_with_the_nearest(name, near):
    with pytest.raises(UsageError, match="Did you mean") as caught:
        watch(name)
    assert near in caught.value.mend


def test_a_number_of_which_no_end_is_better_cannot_be_watched():
    with pytest.raises(UsageError):
        watch("pixel/pixel_threshold/fake")


@pytest.mark.parametrize(
    ("higher", "value", "best", "better"),
    [
        (True, 0.5, None, True),
        (True, 0.5, 0.4, True),
        (True, 0.4, 0.4, False),
        (True, None, 0.4, False),
        (True, None, None, False),
        (True, 0.0, None, False),
        (False, 1.0, None, False),
        (False, 0.3, 0.4, True),
        (False, 0.5, 0.4, False),
    ],
)
def test_values_are_compared_by_the_better_end(higher, value, best, better):
    assert Watched("any", higher, 0.0 if higher else 1.0).better(value, best) is better
