from __future__ import annotations

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.quota_periods import Period, period_of

MONDAY = date(2026, 5, 4)


@pytest.mark.parametrize(
    ("day", "period", "offset", "first", "last"),
    [
        (MONDAY, "DAY", 0, MONDAY, MONDAY),
        (MONDAY, "WEEK", 0, date(2026, 5, 3), date(2026, 5, 9)),
        (MONDAY, "WEEK", 1, MONDAY, date(2026, 5, 10)),
        (MONDAY, "WEEK", 2, date(2026, 4, 28), MONDAY),
        (MONDAY, "MONTH", 0, date(2026, 5, 1), date(2026, 5, 31)),
        (MONDAY, "MONTH", 3, MONDAY, date(2026, 6, 3)),
        (MONDAY, "MONTH", 4, date(2026, 4, 5), MONDAY),
        (date(2026, 3, 1), "MONTH", 27, date(2026, 2, 28), date(2026, 3, 27)),
        (date(2026, 1, 5), "MONTH", 27, date(2025, 12, 28), date(2026, 1, 27)),
    ],
)
def test_a_period_starts_on_the_day_of_its_offset(day, period, offset, first, last):
    assert period_of(day, period, offset) == Period(first, last)


@given(
    st.dates(date(2000, 1, 1), date(2100, 1, 1)),
    st.sampled_from([("DAY", 0), ("WEEK", 6), ("MONTH", 27)]),
    st.data(),
)
def test_periods_follow_each_other_without_gap_or_overlap(day, kind, data):
    period, most = kind
    offset = data.draw(st.integers(0, most))

    first, last = period_of(day, period, offset)

    assert first <= day <= last
    assert period_of(first, period, offset) == period_of(last, period, offset) == (first, last)
    assert period_of(last + timedelta(days=1), period, offset).first == last + timedelta(days=1)
