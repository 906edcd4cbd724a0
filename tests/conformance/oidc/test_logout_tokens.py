"""A relying party over HTTP that `poolgate serve` tells of a sign-out; PyJWT checks the token."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import jwt
import pytest
import requests

from tests.conformance.oidc.conftest import CALLBACK, settle
from tests.conformance.oidc.relying_party import RelyingParty
from tests.servers import relying_party as over_http
from tests.servers.application import Application, Person


@pytest.fixture
def told(provider: Application) -> Iterator[over_http.RelyingParty]:
    with over_http.listening() as party:
        settle(provider.server, "clients", provider.client_id, backchannel_logout_uri=party.url)
        yield party
        settle(provider.server, "clients", provider.client_id)


def test_a_sign_out_reaches_the_relying_party(
    provider: Application,
    person: Person,
    new_party: Callable[..., RelyingParty],
    told: over_http.RelyingParty,
) -> None:
    party = new_party()
    browser = party.browser()
    id_token = party.tokens(browser, person)["id_token"]
    claims = jwt.decode(id_token, options={"verify_signature": False})
    left = browser.open(
        party.end_session({"id_token_hint": id_token, "post_logout_redirect_uri": CALLBACK})
    )
    assert left
    (token,) = told.wait_for(1)
    keys = requests.get(party.metadata["jwks_uri"], timeout=20).json()
    logout_token = over_http.verified(token, keys, party.issuer, party.client_id)
    assert (logout_token["sub"], logout_token["sid"]) == (claims["sub"], claims["sid"])
    assert party.metadata["backchannel_logout_supported"] is True
