"""Tokens for the client itself (RFC 6749 §4.4), with scopes of resource servers alone."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidRequestError, InvalidScopeError

from idp.oauth import client_authentication, resources, sender_constraint, token_responses
from idp.user_pools.services.restrictions import Restriction

if TYPE_CHECKING:
    from idp.oauth.requests import OAuthRequest
    from idp.oauth.server import OAuthServer


class ClientCredentialsGrant(grants.ClientCredentialsGrant):
    """Nothing is stored: the token is its own record."""

    # "The client credentials grant type MUST only be used by confidential clients" (§4.4).
    TOKEN_ENDPOINT_AUTH_METHODS = [m for m in client_authentication.METHODS if m != "none"]  # noqa: RUF012 - Authlib's name

    server: OAuthServer
    request: OAuthRequest

    def validate_requested_scope(self) -> None:
        asked = (self.request.payload.scope or "").split()
        if not set(asked) <= set(self._allowed) or not self._allowed:
            raise InvalidScopeError

    def generate_token(self, *_: Any, **__: Any) -> dict[str, Any]:
        asked = (self.request.payload.scope or "").split()
        scopes = list(dict.fromkeys(asked or self._allowed))
        kernel, client = self.server.kernel, self.request.client
        proven = sender_constraint.confirmation(kernel, client, self.request)
        asked_resources = resources.requested(self.request.form, scopes)
        restriction = Restriction(proven, asked_resources)
        return token_responses.for_client(kernel, client, scopes, self._metadata, restriction)

    def save_token(self, token: dict[str, Any]) -> None:
        """Nothing to keep."""

    @property
    def _metadata(self) -> dict[str, str]:
        """Cognito developer guide, "Token endpoint": `aws_client_metadata` is ClientMetadata for
        the pre token generation function, as a JSON object of texts."""
        text = self.request.form.get("aws_client_metadata", "{}")
        try:
            metadata = orjson.loads(text)
        except orjson.JSONDecodeError:
            metadata = None
        if not isinstance(metadata, dict) or not all(
            isinstance(each, str) for each in metadata.values()
        ):
            raise InvalidRequestError("aws_client_metadata is no JSON object of texts.")
        return metadata

    @property
    def _allowed(self) -> tuple[str, ...]:
        scopes: tuple[str, ...] = self.request.client.custom_scopes
        return scopes
