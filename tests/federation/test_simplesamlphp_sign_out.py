"""Single logout with SimpleSAMLphp on another site, in chromium: from our side, and from its."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
from playwright.sync_api import Page, expect

from tests.federation.conftest import CALLBACK, Downstream
from tests.federation.simplesamlphp_pool import NAME, Arrange, arrange
from tests.servers.browser import browser, page
from tests.servers.simplesamlphp import ADA, SimpleSamlPhp, simplesamlphp

__all__ = ["arrange", "browser", "page", "simplesamlphp"]

BYE = "/bye"
"""At our own server, for somebody to answer: chromium lets no test answer a redirected request."""
REDIRECT = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-Redirect"
POST = "urn:oasis:names:tc:SAML:2.0:bindings:HTTP-POST"


@dataclass
class Signed:
    """Ada in chromium, and what her application got."""

    page: Page
    downstream: Downstream
    tokens: dict[str, Any]

    def can_refresh(self) -> bool:
        form = {"grant_type": "refresh_token", "refresh_token": self.tokens["refresh_token"]}
        return self.downstream.party.ask_for_tokens(form).status_code == 200


SignIn = Callable[..., Signed]


@pytest.fixture
def sign_in(arrange: Arrange, simplesamlphp: SimpleSamlPhp, page: Page) -> SignIn:
    """Ada, signed in at a pool that shares sessions with SimpleSAMLphp, which verifies all."""

    def make(details: dict[str, str] | None = None, binding: str = REDIRECT, **options: str) -> Any:
        downstream = arrange({"IDPSignout": "true", **(details or {})})
        _trust(downstream, simplesamlphp, binding, options)
        _let_sign_out(downstream)
        page.route(f"{CALLBACK}?**", lambda route: route.fulfill(body="<h1>back</h1>"))
        page.goto(downstream.party.address())
        page.fill("input[name=username]", ADA["username"])
        page.fill("input[name=password]", ADA["password"])
        page.press("input[name=password]", "Enter")
        expect(page).to_have_url(re.compile(rf"^{re.escape(CALLBACK)}\?.*code="))
        code = parse_qs(urlsplit(page.url).query)["code"][0]
        return Signed(page, downstream, downstream.party.redeem(code).json())

    return make


def _trust(
    downstream: Downstream, simplesamlphp: SimpleSamlPhp, binding: str, options: dict[str, str]
) -> None:
    cognito, pool_id = downstream.cognito, downstream.pool_id
    described = cognito.describe_identity_provider(UserPoolId=pool_id, ProviderName=NAME)
    encryption = described["IdentityProvider"]["ProviderDetails"]["ActiveEncryptionCertificate"]
    signing = cognito.get_signing_certificate(UserPoolId=pool_id)["Certificate"]
    url = downstream.application.server.url
    service = f"{url}/{pool_id}/saml2/logout"
    simplesamlphp.trust(
        f"urn:amazon:cognito:sp:{pool_id}",
        f"{url}/saml2/idpresponse",
        SingleLogoutService=f"[['Binding' => '{binding}', 'Location' => '{service}']]",
        keys=f"[{_key('signing', signing)}{_key('encryption', encryption)}]",
        sign__logout="true",
        validate__logout="true",
        **options,
    )


def _key(use: str, certificate: str) -> str:
    others = {"signing": "encryption", "encryption": "signing"}
    return (
        f"['type' => 'X509Certificate', '{use}' => true, '{others[use]}' => false, "
        f"'X509Certificate' => '{certificate}'],"
    )


def _let_sign_out(downstream: Downstream) -> None:
    cognito, made = downstream.cognito, downstream.application
    present = cognito.describe_user_pool_client(UserPoolId=made.pool_id, ClientId=made.client_id)
    kept = {
        name: present["UserPoolClient"][name]
        for name in (
            "AllowedOAuthFlowsUserPoolClient",
            "AllowedOAuthFlows",
            "AllowedOAuthScopes",
            "CallbackURLs",
            "SupportedIdentityProviders",
        )
    }
    cognito.update_user_pool_client(
        UserPoolId=made.pool_id, ClientId=made.client_id, LogoutURLs=[made.server.url + BYE], **kept
    )


def _sign_out(signed: Signed) -> None:
    made = signed.downstream.application
    given = urlencode({"client_id": made.client_id, "logout_uri": made.server.url + BYE})
    signed.page.goto(f"{made.server.url}/logout?{given}")
    expect(signed.page).to_have_url(made.server.url + BYE)


def _asks_for_a_password(signed: Signed, simplesamlphp: SimpleSamlPhp) -> None:
    """Whoever signs in again has to say who he is: there as well as here."""
    signed.page.goto(signed.downstream.party.address())
    expect(signed.page).to_have_url(re.compile(f"^{re.escape(simplesamlphp.address)}/"))
    expect(signed.page.locator("input[name=password]")).to_be_visible()


def test_a_sign_out_here_ends_the_session_there(
    sign_in: SignIn, simplesamlphp: SimpleSamlPhp
) -> None:
    signed = sign_in()
    _sign_out(signed)
    _asks_for_a_password(signed, simplesamlphp)


def _sign_out_there(signed: Signed, simplesamlphp: SimpleSamlPhp) -> None:
    """Where SimpleSAMLphp's own portal leads."""
    end = f"{simplesamlphp.address}/bye.html"
    begin = f"{simplesamlphp.address}/saml2/idp/SingleLogoutService.php"
    signed.page.goto(f"{begin}?ReturnTo={quote(end)}")
    expect(signed.page).to_have_url(end)


def test_a_sign_out_there_ends_the_session_here(
    sign_in: SignIn, simplesamlphp: SimpleSamlPhp
) -> None:
    signed = sign_in()
    assert signed.can_refresh()
    _sign_out_there(signed, simplesamlphp)
    assert not signed.can_refresh()
    _asks_for_a_password(signed, simplesamlphp)


def test_all_of_it_signed_and_encrypted_and_by_forms(
    sign_in: SignIn, simplesamlphp: SimpleSamlPhp
) -> None:
    """Signed requests, encrypted assertions, and messages of single logout by HTTP-POST."""
    simplesamlphp.encrypt_by("AES256_GCM")
    signed = sign_in(
        {"RequestSigningAlgorithm": "rsa-sha256", "EncryptedResponses": "true"},
        POST,
        assertion__encryption="true",
        redirect__validate="true",
    )
    _sign_out_there(signed, simplesamlphp)
    assert not signed.can_refresh()
    _asks_for_a_password(signed, simplesamlphp)
