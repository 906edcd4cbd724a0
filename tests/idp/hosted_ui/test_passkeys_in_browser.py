"""Passkeys at the pages, in chromium with a virtual authenticator."""

from __future__ import annotations

import re
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Page, expect

from idp.models import BrowserSession, Passkey
from tests.idp.hosted_ui import passkey_world
from tests.idp.hosted_ui.browser_world import EMAIL, application, world
from tests.idp.oauth.world import PASSWORD, Pkce, TestClient, World, request_of

__all__ = ["application", "world"]


@pytest.fixture
def client(world: World, application: str) -> TestClient:
    pool_id = passkey_world.pool(world)
    world.user(pool_id, EMAIL)
    return passkey_world.client(world, pool_id, CallbackURLs=[application])


@pytest.fixture
def sign_in_page(world: World, client: TestClient, application: str) -> str:
    given = request_of(client, redirect_uri=application, **Pkce().parameters)
    return f"{world.kernel.settings.origin}/oauth2/authorize?{urlencode(given)}"


def add_passkey(page: Page, sign_in_page: str) -> None:
    """Sign in with the password, and take the offer."""
    page.goto(sign_in_page)
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_role("button", name="Continue").click()
    page.get_by_role("button", name="Password").click()
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


def test_a_passkey_is_offered_after_a_password_and_signs_in_by_a_button(
    world: World, page: Page, sign_in_page: str
) -> None:
    # Without the autofill, which the device would answer at once.
    page.add_init_script("delete PublicKeyCredential.isConditionalMediationAvailable")
    passkey_world.add_device(page)
    add_passkey(page, sign_in_page)
    (passkey,) = world.rows(Passkey)
    page.context.clear_cookies()
    page.goto(sign_in_page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()
    assert [row.factors for row in world.rows(BrowserSession)][-1] == ["WEB_AUTHN_VERIFIED"]
    assert passkey.user_id == world.rows(BrowserSession)[-1].user_id


def test_a_name_field_offers_passkeys_in_its_autofill(page: Page, sign_in_page: str) -> None:
    passkey_world.add_device(page)
    add_passkey(page, sign_in_page)
    page.context.clear_cookies()
    page.goto(sign_in_page)
    # The device answers what the field waits for; nothing is clicked.
    expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


def test_somebody_who_declines_is_not_asked_again(page: Page, sign_in_page: str) -> None:
    for is_first in (True, False):
        page.goto(sign_in_page + "&prompt=login")
        page.get_by_label("Email").fill(EMAIL)
        page.get_by_role("button", name="Continue").click()
        page.get_by_role("button", name="Password").click()
        page.get_by_label("Password", exact=True).fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        if is_first:
            page.get_by_role("button", name="Not now").click()
        expect(page.get_by_role("heading", name="Welcome")).to_be_visible()


def test_a_refused_ceremony_is_told_on_the_page(page: Page, sign_in_page: str) -> None:
    """The device has no passkey."""
    passkey_world.add_device(page)
    page.goto(sign_in_page)
    page.get_by_role("button", name="Sign in with a passkey").click()
    expect(page.get_by_text(re.compile("That did not work"))).to_be_visible()
