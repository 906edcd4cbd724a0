"""What an app client registers beyond the members of CreateUserPoolClient.

The names are those of OAuth 2.0 Dynamic Client Registration (RFC 7591 §2), of OpenID Connect
Dynamic Client Registration 1.0 §2 and of the specifications that register members there. The
document is the operator's (`poolgate clients oauth`), or comes from the registration endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.user_pools.rules import grant_types
from idp.user_pools.rules.documented_settings import Check, one_of, read, several, whole_number

LONGEST_AGE = 10 * 365 * 24 * 3600


@dataclass(frozen=True)
class ClientMetadata:
    """A client's metadata, checked. The defaults are those of a client that has none."""

    default_max_age: int | None = None
    """Seconds since the person last proved who he is, where a request does not say `max_age`."""
    grant_types: tuple[str, ...] = ()
    """The grants beyond Cognito's that the client takes part in (`rules.grant_types`)."""


NO_METADATA = ClientMetadata()

CHECKS: Mapping[str, Check] = {
    "default_max_age": whole_number(0, LONGEST_AGE),
    "grant_types": several(one_of(*grant_types.BEYOND_COGNITO), len(grant_types.BEYOND_COGNITO)),
}


def parse(document: Any) -> ClientMetadata:
    """Raises `WrongSetting`."""
    return read(document, CHECKS, ClientMetadata)
