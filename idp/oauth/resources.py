"""Resource indicators (RFC 8707): which of the pool's resource servers an access token is for.

A resource is named by its identifier, which has to be an absolute URI. What a client may name are
the servers that it is allowed a scope of; at the token endpoint, those of what was granted.
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from idp.oauth.errors import InvalidTarget
from idp.user_pools.rules import resource_scopes

MOST_RESOURCES = 20
LONGEST = 256
# §2: "an absolute URI, as specified by Section 4.3 of [RFC3986]" and "MUST NOT include a fragment".
_ABSOLUTE_URI = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:[\x21\x22\x24-\x7e]+")


def named(parameters: Mapping[str, str]) -> tuple[str, ...]:
    """The resources that a request names. Raises `InvalidTarget` for what can be none."""
    given = tuple(dict.fromkeys(parameters.get("resource", "").split()))
    if len(given) > MOST_RESOURCES:
        raise InvalidTarget("There are too many resources.")
    if not all(len(each) <= LONGEST and _ABSOLUTE_URI.fullmatch(each) for each in given):
        raise InvalidTarget("A resource must be an absolute URI without a fragment.")
    return given


def requested(
    parameters: Mapping[str, str], scopes: Sequence[str], granted: Sequence[str] = ()
) -> tuple[str, ...]:
    """The resources that a request names, of those that were `granted`, or where none was, of those
    that `scopes` are of. Without any, all that were granted. Raises `InvalidTarget`."""
    if "resource" not in parameters:
        return tuple(granted)
    given = named(parameters)
    if not set(given) <= (set(granted) or set(resource_scopes.servers(scopes))):
        raise InvalidTarget("A resource is unknown here, or nothing of it is granted.")
    return given
