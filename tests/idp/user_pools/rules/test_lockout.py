from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from idp.user_pools.rules.lockout import LONGEST, Failures, after_failure, is_locked

NOW = datetime(2026, 3, 1, tzinfo=UTC)
SECOND = timedelta(seconds=1)


def failures(count: int, now: datetime = NOW) -> Failures | None:
    state = None
    for _ in range(count):
        state = after_failure(state, now)
    return state


def test_nobody_is_locked_out_without_failures():
    assert not is_locked(None, NOW)


@pytest.mark.parametrize("count", [1, 2, 3, 4])
def test_four_failures_are_free(count):
    assert not is_locked(failures(count), NOW)


@pytest.mark.parametrize(
    ("count", "seconds"), [(5, 1), (6, 2), (7, 4), (8, 8), (14, 512), (15, 900), (1000, 900)]
)
def test_the_lock_out_doubles_up_to_fifteen_minutes(count, seconds):
    state = failures(count)
    end = NOW + timedelta(seconds=seconds)
    assert is_locked(state, NOW)
    assert is_locked(state, end - timedelta(microseconds=1))
    assert not is_locked(state, end)


def test_a_failure_after_a_lock_out_locks_for_longer():
    first = failures(5)
    again = after_failure(first, NOW + SECOND)
    assert is_locked(again, NOW + 2 * SECOND)
    assert not is_locked(again, NOW + 3 * SECOND)


def test_fifteen_quiet_minutes_after_the_lock_out_forget_everything():
    state = failures(20)
    quiet_until = state.locked_until + LONGEST
    assert after_failure(state, quiet_until - SECOND).attempts == 21
    assert after_failure(state, quiet_until) == Failures(1, quiet_until)


def test_a_day_of_patient_guessing_is_a_few_hundred_guesses():
    state, now, guesses = None, NOW, 0
    while now < NOW + timedelta(days=1):
        if is_locked(state, now):
            now = state.locked_until
        state = after_failure(state, now)
        guesses += 1
    assert guesses < 120
