"""Time and randomness, which every rule takes from its caller."""

from __future__ import annotations

import time
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.clock import Clock, Randomness


def test_now_is_aware_and_in_utc() -> None:
    assert Clock(lambda: 0.5).now() == datetime(1970, 1, 1, microsecond=500_000, tzinfo=UTC)
    assert Clock().now().utcoffset() == timedelta(0)


def test_clock_tells_the_present_unless_it_is_told_otherwise() -> None:
    assert abs(Clock().time() - time.time()) < 5


@given(st.binary(min_size=16, max_size=16), st.integers(1, 12))
def test_code_has_its_digits_whatever_the_dice_say(dice: bytes, digits: int) -> None:
    code = Randomness(lambda _count: dice).code(digits)
    assert len(code) == digits
    assert code.isdecimal()
    assert code.isascii()


def test_code_keeps_its_leading_zeros() -> None:
    assert Randomness(bytes).code() == "000000"


def test_code_is_drawn_from_far_more_than_its_digits_need() -> None:
    """10**6 does not divide 2**n: only with many more bits than 20 are all codes equally likely."""
    asked: list[int] = []

    def dice(count: int) -> bytes:
        asked.append(count)
        return bytes(count)

    Randomness(dice).code()
    assert asked[0] * 8 >= 20 + 64


def test_codes_differ() -> None:
    assert len({Randomness().code(12) for _ in range(200)}) == 200


@pytest.mark.parametrize("alphabet", ["ab", "0123456789abcdefghijklmnopqrstuvwxyz"])
def test_text_uses_the_whole_alphabet_and_nothing_else(alphabet: str) -> None:
    text = Randomness().text(4000, alphabet)
    counts = Counter(text)
    assert len(text) == 4000
    assert set(counts) == set(alphabet)
    # Twice the expected share is beyond 10 standard deviations for the longer one.
    assert max(counts.values()) < 2.5 * 4000 / len(alphabet)
