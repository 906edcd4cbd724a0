"""mod_auth_openidc, Debian's certified relying party, protects pages of an Apache."""

from __future__ import annotations

from urllib.parse import urlencode

import pytest
import requests

from tests.conformance.oidc.conftest import SCOPES
from tests.conformance.oidc.relying_party import SECONDS, Browser, Page
from tests.servers.apache import Start
from tests.servers.application import Application, Person


@pytest.fixture(scope="module")
def site(apache: Start, apache_port: int, provider: Application) -> str:
    """The address of the Apache, which is a client of the pool of its own."""
    address = f"http://localhost:{apache_port}"
    made = provider.server.client("cognito-idp").create_user_pool_client(
        UserPoolId=provider.pool_id,
        ClientName="apache",
        GenerateSecret=True,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=SCOPES,
        CallbackURLs=[f"{address}/private/redirect"],
        LogoutURLs=[f"{address}/"],
        SupportedIdentityProviders=["COGNITO"],
    )["UserPoolClient"]
    apache(
        apache_port,
        issuer=provider.issuer,
        client_id=made["ClientId"],
        client_secret=made["ClientSecret"],
        redirect_uri=f"{address}/private/redirect",
    )
    return address


def _browser() -> Browser:
    return Browser("nowhere:")


def test_a_private_page_leads_to_the_sign_in_and_back(site: str, person: Person) -> None:
    browser = _browser()
    shown = browser.open(f"{site}/private/page.html")
    assert isinstance(shown, Page)
    assert shown.asks_for_password
    shown = browser.sign_in(shown, person)
    assert isinstance(shown, Page)
    assert shown.response.text == "the private page"
    assert shown.response.url == f"{site}/private/page.html"


def test_claims_decide_who_sees_a_page(site: str, person: Person) -> None:
    browser = _browser()
    shown = browser.open(f"{site}/private/ada.html")
    assert isinstance(shown, Page)
    shown = browser.sign_in(shown, person)
    assert isinstance(shown, Page)
    assert shown.response.text == "the private ada"
    refused = browser.open(f"{site}/private/nobody.html")
    assert isinstance(refused, Page)
    assert refused.response.status_code in {401, 403}


def test_signing_out_ends_both_sessions(site: str, person: Person) -> None:
    browser = _browser()
    shown = browser.open(f"{site}/private/page.html")
    assert isinstance(shown, Page)
    browser.sign_in(shown, person)
    left = browser.open(f"{site}/private/redirect?{urlencode({'logout': f'{site}/'})}")
    assert isinstance(left, Page)
    assert left.response.text == "public"
    again = browser.open(f"{site}/private/page.html")
    assert isinstance(again, Page)
    assert again.asks_for_password


def test_a_code_of_somebody_else_is_refused(site: str) -> None:
    """The relying party's state cookie is missing: a planted answer signs nobody in."""
    planted = requests.get(f"{site}/private/redirect?code=planted&state=planted", timeout=SECONDS)
    assert planted.status_code in {400, 401, 403}
