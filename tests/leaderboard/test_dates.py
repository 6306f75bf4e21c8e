from datetime import datetime, timezone

import pytest
from manyfaces.leaderboard.dates import dated, moment

UTC = timezone.utc


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-03-01", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026-03", datetime(2026, 3, 1, tzinfo=UTC)),
        ("2026", datetime(2026, 1, 1, tzinfo=UTC)),
        ("2026-03-01T12:00:00Z", datetime(2026, 3, 1, 12, tzinfo=UTC)),
        ("2026-03-01T01:00:00+02:00", datetime(2026, 2, 28, 23, tzinfo=UTC)),
        ("0001-01-01T00:00:00+02:00", None),
        ("last spring", None),
        ("", None),
    ],
)
def test_dates_are_times_in_utc_or_none(text, expected):
    assert moment(text) == expected


@pytest.mark.parametrize("text", ["2026-13-40", "31.1.2026", "soon"])
def test_what_is_no_date_is_refused(text):
    with pytest.raises(ValueError, match="2026-01-31"):
        dated(text)
    assert dated("2026-01-31") == "2026-01-31"
    assert dated("") == ""
