"""Confirming a sign-up by the link in an e-mail, and links that must confirm nobody."""

from __future__ import annotations

import json
from concurrent.futures import ThreadPoolExecutor
from html import unescape
from typing import Any
from urllib.parse import parse_qs, parse_qsl, quote, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from idp.models import BrowserSession, User, UserPool
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.hosted_ui.parsed_page import Page
from tests.idp.oauth.world import (
    CALLBACK,
    ORIGIN,
    PASSWORD,
    Pkce,
    World,
    csrf_token,
    request_of,
)

EMAIL = "ada@example.com"
OTHER = "alan@example.com"
BY_LINK = {"VerificationMessageTemplate": {"DefaultEmailOption": "CONFIRM_WITH_LINK"}}
SPENT = "This link does not work any more"
DONE = "Your account is confirmed"


@pytest.fixture
def pool_id(world: World) -> str:
    return world.pool(**BY_LINK)


def mail(world: World) -> dict[str, Any]:
    lines = (world.kernel.settings.instance / "outbox.jsonl").read_text().splitlines()
    found: dict[str, Any] = json.loads(lines[-1])
    return found


def link(world: World) -> str:
    (found,) = [word for word in mail(world)["body"].split() if "/confirmUser" in word]
    return found


def sign_up(world: World, visitor: Visitor, email: str = EMAIL) -> str:
    """The link that was sent."""
    visitor.submit("/signup", username=email, password=PASSWORD)
    assert mail(world)["to"] == email
    return link(world)


def changed(address: str, **values: str) -> str:
    """The link with other parameters."""
    parts = urlsplit(address)
    query = {**dict(parse_qsl(parts.query)), **values}
    return parts._replace(query=urlencode(query)).geturl()


def open_link(browser: FlaskClient, address: str) -> TestResponse:
    parts = urlsplit(address)
    return browser.get(f"{parts.path}?{parts.query}", base_url=ORIGIN)


def form_of(opened: TestResponse) -> dict[str, str]:
    def value(name: str) -> str:
        return unescape(opened.text.partition(f'name="{name}" value="')[2].partition('"')[0])

    names = ("client_id", "user_name", "confirmation_code")
    return {"csrf_token": csrf_token(opened), **{name: value(name) for name in names}}


def click(browser: FlaskClient, opened: TestResponse, **headers: str) -> TestResponse:
    """Press the button of the page."""
    form = form_of(opened)
    return browser.post("/confirmUser", data=form, base_url=ORIGIN, headers=headers)


def follow(world: World, address: str) -> TestResponse:
    """Open a link in a browser of its own and press the button."""
    browser = world.browser()
    return click(browser, open_link(browser, address))


def statuses(world: World) -> dict[str, str]:
    return {row.attributes["email"]: row.status for row in world.rows(User)}


def test_link_confirms_in_any_browser_once_its_button_is_pressed(
    world: World, visitor: Visitor
) -> None:
    waiting = visitor.follow(visitor.submit("/signup", username=EMAIL, password=PASSWORD))
    assert "Open the link we sent to" in waiting.text
    assert 'name="code"' not in waiting.text
    done = follow(world, link(world))
    assert DONE in done.text
    assert "Lighthouse" in done.text
    (user,) = world.rows(User)
    assert (user.status, user.attributes["email_verified"]) == ("CONFIRMED", "true")
    signed_in = visitor.submit("/login", username=EMAIL, password=PASSWORD)
    assert signed_in.location.startswith(CALLBACK)


def test_link_is_written_as_amazon_cognito_does(world: World, visitor: Visitor) -> None:
    address = sign_up(world, visitor)
    (user,) = world.rows(User)
    assert address.startswith(f"{ORIGIN}/confirmUser?")
    assert parse_qs(urlsplit(address).query) == {
        "client_id": [visitor.client.id],
        "user_name": [user.username],
        "confirmation_code": [mail(world)["code"]],
    }
    assert DONE in follow(world, address.replace("/confirmUser?", "/confirmUser/?")).text


def test_opening_the_link_confirms_nothing(world: World, visitor: Visitor) -> None:
    """Mail scanners, previews and prefetchers open links, some with the browser's own cookies."""
    address = sign_up(world, visitor)
    for browser in (world.browser(), visitor.browser):
        for method in ("GET", "HEAD"):
            parts = urlsplit(address)
            browser.open(f"{parts.path}?{parts.query}", base_url=ORIGIN, method=method)
    assert statuses(world) == {EMAIL: "UNCONFIRMED"}
    assert DONE in follow(world, address).text


