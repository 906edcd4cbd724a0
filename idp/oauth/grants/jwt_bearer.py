"""Tokens of a user for an assertion of an issuer that the pool trusts (RFC 7523 §2.1).

The client proves itself besides, and gets no refresh token: RFC 7521 §4.1 has it come back with
another assertion.
"""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
)

from idp.models import User
from idp.oauth import (
    client_assertions,
    client_authentication,
    client_keys,
    paths,
    resources,
    sender_constraint,
    sessions,
    token_responses,
)
from idp.user_pools.rules.assertion_issuers import BY_SUB, AssertionIssuer
from idp.user_pools.services import quick_reads, users
from idp.user_pools.services.issuers import issuer
from idp.user_pools.services.restrictions import Restriction
from kernel.tokens import statements
from kernel.tokens.errors import BadSignature, InvalidToken, Malformed
from kernel.tokens.statements import Statement

if TYPE_CHECKING:
    from idp.oauth.requests import OAuthRequest
    from idp.oauth.server import OAuthServer

JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TYPES = frozenset({None, "jwt", "authorization-grant+jwt"})
MOST_SECONDS = 600
"""How far `exp` may be. Until then the `jti` is remembered."""


class JwtBearerGrant(grants.BaseGrant, grants.TokenEndpointMixin):
    """Whom the pool trusts, with which clients and for what, its provider settings say."""

    GRANT_TYPE = JWT_BEARER  # type: ignore[assignment]  # Authlib says None
    TOKEN_ENDPOINT_AUTH_METHODS = [m for m in client_authentication.METHODS if m != "none"]  # noqa: RUF012 - Authlib's name

    server: OAuthServer
    request: OAuthRequest

    def validate_token_request(self) -> None:
        self.request.client = self.authenticate_token_endpoint_client()
        if "assertion" not in self.request.form:
            raise InvalidRequestError("assertion is missing.")

    def create_token_response(self) -> tuple[int, dict[str, Any], Any]:
        kernel, client, form = self.server.kernel, self.request.client, self.request.form
        try:
            trusted, claims = self._verified(form["assertion"])
            scopes = self._scopes(trusted)
            asked = resources.requested(form, scopes)
            user = self._user(trusted, claims)
            client_assertions.spend(
                kernel, self._kind(trusted), claims.get("jti"), claims["exp"] - kernel.clock.time()
            )
        except InvalidToken:
            # RFC 7523 §3.1 has one error for whatever is wrong with the assertion.
            raise InvalidGrantError("Invalid assertion.") from None
        proven = sender_constraint.confirmation(kernel, client, self.request)
        tokens = token_responses.for_assertion(
            kernel, client, user, scopes, self.request.here, Restriction(proven, asked)
        )
        return 200, tokens, self.TOKEN_RESPONSE_HEADER

    def _verified(self, assertion: str) -> tuple[AssertionIssuer, Mapping[str, Any]]:
        statement = statements.read(assertion, types=TYPES, algorithms=statements.ASYMMETRIC)
        trusted = self._issuer(statement)
        kernel = self.server.kernel
        key = client_keys.of(kernel, trusted, statement.kid, statement.algorithm)
        if key is None:
            raise BadSignature
        statement.check_signature(key)
        iss = issuer(kernel.settings, self.request.client.pool_id)
        token_endpoint = f"{self.request.origin}{paths.TOKEN}"
        client_assertions.check_audience(statement.claims.get("aud"), {iss, token_endpoint})
        client_assertions.check_times(statement.claims, kernel.clock.time(), MOST_SECONDS)
        return trusted, statement.claims

    def _issuer(self, statement: Statement) -> AssertionIssuer:
        named, client = statement.claims.get("iss"), self.request.client
        for each in client.context.provider.assertion_issuers:
            if each.issuer == named and client.client_id in each.clients:
                issuer_found: AssertionIssuer = each
                return issuer_found
        raise Malformed("nobody whom the pool trusts with this client")

    def _scopes(self, trusted: AssertionIssuer) -> list[str]:
        """RFC 7521 §4.1: "equal to or less than the scope originally granted"."""
        allowed = [each for each in self.request.client.user_scopes if each in trusted.scopes]
        asked = list(dict.fromkeys((self.request.payload.scope or "").split())) or allowed
        if not allowed or not set(asked) <= set(allowed):
            raise InvalidScopeError
        return asked

    def _user(self, trusted: AssertionIssuer, claims: Mapping[str, Any]) -> User:
        subject = claims.get("sub")
        if not isinstance(subject, str) or not client_assertions.is_name(subject):
            raise Malformed("the assertion has no subject")
        database, pool = self.server.kernel.database, self.request.client.context.pool
        if trusted.subject == BY_SUB:
            user = database.look_up(quick_reads.user_by_id, subject)
        else:
            user = database.look_up(users.look_for_sign_in_name, pool, subject)
        if user is None or user.pool_id != pool.id or not user.enabled:
            raise Malformed("the subject is no user who may sign in")
        if not sessions.goes_on(user.status, None, self.server.kernel.clock.now(), ()):
            raise Malformed("the subject is no user who may sign in")
        return user

    def _kind(self, trusted: AssertionIssuer) -> str:
        digest = hashlib.sha256(trusted.issuer.encode()).hexdigest()
        return f"assertion-grant:{self.request.client.pool_id}:{digest}"
