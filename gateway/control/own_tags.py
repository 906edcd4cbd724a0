"""Tags that set what AWS's operations have no member for. Pure rules.

Any client of AWS can set a tag, and infrastructure-as-code keeps it; so what Poolgate has beyond
AWS is said there. A tag that begins with `poolgate:` and is none of these is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from gateway import snapshot
from gateway.control.errors import Invalid

PREFIX = "poolgate:"
CACHE_TTL = "poolgate:cache-ttl"
"""Of a stage of an HTTP API: seconds for which replies to GET are kept."""
CACHE_SHARED = "poolgate:cache-shared"
"""Of a stage: `true` where callers share entries although an authorizer tells them apart."""
CACHE_STALE_IF_ERROR = "poolgate:cache-stale-if-error"
"""Of a stage: seconds for which an expired entry answers while the backend fails."""
TARGETS = "poolgate:targets"
"""Of a VPC link: its targets; `gateway.control.account.vpc_links` reads them.

Or `poolgate:targets:2` and so on, because a tag's value has at most 256 characters.
"""
HEALTH = "poolgate:health"
"""Of a VPC link: the path that is asked on each target."""

MOST_TTL = 3_600
MOST_STALE = 86_400


def _seconds(most: int) -> Callable[[str], bool]:
    return lambda text: text.isascii() and text.isdigit() and len(text) < 6 and int(text) <= most


_TAGS: Mapping[str, tuple[Callable[[str], bool], str]] = {
    CACHE_TTL: (_seconds(MOST_TTL), f"seconds, at most {MOST_TTL}"),
    CACHE_SHARED: (lambda text: text in ("true", "false"), "true or false"),
    CACHE_STALE_IF_ERROR: (_seconds(MOST_STALE), f"seconds, at most {MOST_STALE}"),
    TARGETS: (bool, "a list of targets"),
    HEALTH: (bool, "a path"),
}


def require_own_tag(key: str, text: str) -> None:
    """Refuse a tag of ours that says nothing, or nothing sensible. Raises `Invalid`."""
    name = TARGETS if key.startswith(f"{TARGETS}:") else key
    if name not in _TAGS:
        raise Invalid(f"Invalid tag {key}: those that start with {PREFIX} are {', '.join(_TAGS)}")
    is_valid, wanted = _TAGS[name]
    if not is_valid(text):
        raise Invalid(f"Invalid value of the tag {key}: it must be {wanted}")


def is_shared(tags: Mapping[str, str]) -> bool:
    """Whether callers share entries of the response cache."""
    return tags.get(CACHE_SHARED) == "true"


def stale_if_error(tags: Mapping[str, str]) -> int:
    """Seconds for which an expired entry may answer."""
    return int(tags.get(CACHE_STALE_IF_ERROR, 0))


def caching_of_http_stage(tags: Mapping[str, str]) -> snapshot.Caching | None:
    """How a stage of an HTTP API keeps replies; None where its tags do not ask for it."""
    ttl = int(tags.get(CACHE_TTL, 0))
    if not ttl:
        return None
    return snapshot.Caching(
        ttl=ttl,
        shared=is_shared(tags),
        stale_if_error=stale_if_error(tags),
    )