def test_link_signs_nobody_in(world: World, visitor: Visitor) -> None:
    """Neither the browser that signed up nor another one, which somebody else may have lured."""
    address = sign_up(world, visitor)
    done = click(visitor.browser, open_link(visitor.browser, address))
    assert DONE in done.text
    assert world.rows(BrowserSession) == []
    assert not any("session" in cookie for cookie in done.headers.getlist("Set-Cookie"))


def test_form_of_another_site_confirms_nothing(world: World, visitor: Visitor) -> None:
    address = sign_up(world, visitor)
    browser = world.browser()
    opened = open_link(browser, address)
    stolen = form_of(open_link(world.browser(), address))
    forged = [
        browser.post("/confirmUser", data=stolen, base_url=ORIGIN),
        browser.post("/confirmUser", data={**stolen, "csrf_token": ""}, base_url=ORIGIN),
        click(browser, opened, **{"Origin": "https://evil.example"}),
        click(browser, opened, **{"Sec-Fetch-Site": "cross-site"}),
        world.browser().post(f"/confirmUser?{urlsplit(address).query}", base_url=ORIGIN),
    ]
    assert [answer.status_code for answer in forged] == [403, 403, 403, 403, 400]
    assert statuses(world) == {EMAIL: "UNCONFIRMED"}


def test_link_works_once(world: World, visitor: Visitor) -> None:
    address = sign_up(world, visitor)
    assert DONE in follow(world, address).text
    again = follow(world, address)
    assert again.status_code == 400
    assert SPENT in again.text
    assert "sign in" in again.text


def test_parallel_clicks_confirm_once(world: World, visitor: Visitor) -> None:
    address = sign_up(world, visitor)
    browsers = [world.browser() for _ in range(4)]
    opened = [open_link(browser, address) for browser in browsers]
    with ThreadPoolExecutor(4) as pool:
        answers = list(pool.map(click, browsers, opened))
    assert sorted(answer.status_code for answer in answers) == [200, 400, 400, 400]


def test_old_link_is_refused(world: World, visitor: Visitor) -> None:
    address = sign_up(world, visitor)
    world.time.now += 86_401
    assert SPENT in follow(world, address).text
    assert statuses(world) == {EMAIL: "UNCONFIRMED"}


def test_new_link_replaces_the_one_before(world: World, visitor: Visitor) -> None:
    waiting = visitor.follow(visitor.submit("/signup", username=EMAIL, password=PASSWORD))
    first = link(world)
    assert "Send a new link" in waiting.text
    again = visitor.follow(visitor.submit("/resendcode", waiting))
    assert "We sent a new link" in again.text
    world.wait_for_message(2)
    assert SPENT in follow(world, first).text
    assert DONE in follow(world, link(world)).text


def test_unconfirmed_person_who_signs_in_can_have_a_new_link(
    world: World, visitor: Visitor
) -> None:
    sign_up(world, visitor)
    other = Visitor(world.browser(), visitor.client, visitor.parameters)
    waiting = other.follow(other.submit("/login", username=EMAIL, password=PASSWORD))
    assert "not confirmed yet" in waiting.text
    assert "Open the link we sent you" in waiting.text
    assert "We sent a new link" in other.follow(other.submit("/resendcode", waiting)).text


def test_who_may_have_a_phone_is_asked_for_a_code(world: World) -> None:
    verified = ["email", "phone_number"]
    client = world.client(world.pool(AutoVerifiedAttributes=verified, **BY_LINK))
    visitor = Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
    assert 'name="code"' in visitor.get("/confirm").text
    waiting = visitor.follow(visitor.submit("/signup", username=EMAIL, password=PASSWORD))
    assert 'name="code"' not in waiting.text


def test_page_has_what_a_screen_reader_needs(world: World, visitor: Visitor) -> None:
    address = sign_up(world, visitor)
    browser = world.browser()
    opened = open_link(browser, address)
    for text in (opened.text, click(browser, opened).text):
        page = Page(text)
        assert page.all("html")[0]["lang"] == "en"
        assert len(page.all("h1")) == len(page.all("main")) == len(page.all("title")) == 1
        assert page.inputs == []


def test_code_of_another_user_confirms_nobody(world: World, visitor: Visitor) -> None:
    mine = sign_up(world, visitor)
    theirs = sign_up(world, visitor, OTHER)
    name = dict(parse_qsl(urlsplit(theirs).query))["user_name"]
    for forged in (changed(mine, user_name=name), changed(mine, user_name=OTHER)):
        assert SPENT in follow(world, forged).text
    assert statuses(world) == {EMAIL: "UNCONFIRMED", OTHER: "UNCONFIRMED"}


