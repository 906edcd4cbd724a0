"""How risky a sign-in looks: points for what is unusual about it, and levels of points.

    40   an Invalid verdict on an earlier event from the same device or address
    60   a journey that nobody makes: further than 500 km at more than 1,000 km/h
    25   a country that the user never came from
    25   a device that the user never came with
    15   an address, in a network that the user never came from
    15   three failures of the user in a row; 35 from their fifth on
    15   ten failures from the address within an hour; 40 from their fiftieth on

Low begins at 25 points, Medium at 45, High at 70. What is new counts only for users of whom
something is known: a first sign-in has nothing to be compared with.

AWS keeps its own model to itself; this one is ours, and docs/threat-protection.md explains it.
"""

from __future__ import annotations

import ipaddress
import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum

INVALID_BEFORE = 40
IMPOSSIBLE_JOURNEY = 60
NEW_COUNTRY = 25
NEW_DEVICE = 25
NEW_NETWORK = 15

# (from how many failures on, points), the strictest first.
USER_FAILURES = ((5, 35), (3, 15))
ADDRESS_FAILURES = ((50, 40), (10, 15))

FAILURES_COUNT_FOR = timedelta(hours=1)

KILOMETRES_PER_HOUR = 1000.0
NEARBY_KILOMETRES = 500.0
"""Databases of addresses are often wrong by that much, which is no journey."""

EARTH_RADIUS_KILOMETRES = 6371.0


class Level(Enum):
    """RiskLevelType, and none at all."""

    NONE = ""
    LOW = "Low"
    MEDIUM = "Medium"
    HIGH = "High"


THRESHOLDS = ((70, Level.HIGH), (45, Level.MEDIUM), (25, Level.LOW))


@dataclass(frozen=True)
class Sighting:
    """What a request shows of the person behind it. What is not known is empty or None."""

    at: datetime
    address: str = ""
    device: str = ""
    """What tells devices apart: a digest."""
    country: str = ""
    position: tuple[float, float] | None = None
    """Latitude and longitude in degrees."""


@dataclass(frozen=True)
class Remembered:
    """An earlier event of the user: a sign-in that went well, or one that somebody judged."""

    sighting: Sighting
    verdict: str = ""
    """`Valid`, `Invalid`, or nobody has said."""


@dataclass(frozen=True)
class Failures:
    """Of late: the user's, in a row, and those of everybody from the same address."""

    of_user: int = 0
    from_address: int = 0


def level(now: Sighting, past: Sequence[Remembered], failures: Failures = Failures()) -> Level:
    """The level of a sign-in. `past` is in any order."""
    points = score(now, past, failures)
    return next((level for least, level in THRESHOLDS if points >= least), Level.NONE)


def score(now: Sighting, past: Sequence[Remembered], failures: Failures = Failures()) -> int:
    """The points of a sign-in, by the table above."""
    good = [each.sighting for each in past if each.verdict != "Invalid"]
    bad = [each.sighting for each in past if each.verdict == "Invalid"]
    return (
        _suspected(now, good, bad)
        + _novelty(now, good)
        + _journey(now, good)
        + _step(failures.of_user, USER_FAILURES)
        + _step(failures.from_address, ADDRESS_FAILURES)
    )


def _suspected(now: Sighting, good: Sequence[Sighting], bad: Sequence[Sighting]) -> int:
    """The device or address of an unwanted event, unless the user came with it before that."""
    for earlier in bad:
        same = [
            name
            for name in ("device", "address")
            if (value := getattr(now, name)) and getattr(earlier, name) == value
        ]
        if any(not _cleared(now, earlier, name, good) for name in same):
            return INVALID_BEFORE
    return 0


def _cleared(now: Sighting, bad: Sighting, name: str, good: Iterable[Sighting]) -> bool:
    """Without a fingerprint browsers of a kind look alike, and a network has one address: what the
    user came with before the unwanted event is his as well."""
    return any(getattr(each, name) == getattr(now, name) and each.at < bad.at for each in good)


def _novelty(now: Sighting, good: Sequence[Sighting]) -> int:
    if not now.address and not now.device:
        return 0  # a server that says nothing of the person says nothing new
    points = 0
    countries = {each.country for each in good if each.country}
    devices = {each.device for each in good if each.device}
    networks = {network(each.address) for each in good if each.address}
    if now.country and countries and now.country not in countries:
        points += NEW_COUNTRY
    if devices and now.device not in devices:
        points += NEW_DEVICE
    if now.address and networks and network(now.address) not in networks:
        points += NEW_NETWORK
    return points


def _journey(now: Sighting, good: Iterable[Sighting]) -> int:
    placed = [each for each in good if each.position is not None and each.at <= now.at]
    if now.position is None or not placed:
        return 0
    last = max(placed, key=lambda each: each.at)
    if last.position is None:
        return 0
    travelled = kilometres(last.position, now.position)
    hours = (now.at - last.at) / timedelta(hours=1)
    is_impossible = travelled > NEARBY_KILOMETRES and travelled > hours * KILOMETRES_PER_HOUR
    return IMPOSSIBLE_JOURNEY if is_impossible else 0


def _step(count: int, steps: Iterable[tuple[int, int]]) -> int:
    return next((points for least, points in steps if count >= least), 0)


def network(address: str) -> str:
    """What an address shares with its neighbours: providers hand out /24 and /48 (RFC 6177)."""
    try:
        parsed = ipaddress.ip_address(address)
    except ValueError:
        return address
    length = 24 if parsed.version == 4 else 48
    return str(ipaddress.ip_network(f"{parsed}/{length}", strict=False))


def kilometres(one: tuple[float, float], other: tuple[float, float]) -> float:
    """The distance of two positions in degrees along the surface (haversine formula)."""
    (latitude, longitude), (latitude_2, longitude_2) = (
        (math.radians(degrees[0]), math.radians(degrees[1])) for degrees in (one, other)
    )
    half = math.sin((latitude_2 - latitude) / 2) ** 2 + (
        math.cos(latitude) * math.cos(latitude_2) * math.sin((longitude_2 - longitude) / 2) ** 2
    )
    return 2 * EARTH_RADIUS_KILOMETRES * math.asin(math.sqrt(min(1.0, half)))
