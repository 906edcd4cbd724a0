"""Code + PKCE (RFC 6749 §4.1, RFC 7636). Codes live five minutes and are single-use."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property
from typing import TYPE_CHECKING, Any

from authlib.oauth2.rfc6749 import grants
from authlib.oauth2.rfc6749.errors import InvalidGrantError

from idp.models import AuthorizationCode
from idp.oauth import (
    authorization_request,
    client_authentication,
    codes,
    expected_subject,
    pkce,
    resources,
    sender_constraint,
    token_responses,
)
from idp.oauth.authorization_request import AuthorizationRequest, Origin
from idp.oauth.clients import OAuthClient
from idp.user_pools.services import revocation
from idp.user_pools.services.restrictions import Restriction
from kernel.tokens import confirmation

if TYPE_CHECKING:
    from idp.oauth.requests import OAuthRequest
    from idp.oauth.server import OAuthServer


class AuthorizationCodeGrant(grants.AuthorizationCodeGrant):
    """A code at the authorization endpoint, tokens for it at the token endpoint."""

    TOKEN_ENDPOINT_AUTH_METHODS = list(client_authentication.METHODS)  # noqa: RUF012 - Authlib's name

    server: OAuthServer
    request: OAuthRequest

    @classmethod
    def check_authorization_endpoint(cls, request: Any) -> bool:  # noqa: ARG003 - Authlib's signature
        """Every response type comes here: refusing one is a check among the others."""
        return True

    @cached_property
    def authorization_request(self) -> AuthorizationRequest:
        """The checked request. Authlib asks before the sign-in page and again before the code."""
        parameters = self.request.payload.data
        client = self.server.find_client(parameters.get("client_id"), self.request.pool_id)
        origin = Origin(self.request.is_pushed, self.request.is_signed)
        checked = authorization_request.check(parameters, client, origin)
        subject = expected_subject.find(self.server.kernel, parameters, checked)
        return replace(checked, reference=self.request.reference, subject=subject)

    def validate_authorization_request(self) -> str:
        self.request.client = self.authorization_request.client
        return self.authorization_request.redirect_uri

    def query_authorization_code(self, code: str, client: OAuthClient) -> RedeemableCode | None:
        """The code, if this request may redeem it.

        "If an authorization code is used more than once, the authorization server MUST deny the
        request and SHOULD revoke (when possible) all tokens previously issued based on that
        authorization code." (RFC 6749 §4.1.2). A request that fails the other checks does not
        spend the code: whoever holds it without the verifier cannot take it from its owner.
        """
        kernel = self.server.kernel
        stored = kernel.database.look_up(codes.find, codes.hash_of(code))
        if stored is None or stored.client_id != client.client_id:
            return None
        if not pkce.is_proven(stored.code_challenge, self.request.form.get("code_verifier")):
            return None
        if stored.redeemed:
            self._revoke_what_it_bought(stored)
            return None
        if stored.expires <= kernel.clock.now():
            return None
        # §4.1.3: redirect_uri is "REQUIRED, if [it] was included in the authorization request".
        is_default = stored.redirect_uri == client.default_redirect_uri
        omitted = self.request.payload.redirect_uri is None
        return RedeemableCode(stored, "" if omitted and is_default else stored.redirect_uri)

    def authenticate_user(self, authorization_code: RedeemableCode) -> str:
        return authorization_code.stored.user_id

    def generate_token(self, *_: Any, **__: Any) -> dict[str, Any]:
        """The tokens; the code is spent in the unit of work that opens their family."""
        stored = self.request.authorization_code.stored
        kernel, client = self.server.kernel, self.request.client
        proven = sender_constraint.confirmation(kernel, client, self.request)
        granted = stored.binding.get("resource", ())
        asked = resources.requested(self.request.form, stored.scopes, granted)
        # RFC 9449 §10: a code that was asked for with dpop_jkt is good with that key alone.
        if not confirmation.is_met(stored.binding.get("cnf", {}), proven):
            raise InvalidGrantError("Invalid code.")
        try:
            restriction = Restriction(proven, asked)
            return token_responses.for_code(kernel, client, stored, self.request.here, restriction)
        except codes.CodeSpent:
            self._revoke_what_it_bought(stored)
            raise InvalidGrantError("Invalid code.") from None
        except codes.SessionOver:
            raise InvalidGrantError("Invalid code.") from None

    def save_token(self, token: dict[str, Any]) -> None:
        """The token services have stored what is stored."""

    def delete_authorization_code(self, authorization_code: RedeemableCode) -> None:
        """A spent code is kept, so that its replay is noticed."""

    def _revoke_what_it_bought(self, stored: AuthorizationCode) -> None:
        kernel = self.server.kernel
        spent = kernel.database.look_up(codes.find, stored.code_hash)
        if spent is not None and spent.family_id:
            revocation.end(kernel, spent.family_id)


@dataclass(frozen=True)
class RedeemableCode:
    """A stored code in the form that Authlib asks."""

    stored: AuthorizationCode
    redirect_uri: str

    def get_redirect_uri(self) -> str:
        return self.redirect_uri

    def get_scope(self) -> str:
        return " ".join(self.stored.scopes)
