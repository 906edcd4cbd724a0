"""The table of `rules.risk`, point by point."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from idp.user_pools.rules import risk
from idp.user_pools.rules.risk import Failures, Level, Remembered, Sighting, level, score

SECOND = timedelta(seconds=1)
NOW = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
BERLIN, MUNICH, TOKYO = (52.5, 13.4), (48.1, 11.6), (35.7, 139.7)

HOME = Sighting(NOW - timedelta(days=1), "192.0.2.10", "laptop", "DE", BERLIN)
SAME = replace(HOME, at=NOW)
KNOWN = [Remembered(HOME)]


@pytest.mark.parametrize(
    ("now", "points"),
    [
        (SAME, 0),
        (replace(SAME, address="192.0.2.77"), 0),
        (replace(SAME, address="198.51.100.1"), risk.NEW_NETWORK),
        (replace(SAME, device="phone"), risk.NEW_DEVICE),
        (replace(SAME, device=""), risk.NEW_DEVICE),
        (Sighting(NOW), 0),
        (replace(SAME, country="JP"), risk.NEW_COUNTRY),
        (replace(SAME, country="", position=None), 0),
        (replace(SAME, position=TOKYO), 0),
        (replace(SAME, at=HOME.at + timedelta(hours=2), position=TOKYO), risk.IMPOSSIBLE_JOURNEY),
        (replace(SAME, at=HOME.at + SECOND, position=MUNICH), risk.IMPOSSIBLE_JOURNEY),
        (replace(SAME, at=HOME.at + timedelta(hours=1), position=MUNICH), 0),
    ],
)  # fmt: skip
def test_what_is_unusual_has_its_points(now: Sighting, points: int) -> None:
    assert score(now, KNOWN) == points


@pytest.mark.parametrize(
    ("failures", "points"),
    [
        (Failures(2, 9), 0),
        (Failures(of_user=3), 15),
        (Failures(of_user=5), 35),
        (Failures(from_address=10), 15),
        (Failures(from_address=50), 40),
        (Failures(5, 50), 75),
    ],
)
def test_failures_have_their_points(failures: Failures, points: int) -> None:
    assert score(SAME, KNOWN, failures) == points


@pytest.mark.parametrize(
    ("now", "expected"),
    [
        (SAME, Level.NONE),
        (replace(SAME, address="198.51.100.1"), Level.NONE),
        (replace(SAME, device="phone"), Level.LOW),
        (replace(SAME, device="phone", address="198.51.100.1"), Level.LOW),
        (replace(SAME, device="phone", country="JP"), Level.MEDIUM),
        (replace(SAME, device="phone", country="JP", position=TOKYO,
                 at=HOME.at + timedelta(hours=1)), Level.HIGH),
    ],
)  # fmt: skip
def test_points_add_up_to_levels(now: Sighting, expected: Level) -> None:
    assert level(now, KNOWN) is expected


def test_nothing_is_new_to_a_user_of_whom_nothing_is_known() -> None:
    assert score(SAME, []) == 0


def test_an_event_that_was_judged_invalid_makes_nothing_familiar() -> None:
    stranger = replace(HOME, device="phone", address="198.51.100.1", at=NOW - timedelta(hours=1))
    past = [*KNOWN, Remembered(stranger, "Invalid")]
    again = replace(stranger, at=NOW)
    assert score(again, past) == risk.INVALID_BEFORE + risk.NEW_DEVICE + risk.NEW_NETWORK


def test_the_users_own_device_stays_his_when_a_stranger_has_one_like_it() -> None:
    stranger = replace(HOME, address="198.51.100.1", at=NOW - timedelta(hours=1))
    assert score(SAME, [*KNOWN, Remembered(stranger, "Invalid")]) == 0


def test_a_valid_verdict_makes_a_blocked_device_familiar() -> None:
    past = [*KNOWN, Remembered(replace(HOME, device="phone"), "Valid")]
    assert score(replace(SAME, device="phone"), past) == 0


@pytest.mark.parametrize(
    ("address", "network"),
    [
        ("192.0.2.10", "192.0.2.0/24"),
        ("2001:db8:1:2::3", "2001:db8:1::/48"),
        ("somewhere", "somewhere"),
    ],
)
def test_neighbours_share_a_network(address: str, network: str) -> None:
    assert risk.network(address) == network


def test_distances_are_those_of_the_globe() -> None:
    assert risk.kilometres(BERLIN, MUNICH) == pytest.approx(505, abs=15)
    assert risk.kilometres(BERLIN, BERLIN) == 0
    assert risk.kilometres((0, 0), (0, 180)) == pytest.approx(20015, abs=5)
