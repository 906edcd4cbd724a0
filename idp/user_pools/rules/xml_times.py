"""Moments and durations as XML Schema writes them (XML Schema Part 2, §3.2.6 and §3.2.7)."""

from __future__ import annotations

import re
from datetime import UTC, datetime

_DURATION = re.compile(
    r"P(?:(?P<years>\d{1,4})Y)?(?:(?P<months>\d{1,5})M)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?=\d)(?:(?P<hours>\d{1,7})H)?(?:(?P<minutes>\d{1,8})M)?"
    r"(?:(?P<seconds>\d{1,9}(?:\.\d{1,9})?)S)?)?"
)
_SECONDS = {
    "years": 365 * 86_400,
    "months": 30 * 86_400,
    "days": 86_400,
    "hours": 3600,
    "minutes": 60,
    "seconds": 1,
}


def moment(text: str) -> float:
    """An xs:dateTime as seconds since 1970; without a zone it is in UTC. Raises `ValueError`."""
    found = datetime.fromisoformat(text)
    return (found if found.tzinfo else found.replace(tzinfo=UTC)).timestamp()


def seconds(text: str) -> float:
    """An xs:duration, of which years and months are about as long. Raises `ValueError`."""
    found = _DURATION.fullmatch(text)
    if found is None or not any(found.groups()):
        raise ValueError("no duration")
    return sum(float(value) * _SECONDS[name] for name, value in found.groupdict("0").items())
