"""The modules of `oidcc-rp-initiated-logout-certification-test-plan`.

A test's name is its module's. Whoever must be asked, is: the person confirms on the page.
"""

from __future__ import annotations

from collections.abc import Callable

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa

from tests.conformance.oidc.relying_party import Answer, Browser, Page, RelyingParty
from tests.servers.application import Person

STATE = "state-of-this-sign-out"


class SignedIn:
    """A person who signed in at the relying party, about to sign out."""

    def __init__(self, party: RelyingParty, person: Person) -> None:
        self.party = party
        self.browser: Browser = party.browser()
        self.id_token = party.tokens(self.browser, person)["id_token"]

    def leave(self, **parameters: str) -> Page | Answer:
        """At the end_session_endpoint. An empty value leaves a parameter out."""
        asked = {
            "id_token_hint": self.id_token,
            "post_logout_redirect_uri": self.party.redirect_uri,
            "state": STATE,
            **parameters,
        }
        return self.browser.open(self.party.end_session(asked))

    def confirm(self, shown: Page | Answer) -> None:
        """Where the page asks, say yes."""
        assert isinstance(shown, Page)
        if "<form" in shown.response.text:
            address, fields = shown.form
            shown = self.browser.open(address, fields)
            assert isinstance(shown, Page)
        assert shown.response.status_code == 200, shown.response.text

    @property
    def is_out(self) -> bool:
        """As `prompt=none` tells."""
        shown = self.browser.open(self.party.address(prompt="none"))
        assert isinstance(shown, Answer)
        return shown.parameters.get("error") == "login_required"


@pytest.fixture
def party(new_party: Callable[..., RelyingParty]) -> RelyingParty:
    return new_party()


@pytest.fixture
def signed_in(party: RelyingParty, person: Person) -> SignedIn:
    return SignedIn(party, person)


def _is_refused(shown: Page | Answer) -> None:
    """An error page, or a question; nobody is sent anywhere."""
    assert isinstance(shown, Page)
    assert shown.response.status_code == 400 or "<form" in shown.response.text


def test_oidcc_rp_initiated_logout_discovery_endpoint_verification(party: RelyingParty) -> None:
    assert party.metadata["end_session_endpoint"]


def test_oidcc_rp_initiated_logout(signed_in: SignedIn) -> None:
    shown = signed_in.leave()
    assert isinstance(shown, Answer)
    assert shown.parameters == {"state": STATE}
    assert signed_in.is_out


def test_oidcc_rp_initiated_logout_bad_post_logout_redirect_uri(signed_in: SignedIn) -> None:
    _is_refused(signed_in.leave(post_logout_redirect_uri="https://foreign.example/out"))


def test_oidcc_rp_initiated_logout_modified_id_token_hint(signed_in: SignedIn) -> None:
    claims = jwt.decode(signed_in.id_token, options={"verify_signature": False})
    _is_refused(signed_in.leave(id_token_hint=jwt.encode(claims, "", algorithm="none")))


def test_oidcc_rp_initiated_logout_no_id_token_hint(signed_in: SignedIn) -> None:
    _is_refused(signed_in.leave(id_token_hint=""))


def test_oidcc_rp_initiated_logout_no_params(signed_in: SignedIn) -> None:
    shown = signed_in.leave(id_token_hint="", post_logout_redirect_uri="", state="")
    signed_in.confirm(shown)
    assert signed_in.is_out


def test_oidcc_rp_initiated_logout_no_post_logout_redirect_uri(signed_in: SignedIn) -> None:
    signed_in.confirm(signed_in.leave(post_logout_redirect_uri=""))
    assert signed_in.is_out


def test_oidcc_rp_initiated_logout_no_state(signed_in: SignedIn) -> None:
    shown = signed_in.leave(state="")
    assert isinstance(shown, Answer)
    assert shown.parameters == {}
    assert signed_in.is_out


def test_oidcc_rp_initiated_logout_only_state(signed_in: SignedIn) -> None:
    signed_in.confirm(signed_in.leave(id_token_hint="", post_logout_redirect_uri=""))
    assert signed_in.is_out


def test_oidcc_rp_initiated_logout_query_added_to_post_logout_redirect_uri(
    signed_in: SignedIn,
) -> None:
    added = f"{signed_in.party.redirect_uri}?foo=bar"
    _is_refused(signed_in.leave(post_logout_redirect_uri=added))


def test_oidcc_rp_initiated_logout_bad_id_token_hint(signed_in: SignedIn) -> None:
    """A hint that somebody else signed."""
    claims = jwt.decode(signed_in.id_token, options={"verify_signature": False})
    header = jwt.get_unverified_header(signed_in.id_token)
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    forged = jwt.encode(claims, key, algorithm="RS256", headers={"kid": header["kid"]})
    _is_refused(signed_in.leave(id_token_hint=forged))
