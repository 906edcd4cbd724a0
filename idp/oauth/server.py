"""Authlib's authorization server, with clients from our tables and tokens from our services."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import logging
from contextlib import suppress
from typing import Any

import orjson
from authlib.oauth2 import AuthorizationServer, OAuth2Error
from authlib.oauth2.rfc6749.errors import InvalidRequestError, UnsupportedGrantTypeError
from flask import Response

from idp.errors import IdpError
from idp.oauth import (
    authorization_responses,
    client_authentication,
    clients,
    interactions,
    issuance,
    pushed_requests,
    sender_constraint,
    session_management,
)
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.authorization_responses import Members, ReturnAddress
from idp.oauth.clients import OAuthClient
from idp.oauth.errors import AccessDenied, PageError, to_oauth
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.grants.client_credentials import ClientCredentialsGrant
from idp.oauth.grants.device_code import DeviceCodeGrant
from idp.oauth.grants.jwt_bearer import JwtBearerGrant
from idp.oauth.grants.refresh_token import RefreshTokenGrant
from idp.oauth.grants.token_exchange import TokenExchangeGrant
from idp.oauth.interactions import ConsentRequired
from idp.oauth.replies import NOT_KEPT, OAuthReply
from idp.oauth.requests import OAuthRequest
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from idp.user_pools.services.issuers import issuer
from kernel.runtime import Kernel

# Authlib logs issued tokens at DEBUG.
logging.getLogger("authlib").setLevel(logging.INFO)

GRANTS = (
    AuthorizationCodeGrant,
    RefreshTokenGrant,
    ClientCredentialsGrant,
    TokenExchangeGrant,
    DeviceCodeGrant,
    JwtBearerGrant,
)
GRANTS_BY_TYPE = {grant.GRANT_TYPE: grant for grant in GRANTS}


class OAuthServer(AuthorizationServer):
    """One for the process. A request sees the clients of the pool that its host addresses."""

    def __init__(self, kernel: Kernel) -> None:
        super().__init__()
        self.kernel = kernel
        for grant in GRANTS:
            self.register_grant(grant)

    def find_client(self, client_id: str | None, pool_id: str | None) -> OAuthClient | None:
        """The client, if it belongs to the addressed pool; None stands for any pool."""
        if not client_id:
            return None
        client = clients.find(self.kernel, client_id)
        return client if client and pool_id in {None, client.pool_id} else None

    def authenticate_client(
        self, request: Any, methods: Any = client_authentication.METHODS, _endpoint: str = ""
    ) -> OAuthClient:
        """The client of an `OAuthRequest`. Raises `InvalidClient` or `InvalidRequestError`."""
        client, method = client_authentication.authenticate(
            self.kernel,
            request,
            lambda client_id: self.find_client(client_id, request.pool_id),
        )
        if method not in methods:
            raise client_authentication.InvalidClient
        return client

    def authorization_grant(self, request: OAuthRequest) -> AuthorizationCodeGrant:
        """The grant of a checked authorization request. Raises `OAuth2Error`."""
        grant: AuthorizationCodeGrant = self.get_consent_grant(request)
        return grant

    def authorize(
        self, grant: AuthorizationCodeGrant, signed_in: SignedIn, *, consented: bool = False
    ) -> Response:
        """Send the person back to the client with what it asked for.

        Raises `ConsentRequired` unless he has `consented` just now or need not, `SessionOver`, and
        `PageError` where a pushed request was answered before.
        """
        wanted = grant.authorization_request
        if not consented and interactions.needs_consent(self.kernel, signed_in, wanted):
            raise ConsentRequired
        try:
            members = issuance.issue(self.kernel, wanted, signed_in)
        except pushed_requests.Spent:
            raise PageError(
                N_("This sign-in was finished before"),
                N_("Go back to the application and sign in again."),
                detail="request_uri was used already",
            ) from None
        except IdpError as error:  # of the function that makes tokens
            return self.refuse(AccessDenied(to_oauth(error).description), wanted.return_address)
        more = session_management.response_parameters(self.kernel, wanted, signed_in)
        return self._deliver(wanted.return_address, [*members, *more])

    def drop(self, wanted: AuthorizationRequest) -> None:
        """Forget a request that leads to nothing."""
        if wanted.reference:
            with suppress(pushed_requests.Spent):
                self.kernel.database.write(pushed_requests.spend, wanted.reference)

    def refuse(self, error: OAuth2Error, to: ReturnAddress) -> Response:
        """Send the person back to the client with an error."""
        return self._deliver(to, authorization_responses.error_members(error))

    def token_reply(self, request: OAuthRequest) -> OAuthReply:
        """Answer a token request: tokens, or an RFC 6749 §5.2 error."""
        reply = self._token_reply(request)
        name = sender_constraint.NONCE_HEADER
        if request.dpop is not None and name not in dict(reply.headers):
            # RFC 9449 §8.2: any answer may bring the next nonce.
            reply.headers.append((name, sender_constraint.new_nonce(self.kernel)))
        return reply

    def _token_reply(self, request: OAuthRequest) -> OAuthReply:
        try:
            if request.payload.grant_type is None:
                raise InvalidRequestError("grant_type is missing.")
            reply: OAuthReply = self.create_token_response(request)
        except OAuth2Error as error:
            return self.error_reply(error)
        except IdpError as error:
            return self.error_reply(to_oauth(error))
        return reply

    def error_reply(self, error: OAuth2Error) -> OAuthReply:
        reply: OAuthReply = self.handle_error_response(None, error)
        return reply

    def error_response(self, error: OAuth2Error) -> Response:
        return self.error_reply(error).response()

    def get_token_grant(self, request: OAuthRequest) -> Any:
        """By its type, where Authlib asks one grant after another."""
        grant = GRANTS_BY_TYPE.get(request.payload.grant_type)
        if grant is None:
            raise UnsupportedGrantTypeError(request.payload.grant_type)
        return grant(request, self)

    def create_oauth2_request(self, request: Any) -> OAuthRequest:
        """Requests come in Authlib's form already."""
        wanted: OAuthRequest = request
        return wanted

    def handle_response(self, status: int, body: Any, headers: Any) -> OAuthReply:
        content = orjson.dumps(body) if isinstance(body, dict) else body.encode()
        fields = list(headers)
        if "cache-control" not in {name.lower() for name, _ in fields}:
            fields.append(NOT_KEPT)
        return OAuthReply(status, content, fields)

    def send_signal(self, name: str, *args: Any, **kwargs: Any) -> None:
        """Nobody listens."""

    def _deliver(self, to: ReturnAddress, members: Members) -> Response:
        iss = issuer(self.kernel.settings, to.pool_id)
        return authorization_responses.deliver(to, members, iss)
