"""The pages in chromium: with and without JavaScript, and under their own policy."""

from __future__ import annotations

from pathlib import Path
from urllib.parse import urlencode

import pyotp
import pytest
from playwright.sync_api import Browser, Page, expect

from tests.idp.hosted_ui.browser_world import EMAIL, application, world
from tests.idp.hosted_ui.second_factor_moves import TOTP, set_mfa
from tests.idp.oauth.world import PASSWORD, Pkce, TestClient, World, request_of

__all__ = ["application", "world"]


@pytest.fixture
def client(world: World, application: str) -> TestClient:
    return world.client(world.pool(), CallbackURLs=[application])


@pytest.fixture
def sign_in_page(world: World, client: TestClient, application: str) -> str:
    given = request_of(client, redirect_uri=application, **Pkce().parameters)
    return f"{world.kernel.settings.origin}/oauth2/authorize?{urlencode(given)}"


def sign_up_and_in(world: World, page: Page, address: str) -> None:
    page.goto(address)
    page.get_by_role("link", name="Create an account").click()
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("heading")).to_have_text("Confirm your account")
    page.get_by_label("Code").fill(world.sent_code())
    page.get_by_role("button", name="Confirm account").click()
    expect(page.get_by_role("status")).to_contain_text("Your account is confirmed")
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading")).to_have_text("Welcome")


def test_a_person_signs_up_and_comes_back_to_the_application(
    world: World, page: Page, sign_in_page: str
) -> None:
    """The form's redirects cross origins twice; form-action must let them."""
    complaints: list[str] = []
    page.on("console", lambda message: complaints.append(message.text))
    page.on("pageerror", lambda error: complaints.append(str(error)))
    sign_up_and_in(world, page, sign_in_page)
    # Playwright may type before the page has chosen its first field, and chromium says so.
    harmless = ("favicon", "Autofocus processing was blocked")
    assert [text for text in complaints if not any(each in text for each in harmless)] == []


def test_nothing_needs_javascript(world: World, browser: Browser, sign_in_page: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    sign_up_and_in(world, context.new_page(), sign_in_page)
    context.close()


def test_a_password_can_be_shown_and_is_hidden_when_sent(page: Page, sign_in_page: str) -> None:
    page.goto(sign_in_page)
    password = page.get_by_label("Password", exact=True)
    password.fill("secret")
    page.get_by_role("button", name="Show password").click()
    expect(password).to_have_attribute("type", "text")
    page.get_by_role("button", name="Hide password").click()
    expect(password).to_have_attribute("type", "password")


def test_the_keyboard_alone_is_enough(world: World, page: Page, sign_in_page: str) -> None:
    page.goto(sign_in_page)
    expect(page.get_by_label("Email")).to_be_focused()
    page.keyboard.type("nobody@example.com")
    page.keyboard.press("Tab")
    page.keyboard.type("Wrong-horse-9")
    page.keyboard.press("Enter")
    expect(page.get_by_role("alert")).to_have_text("Incorrect username or password.")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()


@pytest.mark.parametrize("width", [320, 1280])
def test_no_page_scrolls_sideways(page: Page, sign_in_page: str, width: int) -> None:
    """WCAG 1.4.10: content reflows at 320 CSS pixels."""
    page.set_viewport_size({"width": width, "height": 800})
    page.goto(sign_in_page)
    page.get_by_role("link", name="Create an account").click()
    assert page.evaluate("document.documentElement.scrollWidth") <= width


def set_up_authenticator(world: World, page: Page, address: str) -> None:
    """From the password to the application, by way of a new authenticator."""
    page.goto(address)
    page.get_by_label("Email").fill(EMAIL)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    expect(page.get_by_role("heading")).to_have_text("Set up an authenticator")
    secret = page.locator(".key code").inner_text().replace(" ", "")
    # The policy lets the image through: it has the size of its drawing.
    assert page.locator(".qr").evaluate("image => image.complete && image.naturalWidth > 0")
    page.get_by_label("Code").fill(pyotp.TOTP(secret).at(int(world.time())))
    page.get_by_role("button", name="Continue").click()
    expect(page.get_by_role("heading")).to_have_text("Save your recovery codes")
    expect(page.locator(".recovery-codes li")).to_have_count(10)
    with page.expect_download() as download:
        page.get_by_role("link", name="Download the codes").click()
    assert download.value.suggested_filename == "recovery-codes.txt"
    saved = Path(download.value.path()).read_text().split()
    assert saved == page.locator(".recovery-codes li").all_inner_texts()
    page.get_by_role("button", name="I have saved them").click()
    expect(page.get_by_role("heading")).to_have_text("Welcome")


@pytest.mark.parametrize("width", [320, 1280])
def test_an_authenticator_is_set_up_without_javascript(
    world: World, browser: Browser, client: TestClient, sign_in_page: str, width: int
) -> None:
    world.user(client.pool_id, EMAIL)
    set_mfa(world, client.pool_id, "ON", TOTP)
    context = browser.new_context(
        java_script_enabled=False, viewport={"width": width, "height": 800}
    )
    page, complaints = context.new_page(), []
    page.on("console", lambda message: complaints.append(message.text))
    set_up_authenticator(world, page, sign_in_page)
    assert [text for text in complaints if "favicon" not in text] == []
    context.close()


def test_the_language_menu_works_without_javascript(browser: Browser, sign_in_page: str) -> None:
    context = browser.new_context(java_script_enabled=False, locale="de-DE")
    page = context.new_page()
    page.goto(sign_in_page)
    expect(page.get_by_role("heading")).to_have_text("Anmelden")
    page.locator("summary").click()
    page.get_by_role("link", name="日本語").click()
    expect(page.get_by_role("heading")).to_have_text("ログイン")
    page.locator("a[href^='/signup?']").click()
    expect(page.get_by_role("heading")).to_have_text("アカウントの作成")
    context.close()


def test_a_summary_of_errors_has_the_focus_and_leads_to_each_field(
    page: Page, sign_in_page: str
) -> None:
    page.goto(sign_in_page)
    page.get_by_role("link", name="Create an account").click()
    page.locator("form.stack").evaluate("form => { form.noValidate = true }")
    page.get_by_role("button", name="Create account").click()
    expect(page.get_by_role("alert")).to_be_focused()
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password", exact=True)).to_be_focused()
