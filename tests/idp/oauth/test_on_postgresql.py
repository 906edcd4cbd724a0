"""What a database could decide otherwise: races, and texts that PostgreSQL does not take."""

from __future__ import annotations

import base64
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import urlencode

import pytest

from idp import cleanup
from idp.models import UserPoolClient
from idp.oauth import pushed_requests
from idp.user_pools.services import open_registrations
from kernel.database import Base
from tests.idp.oauth.pushes import push
from tests.idp.oauth.test_registration import registered
from tests.idp.oauth.world import (
    ORIGIN,
    PASSWORD,
    Pkce,
    TestClient,
    World,
    csrf_token,
    request_of,
)


@pytest.fixture
def world(tmp_path: Path, fresh_postgres_url: str) -> Iterator[World]:
    made = World(tmp_path, database_url=fresh_postgres_url)
    Base.metadata.create_all(made.kernel.database.engine)
    yield made
    made.close()


def test_a_code_redeemed_in_parallel_buys_once_and_then_nothing(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    code = world.code(public_client, **proof.parameters)
    with ThreadPoolExecutor(6) as pool:
        answers = list(
            pool.map(
                lambda _: world.redeem(public_client, code, code_verifier=proof.verifier),
                range(6),
            )
        )
    won = [answer.json for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert won[0]
    assert world.user_info(won[0]["access_token"]).status_code == 401


@pytest.mark.parametrize("text", ["\x00", "a\x00b", "\ud800"])
def test_texts_that_it_does_not_take_are_refused_before(
    world: World, public_client: TestClient, text: str
) -> None:
    given = request_of(public_client, **Pkce().parameters)
    browser = world.browser()
    for name in (*given, "nonce", "login_hint"):
        query = urlencode({**given, name: text}, errors="surrogatepass")
        for path in ("/oauth2/authorize", "/login", "/logout"):
            answer = browser.get(f"{path}?{query}", base_url=ORIGIN)
            assert answer.status_code < 500
    for path in ("/login", "/signup", "/forgotPassword", "/confirm", "/confirmforgotPassword"):
        address = f"{path}?{urlencode(given)}"
        form = {"username": "x", "password": text.encode("utf-8", "replace").decode(), "code": "x"}
        form["csrf_token"] = csrf_token(browser.get(address, base_url=ORIGIN))
        assert browser.post(address, data=form, base_url=ORIGIN).status_code < 500
        raw = urlencode({**form, "username": text, "code": text}, errors="surrogatepass")
        answer = browser.post(
            address, data=raw, base_url=ORIGIN, content_type="application/x-www-form-urlencoded"
        )
        assert answer.status_code < 500


def test_nul_in_credentials_is_refused_before(world: World) -> None:
    for pair in (b"a\0b:c", b"%00:a"):
        basic = {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}
        for path in ("/oauth2/token", "/oauth2/revoke"):
            answer = world.browser().post(
                path, data={"grant_type": "client_credentials"}, headers=basic, base_url=ORIGIN
            )
            assert answer.status_code == 401


@pytest.mark.parametrize("text", ["%00", "us-east-1_%00", "a%00b_x", "%ff_%ff"])
def test_addresses_that_it_does_not_take_are_refused_before(world: World, text: str) -> None:
    for document in ("openid-configuration", "jwks.json"):
        answer = world.browser().get(f"/{text}/.well-known/{document}", base_url=ORIGIN)
        assert answer.status_code == 404


def test_a_whole_sign_up(world: World) -> None:
    client = world.client(world.pool())
    browser, query = world.browser(), urlencode(request_of(client, **Pkce().parameters))

    def submit(path: str, **form: str) -> int:
        token = csrf_token(browser.get(f"{path}?{query}", base_url=ORIGIN))
        form = {**form, "csrf_token": token}
        return browser.post(f"{path}?{query}", data=form, base_url=ORIGIN).status_code

    assert submit("/signup", username="ada@example.com", password=PASSWORD) == 303
    assert submit("/confirm", code=world.sent_code()) == 303
    assert submit("/login", username="ada@example.com", password=PASSWORD) == 302


def test_an_open_registration_that_nobody_uses_ends(world: World, pool_id: str) -> None:
    world.configure(pool_id, dynamic_registration="open")
    made = registered(world, pool_id)
    world.time.now += open_registrations.UNUSED_FOR.total_seconds()
    cleanup.sweep(world.kernel)
    assert made["client_id"] not in {row.id for row in world.rows(UserPoolClient)}


def test_a_public_client_pushes_so_many_requests(
    world: World, public_client: TestClient, proof: Pkce, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pushed_requests, "MOST_OPEN", 1)
    statuses = [push(world, public_client, **proof.parameters).status_code for _ in range(2)]
    assert statuses == [201, 429]
