"""Moments in SAML messages, and how old and how far ahead those may be."""

from __future__ import annotations

from datetime import UTC, datetime

from idp.user_pools.rules import xml_times
from idp.user_pools.services.upstream import CLOCK_LEEWAY, UpstreamFailed

LEEWAY = CLOCK_LEEWAY
OLDEST = 900
"""Seconds since a message was issued, at most: it comes at once."""
REMEMBERED = OLDEST + 2 * LEEWAY
"""Seconds for which a replay must be known."""


def moment(text: str | None) -> datetime:
    """xs:dateTime, in UTC where it does not say (Core §1.3.3). Raises `UpstreamFailed`."""
    try:
        return datetime.fromtimestamp(xml_times.moment(text or ""), UTC)
    except (ValueError, OverflowError):
        raise UpstreamFailed("The SAML message has a malformed time.") from None


def written(at: datetime) -> str:
    """xs:dateTime in UTC (Core §1.3.3)."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def is_recent(issued: datetime, now: float) -> bool:
    """Whether it was issued just now, at `now` in seconds since 1970."""
    return now - OLDEST - LEEWAY < issued.timestamp() <= now + LEEWAY


def has_begun(begins: datetime, now: float) -> bool:
    """NotBefore."""
    return begins.timestamp() <= now + LEEWAY


def is_over(ends: datetime, now: float) -> bool:
    """NotOnOrAfter."""
    return now >= ends.timestamp() + LEEWAY
