"""A token for one service in exchange for a user's (RFC 8693): GetDerivedToken's twin."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidRequestError

from idp.oauth import client_authentication, sender_constraint, token_responses
from idp.user_pools.services.token_exchange import ExchangeRequest, Presented

if TYPE_CHECKING:
    from idp.oauth.requests import OAuthRequest
    from idp.oauth.server import OAuthServer

TOKEN_EXCHANGE = "urn:ietf:params:oauth:grant-type:token-exchange"
TOKEN_TYPES = {
    "urn:ietf:params:oauth:token-type:access_token": "ACCESS_TOKEN",
    "urn:ietf:params:oauth:token-type:id_token": "ID_TOKEN",
}


class TokenExchangeGrant(grants.BaseGrant, grants.TokenEndpointMixin):
    """Which client may exchange what is the exchange service's."""

    GRANT_TYPE = TOKEN_EXCHANGE  # type: ignore[assignment]  # Authlib says None
    TOKEN_ENDPOINT_AUTH_METHODS = list(client_authentication.METHODS)  # noqa: RUF012 - Authlib's name

    server: OAuthServer
    request: OAuthRequest

    def validate_token_request(self) -> None:
        self.request.client = self.authenticate_token_endpoint_client()

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        subject = self._presented("subject")
        if subject is None:
            raise InvalidRequestError("subject_token is missing.")
        tokens = token_responses.for_exchange(
            self.server.kernel,
            self.request.client,
            subject,
            self._presented("actor"),
            self._asked(),
        )
        return 200, tokens, self.TOKEN_RESPONSE_HEADER

    def _presented(self, role: str) -> Presented | None:
        """RFC 8693 §2.1: "actor_token_type: REQUIRED when the actor_token parameter is present in
        the request but MUST NOT be included otherwise"."""
        form = self.request.form
        token, kind = form.get(f"{role}_token"), form.get(f"{role}_token_type")
        if token is None and kind is None:
            return None
        if token is None or kind not in TOKEN_TYPES:
            raise InvalidRequestError(f"{role}_token_type does not fit a {role}_token.")
        return Presented(f"{role}_token", token, TOKEN_TYPES[kind])

    def _asked(self) -> ExchangeRequest:
        form = self.request.form
        kind = TOKEN_TYPES.get(form.get("requested_token_type", next(iter(TOKEN_TYPES))))
        if kind is None:
            raise InvalidRequestError("requested_token_type is not supported.")
        if "audience" in form and "resource" in form:
            raise InvalidRequestError("audience and resource exclude each other.")
        scopes = form["scope"].split() if "scope" in form else None
        return ExchangeRequest(
            scopes,
            form.get("audience"),
            form.get("resource"),
            kind == "ID_TOKEN",
            sender_constraint.confirmation(self.server.kernel, self.request.client, self.request),
        )
