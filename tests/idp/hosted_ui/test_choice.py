"""Identifier first: who may choose says his name, and then how he proves it (USER_AUTH)."""

from __future__ import annotations

import json
import re
from urllib.parse import urlsplit

import pytest
from werkzeug.test import TestResponse

from tests.idp.hosted_ui import passkey_world
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.oauth.world import CALLBACK, PASSWORD, Pkce, World, query_of, request_of

EMAIL = "ada@example.com"


@pytest.fixture
def pool_id(world: World) -> str:
    made = passkey_world.pool(world, "PASSWORD", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN")
    user_id = world.user(made, EMAIL)
    addresses = {"phone_number": "+15555550123", "phone_number_verified": "true"}
    known = {"email": EMAIL, "email_verified": "true", "name": "Ada"}
    world.change_user(user_id, attributes={**known, **addresses})
    return made


@pytest.fixture
def visitor(world: World, pool_id: str) -> Visitor:
    client = passkey_world.client(world, pool_id)
    return Visitor(world.browser(), client, request_of(client, **Pkce().parameters))


def path(answer: TestResponse) -> str:
    assert answer.status_code == 303, answer.text
    return urlsplit(answer.location).path


def choices(page: TestResponse) -> list[str]:
    return re.findall(r'name="factor" value="([^"]+)"', page.text)


def choose(visitor: Visitor, factor: str, username: str = EMAIL) -> TestResponse:
    assert path(visitor.submit("/login", username=username)) == "/selectChallenge"
    return visitor.submit("/selectChallenge", factor=factor)


def last_code(world: World, number: int = 1) -> str:
    world.wait_for_message(number)
    lines = (world.kernel.settings.instance / "outbox.jsonl").read_text().splitlines()
    return str(json.loads(lines[-1])["code"])


def test_the_first_page_asks_for_the_name_alone(visitor: Visitor) -> None:
    page = visitor.get("/login").text
    assert 'name="username"' in page
    assert 'type="password"' not in page


def test_the_name_leads_to_what_the_person_can_choose_from(visitor: Visitor) -> None:
    page = visitor.follow(visitor.submit("/login", username=EMAIL))
    assert choices(page) == ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
    assert EMAIL in page.text


def test_a_password_signs_in_after_it_was_chosen(visitor: Visitor) -> None:
    assert path(choose(visitor, "PASSWORD")) == "/password"
    wrong = visitor.submit("/password", password="Wrong-horse-9")
    assert wrong.status_code == 400
    assert 'type="password"' in wrong.text
    offered = visitor.submit("/password", password=PASSWORD)
    assert path(offered) == "/addPasskey"
    done = visitor.submit("/addPasskey")
    assert done.location.startswith(CALLBACK)
    assert "code" in query_of(done)


@pytest.mark.parametrize("factor", ["EMAIL_OTP", "SMS_OTP"])
def test_a_code_signs_in_without_a_password(world: World, visitor: Visitor, factor: str) -> None:
    assert path(choose(visitor, factor)) == "/signInCode"
    code = last_code(world)
    assert visitor.submit("/signInCode", code="00000000").status_code == 400
    done = visitor.submit("/signInCode", code=code)
    assert done.location.startswith(CALLBACK)


def test_name_and_password_at_once_still_sign_in(visitor: Visitor) -> None:
    """As password managers send them, and pages from before."""
    answer = visitor.submit("/login", username=EMAIL, password=PASSWORD)
    assert path(answer) == "/addPasskey"


@pytest.mark.parametrize("factor", ["PASSWORD_SRP", "WEB_AUTHN", "SMS_MFA", "nonsense", ""])
def test_what_is_not_on_the_page_cannot_be_chosen(visitor: Visitor, factor: str) -> None:
    assert choose(visitor, factor).status_code == 400


def test_nobody_is_offered_what_somebody_would_be(world: World, visitor: Visitor) -> None:
    name = "nobody@example.com"
    page = visitor.follow(visitor.submit("/login", username=name))
    offered = choices(page)
    assert offered[:2] == ["PASSWORD", "EMAIL_OTP"]
    again = Visitor(world.browser(), visitor.client, visitor.parameters)
    assert choices(again.follow(again.submit("/login", username=name))) == offered
    assert path(visitor.submit("/selectChallenge", factor="EMAIL_OTP")) == "/signInCode"
    assert visitor.submit("/signInCode", code="12345678").status_code == 400
    assert not (world.kernel.settings.instance / "outbox.jsonl").exists()


def test_nobodys_password_is_refused_as_a_wrong_one(visitor: Visitor) -> None:
    choose(visitor, "PASSWORD", "nobody@example.com")
    missing = visitor.submit("/password", password=PASSWORD)
    choose(visitor, "PASSWORD")
    wrong = visitor.submit("/password", password="Wrong-horse-9")
    alerts = [
        re.findall(r'role="alert">.*?</div>', each.text, re.DOTALL) for each in (missing, wrong)
    ]
    assert alerts[0] == alerts[1] != []


def test_a_client_without_choice_asks_for_both(world: World, pool_id: str) -> None:
    client = world.client(pool_id)
    visitor = Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
    page = visitor.get("/login").text
    assert 'type="password"' in page
    assert visitor.submit("/login", username=EMAIL).status_code == 400


def test_the_offer_of_a_passkey_belongs_to_its_sign_in(world: World, visitor: Visitor) -> None:
    """Another request of the same client, with the session of this one, is no way around
    `prompt=login`."""
    visitor.submit("/login", username=EMAIL, password=PASSWORD)
    other = {**visitor.parameters, "prompt": "login", "state": "another"}
    elsewhere = Visitor(visitor.browser, visitor.client, other)
    assert path(elsewhere.get("/addPasskey")) == "/login"


def test_the_offer_needs_the_session_of_its_sign_in(visitor: Visitor, world: World) -> None:
    visitor.submit("/login", username=EMAIL, password=PASSWORD)
    cookie = f"poolgate-session-{visitor.client.pool_id}"
    visitor.browser.delete_cookie(cookie)
    assert path(visitor.get("/addPasskey")) == "/login"
