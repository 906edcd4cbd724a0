"""SimpleSAMLphp on another site, in chromium: its form comes without cookies, and is relayed."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.federation.conftest import CALLBACK, Make
from tests.federation.simplesamlphp_pool import Arrange, arrange
from tests.servers.browser import browser, page
from tests.servers.simplesamlphp import ADA, SimpleSamlPhp, simplesamlphp

__all__ = ["arrange", "browser", "page", "simplesamlphp"]


def test_a_person_signs_in_across_sites(
    make_downstream: Make, arrange: Arrange, simplesamlphp: SimpleSamlPhp, page: Page
) -> None:
    downstream = arrange()
    address = downstream.party.address()
    page.route(f"{CALLBACK}?**", lambda route: route.fulfill(body="<h1>back</h1>"))
    page.goto(address)
    expect(page).to_have_url(re.compile(f"^{re.escape(simplesamlphp.address)}/"))
    page.fill("input[name=username]", ADA["username"])
    page.fill("input[name=password]", ADA["password"])
    page.press("input[name=password]", "Enter")
    expect(page).to_have_url(re.compile(rf"^{re.escape(CALLBACK)}\?.*code="))
    assert downstream.user("School_ada")["email"] == "ada@example.com"
