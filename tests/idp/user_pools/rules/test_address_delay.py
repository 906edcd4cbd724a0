"""The delay of an address: how it grows, and how it is forgiven."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from idp.user_pools.rules import address_delay
from idp.user_pools.rules.address_delay import FREE_ATTEMPTS
from idp.user_pools.rules.lockout import Failures

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("attempts", "seconds"),
    [(0, 0), (FREE_ATTEMPTS - 1, 0), (FREE_ATTEMPTS, 1), (FREE_ATTEMPTS + 1, 2),
     (FREE_ATTEMPTS + 5, 32), (FREE_ATTEMPTS + 10, 900), (10**6, 900)],
)  # read as a table  # fmt: skip
def test_the_delay_doubles_up_to_a_quarter_of_an_hour(attempts: int, seconds: int) -> None:
    failures = Failures(attempts, NOW)
    assert not address_delay.is_delayed(failures, after(seconds))
    if seconds:
        assert address_delay.is_delayed(failures, after(seconds - 0.5))


def test_an_address_that_never_failed_is_not_delayed() -> None:
    assert not address_delay.is_delayed(None, NOW)


def test_an_office_does_not_add_up() -> None:
    """A failure every half minute all day long."""
    failures = Failures(0, NOW)
    for number in range(2000):
        now = after(30 * number)
        assert not address_delay.is_delayed(failures, now)
        failures = address_delay.after_failure(failures, now)
    assert failures.attempts < 5


def test_who_guesses_on_gets_about_two_guesses_a_minute() -> None:
    failures, now, guesses = Failures(0, NOW), NOW, 0
    while now < after(3600):
        if not address_delay.is_delayed(failures, now):
            failures, guesses = address_delay.after_failure(failures, now), guesses + 1
        now += timedelta(seconds=1)
    assert FREE_ATTEMPTS < guesses < FREE_ATTEMPTS + 240


def test_a_clock_that_went_back_forgives_nothing() -> None:
    assert address_delay.after_failure(Failures(7, NOW), after(-600)).attempts == 8


@pytest.mark.parametrize(
    ("address", "place"),
    [
        ("192.0.2.7", "192.0.2.7"),
        ("::ffff:192.0.2.7", "192.0.2.7"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::/64"),
        ("", ""),
        ("unix:", "unix:"),
    ],
)
def test_a_place_is_an_address_or_a_customers_network(address: str, place: str) -> None:
    assert address_delay.network(address) == place
