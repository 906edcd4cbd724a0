"""Which moments of SAML messages are believed."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from federation.saml import times
from federation.saml.times import LEEWAY, OLDEST
from idp.user_pools.services.upstream import UpstreamFailed

NOW = datetime(2026, 5, 4, 12, 0, tzinfo=UTC)


def at(seconds: float) -> datetime:
    return NOW + timedelta(seconds=seconds)


@pytest.mark.parametrize(
    ("age", "expected"),
    [(0, True), (OLDEST + LEEWAY - 1, True), (OLDEST + LEEWAY, False), (-LEEWAY, True),
     (-LEEWAY - 1, False)],
)  # fmt: skip
def test_a_message_is_of_just_now(age: int, *, expected: bool) -> None:
    assert times.is_recent(at(-age), NOW.timestamp()) is expected


def test_a_message_that_is_still_taken_is_still_remembered() -> None:
    """Made on a clock that is ahead, and used for as long as it is recent."""
    assert times.REMEMBERED >= OLDEST + 2 * LEEWAY


def test_clocks_may_differ_at_both_ends() -> None:
    now = NOW.timestamp()
    assert times.has_begun(at(LEEWAY), now)
    assert not times.has_begun(at(LEEWAY + 1), now)
    assert not times.is_over(at(1 - LEEWAY), now)
    assert times.is_over(at(-LEEWAY), now)


def test_moments_are_written_and_read_in_utc() -> None:
    assert times.written(NOW) == "2026-05-04T12:00:00Z"
    for text in ("2026-05-04T12:00:00Z", "2026-05-04T12:00:00", "2026-05-04T14:00:00+02:00"):
        assert times.moment(text) == NOW


@pytest.mark.parametrize(
    "text", [None, "", "soon", "0001-01-01T00:00:00+14:00", "9999-12-31T23:59:59-14:00"]
)
def test_what_is_no_moment_is_refused(text: str | None) -> None:
    with pytest.raises(UpstreamFailed):
        times.moment(text)
