"""Signing in by a link in an e-mail, and links that must sign nobody in."""

from __future__ import annotations

import json
from html import unescape
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest
from werkzeug.test import TestResponse

from idp.models import BrowserSession, UserPool, UserPoolClient
from idp.user_pools.services import equal_time, magic_links
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.oauth.world import (
    CALLBACK,
    ORIGIN,
    Pkce,
    TestClient,
    World,
    csrf_token,
    query_of,
    request_of,
)

EMAIL = "ada@example.com"
OPEN, CODE = "/magicLinkOpen", "/magicLinkCode"


@pytest.fixture
def pool_id(world: World) -> str:
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP"]}}
    made = world.pool(Policies=policy)
    world.user(made, EMAIL)
    return made


@pytest.fixture
def visitor(world: World, pool_id: str) -> Visitor:
    client = world.client(pool_id)
    turn(world, client, on=True)
    return Visitor(world.browser(), client, request_of(client, **Pkce().parameters))


def turn(world: World, client: TestClient, *, on: bool) -> None:
    def unit(session: Any) -> None:
        row = session.get_one(UserPoolClient, client.id)
        magic_links.set_for(session, row, sent=on, now=world.kernel.clock.now())

    world.kernel.database.write(unit)


def ask(world: World, visitor: Visitor, email: str = EMAIL, messages: int = 1) -> TestResponse:
    """The page that waits for the code, once the message has left."""
    waiting = visitor.follow(visitor.submit("/magicLink", username=email))
    world.wait_for_message(messages)
    return waiting


def mail(world: World) -> dict[str, Any]:
    lines = (world.kernel.settings.instance / "outbox.jsonl").read_text().splitlines()
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def link(world: World) -> str:
    (found,) = [word for word in mail(world)["body"].split() if OPEN in word]
    return found


def open_link(visitor: Visitor, address: str) -> TestResponse:
    parts = urlsplit(address)
    return visitor.browser.get(f"{parts.path}?{parts.query}", base_url=ORIGIN)


def click(visitor: Visitor, opened: TestResponse) -> TestResponse:
    """Press the one button of the page."""
    action = unescape(opened.text.partition('action="')[2].partition('"')[0])
    code = opened.text.partition('name="code" value="')[2].partition('"')[0]
    form = {"csrf_token": csrf_token(opened), "code": code}
    return visitor.browser.post(action, data=form, base_url=ORIGIN)


def sessions(world: World) -> int:
    return len(world.rows(BrowserSession))


def test_link_signs_in_where_it_was_asked_for(world: World, visitor: Visitor) -> None:
    offered = visitor.get("/login")
    assert "Sign in by email instead" in offered.text
    assert "a***@e***" in ask(world, visitor).text
    opened = open_link(visitor, link(world))
    assert "Continue" in opened.text
    done = click(visitor, opened)
    assert done.location.startswith(CALLBACK)
    assert query_of(done)["state"] == visitor.parameters["state"]
    assert world.rows(BrowserSession)[0].factors == ["EMAIL_OTP"]


def test_code_of_the_message_signs_in_as_well(world: World, visitor: Visitor) -> None:
    waiting = ask(world, visitor)
    wrong = visitor.submit(CODE, waiting, code="000000000")
    assert "This code is not right" in wrong.text
    done = visitor.submit(CODE, wrong, code=mail(world)["code"])
    assert "code" in query_of(done)


def test_opening_the_link_does_nothing_yet(world: World, visitor: Visitor) -> None:
    """Mail scanners and prefetchers open links; some with the browser's own cookies."""
    ask(world, visitor)
    for _ in range(3):
        assert open_link(visitor, link(world)).status_code == 200
    assert sessions(world) == 0
    assert "code" in query_of(click(visitor, open_link(visitor, link(world))))


def test_forwarded_link_signs_no_other_browser_in(world: World, visitor: Visitor) -> None:
    ask(world, visitor)
    other = Visitor(world.browser(), visitor.client, visitor.parameters)
    opened = open_link(other, link(world))
    assert opened.status_code == 400
    assert "was asked for in another browser" in opened.text
    assert mail(world)["code"] not in opened.text
    # Nor by a form that he makes up: the challenge is in the first browser's cookie.
    token = csrf_token(other.get("/login"))
    done = other.post(CODE, csrf_token=token, code=mail(world)["code"])
    assert urlsplit(done.location).path == "/login"
    assert sessions(world) == 0


def test_link_of_an_attackers_sign_in_does_not_fit_a_victims(
    world: World, visitor: Visitor, pool_id: str
) -> None:
    world.user(pool_id, "mallory@example.com")
    attacker = Visitor(world.browser(), visitor.client, visitor.parameters)
    ask(world, visitor)
    ask(world, attacker, "mallory@example.com", messages=2)
    refused = click(visitor, open_link(visitor, link(world)))
    assert refused.status_code == 400
    assert "This code is not right" in refused.text
    assert sessions(world) == 0


