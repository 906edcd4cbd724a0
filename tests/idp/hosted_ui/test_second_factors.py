"""Second factors at the pages: every screen, and ways around them."""

from __future__ import annotations

import base64
import re
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any

import pyotp
import pytest
from werkzeug.test import TestResponse

from idp.models import BrowserSession, RecoveryCode, User, UserPool
from idp.user_pools.services import software_tokens
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.hosted_ui.parsed_page import Page
from tests.idp.hosted_ui.second_factor_moves import (
    EMAIL_ADDRESS,
    SMS,
    TOTP,
    code,
    is_done,
    secret_on,
    set_mfa,
    sign_in,
)
from tests.idp.oauth.world import PASSWORD, Pkce, World, csrf_token, request_of

PHONE = "+15555550123"
EMAIL: dict[str, Any] = {"EmailMfaConfiguration": {}}


def another(world: World, visitor: Visitor) -> Visitor:
    return Visitor(world.browser(), visitor.client, visitor.parameters)


def recovery_codes_on(page: TestResponse) -> list[str]:
    return re.findall(r"<li><code>([A-Z0-9-]+)</code></li>", page.text)


@pytest.fixture
def ada(world: World, pool_id: str) -> str:
    """She has an e-mail address; phones and authenticators come with the tests."""
    return world.user(pool_id, EMAIL_ADDRESS)


@pytest.fixture
def enrolled(world: World, pool_id: str, ada: str, visitor: Visitor) -> tuple[str, list[str]]:
    """Her authenticator's secret and recovery codes, after enrolling at the pages."""
    set_mfa(world, pool_id, "ON", TOTP)
    setting_up = another(world, visitor)
    page = sign_in(setting_up)
    secret = secret_on(page)
    shown = setting_up.submit("/setUpAuthenticator", page, code=code(world, secret))
    assert is_done(setting_up.submit("/recoveryCodes", shown))
    world.time.now += 60
    return secret, recovery_codes_on(shown)


# --- Codes ------------------------------------------------------------------------------------


