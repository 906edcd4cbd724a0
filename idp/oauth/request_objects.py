"""Authorization requests that the client signed (JAR, RFC 9101): nobody between us changed them."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from collections.abc import Collection, Mapping
from contextlib import suppress
from typing import Any

import orjson

from idp.oauth import client_assertions, client_keys
from idp.oauth.clients import OAuthClient
from idp.oauth.errors import InvalidRequestObject
from idp.user_pools.services.issuers import issuer
from kernel.runtime import Kernel
from kernel.tokens import statements
from kernel.tokens.errors import BadSignature, InvalidToken, Malformed
from kernel.tokens.statements import ASYMMETRIC, Statement

TYPES = frozenset({None, "jwt", "oauth-authz-req+jwt"})
MOST_SECONDS = 600
"""How far `exp` may be. Until then the object's `jti` is remembered."""

# What says something of the object (RFC 7519 §4.1), not of the request.
_ABOUT_ITSELF = frozenset({"iss", "aud", "exp", "iat", "nbf", "jti"})


def are_taken_from(client: OAuthClient) -> bool:
    """Whether the client has registered keys to verify its objects with."""
    return client.metadata.jwks is not None or client.metadata.jwks_uri is not None


def read(kernel: Kernel, client: OAuthClient, text: str) -> dict[str, str]:
    """The parameters of an object that is the client's and was not used before. May fetch its
    keys: never call it in a unit of work. Raises `InvalidRequestObject`."""
    try:
        statement = statements.read(text, types=TYPES, algorithms=_algorithms(client))
        _check_signature(kernel, client, statement)
        _check_claims(kernel, client, statement.claims)
        return _parameters(statement.claims)
    except InvalidToken as error:
        raise InvalidRequestObject(f"The request object is refused: {error.reason}.") from None


def _algorithms(client: OAuthClient) -> Collection[str]:
    """Never `none`: an unsigned object says who made it as little as the address does."""
    registered = client.metadata.request_object_signing_alg
    return ASYMMETRIC if registered is None else (registered,)


def _check_signature(kernel: Kernel, client: OAuthClient, statement: Statement) -> None:
    if statement.names_a_key:
        raise Malformed
    key = client_keys.find(kernel, client, statement.kid, statement.algorithm)
    if key is None:
        raise BadSignature
    statement.check_signature(key)


def _check_claims(kernel: Kernel, client: OAuthClient, claims: Mapping[str, Any]) -> None:
    """RFC 9101 §5.2 and §6.3: it is of the client that sends it, and for us. §10.8: an object with
    the client as its `sub` is an assertion that authenticates it, and must not serve as both."""
    if claims.get("iss") != client.client_id or claims.get("client_id") != client.client_id:
        raise Malformed("it is another client's")
    if claims.get("sub") == client.client_id:
        raise Malformed("its sub must not be the client")
    # §4: "request and request_uri parameters MUST NOT be included in Request Objects".
    if {"request", "request_uri"} & claims.keys():
        raise Malformed("it has request or request_uri itself")
    client_assertions.check_audience(claims.get("aud"), {issuer(kernel.settings, client.pool_id)})
    lifetime = client_assertions.check_times(claims, kernel.clock.time(), MOST_SECONDS)
    client_assertions.spend(
        kernel, f"request-object:{client.client_id}", claims.get("jti"), lifetime
    )


def _parameters(claims: Mapping[str, Any]) -> dict[str, str]:
    said = {name: value for name, value in claims.items() if name not in _ABOUT_ITSELF}
    resources = said.get("resource")
    if isinstance(resources, list) and all(isinstance(each, str) for each in resources):
        # RFC 8707 §2.1 has several of them, as `Parameters` joins them.
        said["resource"] = " ".join(resources)
    return {name: _text(value) for name, value in said.items()}


def _text(value: Any) -> str:
    """§4: "Parameter names and string values MUST be included as JSON strings [...] Numerical
    values MUST be included as JSON numbers"; `claims` is an object."""
    if isinstance(value, str):
        return value
    if isinstance(value, dict) or type(value) is int:
        with suppress(TypeError):  # a number that no parameter has
            return orjson.dumps(value).decode()
    raise Malformed("a parameter has a value of another type")