def test_link_signs_in_once_and_not_for_long(world: World, visitor: Visitor) -> None:
    ask(world, visitor)
    address = link(world)
    opened = open_link(visitor, address)
    world.time.now += 16 * 60
    late = click(visitor, opened)
    assert urlsplit(late.location).path == "/login"
    assert open_link(visitor, address).status_code == 400
    ask(world, visitor, messages=2)
    again = open_link(visitor, link(world))
    assert click(visitor, again).location.startswith(CALLBACK)
    # The form is of the browser as it was before it signed in.
    assert click(visitor, again).status_code == 403
    assert sessions(world) == 1


def test_form_of_another_site_is_refused(world: World, visitor: Visitor) -> None:
    ask(world, visitor)
    assert visitor.post(CODE, csrf_token="x", code=mail(world)["code"]).status_code == 403


def test_message_leads_to_our_own_host_whatever_the_request_says(
    world: World, visitor: Visitor
) -> None:
    page = visitor.browser.get(visitor.address("/magicLink"), base_url="http://evil.example")
    form = {"csrf_token": csrf_token(page), "username": EMAIL}
    visitor.browser.post(visitor.address("/magicLink"), data=form, base_url="http://evil.example")
    world.wait_for_message()
    assert link(world).startswith(ORIGIN + OPEN)


def test_link_leads_to_the_pools_own_host(world: World, visitor: Visitor, pool_id: str) -> None:
    world.domain(pool_id, "id.example.org")
    base = "http://id.example.org"
    page = visitor.browser.get(visitor.address("/magicLink"), base_url=base)
    form = {"csrf_token": csrf_token(page), "username": EMAIL}
    visitor.browser.post(visitor.address("/magicLink"), data=form, base_url=base)
    world.wait_for_message()
    assert link(world).startswith("http://id.example.org:8450" + OPEN)


def test_link_holds_the_code_and_nothing_of_the_application(world: World, visitor: Visitor) -> None:
    ask(world, visitor)
    found = dict(parse_qsl(urlsplit(link(world)).query))
    assert found == {"client_id": visitor.client.id, "code": mail(world)["code"]}


def test_nobody_is_answered_as_somebody_is(world: World, visitor: Visitor) -> None:
    mine = ask(world, visitor)
    other = Visitor(world.browser(), visitor.client, visitor.parameters)
    theirs = other.follow(other.submit("/magicLink", username="anna@elsewhere.example"))
    assert mine.text.partition("<main")[2].replace(csrf_token(mine), "") == theirs.text.partition(
        "<main"
    )[2].replace(csrf_token(theirs), "")
    assert len((world.kernel.settings.instance / "outbox.jsonl").read_text().splitlines()) == 1


def test_a_link_for_nobody_takes_the_steps_of_one_for_somebody(
    world: World, visitor: Visitor, monkeypatch: pytest.MonkeyPatch
) -> None:
    waits: list[float] = []
    monkeypatch.setattr(equal_time, "_wait_until", waits.append)
    for number, name in enumerate((EMAIL, "anna@elsewhere.example"), 1):
        visitor.submit("/magicLink", username=name)
        assert len(waits) == number


def test_words_of_the_link_are_the_operators(world: World, visitor: Visitor, pool_id: str) -> None:
    message = "Code {####}. {##Sign in now##}"

    def unit(session: Any) -> None:
        row = session.get_one(UserPool, pool_id)
        row.settings = {**row.settings, "MfaFactors": {"Email": {"Message": message}}}

    world.kernel.database.write(unit)
    ask(world, visitor)
    sent = mail(world)
    assert sent["body"] == f"Code {sent['code']}. Sign in now: {link(world)}"


def test_long_request_leaves_the_code_alone(world: World, visitor: Visitor) -> None:
    visitor.parameters["state"] = "s" * 1500
    waiting = ask(world, visitor)
    assert OPEN not in mail(world)["body"]
    assert "code" in query_of(visitor.submit(CODE, waiting, code=mail(world)["code"]))


def test_client_without_links_has_none(world: World, visitor: Visitor, pool_id: str) -> None:
    plain = world.client(pool_id)
    stranger = Visitor(world.browser(), plain, request_of(plain, **Pkce().parameters))
    assert "Sign in by email instead" not in stranger.get("/login").text
    assert stranger.get("/magicLink").status_code == 404
    turn(world, visitor.client, on=False)
    assert visitor.get("/magicLink").status_code == 404


def test_pool_without_the_factor_has_no_links(world: World) -> None:
    client = world.client(world.pool())
    turn(world, client, on=True)
    stranger = Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
    assert "Sign in by email instead" not in stranger.get("/login").text
    assert stranger.get("/magicLink").status_code == 404
