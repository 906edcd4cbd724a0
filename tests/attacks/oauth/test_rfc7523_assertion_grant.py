"""Attacks on the grant of an assertion (RFC 7523 §3)."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.idp.oauth.keys import by_secret, client_key, unsigned
from tests.idp.oauth.test_jwt_bearer import KEY, app, assertion, error_of, present, trust
from tests.idp.oauth.world import ORIGIN, TestClient, World

__all__ = ["app"]


def test_rfc7523_section_3_a_replayed_assertion_is_refused(world: World, app: TestClient) -> None:
    once = assertion(world)
    assert present(world, app, once).status_code == 200
    assert error_of(present(world, app, once)) == "invalid_grant"


@pytest.mark.parametrize(
    "changes",
    [
        {"iss": "https://attacker.example"},
        {"iss": ["https://partner.example"]},
        {"aud": "https://other.example/oauth2/token"},
        {"aud": [f"{ORIGIN}/oauth2/token", "https://other.example"]},
        {"aud": None},
        {"sub": "nobody@example.com"},
        {"sub": None},
        {"sub": ""},
        {"sub": "x" * 300},
        {"sub": "a\x00b"},
        {"sub": "\ud800"},
        {"sub": {"$ne": 1}},
        {"exp": 1},
        {"exp": None},
        {"exp": 1_700_000_000 + 601},
        {"nbf": 1_700_000_000 + 60},
        {"jti": None},
        {"header": {"kid": "a", "jku": "https://attacker.example"}, "iss": "x"},
        {"header": {"kid": "b"}},
        {"header": {"kid": "a", "typ": "at+jwt"}},
        {"header": {"kid": "a", "typ": "client-authentication+jwt"}},
    ],
    ids=range(21),
)
def test_rfc7523_section_3_wrong_assertions_are_refused(
    world: World, app: TestClient, changes: dict[str, Any]
) -> None:
    assert error_of(present(world, app, assertion(world, **changes))) == "invalid_grant"


def test_rfc8725_section_3_1_other_signatures_are_refused(world: World, app: TestClient) -> None:
    forgers = (client_key("RS256", 1), unsigned(), by_secret(json.dumps(KEY.jwk(kid="a"))))
    for forger in forgers:
        assert error_of(present(world, app, assertion(world, forger))) == "invalid_grant"


def test_an_issuer_is_trusted_with_its_own_clients_alone(
    world: World, app: TestClient, pool_id: str
) -> None:
    other = world.client(pool_id, confidential=True)
    assert error_of(present(world, other, assertion(world))) == "invalid_grant"


def test_an_issuer_of_one_pool_says_nothing_about_another(world: World, app: TestClient) -> None:
    elsewhere = world.pool()
    world.user(elsewhere, "eve@example.com")
    client = world.client(elsewhere, confidential=True)
    text = assertion(world, sub="eve@example.com")
    assert error_of(present(world, client, text)) == "invalid_grant"
    assert error_of(present(world, app, text)) == "invalid_grant"


def test_a_users_sub_of_another_pool_is_nobody(world: World, app: TestClient) -> None:
    sub = world.user(world.pool(), "eve@example.com")
    trust(world, app, subject="sub")
    assert error_of(present(world, app, assertion(world, sub=sub))) == "invalid_grant"
