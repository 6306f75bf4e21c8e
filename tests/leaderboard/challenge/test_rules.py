from datetime import datetime, timedelta, timezone

import challenges
import pytest
import yaml
from manyfaces.core.errors import UsageError
from manyfaces.leaderboard.challenge.method import Method, visible
from manyfaces.leaderboard.challenge.rules import TEMPLATE, Challenge, read_challenge
from pydantic import ValidationError


def read(tmp_path, **fields):
    return read_challenge(challenges.rules(tmp_path, **fields))


def test_the_template_is_a_challenge(tmp_path):
    (tmp_path / "c.yaml").write_text(TEMPLATE)
    found = read_challenge(tmp_path / "c.yaml")
    assert found.limits.file_size == 200_000_000
    assert found.opens == datetime(2026, 1, 1, tzinfo=timezone.utc)
    assert found.tracks[0].data == tmp_path / "datasets" / "clean"
    assert set(Challenge.model_fields) <= set(yaml.safe_load(TEMPLATE))


def test_times_are_utc_and_need_a_zone(tmp_path):
    there = timezone(timedelta(hours=2))
    found = read(tmp_path, opens=datetime(2026, 3, 1, 1, tzinfo=there))
    assert found.opens == datetime(2026, 2, 28, 23, tzinfo=timezone.utc)
    assert found.opens.tzinfo == timezone.utc
    with pytest.raises(UsageError, match=r"'opens' is wrong.*a time with its zone"):
        read(tmp_path, opens=datetime(2026, 3, 1))


WRONG = {
    "one field too many": ({"hiden_shown": "reveal"}, "no field 'hiden_shown'.*hidden_shown"),
    "an end before the start": (
        {"closes": datetime(2000, 1, 1, tzinfo=timezone.utc)},
        "after opens",
    ),
    "one split for both": ({"splits": {"public": "val", "hidden": "val"}}, "two different splits"),
    "a track twice": ({"tracks": [{"name": "a", "data": "d"}] * 2}, "each name once"),
    "no tracks": ({"tracks": []}, "'tracks' is wrong"),
    "a name that is a path": ({"tracks": [{"name": "../a", "data": "d"}]}, "name"),
    "an unknown metric": ({"ranking": {"metric": "APP"}}, "metric: one of"),
    "a size in words": ({"limits": {"file_size": "large"}}, "file_size"),
    "nobody may submit": ({"limits": {"per_day": 0}}, "per_day"),
    "an unknown statement": ({"required": ["weights"]}, "required"),
}


@pytest.mark.parametrize("name", WRONG)
def test_a_wrong_rule_is_one_sentence(tmp_path, name):
    fields, message = WRONG[name]
    with pytest.raises(UsageError, match=message):
        read(tmp_path, **fields)


def test_hidden_scores_wait_for_their_time_or_the_reveal(tmp_path):
    moment = datetime(2026, 6, 1, tzinfo=timezone.utc)
    timed, untimed = read(tmp_path, hidden_shown=moment), read(tmp_path)
    assert not timed.shows_hidden(moment - timedelta(seconds=1), revealed=False)
    assert timed.shows_hidden(moment, revealed=False)
    assert not untimed.shows_hidden(datetime.max.replace(tzinfo=timezone.utc), revealed=False)
    assert untimed.shows_hidden(moment, revealed=True)


def test_what_is_public_does_not_say_where_the_data_lie(tmp_path):
    assert str(tmp_path) not in str(read(tmp_path).public_record())
    assert "data/clean" not in str(read(tmp_path).public_record())


@pytest.mark.parametrize(
    "name", ["", "  ", "a" * 81, "a\nb", "a\x00b", "evil\u202etxt", "zero\u200bwidth", "half\ud800"]
)
def test_names_that_hide_something_are_refused(name):
    with pytest.raises(ValidationError):
        Method(name=name)


@pytest.mark.parametrize(
    "link", ["javascript:alert(1)", "data:text/html,x", "//x.org", "https://", "ftp://x.org"]
)
def test_links_lead_to_the_web_alone(link):
    with pytest.raises(ValidationError):
        Method(name="m", paper=link)
    assert Method(name="m", paper="https://example.org/a?b=c").paper


def test_text_is_kept_in_one_form():
    assert visible(" Müller ") == "Müller"
    assert Method(name="m", authors="A").missing(("authors", "code")) == ["code"]