def test_emailed_code_finishes_the_sign_in(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", EMAIL)
    page = sign_in(visitor)
    assert "a***@e***" in page.text
    assert is_done(visitor.submit("/mfa", page, code=f" {world.sent_code()} "))
    (session,) = world.rows(BrowserSession)
    assert session.factors == ["PASSWORD", "EMAIL_OTP"]


def test_text_message_finishes_the_sign_in(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", SMS)
    world.change_user(ada, attributes={"email": EMAIL_ADDRESS, "phone_number": PHONE})
    page = sign_in(visitor)
    assert "+*******0123" in page.text
    assert is_done(visitor.submit("/mfa", page, code=world.sent_code()))


def test_wrong_code_is_told_at_its_field(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", EMAIL)
    page = sign_in(visitor)
    refused = visitor.submit("/mfa", page, code="00000000")
    assert refused.status_code == 400
    (field,) = Page(refused.text).inputs
    assert field["aria-invalid"] == "true"
    assert "not right" in refused.text
    assert visitor.submit("/mfa", page).status_code == 400
    assert is_done(visitor.submit("/mfa", page, code=world.sent_code()))


def test_another_code_is_sent(world: World, pool_id: str, ada: str, visitor: Visitor) -> None:
    set_mfa(world, pool_id, "ON", EMAIL)
    page = sign_in(visitor)
    first = world.sent_code()
    again = visitor.follow(visitor.submit("/mfa", page, action="resend"))
    assert "We sent a new code" in again.text
    assert world.sent_code() != first
    assert visitor.submit("/mfa", again, code=first).status_code == 400
    assert is_done(visitor.submit("/mfa", again, code=world.sent_code()))


def test_no_code_is_sent_to_an_address_that_is_gone(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", EMAIL)
    page = sign_in(visitor)
    world.change_user(ada, attributes={})
    assert visitor.submit("/mfa", page, action="resend").location.startswith("/login?")


def test_person_chooses_where_the_code_goes(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", EMAIL, SMS)
    world.change_user(ada, attributes={"email": EMAIL_ADDRESS, "phone_number": PHONE})
    page = sign_in(visitor)
    assert [b["value"] for b in Page(page.text).all("button")] == ["SMS_MFA", "EMAIL_OTP"]
    assert visitor.submit("/selectMfa", page, factor="SOFTWARE_TOKEN_MFA").status_code == 400
    entry = visitor.follow(visitor.submit("/selectMfa", page, factor="EMAIL_OTP"))
    assert is_done(visitor.submit("/mfa", entry, code=world.sent_code()))


def test_too_many_wrong_codes_lock(world: World, pool_id: str, ada: str, visitor: Visitor) -> None:
    set_mfa(world, pool_id, "ON", EMAIL)
    page = sign_in(visitor)
    for _ in range(5):
        visitor.submit("/mfa", page, code="00000000")
    locked = visitor.submit("/mfa", page, code=world.sent_code())
    assert locked.status_code == 400
    assert "Too many failed sign-ins" in locked.text


# --- Setting up -------------------------------------------------------------------------------


def test_authenticator_is_set_up_by_qr_code_or_by_hand(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", TOTP)
    page = sign_in(visitor)
    secret = secret_on(page)
    image = next(each for each in Page(page.text).all("img") if each.get("class") == "qr")
    assert (image["src"] or "").startswith("data:image/svg+xml")
    assert image["alt"]
    link = next(a["href"] for a in Page(page.text).all("a") if "otpauth" in (a["href"] or ""))
    parsed = pyotp.parse_uri(unescape(link or ""))
    assert (parsed.secret, parsed.name, parsed.issuer) == (secret, EMAIL_ADDRESS, "people")
    shown = visitor.submit("/setUpAuthenticator", page, code=code(world, secret))
    assert shown.status_code == 200
    assert len(set(recovery_codes_on(shown))) == 10
    assert is_done(visitor.submit("/recoveryCodes", shown))
    (session,) = world.rows(BrowserSession)
    assert session.factors == ["PASSWORD", "SOFTWARE_TOKEN_MFA"]


def test_wrong_code_at_set_up_keeps_the_secret(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", TOTP)
    page = sign_in(visitor)
    refused = visitor.submit("/setUpAuthenticator", page, code="000000")
    assert refused.status_code == 400
    assert secret_on(refused) == secret_on(page)
    assert secret_on(visitor.get("/setUpAuthenticator")) == secret_on(page)


def test_recovery_codes_are_shown_once_and_kept_as_hashes(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", TOTP)
    page = sign_in(visitor)
    shown = visitor.submit("/setUpAuthenticator", page, code=code(world, secret_on(page)))
    codes = recovery_codes_on(shown)
    again = visitor.get("/recoveryCodes")
    assert recovery_codes_on(again) == []
    assert "cannot be shown again" in again.text
    # What the browser sends when the page with the codes is loaded again.
    form = {"csrf_token": csrf_token(page), "code": code(world, secret_on(page))}
    reloaded = visitor.follow(visitor.post("/setUpAuthenticator", **form))
    assert recovery_codes_on(reloaded) == []
    assert "shown only once" in reloaded.text
    rows = world.rows(RecoveryCode)
    assert len(rows) == 10
    kept = b"".join(row.code_hash for row in rows)
    assert not any(each.encode() in kept for each in codes)
    assert is_done(visitor.submit("/recoveryCodes", again))


def test_email_address_is_set_up(world: World, visitor: Visitor) -> None:
    pool_id = world.pool(UsernameAttributes=[], AutoVerifiedAttributes=[])
    client = world.client(pool_id)
    world.change_user(world.user(pool_id, EMAIL_ADDRESS), attributes={})
    set_mfa(world, pool_id, "ON", EMAIL)
    visitor = Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
    page = sign_in(visitor)
    assert visitor.submit("/setUpEmail", page, email="nonsense").status_code == 400
    assert visitor.submit("/setUpEmail", page).status_code == 400
    entry = visitor.follow(visitor.submit("/setUpEmail", page, email="new@example.com"))
    entry = visitor.follow(visitor.submit("/mfa", entry, action="resend"))
    assert is_done(visitor.submit("/mfa", entry, code=world.sent_code()))
    (user,) = world.rows(User)
    assert user.attributes == {"email": "new@example.com", "email_verified": "true"}


def test_person_chooses_what_to_set_up(world: World, visitor: Visitor) -> None:
    pool_id = world.pool(UsernameAttributes=[], AutoVerifiedAttributes=[])
    client = world.client(pool_id)
    world.change_user(world.user(pool_id, EMAIL_ADDRESS), attributes={})
    set_mfa(world, pool_id, "ON", EMAIL, TOTP)
    visitor = Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
    page = sign_in(visitor)
    assert "/recoveryCode" not in page.text
    choice = visitor.submit("/selectMfa", page, factor="SOFTWARE_TOKEN_MFA")
    assert secret_on(visitor.follow(choice))
    page = sign_in(visitor)
    email = visitor.follow(visitor.submit("/selectMfa", page, factor="EMAIL_OTP"))
    assert "Add your email address" in email.text


def test_phone_is_for_administrators_to_add(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", SMS)
    assert "only an administrator can set up" in sign_in(visitor).text


# --- An enrolled authenticator, and losing it ---------------------------------------------------


def test_authenticator_finishes_the_sign_in(
    world: World, visitor: Visitor, enrolled: tuple[str, list[str]]
) -> None:
    page = sign_in(visitor)
    assert "authenticator app" in page.text
    assert "Send another" not in page.text
    shown = code(world, enrolled[0])
    assert is_done(visitor.submit("/mfa", page, code=f"{shown[:3]} {shown[3:]}"))
    other = another(world, visitor)
    used = other.submit("/mfa", sign_in(other), code=shown)
    assert "used before" in used.text


def test_recovery_code_stands_in_once(
    world: World, visitor: Visitor, enrolled: tuple[str, list[str]]
) -> None:
    _, codes = enrolled
    assert 'href="/recoveryCode?' in sign_in(visitor).text
    page = visitor.get("/recoveryCode")
    assert is_done(visitor.submit("/recoveryCode", page, code=codes[0].lower().replace("-", " ")))
    factors = [session.factors for session in world.rows(BrowserSession)]
    assert ["PASSWORD", "RECOVERY_CODE"] in factors
    other = another(world, visitor)
    sign_in(other)
    assert other.submit("/recoveryCode", code=codes[0]).status_code == 400
    assert is_done(other.submit("/recoveryCode", code=codes[1]))


def test_recovery_codes_end_with_the_authenticator_that_they_stand_in_for(
    world: World, ada: str, visitor: Visitor, enrolled: tuple[str, list[str]]
) -> None:
    """Who replaces a lost phone may have lost what lay beside it."""
    secret = b"n" * 20

    def replace(session: Any) -> None:
        software_tokens.hand_out(session, world.kernel, ada, secret)
        shown = code(world, base64.b32encode(secret).decode())
        refusal = software_tokens.take_into_use(session, world.kernel, ada, shown, None)
        assert refusal is None

    world.kernel.database.write(replace)
    sign_in(visitor)
    assert visitor.submit("/recoveryCode", code=enrolled[1][0]).status_code == 400
    assert world.rows(RecoveryCode) == []


def test_recovery_codes_end_with_the_pools_authenticators(
    world: World, pool_id: str, visitor: Visitor, enrolled: tuple[str, list[str]]
) -> None:
    set_mfa(world, pool_id, "ON", EMAIL, {"SoftwareTokenMfaConfiguration": {"Enabled": False}})
    page = sign_in(visitor)
    answer = visitor.submit("/recoveryCode", page, code=enrolled[1][0])
    assert answer.location.startswith("/login?")
    assert [row.used for row in world.rows(RecoveryCode)] == [None] * 10


def test_recovery_code_is_used_once_by_parallel_requests(
    world: World, visitor: Visitor, enrolled: tuple[str, list[str]]
) -> None:
    visitors = [another(world, visitor) for _ in range(4)]
    for each in visitors:
        sign_in(each)
    pages = [each.get("/recoveryCode") for each in visitors]

    def use(each: Visitor, page: TestResponse) -> bool:
        return is_done(each.submit("/recoveryCode", page, code=enrolled[1][0]))

    with ThreadPoolExecutor(4) as pool:
        assert sorted(pool.map(use, visitors, pages)) == [False, False, False, True]


def test_recovery_codes_are_guessed_no_faster_than_passwords(
    visitor: Visitor, enrolled: tuple[str, list[str]]
) -> None:
    sign_in(visitor)
    for _ in range(5):
        assert "not right" in visitor.submit("/recoveryCode", code="AAAA-AAAA-AAAA").text
    assert "Too many failed" in visitor.submit("/recoveryCode", code=enrolled[1][0]).text


def test_recovery_code_of_another_person_is_worth_nothing(
    world: World, pool_id: str, visitor: Visitor, enrolled: tuple[str, list[str]]
) -> None:
    world.user(pool_id, "bob@example.com")
    bob = another(world, visitor)
    page = bob.follow(bob.submit("/login", username="bob@example.com", password=PASSWORD))
    shown = bob.submit("/setUpAuthenticator", page, code=code(world, secret_on(page)))
    sign_in(visitor)
    (first, *_) = recovery_codes_on(shown)
    assert visitor.submit("/recoveryCode", code=first).status_code == 400


# --- Ways around ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    ["/mfa", "/selectMfa", "/setUpAuthenticator", "/setUpEmail", "/recoveryCode", "/recoveryCodes"],
)
def test_screen_without_a_sign_in_leads_back(visitor: Visitor, path: str) -> None:
    page = visitor.get(path)
    assert page.location.startswith("/login?")
    form = {"code": "123456", "factor": "SMS_MFA", "email": "x@example.com"}
    token_page = visitor.get("/login")
    assert visitor.submit(path, token_page, **form).location.startswith("/login?")


def test_set_up_is_not_skipped(world: World, pool_id: str, ada: str, visitor: Visitor) -> None:
    set_mfa(world, pool_id, "ON", TOTP)
    page = sign_in(visitor)
    for path in ("/recoveryCodes", "/recoveryCode", "/mfa", "/selectMfa"):
        answer = visitor.submit(path, page, code="123456", factor="SOFTWARE_TOKEN_MFA")
        assert answer.location.startswith("/login?")
    assert world.rows(BrowserSession) == []


def test_old_set_up_screen_does_not_replace_an_authenticator(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", TOTP)
    mallory = another(world, visitor)
    old = sign_in(mallory)
    page = sign_in(visitor)
    shown = visitor.submit("/setUpAuthenticator", page, code=code(world, secret_on(page)))
    refused = mallory.submit("/setUpAuthenticator", old, code=code(world, secret_on(old)))
    assert refused.location.startswith("/login?")
    assert is_done(visitor.submit("/recoveryCodes", shown))


def test_temporary_password_is_followed_by_the_second_factor(
    world: World, pool_id: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", EMAIL)
    world.user(pool_id, EMAIL_ADDRESS, "FORCE_CHANGE_PASSWORD")
    page = sign_in(visitor)
    answer = visitor.submit("/newPassword", page, password="Lasting-horse-8")
    entry = visitor.follow(answer)
    assert "Enter your code" in entry.text
    assert is_done(visitor.submit("/mfa", entry, code=world.sent_code()))


def test_browser_session_of_one_factor_ends_where_mfa_is_required(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    assert is_done(visitor.submit("/login", username=EMAIL_ADDRESS, password=PASSWORD))
    assert is_done(visitor.get("/oauth2/authorize"))
    set_mfa(world, pool_id, "OPTIONAL", EMAIL)
    assert is_done(visitor.get("/oauth2/authorize"))
    set_mfa(world, pool_id, "ON", EMAIL)
    assert visitor.get("/oauth2/authorize").location.startswith("/login?")
    entry = sign_in(visitor)
    assert is_done(visitor.submit("/mfa", entry, code=world.sent_code()))
    assert is_done(visitor.get("/oauth2/authorize"))


@pytest.mark.parametrize(
    ("factor", "is_enough"), [("WEB_AUTHN", False), ("WEB_AUTHN_VERIFIED", True)]
)
def test_passkey_that_verified_nobody_is_one_factor(
    world: World, pool_id: str, ada: str, visitor: Visitor, factor: str, is_enough: bool
) -> None:
    """Whatever the pool counts later: an earlier sign-in has proved what it has proved."""
    assert is_done(visitor.submit("/login", username=EMAIL_ADDRESS, password=PASSWORD))

    def unit(session: Any) -> None:
        (row,) = session.query(BrowserSession).all()
        row.factors = [factor]
        pool = session.get_one(UserPool, pool_id)
        both = {"FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
        pool.settings = {**pool.settings, "WebAuthnConfiguration": both}

    world.kernel.database.write(unit)
    set_mfa(world, pool_id, "ON", EMAIL)
    assert is_done(visitor.get("/oauth2/authorize")) is is_enough


def test_forged_form_is_refused(world: World, pool_id: str, ada: str, visitor: Visitor) -> None:
    set_mfa(world, pool_id, "ON", EMAIL)
    sign_in(visitor)
    assert visitor.post("/mfa", code=world.sent_code()).status_code == 403


# --- What assistive technology needs ------------------------------------------------------------


def test_screens_have_labels_and_headings(
    world: World, pool_id: str, ada: str, visitor: Visitor
) -> None:
    set_mfa(world, pool_id, "ON", TOTP, EMAIL, SMS)
    world.change_user(ada, attributes={"email": EMAIL_ADDRESS, "phone_number": PHONE})
    choose = sign_in(visitor)
    entry = visitor.follow(visitor.submit("/selectMfa", choose, factor="EMAIL_OTP"))
    recovery = visitor.get("/recoveryCode")
    set_mfa(world, pool_id, "ON", TOTP)
    set_up = sign_in(visitor)
    shown = visitor.submit("/setUpAuthenticator", set_up, code=code(world, secret_on(set_up)))
    for answer in (choose, entry, recovery, set_up, shown):
        assert answer.status_code == 200
        page = Page(answer.text)
        labelled = {label["for"] for label in page.all("label")}
        assert all(each["id"] in labelled and each["autocomplete"] for each in page.inputs)
        assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
        assert len(page.ids) == len(set(page.ids))
        assert not any("style" in attributes for _, attributes in page.elements)
        assert "no-store" in answer.headers["Cache-Control"]
