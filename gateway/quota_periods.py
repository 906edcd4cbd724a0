"""The days over which a usage plan's quota counts. Pure; days are those of UTC.

The offset of a quota is the day on which its period starts: 0 to 6 days after Sunday in a WEEK, 0
to 27 days after the first in a MONTH, nothing but 0 in a DAY. The service enforces these very
ranges, although the model's documentation calls the offset a number of requests.
"""

from __future__ import annotations

from datetime import date, timedelta
from typing import NamedTuple

ONE_DAY = timedelta(days=1)
_LONGER_THAN_A_MONTH = timedelta(days=31)


class Period(NamedTuple):
    """From the `first` to the `last` day."""

    first: date
    last: date


def period_of(day: date, period: str, offset: int = 0) -> Period:
    """The DAY, WEEK or MONTH that a day belongs to."""
    if period == "DAY":
        return Period(day, day)
    if period == "WEEK":
        days_since_sunday = (day.weekday() + 1) % 7
        first = day - timedelta(days=(days_since_sunday - offset) % 7)
        return Period(first, first + timedelta(days=6))
    first = _start_of_month(day, offset)
    return Period(first, _start_of_month(first + _LONGER_THAN_A_MONTH, offset) - ONE_DAY)


def _start_of_month(day: date, offset: int) -> date:
    start = day.replace(day=1 + offset)
    if start <= day:
        return start
    return (day.replace(day=1) - ONE_DAY).replace(day=1 + offset)
