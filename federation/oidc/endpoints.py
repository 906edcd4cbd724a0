"""Where an OpenID provider's endpoints are: written down by the operator, or discovered."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from federation import code_flow
from federation.kept import KeptDocuments
from idp.user_pools.rules import web_addresses
from idp.user_pools.services.upstream import UpstreamFailed
from kernel.clock import Clock
from kernel.outbound import Outbound

NAMES: Mapping[str, str] = {
    "authorize_url": "authorization_endpoint",
    "token_url": "token_endpoint",
    "attributes_url": "userinfo_endpoint",
    "jwks_uri": "jwks_uri",
}
"""Keys of ProviderDetails, and what OpenID Connect Discovery 1.0 §3 calls them."""
REQUIRED = frozenset(NAMES) - {"attributes_url"}


@dataclass(frozen=True)
class Endpoints:
    """One provider's. `attributes` is empty where it has no such endpoint."""

    issuer: str
    authorization: str
    token: str
    attributes: str
    jwks: str
    names_itself: bool = False
    """Whether each of its answers has `iss` (RFC 9207 §3), as far as its metadata was read."""


class Discovery:
    """Fetches and keeps the documents of issuers that operators have configured."""

    def __init__(self, outbound: Outbound, clock: Clock) -> None:
        self._outbound = outbound
        self._documents = KeptDocuments(self._fetch, clock)

    def endpoints(self, details: Mapping[str, str]) -> Endpoints:
        """What ProviderDetails says wins; what it leaves out is discovered.

        Raises `UpstreamFailed`.
        """
        issuer = details["oidc_issuer"]
        document: Mapping[str, Any] = {}
        if any(key not in details for key in REQUIRED):
            document = self._documents.get(issuer)
        elif "attributes_url" not in details:
            with suppress(UpstreamFailed):  # it can be done without
                document = self._documents.get(issuer)
        found = {
            key: details.get(key) or _address(document.get(name)) for key, name in NAMES.items()
        }
        if not all(found[key] for key in REQUIRED):
            raise UpstreamFailed("The identity provider's endpoints are not known.")
        return Endpoints(
            issuer,
            found["authorize_url"],
            found["token_url"],
            found["attributes_url"],
            found["jwks_uri"],
            document.get("authorization_response_iss_parameter_supported") is True,
        )

    def _fetch(self, issuer: str) -> dict[str, Any]:
        document = code_flow.get(self._outbound, f"{issuer}/.well-known/openid-configuration")
        # §4.3: "The issuer value returned MUST be identical to the Issuer URL".
        if document.get("issuer") != issuer:
            raise UpstreamFailed("The identity provider's metadata is of another issuer.")
        return document


def _address(value: Any) -> str:
    """An endpoint as a document says it: https, or http on loopback."""
    return value if isinstance(value, str) and web_addresses.is_secure(value) else ""