def test_codes_cannot_be_guessed_by_links(world: World, visitor: Visitor) -> None:
    address = sign_up(world, visitor)
    code = mail(world)["code"]
    wrong = "000000" if code != "000000" else "111111"
    for _ in range(15):
        follow(world, changed(address, confirmation_code=wrong))
    assert "Too many attempts" in follow(world, address).text
    assert statuses(world) == {EMAIL: "UNCONFIRMED"}


@pytest.mark.parametrize("hidden", ["ENABLED", "LEGACY"])
def test_links_do_not_tell_who_exists(world: World, pool_id: str, hidden: str) -> None:
    """Missing, confirmed and unconfirmed users alike, before and after the button."""
    client = world.client(pool_id, PreventUserExistenceErrors=hidden)
    world.user(pool_id, OTHER)
    given = {"client_id": client.id, "confirmation_code": "123456"}
    pages = []
    for name in (OTHER, "nobody@example.com"):
        browser = world.browser()
        opened = open_link(browser, f"/confirmUser?{urlencode({**given, 'user_name': name})}")
        answer = click(browser, opened)
        csrf = csrf_token(opened)
        pages.append(
            (
                opened.text.replace(name, "").replace(quote(name), "").replace(csrf, ""),
                answer.status_code,
                answer.text.partition("Request ")[0],
            )
        )
    assert pages[0] == pages[1]


@pytest.mark.parametrize(
    "values",
    [
        {"client_id": ""},
        {"client_id": "nosuchclient"},
        {"user_name": ""},
        {"user_name": "a b"},
        {"user_name": "x" * 129},
        {"confirmation_code": ""},
        {"confirmation_code": "1" * 65},
    ],
    ids=str,
)
def test_link_that_is_none_is_explained(
    world: World, visitor: Visitor, values: dict[str, str]
) -> None:
    address = changed(sign_up(world, visitor), **values)
    answer = open_link(world.browser(), address)
    assert answer.status_code == 400
    assert "This link is not complete" in answer.text


def test_client_of_another_pool_is_none_under_a_pools_own_address(
    world: World, visitor: Visitor, pool_id: str
) -> None:
    world.domain(world.pool(PoolName="others"), "others.example.com")
    address = urlsplit(sign_up(world, visitor))
    elsewhere = world.browser().get(
        f"{address.path}?{address.query}", base_url="http://others.example.com:8450"
    )
    assert "This link is not complete" in elsewhere.text


def test_what_a_link_says_is_escaped(world: World, visitor: Visitor) -> None:
    address = changed(sign_up(world, visitor), user_name='"><script>alert(1)</script>')
    assert "<script>alert" not in open_link(world.browser(), address).text


def test_page_is_protected_as_the_others(world: World, visitor: Visitor) -> None:
    """The code is in its address: nobody else may frame it, keep it, or hear where it was."""
    headers = open_link(world.browser(), sign_up(world, visitor)).headers
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"


def test_address_of_another_account_is_not_taken_over(world: World) -> None:
    """Who signs up with an address that is confirmed elsewhere meanwhile does not get it."""
    pool_id = world.pool(UsernameAttributes=[], AliasAttributes=["email"], **BY_LINK)
    client = world.client(pool_id)
    links = []
    for name in ("ada", "alan"):
        visitor = Visitor(world.browser(), client, request_of(client, **Pkce().parameters))
        form = {"username": name, "password": PASSWORD, "attribute:email": EMAIL}
        visitor.submit("/signup", **form)
        links.append(link(world))
    assert DONE in follow(world, links[0]).text
    refused = follow(world, links[1])
    assert refused.status_code == 400
    assert "We could not confirm your account" in refused.text
    assert {row.username: row.status for row in world.rows(User)} == {
        "ada": "CONFIRMED",
        "alan": "UNCONFIRMED",
    }


def test_refusal_of_a_function_is_told(world: World, visitor: Visitor, pool_id: str) -> None:
    address = sign_up(world, visitor)

    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, pool_id)
        arn = "arn:aws:lambda:us-east-1:000000000000:function:missing"
        pool.settings = {**pool.settings, "LambdaConfig": {"PostConfirmation": arn}}

    world.kernel.database.write(unit)
    answer = follow(world, address)
    assert answer.status_code == 400
    assert "Something went wrong on our side" in answer.text
