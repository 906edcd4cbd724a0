"""What is good once is good once, whoever is fastest: on SQLite and on PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from werkzeug.test import TestResponse

from idp.models import AuthorizationCode, PushedRequest, RefreshFamily
from kernel.database import Base
from tests.idp.oauth.keys import client_key
from tests.idp.oauth.pushes import open_page, pushed
from tests.idp.oauth.signed_requests import request_claims, send
from tests.idp.oauth.world import ORIGIN, PASSWORD, Pkce, TestClient, World, csrf_token

AT_ONCE = 50


@pytest.fixture(params=["sqlite", "postgresql"])
def world(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[World]:
    if request.param == "sqlite":
        made = World(tmp_path)
    else:
        made = World(tmp_path, database_url=request.getfixturevalue("fresh_postgres_url"))
        Base.metadata.create_all(made.kernel.database.engine)
    yield made
    made.close()


def at_once(action: Callable[[int], TestResponse], times: int = AT_ONCE) -> list[TestResponse]:
    with ThreadPoolExecutor(times) as pool:
        return list(pool.map(action, range(times)))


def test_rfc6749_section_4_1_2_of_fifty_redemptions_of_a_code_one_wins(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    """And the others' replay revokes what it bought."""
    code = world.code(public_client, **proof.parameters)
    answers = at_once(lambda _: world.redeem(public_client, code, code_verifier=proof.verifier))
    won: list[Any] = [answer.json for answer in answers if answer.status_code == 200]
    assert len(won) == 1
    assert {answer.status_code for answer in answers} == {200, 400}
    assert len(world.rows(RefreshFamily)) == 1
    assert world.user_info(won[0]["access_token"]).status_code == 401
    form = {"client_id": public_client.id, "refresh_token": won[0]["refresh_token"]}
    assert world.token(grant_type="refresh_token", **form).status_code == 400


def test_rfc9126_section_7_3_of_many_who_answer_a_pushed_request_one_gets_a_code(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    given = pushed(world, public_client, **proof.parameters)
    address = f"/login?{urlencode(given)}"
    browsers = [world.browser() for _ in range(8)]
    tokens = [csrf_token(open_page(each, given, "/login")) for each in browsers]

    def sign_in(number: int) -> TestResponse:
        form = {
            "csrf_token": tokens[number],
            "username": "ada@example.com",
            "password": PASSWORD,
        }
        return browsers[number].post(address, data=form, base_url=ORIGIN)

    answers = at_once(sign_in, len(browsers))
    with_code = [answer for answer in answers if "code=" in (answer.location or "")]
    assert len(with_code) == 1
    assert len(world.rows(AuthorizationCode)) == 1
    assert world.rows(PushedRequest) == []


def test_rfc9101_section_10_of_fifty_who_send_a_signed_request_one_is_heard(
    world: World, public_client: TestClient, proof: Pkce
) -> None:
    world.register(public_client, jwks={"keys": [client_key().jwk()]})
    signed = client_key().sign(request_claims(world, public_client, **proof.parameters))
    answers = at_once(lambda _: send(world, public_client, signed))
    assert sorted(answer.status_code for answer in answers) == [303] + [400] * (AT_ONCE - 1)
    assert len(world.rows(PushedRequest)) == 1
