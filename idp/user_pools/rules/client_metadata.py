"""What an app client registers beyond the members of CreateUserPoolClient.

The names are those of OAuth 2.0 Dynamic Client Registration (RFC 7591 §2), of OpenID Connect
Dynamic Client Registration 1.0 §2 and of the specifications that register members there. The
document is the operator's (`poolgate clients oauth`), or comes from the registration endpoint.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.user_pools.rules import grant_types, response_types, web_addresses
from idp.user_pools.rules.documented_settings import (
    Check,
    address,
    flag,
    one_of,
    read,
    several,
    whole_number,
)
from idp.user_pools.rules.framed_addresses import is_framed
from idp.user_pools.rules.response_types import ResponseTypes

LONGEST_AGE = 10 * 365 * 24 * 3600
MOST_URIS = 100
"""As many as CreateUserPoolClient takes LogoutURLs."""


@dataclass(frozen=True)
class ClientMetadata:
    """A client's metadata, checked. The defaults are those of a client that has none."""

    default_max_age: int | None = None
    """Seconds since the person last proved who he is, where a request does not say `max_age`."""
    grant_types: tuple[str, ...] = ()
    """The grants beyond Cognito's that the client takes part in (`rules.grant_types`)."""
    post_logout_redirect_uris: tuple[str, ...] = ()
    """Where a sign-out may lead (RP-Initiated Logout 1.0 §3.1), beside LogoutURLs."""
    backchannel_logout_uri: str | None = None
    """Where logout tokens are sent (Back-Channel Logout 1.0 §2.2)."""
    backchannel_logout_session_required: bool = False
    """Whether they must have `sid`."""
    frontchannel_logout_uri: str | None = None
    """What the signed-out page frames (Front-Channel Logout 1.0 §2)."""
    frontchannel_logout_session_required: bool = False
    """Whether it is told `iss` and `sid`."""

    response_types: frozenset[ResponseTypes] | None = None
    """The only ones that the client may ask for. A code together with tokens (hybrid) must stand
    here; where nothing stands, AllowedOAuthFlows decides alone."""

    require_pushed_authorization_requests: bool = False
    """RFC 9126 §6."""

    @property
    def follows_logouts(self) -> bool:
        """Whether its ID tokens name the browser session (`sid`)."""
        return bool(self.backchannel_logout_uri or self.frontchannel_logout_uri)


NO_METADATA = ClientMetadata()


def _response_types(value: Any) -> frozenset[ResponseTypes]:
    texts = value if isinstance(value, list) and value else [None]
    found = [response_types.parse(each) if isinstance(each, str) else None for each in texts]
    if None in found:
        raise ValueError(f"must be a list of {', '.join(response_types.NAMES)}")
    return frozenset(filter(None, found))


CHECKS: Mapping[str, Check] = {
    "default_max_age": whole_number(0, LONGEST_AGE),
    "grant_types": several(one_of(*grant_types.BEYOND_COGNITO), len(grant_types.BEYOND_COGNITO)),
    "post_logout_redirect_uris": several(
        address(web_addresses.is_target, "absolute https URIs without fragment"), MOST_URIS
    ),
    "backchannel_logout_uri": address(web_addresses.is_secure, "an https URL without fragment"),
    "backchannel_logout_session_required": flag,
    "frontchannel_logout_uri": address(is_framed, "an https URL that a page's policy can name"),
    "frontchannel_logout_session_required": flag,
    "response_types": _response_types,
    "require_pushed_authorization_requests": flag,
}


def parse(document: Any) -> ClientMetadata:
    """Raises `WrongSetting`."""
    return read(document, CHECKS, ClientMetadata)
