"""Attacks on clients that authenticate with a JWT (RFC 7523 §3, RFC 8725, RFC 9700 §2.5)."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from tests.idp.oauth.keys import ClientKey, by_secret, client_key, unsigned
from tests.idp.oauth.test_client_assertions import (
    SCOPE,
    TOKEN_ENDPOINT,
    ask,
    claims,
    key,
    machine,
    register,
)
from tests.idp.oauth.world import ORIGIN, TestClient, World

__all__ = ["key", "machine"]

REFUSED = {"error": "invalid_client"}


def test_rfc7523_section_3_a_replayed_jti_is_refused(
    world: World, machine: TestClient, key: ClientKey
) -> None:
    assertion = key.sign(claims(world, machine, jti="once"))
    assert ask(world, assertion).status_code == 200
    assert ask(world, assertion).json == REFUSED
    # Signed anew, the identifier is the same.
    again = key.sign(claims(world, machine, jti="once", exp=int(world.time.now) + 61))
    assert ask(world, again).json == REFUSED


@pytest.mark.parametrize(
    "changes",
    [
        {"aud": "https://other.example/oauth2/token"},
        {"aud": ["https://other.example", TOKEN_ENDPOINT]},
        {"aud": []},
        {"aud": None},
        {"aud": {"token": TOKEN_ENDPOINT}},
        {"aud": f"{ORIGIN}/us-east-1_other"},
        {"iss": "https://attacker.example"},
        {"iss": None},
        {"sub": "attacker"},
        {"sub": None},
        {"sub": ["x"]},
        {"iss": "a\x00b", "sub": "a\x00b"},
        {"iss": "\ud800", "sub": "\ud800"},
        {"jti": "\ud800"},
        {"exp": float("nan")},
        {"exp": None},
        {"exp": 1},
        {"exp": 1_700_000_000 + 3611},
        {"exp": "1700000060"},
        {"exp": True},
        {"exp": 1e999},
        {"nbf": 1_700_000_000 + 60},
        {"iat": 1_700_000_000 + 60},
        {"iat": "now"},
        {"jti": None},
        {"jti": ""},
        {"jti": 7},
        {"jti": "j" * 256},
    ],
    ids=range(28),
)
def test_rfc7523_section_3_wrong_claims_are_refused(
    world: World, machine: TestClient, key: ClientKey, changes: dict[str, Any]
) -> None:
    assert ask(world, key.sign(claims(world, machine, **changes))).json == REFUSED


def test_rfc7521_section_4_2_an_assertion_of_one_client_is_none_of_another(
    world: World, machine: TestClient, key: ClientKey, pool_id: str
) -> None:
    other = world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[SCOPE],
    )
    register(world, other, client_key("ES256", 1))
    mine = key.sign(claims(world, machine))
    assert ask(world, mine, client_id=other.id).json == REFUSED
    forged = key.sign(claims(world, machine, iss=other.id, sub=other.id))
    assert ask(world, forged).json == REFUSED


def test_rfc8725_section_3_1_no_signature_and_a_key_taken_for_a_secret(
    world: World, machine: TestClient, key: ClientKey
) -> None:
    given = claims(world, machine)
    assert ask(world, unsigned().sign(given)).json == REFUSED
    # The public key as the secret of an HMAC, in each text that it may have.
    for text in (json.dumps(key.public), key.public["x"], json.dumps(key.jwk(kid="first"))):
        assert ask(world, by_secret(text).sign(given)).json == REFUSED
    stripped = key.sign(given).rpartition(".")[0] + "."
    assert ask(world, stripped).json == REFUSED
    assert ask(world, key.sign(given)).status_code == 200


def test_rfc8725_section_3_10_an_embedded_key_is_never_asked(
    world: World, machine: TestClient, key: ClientKey
) -> None:
    mine = client_key("ES256", 9)
    given = claims(world, machine)
    for header in (
        {"jwk": mine.jwk()},
        {"jku": "https://attacker.example/jwks"},
        {"x5u": "https://attacker.example/x5"},
        {"x5c": ["AAAA"]},
        {"crit": ["exp"], "exp": 1},
    ):
        assert ask(world, mine.sign(given, **header)).json == REFUSED
        assert ask(world, key.sign(given, **header)).json == REFUSED


@pytest.mark.parametrize("kind", ["at+jwt", "dpop+jwt", "logout+jwt", "oauth-authz-req+jwt", 1])
def test_rfc8725_section_3_11_a_jwt_of_another_kind_is_refused(
    world: World, machine: TestClient, key: ClientKey, kind: Any
) -> None:
    assert ask(world, key.sign(claims(world, machine), typ=kind)).json == REFUSED


def test_rfc6749_section_2_3_two_methods_at_a_time_are_refused(
    world: World, machine: TestClient, key: ClientKey
) -> None:
    assertion = key.sign(claims(world, machine))
    assert machine.secret
    for more in ({"client_secret": machine.secret}, {"client_assertion_type": "saml"}):
        answer = ask(world, assertion, **more)
        assert answer.json
        assert answer.json["error"] == "invalid_request"


def test_rfc7518_section_3_2_a_short_secret_signs_nothing(world: World, pool_id: str) -> None:
    world.resource_server(pool_id, "boats", "read")
    weak = world.client(
        pool_id,
        ClientSecret="a" * 24,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[SCOPE],
    )
    world.register(weak, token_endpoint_auth_method="client_secret_jwt")
    assert ask(world, by_secret("a" * 24).sign(claims(world, weak))).json == REFUSED


@pytest.mark.parametrize(
    "text", ["", "a", "a.b", "a.b.c", "....", "é.é.é", "x" * 20_000, "e30.e30.", "W10.W10.AA"]
)
def test_what_is_no_jwt_is_an_invalid_client(world: World, machine: TestClient, text: str) -> None:
    answer = ask(world, text)
    assert answer.status_code == 400
    assert answer.json
    assert answer.json["error"] in {"invalid_client", "invalid_request"}


def test_deep_json_is_an_invalid_client(world: World, key: ClientKey) -> None:
    deep: Any = 1
    for _ in range(800):
        deep = [deep]
    assert ask(world, key.sign({"sub": deep})).json == REFUSED


class KeyServer:
    """A client's `jwks_uri` on loopback."""

    def __init__(self) -> None:
        self.body, self.asked, self.seconds = b"{}", 0, 0.0
        served = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                served.asked += 1
                time.sleep(served.seconds)
                self.send_response(200)
                self.end_headers()
                self.wfile.write(served.body)

            def log_message(self, format: str, *args: object) -> None:
                """Say nothing."""

        self.server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/jwks"

    def publish(self, *keys: dict[str, str]) -> None:
        self.body = json.dumps({"keys": keys}).encode()


