"""Each type of identity provider, played by npm's oidc-provider with that provider's addresses.

What the types add to ProviderDetails are the addresses of the real ones; here they are written
over in the database.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any
from urllib.parse import parse_qs, parse_qsl, urlsplit

import pytest
from playwright.sync_api import Page as ChromiumPage
from playwright.sync_api import expect

from idp.models import PoolDocument
from kernel import settings
from poolgate import instance
from tests.conformance.oidc.relying_party import Answer, Page
from tests.federation.conftest import CALLBACK, Downstream, Make, open_sign_in
from tests.federation.upstream import (
    ADA,
    CLIENT_ID,
    CLIENT_SECRET,
    COMPANY,
    FLAVOURS,
    KEY,
    TEAM,
    Provider,
    Providers,
    answer_address,
    providers,
)
from tests.servers.browser import browser, page
from tests.servers.poolgate_server import Poolgate

__all__ = ["browser", "page", "providers"]

OAUTH = {"client_id": CLIENT_ID, "client_secret": CLIENT_SECRET}
Arrange = Callable[..., Downstream]

USERNAMES: Mapping[str, str] = {
    "OIDC": f"{COMPANY}_{ADA}",
    "Google": f"Google_{ADA}",
    "Facebook": f"Facebook_{ADA}",
    "LoginWithAmazon": f"LoginWithAmazon_amzn1.account.{ADA}",
    "SignInWithApple": f"SignInWithApple_{ADA}",
}
DETAILS: Mapping[str, dict[str, str]] = {
    "Google": {**OAUTH, "authorize_scopes": "openid email profile"},
    "Facebook": {**OAUTH, "authorize_scopes": "public_profile,email"},
    "LoginWithAmazon": {**OAUTH, "authorize_scopes": "profile postal_code"},
    "SignInWithApple": {
        "client_id": CLIENT_ID,
        "team_id": TEAM,
        "key_id": KEY,
        "authorize_scopes": "email name",
    },
}
MAPPINGS: Mapping[str, dict[str, str]] = {
    "Google": {"email": "email", "profile": "birthdays"},
    "LoginWithAmazon": {"email": "email", "address": "postal_code"},
}
ADDRESSES: Mapping[str, dict[str, str]] = {
    "Google": {
        "oidc_issuer": "",
        "authorize_url": "/o/oauth2/v2/auth",
        "token_url": "/oauth2/v4/token",
        "attributes_url": "/v1/people/me?personFields=",
    },
    "Facebook": {
        "authorize_url": "/v17.0/dialog/oauth",
        "token_url": "/v17.0/oauth/access_token",
        "attributes_url": "/v17.0/me?fields=",
    },
    "LoginWithAmazon": {
        "authorize_url": "/ap/oa",
        "token_url": "/auth/o2/token",
        "attributes_url": "/user/profile",
    },
    "SignInWithApple": {
        "oidc_issuer": "",
        "authorize_url": "/auth/authorize",
        "token_url": "/auth/token",
    },
}


def move(server: Poolgate, downstream: Downstream, details: dict[str, str]) -> None:
    """Write over where the provider's addresses are."""
    database = instance.open_database(settings.parse({"instance": str(server.instance)}))

    def unit(session: Any) -> None:
        key = (downstream.pool_id, "identity_provider", downstream.provider_name)
        row = session.get(PoolDocument, key)
        changed = {**row.document["ProviderDetails"], **details}
        row.document = {**row.document, "ProviderDetails": changed}

    database.write(unit)
    instance.close_database(database)


@pytest.fixture
def arrange(poolgate_server: Poolgate, make_downstream: Make, providers: Providers) -> Arrange:
    """A pool whose people come from a provider of that flavour."""

    def run(flavour: str, apple_key: str = providers.apple_key) -> Downstream:
        if flavour == "OIDC":
            return providers.company
        details = dict(DETAILS[flavour])
        if flavour == "SignInWithApple":
            details["private_key"] = apple_key
        mapping = MAPPINGS.get(flavour, {"email": "email"})
        made = make_downstream(flavour, flavour, details, AttributeMapping=mapping)
        issuer = providers[flavour].issuer
        moved = {name: f"{issuer}{path}" for name, path in ADDRESSES[flavour].items()}
        move(poolgate_server, made, moved)
        return made

    return run


def come(downstream: Downstream, provider: Provider) -> dict[str, Any]:
    """A whole sign-in; the claims of the ID token."""
    browser, page = open_sign_in(downstream)
    answer = provider.sign_in(browser, page)
    assert isinstance(answer, Answer), answer.response.text
    tokens = downstream.party.redeem(answer.code).json()
    return downstream.party.claims(tokens["id_token"])


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_each_type_says_who_it_is(arrange: Arrange, providers: Providers, flavour: str) -> None:
    downstream = arrange(flavour)
    claims = come(downstream, providers[flavour])
    assert claims["cognito:username"] == USERNAMES[flavour]
    assert claims["email"] == "ada@upstream.example"
    user = downstream.user(USERNAMES[flavour])
    told = {"OIDC": ("name", "Ada Lovelace"), "LoginWithAmazon": ("address", "98101")}
    if flavour in told:
        name, value = told[flavour]
        assert user[name] == value
    if flavour == "Google":
        assert '"year": 1815' in user["profile"]


