"""Passkeys that say who signs in, attacked: answers that were made for something else, by somebody
else, or before."""

from __future__ import annotations

import json
import re
from html import unescape
from typing import Any

import pytest
from werkzeug.test import TestResponse

from idp.models import BrowserSession
from idp.user_pools.services import passkeys, quick_reads
from idp.user_pools.services.access import Owner
from idp.user_pools.services.subjects import load_client
from tests.idp.hosted_ui import passkey_world
from tests.idp.hosted_ui.conftest import Visitor
from tests.idp.hosted_ui.second_factor_moves import TOTP, set_mfa
from tests.idp.oauth.world import CALLBACK, ORIGIN, Pkce, TestClient, World, csrf_token, request_of
from tests.idp.oauth.world import world as world
from tests.idp.user_pools.operations.choosing import Authenticator

ADA, EVE = "ada@example.com", "eve@example.com"


@pytest.fixture
def client(world: World) -> TestClient:
    return passkey_world.client(world, passkey_world.pool(world))


@pytest.fixture
def ada(world: World, client: TestClient) -> str:
    return world.user(client.pool_id, ADA)


@pytest.fixture
def device(world: World, client: TestClient, ada: str) -> Authenticator:
    return registered(world, client, ada)


@pytest.fixture
def visitor(world: World, client: TestClient) -> Visitor:
    return at(world, client)


def at(world: World, client: TestClient) -> Visitor:
    return Visitor(world.browser(), client, request_of(client, **Pkce().parameters))


def registered(world: World, client: TestClient, user_id: str) -> Authenticator:
    kernel = world.kernel
    context = kernel.database.look_up(load_client, kernel, client.id)
    user = kernel.database.look_up(quick_reads.user_by_id, user_id)
    assert user is not None
    made = Authenticator(rp_id="localhost", origin=ORIGIN)
    owner = Owner(context, user)
    answer = made.create(passkeys.start_registration(kernel, owner))
    passkeys.complete_registration(kernel, owner, json.dumps(answer))
    return made


def asked(page: TestResponse) -> dict[str, Any]:
    found = re.search(r'data-passkey="([^"]+)"', page.text)
    assert found, page.text
    options: dict[str, Any] = json.loads(unescape(found[1]))
    return options


def answer(visitor: Visitor, page: TestResponse, credential: str) -> TestResponse:
    return visitor.post("/login", csrf_token=csrf_token(page), credential=credential)


def refused(world: World, response: TestResponse) -> None:
    assert response.status_code == 400
    assert world.rows(BrowserSession) == []


def test_a_true_answer_signs_in(visitor: Visitor, device: Authenticator) -> None:
    page = visitor.get("/login")
    done = answer(visitor, page, device.get(asked(page)))
    assert done.location.startswith(CALLBACK)
    assert "code=" in done.location


def test_the_page_tells_nobody_which_passkeys_there_are(
    visitor: Visitor, device: Authenticator
) -> None:
    assert asked(visitor.get("/login"))["allowCredentials"] == []


def test_an_answer_is_good_once(world: World, visitor: Visitor, device: Authenticator) -> None:
    page = visitor.get("/login")
    credential = device.get(asked(page))
    answer(visitor, page, credential)
    (session,) = world.rows(BrowserSession)
    again = at(world, visitor.client)
    replayed = answer(again, again.get("/login"), credential)
    assert replayed.status_code == 400
    assert [row.session_id for row in world.rows(BrowserSession)] == [session.session_id]


def test_an_answer_for_another_client_is_none(
    world: World, visitor: Visitor, device: Authenticator
) -> None:
    other = passkey_world.client(world, visitor.client.pool_id)
    elsewhere = at(world, other)
    refused(
        world, answer(visitor, visitor.get("/login"), device.get(asked(elsewhere.get("/login"))))
    )


def test_a_challenge_that_is_too_old_is_none(
    world: World, visitor: Visitor, device: Authenticator
) -> None:
    page = visitor.get("/login")
    options = asked(page)
    world.time.now += 301
    refused(world, answer(visitor, page, device.get(options)))


