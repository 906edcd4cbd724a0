from __future__ import annotations

import hmac
from datetime import UTC, datetime, timedelta

import pytest

from idp.errors import CodeMismatch, ExpiredCode, LimitExceeded
from idp.user_pools.rules import codes

NOW = datetime(2026, 3, 1, tzinfo=UTC)
KEY = b"k" * 32
RIGHT = codes.hash_code(KEY, "user", codes.SIGN_UP, "123456")
WRONG = codes.hash_code(KEY, "user", codes.SIGN_UP, "000000")


def issued(purpose: str = codes.SIGN_UP) -> codes.IssuedCode:
    return codes.issue(None, RIGHT, purpose, NOW)


def guess_until_refused(state, purpose, now=NOW) -> int:
    """How many wrong guesses are answered before the limit is."""
    for count in range(1000):
        entry = codes.enter(state, WRONG, purpose, now)
        if isinstance(entry.refusal, LimitExceeded):
            return count
        state = entry.issued
    raise AssertionError("no limit")


# --- Entering -------------------------------------------------------------------------------


def test_the_right_code_is_right():
    assert codes.enter(issued(), RIGHT, codes.SIGN_UP, NOW).is_right


def test_a_wrong_code_is_refused_and_counted():
    entry = codes.enter(issued(), WRONG, codes.SIGN_UP, NOW)
    assert isinstance(entry.refusal, CodeMismatch)
    assert entry.issued.attempts == 1
    assert codes.enter(entry.issued, RIGHT, codes.SIGN_UP, NOW).is_right


def test_a_code_that_was_never_sent_has_expired():
    assert isinstance(codes.enter(None, RIGHT, codes.SIGN_UP, NOW).refusal, ExpiredCode)


@pytest.mark.parametrize(
    ("purpose", "hours"),
    [(codes.SIGN_UP, 24), (codes.FORGOT_PASSWORD, 1), (codes.attribute_purpose("email"), 24)],
)
def test_codes_expire_after_awss_hours(purpose, hours):
    end = NOW + timedelta(hours=hours)
    assert codes.enter(issued(purpose), RIGHT, purpose, end - timedelta(seconds=1)).is_right
    for entered in (RIGHT, WRONG):
        late = codes.enter(issued(purpose), entered, purpose, end)
        assert isinstance(late.refusal, ExpiredCode)


def test_the_right_code_after_too_many_wrong_ones_is_refused():
    state = issued()
    for _ in range(15):
        state = codes.enter(state, WRONG, codes.SIGN_UP, NOW).issued
    assert isinstance(codes.enter(state, RIGHT, codes.SIGN_UP, NOW).refusal, LimitExceeded)


def test_new_codes_buy_no_new_guesses():
    state, guesses = issued(codes.FORGOT_PASSWORD), 0
    for minute in range(1, 60):
        now = NOW + timedelta(minutes=minute)
        try:
            state = codes.issue(state, RIGHT, codes.FORGOT_PASSWORD, now)
        except LimitExceeded:
            break
        for _ in range(5):
            entry = codes.enter(state, WRONG, codes.FORGOT_PASSWORD, now)
            guesses += isinstance(entry.refusal, CodeMismatch)
            state = entry.issued
    assert guesses == codes.limits(codes.FORGOT_PASSWORD).attempts == 10


def test_codes_are_compared_in_constant_time(monkeypatch):
    compared = []
    monkeypatch.setattr(
        hmac, "compare_digest", lambda left, right: compared.append((left, right)) or False
    )
    codes.enter(issued(), RIGHT, codes.SIGN_UP, NOW)
    assert compared == [(RIGHT, RIGHT)]


# --- Sending --------------------------------------------------------------------------------


def test_five_codes_may_be_sent_within_an_hour():
    state = issued()
    for _ in range(4):
        state = codes.issue(state, RIGHT, codes.SIGN_UP, NOW)
    with pytest.raises(LimitExceeded):
        codes.issue(state, RIGHT, codes.SIGN_UP, NOW + timedelta(minutes=59))


def test_an_hour_later_sends_and_guesses_are_counted_anew():
    spent = codes.IssuedCode(RIGHT, NOW, NOW, attempts=15, sends=5)
    fresh = codes.issue(spent, RIGHT, codes.SIGN_UP, NOW + timedelta(hours=1))
    assert (fresh.attempts, fresh.sends) == (0, 1)
    assert guess_until_refused(fresh, codes.SIGN_UP, fresh.sent) == 15


def test_a_new_code_replaces_the_old_one():
    state = codes.issue(issued(), WRONG, codes.SIGN_UP, NOW)
    assert not codes.enter(state, RIGHT, codes.SIGN_UP, NOW).is_right
    assert codes.enter(state, WRONG, codes.SIGN_UP, NOW).is_right


# --- Storing --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "other",
    [
        (b"l" * 32, "user", codes.SIGN_UP, "123456"),
        (KEY, "other", codes.SIGN_UP, "123456"),
        (KEY, "user", codes.FORGOT_PASSWORD, "123456"),
        (KEY, "user", codes.SIGN_UP, "123457"),
        (KEY, "user", codes.SIGN_UP, " 123456"),
        (KEY, "user", codes.SIGN_UP, "\ud800"),
    ],
)
def test_a_stored_code_fits_one_key_user_and_purpose(other):
    assert codes.hash_code(*other) != RIGHT
    assert len(RIGHT) == 32
