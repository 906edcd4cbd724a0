"""What the parameters of an authorization request mean, with what its client registered."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from idp.oauth import resources
from idp.oauth.clients import OAuthClient
from idp.user_pools.rules import acr, requested_claims, tiers
from idp.user_pools.rules import max_age as ages

Parameters = Mapping[str, str]

KNOWN = frozenset({
    "acr_values", "claims", "client_id", "code_challenge", "code_challenge_method", "dpop_jkt",
    "id_token_hint", "identity_provider", "idp_identifier", "lang", "login_hint", "max_age",
    "nonce", "prompt", "redirect_uri", "registration", "resource", "response_mode",
    "response_type", "scope", "state", "ui_locales",
})  # fmt: skip
"""What is looked at of an authorization request, if only to refuse it; the rest is ignored (RFC
6749 §3.1)."""


def binding(parameters: Parameters, client: OAuthClient) -> dict[str, Any]:
    """As `RefreshFamily.binding`."""
    found: dict[str, Any] = {}
    if "dpop_jkt" in parameters:
        found["cnf"] = {"jkt": parameters["dpop_jkt"]}
    scopes = scopes_of(parameters, client)
    if "resource" in parameters:
        found["resource"] = list(resources.requested(parameters, scopes))
    # OIDC Core §5.5 belongs to requests with the scope `openid`.
    wished = wishes(parameters) if "openid" in scopes else {}
    return {**found, "claims": wished} if wished else found


def offers_levels(client: OAuthClient) -> bool:
    """In the Lite tier "the managed login authorize endpoint silently ignores acr_values"."""
    return tiers.includes(client.context.pool.settings, "acr_values")


def levels(parameters: Parameters, client: OAuthClient) -> tuple[int, ...]:
    """What an essential claim `acr` says, else `acr_values`, else what the client registered (OIDC
    Registration §2, default_acr_values)."""
    essential = essential_levels(wishes(parameters))
    if essential is not None:
        return levels_named(essential, client)
    named = parameters.get("acr_values", " ".join(client.metadata.default_acr_values))
    return levels_named(named, client)


def levels_named(text: str, client: OAuthClient) -> tuple[int, ...]:
    """The pool's levels in a text with their names."""
    if not offers_levels(client):
        return ()
    return acr.targets(client.context.pool.settings.get("AcrConfiguration"), text)


def wishes(parameters: Parameters) -> dict[str, Any]:
    """The parameter `claims`. Raises `requested_claims.Malformed`."""
    return requested_claims.parse(parameters["claims"]) if "claims" in parameters else {}


def essential_levels(wished: Mapping[str, Any]) -> str | None:
    """The names of levels of which one must be reached; None where there is no such claim."""
    values = requested_claims.essential_values(wished.get(requested_claims.ID_TOKEN, {}), "acr")
    return None if values is None else " ".join(values)


def max_age(parameters: Parameters, client: OAuthClient) -> int | None:
    """OIDC Registration §2: "The max_age request parameter overrides this default value."""
    if "max_age" in parameters:
        return ages.parse(parameters["max_age"])
    return client.metadata.default_max_age


def scopes_of(parameters: Parameters, client: OAuthClient) -> tuple[str, ...]:
    """Cognito: without a scope parameter the client gets every scope it is configured for."""
    given = parameters.get("scope")
    return tuple(dict.fromkeys(given.split())) if given else client.user_scopes
