"""The modules of `oidcc-backchannel-rp-initiated-logout-certification-test-plan`.

A test's name is its module's. The relying party takes logout tokens on a port of its own.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
import requests

from tests.conformance.oidc.conftest import settle
from tests.conformance.oidc.relying_party import SECONDS, Answer, RelyingParty
from tests.servers import relying_party
from tests.servers.application import Application, Person


@pytest.fixture
def listener(provider: Application) -> Iterator[relying_party.RelyingParty]:
    with relying_party.listening() as made:
        settings = {
            "backchannel_logout_uri": made.url,
            "backchannel_logout_session_required": True,
        }
        settle(provider.server, "clients", provider.client_id, **settings)
        yield made
        settle(provider.server, "clients", provider.client_id)


@pytest.fixture
def party(new_party: Callable[..., RelyingParty]) -> RelyingParty:
    return new_party()


def test_oidcc_backchannel_logout_discovery_endpoint_verification(party: RelyingParty) -> None:
    """Back-Channel Logout 1.0 §2.1."""
    assert party.metadata["backchannel_logout_supported"] is True
    assert party.metadata["backchannel_logout_session_supported"] is True
    assert party.metadata["end_session_endpoint"]


def test_oidcc_backchannel_rp_initiated_logout(
    party: RelyingParty, person: Person, listener: relying_party.RelyingParty
) -> None:
    """§2.4 to §2.6: one logout token of the session, signed, and the person is signed out."""
    browser = party.browser()
    id_token = party.tokens(browser, person)["id_token"]
    session = party.claims(id_token)
    asked = {
        "id_token_hint": id_token,
        "post_logout_redirect_uri": party.redirect_uri,
        "state": "bye",
    }
    left = browser.open(party.end_session(asked))
    assert isinstance(left, Answer)
    assert left.parameters == {"state": "bye"}
    (token,) = listener.wait_for(1)
    keys = requests.get(party.metadata["jwks_uri"], timeout=SECONDS).json()
    claims = relying_party.verified(token, keys, party.metadata["issuer"], party.client_id)
    assert (claims["sub"], claims["sid"]) == (session["sub"], session["sid"])
    shown = browser.open(party.address(prompt="none"))
    assert isinstance(shown, Answer)
    assert shown.error == "login_required"
