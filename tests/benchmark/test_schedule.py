import pytest
from manyfaces.benchmark.schedule import Schedule, make_schedule
from manyfaces.benchmark.training_parameters import TrainingParameters


def parameters(**given):
    return TrainingParameters(**given)


def test_the_rate_rises_linearly_and_falls_as_a_cosine():
    schedule = Schedule(steps=100, minutes=None, warmup=3)
    assert schedule.rate(0, 0) == pytest.approx(1 / 4)
    assert schedule.rate(50, 0) == pytest.approx(0.5)
    assert schedule.rate(100, 0) == pytest.approx(0)
    assert [schedule.rate(step, 0) for step in range(5, 100)] == sorted(
        (schedule.rate(step, 0) for step in range(5, 100)), reverse=True
    )


def test_a_run_ends_by_its_steps_or_its_time_whichever_is_first():
    schedule = Schedule(steps=10, minutes=1, warmup=0)
    assert not schedule.ended(9, 59)
    assert schedule.ended(10, 0)
    assert schedule.ended(0, 60)
    assert schedule.rate(2, 45) == pytest.approx(Schedule(4, None, 0).rate(3, 0))


@pytest.mark.parametrize(
    ("given", "steps"),
    [
        pytest.param({"epochs": 3}, 21, id="epochs count batches"),
        pytest.param({"steps": 5}, 5, id="steps"),
        pytest.param({"epochs": 3, "steps": 5}, 5, id="the first of both"),
        pytest.param({}, 84, id="twelve epochs unless asked"),
        pytest.param({"minutes": 2}, 10**9, id="time alone"),
        pytest.param({"epochs": 3, "accumulate": 2}, 12, id="the odd batch makes a step"),
    ],
)
def test_steps_of_a_schedule(given, steps):
    assert make_schedule(parameters(**given), batches=7).steps == steps


def test_the_warmup_of_a_short_run_is_a_quarter_of_it():
    assert make_schedule(parameters(steps=8, warmup=50), batches=7).warmup == 2
