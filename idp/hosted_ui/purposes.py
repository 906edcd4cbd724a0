"""What a sign-in is for: an authorization request, a device that waits, the account page, or what
a package above adds (`FurtherEntrances`)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from authlib.oauth2 import OAuth2Error
from flask import Response
from werkzeug.datastructures import MultiDict

from idp.hosted_ui import client_entry, device_entry
from idp.hosted_ui.account import entry as account_entry
from idp.oauth.authorization_request import AuthorizationRequest
from idp.oauth.provider import Provider
from idp.oauth.requests import OAuthRequest
from idp.oauth.sessions import SignedIn


class Purpose(Protocol):
    """Where a sign-in leads, and what it must be."""

    @property
    def authorization_request(self) -> AuthorizationRequest:
        """What is asked of the sign-in, and the client whose pages the person sees."""

    @property
    def request(self) -> OAuthRequest:
        """Its `carried` are the parameters that the screens keep in their query."""

    def answer(
        self, provider: Provider, signed_in: SignedIn, *, consented: bool = False
    ) -> Response:
        """On to where the sign-in leads. Raises `ConsentRequired` and `codes.SessionOver`."""

    def refuse(self, provider: Provider, error: OAuth2Error) -> Response:
        """Back, without a sign-in. Raises `PageError` where nobody can be told."""


class Entrance(Protocol):
    """How the screens know a purpose again."""

    def is_meant(self, path: str, values: MultiDict[str, str]) -> bool:
        """Whether the query of a screen at `path` is of this purpose."""

    def read(self, provider: Provider, values: MultiDict[str, str]) -> Purpose:
        """Raises `authorize.Refused` and `PageError`."""


@dataclass(frozen=True)
class FurtherEntrances:
    """Those of the packages above, which `app.create_app` provides."""

    entrances: tuple[Entrance, ...] = ()


def read(provider: Provider, values: MultiDict[str, str], path: str = "") -> Purpose:
    """The purpose that a query names, and the place of the account page. Raises
    `authorize.Refused` and `PageError`."""
    further = provider.kernel.find(FurtherEntrances) or FurtherEntrances()
    entrances: tuple[Entrance, ...] = (account_entry, device_entry, *further.entrances)
    for entrance in entrances:
        if entrance.is_meant(path, values):
            return entrance.read(provider, values)
    return client_entry.read(provider, values)
