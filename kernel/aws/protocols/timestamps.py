"""The three forms of a timestamp on the wire: unixTimestamp, iso8601 and rfc822."""

from __future__ import annotations

from datetime import UTC, datetime
from email.utils import format_datetime, parsedate_to_datetime


def parse_timestamp(value: float | str) -> datetime:
    """An aware datetime in UTC of any form. Raises `ValueError` or `OverflowError`."""
    if isinstance(value, int | float):
        return datetime.fromtimestamp(value, UTC)
    try:
        return datetime.fromtimestamp(float(value), UTC)
    except ValueError:
        pass
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        moment = parsedate_to_datetime(value)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return moment.astimezone(UTC)


def format_timestamp(value: datetime, form: str) -> float | str:
    """`value`, in UTC, in the form of that name. Numbers are seconds, to the millisecond."""
    if form == "iso8601":
        return value.strftime("%Y-%m-%dT%H:%M:%SZ")
    if form == "rfc822":
        return format_datetime(value, usegmt=True)
    seconds = round(value.timestamp(), 3)
    return int(seconds) if seconds.is_integer() else seconds
