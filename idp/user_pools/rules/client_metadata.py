"""What an app client registers beyond the members of CreateUserPoolClient.

The names are those of OAuth 2.0 Dynamic Client Registration (RFC 7591 §2), of OpenID Connect
Dynamic Client Registration 1.0 §2 and of the specifications that register members there. The
document is the operator's (`poolgate clients oauth`), or comes from the registration endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.user_pools.rules import response_types
from idp.user_pools.rules.documented_settings import Check, flag, read, whole_number
from idp.user_pools.rules.response_types import ResponseTypes

LONGEST_AGE = 10 * 365 * 24 * 3600


@dataclass(frozen=True)
class ClientMetadata:
    """A client's metadata, checked. The defaults are those of a client that has none."""

    default_max_age: int | None = None
    """Seconds since the person last proved who he is, where a request does not say `max_age`."""

    response_types: frozenset[ResponseTypes] | None = None
    """The only ones that the client may ask for. A code together with tokens (hybrid) must stand
    here; where nothing stands, AllowedOAuthFlows decides alone."""

    require_pushed_authorization_requests: bool = False
    """RFC 9126 §6."""


NO_METADATA = ClientMetadata()


def _response_types(value: Any) -> frozenset[ResponseTypes]:
    texts = value if isinstance(value, list) and value else [None]
    found = [response_types.parse(each) if isinstance(each, str) else None for each in texts]
    if None in found:
        raise ValueError(f"must be a list of {', '.join(response_types.NAMES)}")
    return frozenset(filter(None, found))


CHECKS: Mapping[str, Check] = {
    "default_max_age": whole_number(0, LONGEST_AGE),
    "response_types": _response_types,
    "require_pushed_authorization_requests": flag,
}


def parse(document: Any) -> ClientMetadata:
    """Raises `WrongSetting`."""
    return read(document, CHECKS, ClientMetadata)
