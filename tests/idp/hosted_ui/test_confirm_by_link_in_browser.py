"""Signing up in chromium: by a link that is opened elsewhere, and on to the application at once."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.idp.hosted_ui.browser_world import EMAIL, application, world
from tests.idp.oauth.world import PASSWORD, Pkce, World, request_of

__all__ = ["application", "world"]

BY_LINK = {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}}


def start_page(world: World, application: str, pool: dict[str, Any], **client: Any) -> str:
    made = world.client(world.pool(**pool), CallbackURLs=[application], **client)
    given = request_of(made, redirect_uri=application, **Pkce().parameters)
    return f"{world.kernel.settings.origin}/oauth2/authorize?{urlencode(given)}"


def sign_up(page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading")).to_have_text("Confirm your account")


def link(world: World) -> str:
    outbox = world.kernel.settings.instance / "outbox.jsonl"
    body = json.loads(outbox.read_text().splitlines()[-1])["body"]
    (found,) = [word for word in body.split() if "/confirmUser" in word]
    return str(found)


@pytest.mark.parametrize("scripts", [True, False], ids=["javascript", "no javascript"])
def test_link_is_confirmed_on_another_device(
    world: World, page: Page, browser: Browser, application: str, scripts: bool
) -> None:
    sign_up(page, start_page(world, application, BY_LINK))
    expect(page.get_by_text("Open the link we sent to")).to_be_visible()

    context = browser.new_context(
        java_script_enabled=scripts, viewport={"width": 320, "height": 700}
    )
    phone = context.new_page()
    complaints: list[str] = []
    phone.on("console", lambda message: complaints.append(message.text))
    phone.goto(link(world))
    expect(phone.get_by_role("heading")).to_have_text("Confirm your account")
    if scripts:
        assert phone.evaluate("document.documentElement.scrollWidth") <= 320
    phone.get_by_role("button", name="Confirm account").click()
    expect(phone.get_by_role("heading")).to_have_text("Your account is confirmed")
    assert "confirmation_code" not in phone.url
    assert [text for text in complaints if "favicon" not in text] == []
    context.close()

    page.get_by_role("link", name="Sign in").click()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading")).to_have_text("Welcome")


def test_person_who_has_signed_up_goes_on_to_the_application(
    world: World, page: Page, application: str
) -> None:
    flows = ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    sign_up(page, start_page(world, application, {}, ExplicitAuthFlows=flows))
    page.get_by_label("Code").fill(world.sent_code())
    page.get_by_role("button", name="Confirm account").click()
    expect(page.get_by_role("heading")).to_have_text("Welcome")
