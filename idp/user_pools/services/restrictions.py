"""What an access token is held to beyond its grant, and its signing in the client's format."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from idp.errors import KeyNotProven
from idp.user_pools.rules import resource_scopes
from idp.user_pools.rules.client_metadata import JWT_PROFILE
from idp.user_pools.services.subjects import ClientContext
from kernel.tokens.confirmation import CERTIFICATE, DPOP_KEY, Confirmation
from kernel.tokens.keys import SigningKey
from kernel.tokens.signing import sign


@dataclass(frozen=True)
class Restriction:
    """What one access token is held to, beyond its grant."""

    confirmation: Confirmation = field(default_factory=dict)
    """Whose hands it is good in (`cnf`)."""
    resources: Sequence[str] = ()
    """The resource servers that it is for: `aud`, and no scopes but theirs (RFC 8707)."""

    def narrow(self, body: dict[str, Any]) -> dict[str, Any]:
        """The claims, held to it. Whatever a function has added to the scopes is narrowed too."""
        if self.resources:
            scopes = resource_scopes.of_servers(body["scope"].split(), self.resources)
            body = {**body, "aud": _single(self.resources), "scope": " ".join(scopes)}
        return {**body, "cnf": dict(self.confirmation)} if self.confirmation else body


UNRESTRICTED = Restriction()


def check_key(context: ClientContext, restriction: Restriction) -> None:
    """Raises `KeyNotProven` where the client's tokens must be bound to a key and would not be,
    whatever operation or grant asks for them."""
    if context.metadata.dpop_bound_access_tokens and DPOP_KEY not in restriction.confirmation:
        raise KeyNotProven
    is_bound = context.metadata.tls_client_certificate_bound_access_tokens
    if is_bound and CERTIFICATE not in restriction.confirmation:
        raise KeyNotProven


def sign_access(
    context: ClientContext, body: dict[str, Any], restriction: Restriction, key: SigningKey
) -> str:
    """An access token in the client's format."""
    body = restriction.narrow(body)
    if context.metadata.access_token_format != JWT_PROFILE:
        return sign(body, key)
    # RFC 9068 §2.1, §2.2: its type, and an audience in any case.
    audience = resource_scopes.audience(body["scope"].split(), body["iss"])
    return sign({"aud": _single(audience), **body}, key, {"typ": JWT_PROFILE})


def _single(audience: Sequence[str]) -> str | list[str]:
    """RFC 7519 §4.1.3: a single audience may be a text."""
    return audience[0] if len(audience) == 1 else list(audience)
