from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kernel.shared_state import buckets
from kernel.shared_state.buckets import Bucket


def test_a_bucket_never_seen_is_full() -> None:
    assert buckets.tokens_at(None, 1, 5, now=100) == 5


def test_ten_tenths_of_a_second_make_a_token_at_one_a_second() -> None:
    bucket = Bucket(0, 0)
    for tenth in range(1, 11):
        bucket = Bucket(buckets.tokens_at(bucket, 1, 5, tenth / 10), tenth / 10)
    assert buckets.take(bucket, 1, 5, 1.0)[0]


def test_a_clock_that_goes_back_gives_nothing() -> None:
    _, spent = buckets.take(Bucket(1, 100), 10, 1, now=100)
    assert not buckets.take(spent, 10, 1, now=50)[0]


@given(
    gaps=st.lists(st.floats(0, 2), max_size=200),
    rate=st.floats(0.1, 100),
    burst=st.integers(1, 50),
)
def test_no_pattern_of_requests_passes_more_than_burst_and_rate(
    gaps: list[float], rate: float, burst: int
) -> None:
    bucket, now, passed = None, 0.0, 0
    for gap in gaps:
        now += gap
        taken, bucket = buckets.take(bucket, rate, burst, now)
        passed += taken
    assert passed <= burst + rate * now + 0.001


@pytest.mark.parametrize(
    ("rate", "burst", "sizes"),
    [
        (10_000, 5_000, [1, 2, 4, 8, 16, 32, 64, 128, 256, 312, 312]),
        (1_000, 20, [1, 1]),
        (5, 5_000, [1, 1]),
        (100, 200, [1, 2, 4, 8, 10, 10]),
    ],
)
def test_leases_double_up_to_a_tenth_of_a_second_and_a_sixteenth_of_the_burst(
    rate: float, burst: int, sizes: list[int]
) -> None:
    leased = [0]
    for _ in sizes:
        leased.append(buckets.lease_size(rate, burst, leased[-1]))
    assert leased[1:] == sizes
