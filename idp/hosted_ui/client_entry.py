"""A sign-in that an application asked for with an authorization request."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from dataclasses import dataclass

from authlib.oauth2 import OAuth2Error
from flask import Response
from werkzeug.datastructures import MultiDict

from idp.oauth import interactions
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.endpoints.authorize import checked
from idp.oauth.errors import UnmetAuthenticationRequirements
from idp.oauth.grants.authorization_code import AuthorizationCodeGrant
from idp.oauth.provider import Provider
from idp.oauth.requests import OAuthRequest
from idp.oauth.sessions import SignedIn
from idp.user_pools.rules import acr


@dataclass(frozen=True)
class ClientEntry:
    """The grant of a checked authorization request."""

    grant: AuthorizationCodeGrant

    @property
    def authorization_request(self) -> AuthorizationRequest:
        return self.grant.authorization_request

    @property
    def request(self) -> OAuthRequest:
        return self.grant.request

    def answer(
        self, provider: Provider, signed_in: SignedIn, *, consented: bool = False
    ) -> Response:
        """What the client asked for, unless that is more than the person has proved: it must not
        take a password for a second factor, and asking once more would lead nowhere. Raises
        `ConsentRequired`, and `codes.SessionOver` where the session was revoked before its first
        code."""
        wanted = self.authorization_request
        if wanted.subject not in {None, signed_in.user_id}:
            return self.refuse(provider, interactions.LoginRequired())
        if wanted.levels and acr.level(signed_in.opening.factors) < min(wanted.levels):
            return self.refuse(provider, UnmetAuthenticationRequirements())
        return provider.server.authorize(self.grant, signed_in, consented=consented)

    def refuse(self, provider: Provider, error: OAuth2Error) -> Response:
        """RFC 6749 §4.1.2.1."""
        return provider.server.refuse(error, self.authorization_request.return_address)


def read(provider: Provider, values: MultiDict[str, str]) -> ClientEntry:
    """Raises `authorize.Refused` and `PageError`."""
    return ClientEntry(checked(provider, values))
