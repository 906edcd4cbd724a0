"""A sign-in that is for the account page: what stands where an authorization request does.

`/account?client_id=` needs no authorization request, and its sign-in leads to no client. The
screens keep `client_id`, `for=account` and the section in their query; where they lead is made here
of a checked client and the name of a section, and no parameter of a request is an address.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import urlencode

from authlib.oauth2 import OAuth2Error
from flask import Response
from werkzeug.datastructures import MultiDict

from idp.hosted_ui import plain_pages
from idp.hosted_ui.account import places
from idp.oauth.authorization_request import AuthorizationRequest, leading_to_no_client
from idp.oauth.clients import OAuthClient
from idp.oauth.errors import PageError
from idp.oauth.provider import Provider
from idp.oauth.requests import OAuthRequest
from idp.oauth.sessions import SignedIn
from idp.texts import N_
from idp.user_pools.rules import max_age
from idp.user_pools.rules.scopes import SIGN_IN_SCOPE

PURPOSE, ACCOUNT = "for", "account"
SECTION, MAX_AGE = "section", "max_age"
RECENT_SECONDS = 600
"""Since the person proved who he is, for what somebody at an unlocked screen must not do."""
KEPT = ("client_id", "lang", "ui_locales")


@dataclass(frozen=True)
class AccountEntry:
    """The client whose people look after their accounts."""

    authorization_request: AuthorizationRequest
    request: OAuthRequest

    def answer(
        self,
        provider: Provider,  # noqa: ARG002 - as every purpose's
        signed_in: SignedIn,  # noqa: ARG002 - the same
        *,
        consented: bool = False,  # noqa: ARG002 - the same
    ) -> Response:
        """To the section that the sign-in was for."""
        carried = self.request.carried
        path = places.of_section(carried.get(SECTION, ""))
        query = urlencode({name: carried[name] for name in KEPT if name in carried})
        return Response(status=303, headers={"Location": f"{path}?{query}"})

    def refuse(self, provider: Provider, error: OAuth2Error) -> Response:  # noqa: ARG002 - no place
        """There is no client to tell."""
        raise plain_pages.cannot_go_on(error.description)

    def sign_in_query(self, section: str, *, recently: bool) -> str:
        """For the screens of a sign-in that leads to a section. Where it must be a recent one,
        another provider is told: its own session may be old."""
        age = {MAX_AGE: str(RECENT_SECONDS)} if recently else {}
        return urlencode({**self.request.carried, PURPOSE: ACCOUNT, SECTION: section, **age})


def is_meant(path: str, values: Mapping[str, str]) -> bool:
    """Whether a screen is asked for the account page and not for an authorization request."""
    if places.is_one(path):
        return True
    is_authorization = "response_type" in values or "request_uri" in values
    return values.get(PURPOSE) == ACCOUNT and not is_authorization


def read(provider: Provider, values: MultiDict[str, str]) -> AccountEntry:
    """Raises `PageError`."""
    try:
        asked = provider.request(values)
    except OAuth2Error as error:
        raise _refusal(error.description) from None
    client = provider.server.find_client(asked.form.get("client_id"), asked.pool_id)
    if client is None:
        raise _refusal("client_id is missing, or no client of this address.")
    if not _has_page(client):
        raise _refusal("the account page is turned off, or the client has no sign-in pages")
    asked.carried = _carried(asked.form)
    oldest = max_age.parse(asked.carried.get(MAX_AGE, ""))
    return AccountEntry(leading_to_no_client(client, oldest), asked)


def _carried(given: Mapping[str, str]) -> dict[str, str]:
    kept = {name: given[name] for name in KEPT if name in given}
    if given.get(PURPOSE) != ACCOUNT:
        return kept
    age = {MAX_AGE: given[MAX_AGE]} if MAX_AGE in given else {}
    return {**kept, PURPOSE: ACCOUNT, SECTION: given.get(SECTION, ""), **age}


def _has_page(client: OAuthClient) -> bool:
    """A client whose people may get a token for the operations that the page is in place of: by the
    page nobody can do what he could not do with that token."""
    has_pages = bool(client.settings.get("AllowedOAuthFlowsUserPoolClient"))
    may_manage = SIGN_IN_SCOPE in client.user_scopes
    is_on = client.context.provider.account_page
    return has_pages and may_manage and client.signs_in_local_users and is_on


def _refusal(detail: str) -> PageError:
    return PageError(
        N_("There is no account page here"),
        N_("Go back to the application that sent you here and try again."),
        detail=detail,
        status=404,
    )
