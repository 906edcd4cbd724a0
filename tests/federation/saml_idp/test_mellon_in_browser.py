"""Debian's mod_auth_mellon on another site signs people of a pool in and out, in chromium."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from urllib.request import urlopen
from uuid import uuid4

import pytest
from playwright.sync_api import Page, expect

from tests.attacks.saml.identity_provider import packed
from tests.attacks.saml_idp.conftest import REQUEST, moment, signed
from tests.federation.saml_idp.service_provider import PERSISTENT
from tests.servers.application import Application, Person, create_application
from tests.servers.browser import browser, page
from tests.servers.mellon import Make, Mellon, Start, make_mellon, start_mellon
from tests.servers.poolgate_server import Poolgate

__all__ = ["browser", "make_mellon", "page", "start_mellon"]

CALLBACK = "http://localhost:3119/callback"
SETTINGS = {
    "attributes": [{"name": "mail", "from": "email"}, {"name": "name", "from": "given_name"}],
}

POST_A_FORM = """([address, message]) => {
    const form = document.createElement("form");
    form.method = "post";
    form.action = address;
    const input = document.createElement("input");
    input.name = "SAMLRequest";
    input.value = message;
    form.append(input);
    document.body.append(form);
    form.submit();
}"""


@dataclass(frozen=True)
class Sites:
    """Two applications on other sites, which trust one pool."""

    application: Application
    first: Mellon
    second: Mellon

    def sign_in(self, page: Page, site: Mellon) -> Person:
        """Somebody new: of several sessions of one name, the module finds any."""
        made = self.application
        person = made.sign_up()
        made.server.client("cognito-idp").admin_update_user_attributes(
            UserPoolId=made.pool_id,
            Username=person.email,
            UserAttributes=[{"Name": "given_name", "Value": "Ada"}],
        )
        page.goto(f"{site.address}/private/page.html")
        page.get_by_label("Email").fill(person.email)
        page.get_by_label("Password", exact=True).fill(person.password)
        page.keyboard.press("Enter")
        self.is_in(page, site, person)
        return person

    def sign_in_at_both(self, page: Page) -> None:
        person = self.sign_in(page, self.first)
        page.goto(f"{self.second.address}/private/page.html")
        self.is_in(page, self.second, person)

    def is_in(self, page: Page, site: Mellon, person: Person) -> None:
        expect(page).to_have_url(f"{site.address}/private/page.html")
        text = f"the private page of {person.email}, named Ada"
        expect(page.locator("body")).to_have_text(text)

    def is_out(self, page: Page, site: Mellon) -> None:
        """The site has no session of its own any more, nor does ours open one."""
        page.goto(f"{site.address}/private/page.html")
        expect(page).to_have_url(re.compile(re.escape(f"{self.application.server.url}/login?")))


@pytest.fixture(scope="module")
def sites(poolgate_server: Poolgate, make_mellon: Make, start_mellon: Start) -> Sites:
    made = create_application(
        poolgate_server,
        AllowedOAuthFlowsUserPoolClient=True,
        AllowedOAuthFlows=["code"],
        AllowedOAuthScopes=["openid"],
        CallbackURLs=[CALLBACK],
        LogoutURLs=[CALLBACK],
        SupportedIdentityProviders=["COGNITO"],
    )
    found = []
    kinds = (("persistent", PERSISTENT, False), ("transient", "", True))
    for kind, name_id_format, encrypts in kinds:
        mellon = make_mellon(name_id_format)
        done = poolgate_server.command(
            *("pools", "saml-applications", made.pool_id, "--client", made.client_id),
            *("--add", str(mellon.metadata), "--settings", "-"),
            text=json.dumps({**SETTINGS, "name_id": kind, "encrypt_assertion": encrypts}),
        )
        assert done.returncode == 0, done.stderr
        address = re.search(r"is at (http\S+metadata)\.", done.stdout)
        assert address, done.stdout
        with urlopen(address[1], timeout=5) as reply:
            start_mellon(mellon, reply.read().decode())
        found.append(mellon)
    return Sites(made, *found)


def test_a_private_page_leads_to_the_sign_in_and_back_with_attributes(
    sites: Sites, page: Page
) -> None:
    """Its requests are signed; the answer is posted from our site to the other one. The second
    application asks for nothing."""
    sites.sign_in_at_both(page)


def test_a_request_by_form_comes_with_the_session_of_the_browser(sites: Sites, page: Page) -> None:
    """Posted from another site it arrives without cookies, and is posted once more by a page of
    ours: the person is not asked again."""
    sites.sign_in(page, sites.first)
    made = sites.application
    here = f"{made.server.url}/saml2/idp/{made.pool_id}/sso"
    asked = REQUEST.format(
        id=f"_{uuid4().hex}",
        issued=moment(0),
        destination=f' Destination="{here}"',
        consumer=f"{sites.first.address}/mellon/postResponse",
        issuer=sites.first.entity_id,
        more="",
        inside="",
    )
    form = [here, packed(signed(asked, sites.first.key).encode())]
    page.goto(f"{sites.second.address}/")
    page.evaluate(POST_A_FORM, form)
    expect(page).to_have_url(f"{sites.first.address}/")


def test_a_sign_out_at_one_application_is_one_at_the_other_and_here(
    sites: Sites, page: Page
) -> None:
    sites.sign_in_at_both(page)
    page.goto(sites.first.logout())
    expect(page).to_have_url(f"{sites.first.address}/")
    sites.is_out(page, sites.second)
    sites.is_out(page, sites.first)


def test_a_sign_out_here_tells_both_applications(sites: Sites, page: Page) -> None:
    sites.sign_in_at_both(page)
    page.route(f"{CALLBACK}**", lambda route: route.fulfill(body="<h1>bye</h1>"))
    made = sites.application
    page.goto(f"{made.server.url}/logout?client_id={made.client_id}&logout_uri={CALLBACK}")
    expect(page).to_have_url(CALLBACK)
    sites.is_out(page, sites.second)
    sites.is_out(page, sites.first)
