"""Content types: which template, model or binary type fits one (RFC 9110 §8.3, §12.5.1)."""

from __future__ import annotations

from collections.abc import Iterable

JSON = "application/json"
MOST_ACCEPTED = 32
"""Ranges of an Accept header that are looked at."""


def essence(content_type: str) -> str:
    """`type/subtype` in lower case, without parameters."""
    return content_type.partition(";")[0].strip().lower()


def matching(offered: Iterable[str], content_type: str) -> str | None:
    """The offered type that a content type is, its parameters aside."""
    wanted = essence(content_type)
    return next((each for each in offered if essence(each) == wanted), None)


def accepted(offered: Iterable[str], accept: str) -> str | None:
    """The offered type that a client likes best, in the order of its Accept header."""
    types = list(offered)
    for wanted in _ranges(accept):
        for each in types:
            if fits(essence(each), wanted):
                return each
    return None


def fits(content_type: str, media_range: str) -> bool:
    """Whether an essence is in a range such as `image/*`."""
    kind, _, subtype = media_range.partition("/")
    if media_range == "*/*":
        return True
    return content_type == media_range or (subtype == "*" and content_type.startswith(f"{kind}/"))


def _ranges(accept: str) -> list[str]:
    """The types and ranges of an Accept header, the preferred ones first."""
    weighted = []
    for part in accept.split(",")[:MOST_ACCEPTED]:
        media_range, *parameters = part.split(";")
        quality = next((p.strip()[2:] for p in parameters if p.strip()[:2] == "q="), "1")
        if _weight(quality) > 0:
            weighted.append((_weight(quality), media_range.strip().lower()))
    return [each for _, each in sorted(weighted, key=lambda pair: -pair[0])]


def _weight(quality: str) -> float:
    digits = quality.replace(".", "", 1)
    return float(quality) if digits.isascii() and digits.isdigit() and len(digits) < 6 else 0.0