@pytest.mark.parametrize("challenge", ["", "AAAA", "bm90IG91cnM"])
def test_a_challenge_that_is_not_ours_is_none(
    world: World, visitor: Visitor, device: Authenticator, challenge: str
) -> None:
    page = visitor.get("/login")
    refused(world, answer(visitor, page, device.get({"challenge": challenge})))


def test_who_does_not_say_whose_it_is_is_nobody(
    world: World, visitor: Visitor, device: Authenticator
) -> None:
    """WebAuthn §7.2, step 6."""
    page = visitor.get("/login")
    refused(world, answer(visitor, page, device.get(asked(page), userHandle=None)))


def test_a_passkey_with_the_handle_of_somebody_else_is_refused(
    world: World, visitor: Visitor, device: Authenticator
) -> None:
    other = registered(world, visitor.client, world.user(visitor.client.pool_id, EVE))
    device.handle = other.handle
    page = visitor.get("/login")
    refused(world, answer(visitor, page, device.get(asked(page))))


def test_a_passkey_that_nobody_has_is_refused(
    world: World, visitor: Visitor, device: Authenticator
) -> None:
    device.credential_id = bytes(32)
    page = visitor.get("/login")
    response = answer(visitor, page, device.get(asked(page)))
    refused(world, response)
    assert "This passkey is not known here." in response.text


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("origin", "https://evil.example"),
        ("origin", "http://localhost.evil.example"),
        ("rp_id", "evil.example"),
        ("cross_origin", True),
        ("flags", 0x00),
    ],
)
def test_an_answer_from_a_false_page_is_refused(
    world: World, visitor: Visitor, device: Authenticator, name: str, value: Any
) -> None:
    page = visitor.get("/login")
    setattr(device, name, value)
    refused(world, answer(visitor, page, device.get(asked(page))))


@pytest.mark.parametrize(
    "credential", ["{}", "[]", "null", "nonsense", '{"id":', "[" * 5000, '{"id":1}' * 900]
)
def test_nonsense_is_refused(world: World, visitor: Visitor, ada: str, credential: str) -> None:
    refused(world, answer(visitor, visitor.get("/login"), credential))


def test_an_attackers_answer_signs_nobody_in_without_his_own_form(
    world: World, visitor: Visitor, device: Authenticator
) -> None:
    """Login CSRF: the answer is the attacker's, the browser is the victim's."""
    options = asked(at(world, visitor.client).get("/login"))
    visitor.get("/login")
    response = visitor.post("/login", csrf_token="forged", credential=device.get(options))
    assert response.status_code == 403
    assert world.rows(BrowserSession) == []


def test_a_client_without_choice_takes_no_passkey(
    world: World, visitor: Visitor, device: Authenticator
) -> None:
    page = visitor.get("/login")
    plain = at(world, world.client(visitor.client.pool_id))
    there = plain.get("/login")
    assert "data-passkey" not in there.text
    refused(world, answer(plain, there, device.get(asked(page))))


@pytest.mark.parametrize("host", ["127.0.0.1:8450", "evil.example"])
def test_no_page_of_another_host_asks(world: World, host: str) -> None:
    factors = passkey_world.pool(world)
    client = passkey_world.client(world, factors)
    visitor = at(world, client)
    response = visitor.browser.get(visitor.address("/login"), base_url=f"http://{host}")
    assert "data-passkey" not in response.text


def test_a_disabled_person_is_not_signed_in(
    world: World, visitor: Visitor, device: Authenticator, ada: str
) -> None:
    world.change_user(ada, enabled=False)
    page = visitor.get("/login")
    refused(world, answer(visitor, page, device.get(asked(page))))


def test_who_needs_a_second_step_is_not_let_in_by_a_passkey_alone(
    world: World, visitor: Visitor, device: Authenticator, ada: str
) -> None:
    set_mfa(world, visitor.client.pool_id, "ON", TOTP)
    page = visitor.get("/login")
    refused(world, answer(visitor, page, device.get(asked(page))))