def test_apples_key_may_come_without_its_frame(arrange: Arrange, providers: Providers) -> None:
    """As Cognito's console takes it."""
    bare = "".join(providers.apple_key.splitlines()[1:-1])
    claims = come(arrange("SignInWithApple", bare), providers["SignInWithApple"])
    assert claims["cognito:username"] == USERNAMES["SignInWithApple"]


def test_a_posted_answer_needs_the_browser_that_left(
    poolgate_server: Poolgate, arrange: Arrange
) -> None:
    downstream = arrange("OIDC")
    _, page = open_sign_in(downstream)
    state = dict(parse_qsl(urlsplit(page.response.url).query)).get("state", "")
    victim = downstream.party.browser()
    form = {"code": "stolen", "state": state}
    relayed = victim.open(answer_address(poolgate_server), form)
    assert isinstance(relayed, Page)
    planted = victim.open(*relayed.form)
    assert isinstance(planted, Page)
    assert planted.response.status_code == 400


# --- in chromium ----------------------------------------------------------------------------------


def open_hosted_page(page: ChromiumPage, downstream: Downstream) -> None:
    """A client of local users too has the page ask."""
    downstream.cognito.update_user_pool_client(
        UserPoolId=downstream.pool_id,
        ClientId=downstream.application.client_id,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid", "email", "profile"],
        CallbackURLs=[CALLBACK],
        SupportedIdentityProviders=["COGNITO", downstream.provider_name],
    )
    page.route(f"{CALLBACK}?**", lambda route: route.fulfill(body="<h1>back</h1>"))
    page.goto(downstream.party.address())


def press_the_button(page: ChromiumPage, downstream: Downstream) -> None:
    """From the hosted page to the provider."""
    open_hosted_page(page, downstream)
    page.get_by_role("link", name=f"Continue with {downstream.provider_name}").click()


def sign_in(page: ChromiumPage, downstream: Downstream) -> dict[str, Any]:
    """At the provider, and back: the tokens that the client gets."""
    page.fill("input[name=login]", ADA)
    page.fill("input[name=password]", "anything")
    page.press("input[name=password]", "Enter")
    page.get_by_role("button", name="Continue").click()
    expect(page).to_have_url(re.compile(rf"^{re.escape(CALLBACK)}\?.*code="))
    (code,) = parse_qs(urlsplit(page.url).query)["code"]
    tokens: dict[str, Any] = downstream.party.redeem(code).json()
    return tokens


@pytest.mark.parametrize("flavour", FLAVOURS)
def test_each_type_in_chromium(arrange: Arrange, page: ChromiumPage, flavour: str) -> None:
    """Across sites, as cookies see it: the provider is at 127.0.0.1, and Poolgate at localhost."""
    downstream = arrange(flavour)
    press_the_button(page, downstream)
    tokens = sign_in(page, downstream)
    claims = downstream.party.claims(tokens["id_token"])
    assert claims["cognito:username"] == USERNAMES[flavour]


def test_an_address_leads_to_its_provider_in_chromium(
    providers: Providers, page: ChromiumPage
) -> None:
    """Without a script. No redirect that follows the form may leave our pages (form-action)."""
    downstream = providers.company
    downstream.cognito.update_identity_provider(
        UserPoolId=downstream.pool_id, ProviderName=COMPANY, IdpIdentifiers=["upstream.example"]
    )
    open_hosted_page(page, downstream)
    page.get_by_label("Work or school email").fill("ada@nowhere.example")
    page.get_by_role("button", name="Continue", exact=True).click()
    expect(page.get_by_text("No organization signs in here")).to_be_visible()
    page.get_by_label("Work or school email").fill("ada@upstream.example")
    page.get_by_role("button", name="Continue", exact=True).click()
    tokens = sign_in(page, downstream)
    claims = downstream.party.claims(tokens["id_token"])
    assert claims["cognito:username"] == USERNAMES["OIDC"]


def test_who_signs_out_at_the_provider_is_signed_out_here(
    providers: Providers, page: ChromiumPage
) -> None:
    """Back-Channel Logout: the provider tells us, though no page of ours is open."""
    downstream = providers.company
    press_the_button(page, downstream)
    tokens = sign_in(page, downstream)
    assert downstream.party.user_info(tokens["access_token"]).status_code == 200
    page.goto(f"{providers['OIDC'].issuer}/session/end")
    page.get_by_role("button", name="Yes, sign me out").click()
    expect(page.get_by_text("Sign-out Success")).to_be_visible()
    assert downstream.party.user_info(tokens["access_token"]).status_code == 401
    press_the_button(page, downstream)
    expect(page.locator("input[name=login]")).to_be_visible()
