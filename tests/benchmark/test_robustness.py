import pytest
from hypothesis import given
from hypothesis import strategies as st
from manyfaces.benchmark.robustness import mean_robustness, robustness

FOG = {"clean": 0.8, "fog-1": 0.8, "fog-2": 0.7, "fog-3": 0.6, "fog-4": 0.5, "fog-5": 0.4}


def test_one_kind_by_hand():
    (row,) = robustness(FOG)
    assert row.kind == "fog"
    assert row.mean == pytest.approx(0.6)
    assert row.relative == pytest.approx(0.75)
    assert row.worst == 0.4
    # (0.8 + 0.4) / 2 at the ends, 0.8, 0.7, 0.6, 0.5 between, over five steps.
    assert row.area == pytest.approx((0.6 + 0.8 + 0.7 + 0.6 + 0.5) / 5)


def test_an_error_is_worst_where_it_is_highest():
    (row,) = robustness(FOG, higher_is_better=False)
    assert row.worst == 0.8


def test_without_a_clean_value_nothing_is_relative():
    (row,) = robustness({"fog-1": 0.5, "fog-5": 0.3})
    assert row.mean == pytest.approx(0.4)
    assert (row.relative, row.area) == (None, None)


def test_a_clean_value_of_zero_divides_nothing():
    (row,) = robustness({"clean": 0.0, "fog-5": 0.0})
    assert row.relative is None
    assert row.area == 0


def test_undefined_values_are_left_out_and_clean_alone_is_no_kind():
    assert robustness({"clean": 0.5}) == []
    assert robustness({"clean": 0.5, "fog-1": None}) == []
    (row,) = robustness({"clean": 0.5, "fog-1": None, "fog-2": 0.3})
    assert row.values == {0: 0.5, 2: 0.3}
    assert row.area is None


def test_the_mean_over_kinds_is_at_severities_that_all_have():
    rain = {"rain-1": 0.6, "rain-5": 0.2}
    rows = robustness({**FOG, **rain})
    summed = mean_robustness(rows)
    assert summed.values == {0: pytest.approx(0.8), 1: pytest.approx(0.7), 5: pytest.approx(0.3)}
    assert summed.mean == pytest.approx(0.5)
    assert summed.worst == 0.2


@given(st.lists(st.floats(0, 1), min_size=6, max_size=6))
def test_a_flat_curve_keeps_its_value_and_all_numbers_stay_within(values):
    told = {"clean": values[0], **{f"x-{n}": value for n, value in enumerate(values) if n}}
    (row,) = robustness(told)
    low, high = min(values), max(values)
    slack = 1e-12
    assert low - slack <= row.mean <= high + slack
    assert low - slack <= row.area <= high + slack
    assert row.worst == min(values[1:])
    (flat,) = robustness(dict.fromkeys(told, 0.5))
    assert (flat.mean, flat.area, flat.relative) == (0.5, pytest.approx(0.5), 1.0)
