"""A person who signed in by a SAML provider, and the sign-outs of both sides."""

from __future__ import annotations

import re
from dataclasses import dataclass
from html import unescape
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

import federation
from idp.models import BrowserSession
from tests.attacks.saml.conftest import Journey, make_journey
from tests.attacks.saml.identity_provider import assertion_of, metadata, response, sign
from tests.attacks.saml.logout_messages import BY_REDIRECT, inflated
from tests.idp.oauth.world import LOGOUT, ORIGIN, World, query_of

Element = Any


@dataclass
class SignOuts:
    """One pool, whose provider's sessions and ours may end together."""

    journey: Journey

    @property
    def world(self) -> World:
        return self.journey.world

    @property
    def here(self) -> str:
        """The SingleLogoutService, which names the pool at the root of all pools."""
        return f"{ORIGIN}/{self.journey.client.pool_id}/saml2/logout"

    def sign_in(self, browser: FlaskClient | None = None, **said: str) -> dict[str, Any]:
        """The tokens of a sign-in in that browser, which stays the journey's own."""
        journey = self.journey
        journey.browser = browser or journey.browser
        asked = journey.leave()
        document = response(asked, **said)
        sign(assertion_of(document))
        code = query_of(journey.come(asked, document))["code"]
        tokens: dict[str, Any] = self.world.redeem(journey.client, code).get_json()
        return tokens

    def is_over(self, tokens: dict[str, Any]) -> bool:
        """Whether nothing can be had for the refresh token."""
        form = {"grant_type": "refresh_token", "refresh_token": tokens["refresh_token"]}
        client = self.journey.client
        answer = self.world.token(client.basic, client_id=client.id, **form)
        return answer.status_code == 400

    def sessions(self) -> int:
        return len(self.world.rows(BrowserSession))

    def sign_out(self, **parameters: str) -> TestResponse:
        """At /logout, in Cognito's form."""
        given = {"client_id": self.journey.client.id, "logout_uri": LOGOUT, **parameters}
        address = f"/logout?{urlencode(given)}"
        return self.journey.browser.get(address, base_url=ORIGIN)

    def depart(self, **parameters: str) -> TestResponse:
        """Past the page that leads on, to what sends the browser to the provider."""
        return self.journey.browser.get(onwards(self.sign_out(**parameters)), base_url=ORIGIN)

    def left(self, **parameters: str) -> tuple[Element, str]:
        """The request that the browser leaves with by redirect, and its RelayState."""
        given = parse_qs(urlsplit(self.depart(**parameters).location).query)
        return inflated(given["SAMLRequest"][0]), given["RelayState"][0]

    def tell(self, query: str, browser: FlaskClient | None = None) -> TestResponse:
        """The provider's message in an address."""
        address = f"{urlsplit(self.here).path}?{query}"
        return (browser or self.world.browser()).get(address, base_url=ORIGIN)

    def post(self, form: dict[str, str], browser: FlaskClient | None = None) -> TestResponse:
        """The provider's message in a form, past the page of ours that posts it anew."""
        path = urlsplit(self.here).path
        given = {"relayed": "1", **form}
        return (browser or self.world.browser()).post(path, data=given, base_url=ORIGIN)


def onwards(page: TestResponse) -> str:
    """Where the signed-out page leads."""
    assert page.status_code == 200, page.text
    found = re.search(r'<a href="([^"]+)" id="onwards"', page.text)
    assert found, page.text
    return unescape(found[1])


def make_sign_outs(world: World, logout: str = BY_REDIRECT, **details: str) -> SignOuts:
    world.kernel.provide(federation.detours(world.kernel))
    given = {"MetadataFile": metadata(logout=logout), "IDPSignout": "true", **details}
    return SignOuts(make_journey(world, **given))


@pytest.fixture
def sign_outs(saml_world: World) -> SignOuts:
    return make_sign_outs(saml_world)
