"""Dates and times as text: ISO 8601, whole or shortened to a month or a year."""

from __future__ import annotations

import re
from datetime import datetime, timezone
from typing import Final

_SHORT: Final = {4: "-01-01", 7: "-01"}  # characters of a date → what completes it


def moment(text: str) -> datetime | None:
    """An ISO 8601 date or time as a time in UTC; None where it is neither."""
    plain = text.strip()
    plain = re.sub("[zZ]$", "+00:00", plain) + _SHORT.get(len(plain), "")
    try:
        found = datetime.fromisoformat(plain)
    except ValueError:
        return None
    if found.tzinfo is None:
        return found.replace(tzinfo=timezone.utc)
    try:
        return found.astimezone(timezone.utc)
    except OverflowError:
        return None


def dated(text: str) -> str:
    """The text, where it is a date, a time or nothing.

    Raises:
        ValueError: it is none of them.
    """
    if text and moment(text) is None:
        raise ValueError("an ISO 8601 date, for example 2026-01-31")
    return text