@pytest.fixture
def key_server() -> Iterator[KeyServer]:
    served = KeyServer()
    thread = threading.Thread(target=served.server.serve_forever, args=(0.02,))
    thread.start()
    yield served
    served.server.shutdown()
    served.server.server_close()
    thread.join()


@pytest.fixture
def open_world(tmp_path: Path) -> Iterator[World]:
    """One that may fetch from loopback."""
    made = World(tmp_path, upstream_allow="127.0.0.0/8")
    yield made
    made.close()


def machine_at(world: World, url: str) -> TestClient:
    pool_id = world.pool()
    world.resource_server(pool_id, "boats", "read")
    client = world.client(
        pool_id,
        confidential=True,
        AllowedOAuthFlows=["client_credentials"],
        AllowedOAuthScopes=[SCOPE],
    )
    world.register(client, token_endpoint_auth_method="private_key_jwt", jwks_uri=url)
    return client


def test_keys_are_fetched_when_they_are_needed_and_kept(
    open_world: World, key_server: KeyServer
) -> None:
    client, signing = machine_at(open_world, key_server.url), client_key()
    key_server.publish(signing.jwk(kid="a"))
    assert key_server.asked == 0
    for _ in range(3):
        answer = ask(open_world, signing.sign(claims(open_world, client), kid="a"))
        assert answer.status_code == 200
    assert key_server.asked == 1


def test_unknown_kids_fetch_anew_once_in_a_while(open_world: World, key_server: KeyServer) -> None:
    client, old, new = machine_at(open_world, key_server.url), client_key(), client_key("EdDSA")
    key_server.publish(old.jwk(kid="a"))
    assert ask(open_world, old.sign(claims(open_world, client), kid="a")).status_code == 200
    for number in range(10):
        made_up = old.sign(claims(open_world, client), kid=f"made-up-{number}")
        assert ask(open_world, made_up).json == REFUSED
    assert key_server.asked == 1
    key_server.publish(new.jwk(kid="b"))
    open_world.time.now += 31
    assert ask(open_world, new.sign(claims(open_world, client), kid="b")).status_code == 200
    assert key_server.asked == 2


@pytest.mark.parametrize("kind", ["oversize", "too many", "private", "no JSON", "no set"])
def test_a_key_set_without_bounds_is_no_key_set(
    open_world: World, key_server: KeyServer, kind: str
) -> None:
    client, signing = machine_at(open_world, key_server.url), client_key()
    jwk = signing.jwk(kid="a")
    key_server.publish(jwk)
    key_server.body = {
        "oversize": json.dumps({"keys": [jwk], "padding": "x" * 200_000}).encode(),
        "too many": json.dumps({"keys": [signing.jwk(kid=str(n)) for n in range(40)]}).encode(),
        "private": json.dumps({"keys": [{**jwk, "d": "AAAA"}]}).encode(),
        "no JSON": b"{",
        "no set": b"[]",
    }[kind]
    assert ask(open_world, signing.sign(claims(open_world, client), kid="a")).json == REFUSED


def test_a_slow_jwks_uri_is_not_waited_for_twice(open_world: World, key_server: KeyServer) -> None:
    client, signing = machine_at(open_world, key_server.url), client_key()
    key_server.publish(signing.jwk(kid="a"))
    key_server.seconds = 3
    for _ in range(5):
        assert ask(open_world, signing.sign(claims(open_world, client), kid="a")).json == REFUSED
    assert key_server.asked == 1


def test_a_private_address_is_not_fetched(world: World, key_server: KeyServer) -> None:
    client, signing = machine_at(world, key_server.url), client_key()
    key_server.publish(signing.jwk(kid="a"))
    assert ask(world, signing.sign(claims(world, client), kid="a")).json == REFUSED
    assert key_server.asked == 0


def test_a_made_up_host_is_no_audience(world: World, machine: TestClient, key: ClientKey) -> None:
    """An assertion for another server must not be good here because its Host header says so."""
    assertion = key.sign(claims(world, machine, aud="http://other.example/oauth2/token"))
    form = {
        "grant_type": "client_credentials",
        "client_assertion_type": "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
        "client_assertion": assertion,
    }
    answer = world.browser().post("/oauth2/token", data=form, base_url="http://other.example")
    assert answer.json == REFUSED
