"""The account page in chromium: passkeys need JavaScript there, and nothing else does."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Browser, Page, expect

from idp.models import Passkey, User
from tests.idp.hosted_ui import passkey_world
from tests.idp.hosted_ui.account_world import client_of
from tests.idp.hosted_ui.browser_world import EMAIL, application, world
from tests.idp.oauth.world import PASSWORD, TestClient, World

__all__ = ["application", "world"]


@pytest.fixture
def client(world: World, application: str) -> TestClient:
    pool_id = passkey_world.pool(world, "PASSWORD", "WEB_AUTHN")
    world.user(pool_id, EMAIL)
    return client_of(world, pool_id, CallbackURLs=[application])


def go_to_account(world: World, client: TestClient, page: Page) -> None:
    page.goto(f"{world.kernel.settings.origin}/account?client_id={client.id}")
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading", name="Your account")).to_be_visible()


def test_a_passkey_is_added_and_removed(world: World, page: Page, client: TestClient) -> None:
    passkey_world.add_device(page)
    go_to_account(world, client, page)
    page.get_by_role("link", name="Passkeys").click()
    page.get_by_role("button", name="Create a passkey").click()
    expect(page.get_by_role("status")).to_have_text(re.compile("Your passkey is ready"))
    assert len(world.rows(Passkey)) == 1
    page.get_by_role("button", name=re.compile("^Remove")).click()
    expect(page.get_by_role("status")).to_have_text(re.compile("The passkey is removed"))
    assert world.rows(Passkey) == []


def test_all_else_works_without_javascript(
    world: World, browser: Browser, client: TestClient
) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    go_to_account(world, client, page)
    page.get_by_role("link", name="Profile").click()
    page.get_by_label("Full name").fill("Ada King")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("status")).to_have_text("Your profile is saved.")
    page.get_by_role("link", name="Back to your account").click()
    page.get_by_role("link", name="Your data").click()
    with page.expect_download() as download:
        page.get_by_role("button", name="Download").click()
    assert download.value.suggested_filename == "account.json"
    page.get_by_role("link", name="Back to your account").click()
    page.get_by_role("link", name="Delete account").click()
    page.get_by_label("Yes, delete my account").check()
    page.get_by_role("button", name="Delete account").click()
    expect(page.get_by_role("heading", name="Your account is deleted")).to_be_visible()
    assert world.rows(User) == []
    context.close()
