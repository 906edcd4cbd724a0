"""A sign-in link in chromium: in the browser that asked for it, and in another one."""

from __future__ import annotations

import json
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.idp.hosted_ui.browser_world import application, world
from tests.idp.hosted_ui.test_magic_link import EMAIL, OPEN, turn
from tests.idp.oauth.world import Pkce, World, request_of

__all__ = ["application", "world"]


@pytest.fixture
def sign_in_page(world: World, application: str) -> str:
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    pool_id = world.pool(Policies=policy)
    world.user(pool_id, EMAIL)
    client = world.client(pool_id, CallbackURLs=[application])
    turn(world, client, on=True)
    given = request_of(client, redirect_uri=application, **Pkce().parameters)
    return f"{world.kernel.settings.origin}/oauth2/authorize?{urlencode(given)}"


def test_link_continues_where_it_was_asked_for_and_nowhere_else(
    world: World, page: Page, browser: Browser, sign_in_page: str
) -> None:
    page.goto(sign_in_page)
    page.get_by_role("link", name="Sign in by email instead").click()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_role("button", name="Send link").click()
    expect(page.get_by_role("heading", name="Check your email")).to_be_visible()
    world.wait_for_message()
    outbox = world.kernel.settings.instance / "outbox.jsonl"
    body = json.loads(outbox.read_text().splitlines()[-1])["body"]
    (link,) = [word for word in body.split() if OPEN in word]

    other = browser.new_context().new_page()
    other.goto(link)
    expect(other.get_by_role("heading", name="This link does not work here")).to_be_visible()
    other.context.close()

    tab = page.context.new_page()
    tab.goto(link)
    tab.get_by_role("button", name="Continue").click()
    expect(tab.get_by_role("heading", name="Welcome")).to_be_visible()
    tab.goto(link)
    expect(tab.get_by_text("It was used already, is too old, or was asked for")).to_be_visible()
