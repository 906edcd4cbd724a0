"""Refreshing (RFC 6749 §6). Rotation, grace and reuse are the refresh service's."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidRequestError, UnauthorizedClientError

from idp.oauth import client_authentication, resources, sender_constraint, token_responses
from idp.user_pools.services.restrictions import Restriction

if TYPE_CHECKING:
    from idp.oauth.requests import OAuthRequest
    from idp.oauth.server import OAuthServer


class RefreshTokenGrant(grants.RefreshTokenGrant):
    """New tokens for a refresh token, in one atomic step."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(client_authentication.METHODS)  # noqa: RUF012 - Authlib's name

    server: OAuthServer
    request: OAuthRequest

    def validate_token_request(self) -> None:
        client = self.authenticate_token_endpoint_client()
        if not client.check_grant_type(self.GRANT_TYPE):
            raise UnauthorizedClientError("The client is not enabled for the code flow.")
        if "refresh_token" not in self.request.form:
            raise InvalidRequestError("refresh_token is missing.")
        self.request.client = client

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        kernel, client = self.server.kernel, self.request.client
        tokens = token_responses.for_refresh_token(
            kernel,
            client,
            self.request.form["refresh_token"],
            self.request.payload.scope,
            self.request.here,
            Restriction(
                sender_constraint.confirmation(kernel, client, self.request),
                resources.named(self.request.form),
            ),
        )
        return 200, tokens, self.TOKEN_RESPONSE_HEADER
