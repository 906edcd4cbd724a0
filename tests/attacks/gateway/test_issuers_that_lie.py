"""Issuers of JWT authorizers that lie, stall or grow, and callers who make us ask them."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Iterator
from typing import Any

import pytest

from kernel.tokens.errors import InvalidToken
from kernel.tokens.remote_issuers import PAUSE_SECONDS
from tests.gateway.issuer import DISCOVERY, JWKS, Issuer, Moving, verifier_of
from tests.waiting import wait_until


@pytest.fixture
def issuer() -> Iterator[Issuer]:
    made = Issuer()
    made.add_key("ES256", "k1")
    yield made
    made.close()


@pytest.fixture
def other() -> Iterator[Issuer]:
    """Somebody else's server, where nobody should call."""
    made = Issuer()
    yield made
    made.close()


def is_taken(verifier: Any, issuer: Issuer, token: str | None = None) -> bool:
    try:
        verifier.verify(token or issuer.token("ES256", "k1"), issuer.url)
    except InvalidToken:
        return False
    return True


def test_a_flood_of_made_up_key_ids_fetches_once_in_half_a_minute(issuer):
    moving = Moving()
    verifier = verifier_of(issuer.url, moving=moving)
    assert is_taken(verifier, issuer)
    flood = [issuer.token("ES256", "k1", name=f"made-up-{number}") for number in range(300)]
    for step in range(3):
        moving.ahead = step * PAUSE_SECONDS
        assert not any(is_taken(verifier, issuer, token) for token in flood)
        assert is_taken(verifier, issuer)
    assert issuer.asked == [DISCOVERY, JWKS] * 3


def test_a_flood_at_once_asks_an_issuer_once_and_waits_for_one_answer(issuer):
    issuer.delay = 0.3
    verifier = verifier_of(issuer.url)
    token = issuer.token("ES256", "k1")
    taken: list[bool] = []
    callers = [
        threading.Thread(target=lambda: taken.append(is_taken(verifier, issuer, token)))
        for _ in range(40)
    ]
    for caller in callers:
        caller.start()
    for caller in callers:
        caller.join()
    assert taken == [True] * 40
    assert issuer.asked == [DISCOVERY, JWKS]
    assert issuer.most_at_once == 1


def test_made_up_key_ids_do_not_hold_up_tokens_of_known_keys(issuer):
    moving = Moving()
    verifier = verifier_of(issuer.url, moving=moving)
    assert is_taken(verifier, issuer)
    moving.ahead = PAUSE_SECONDS
    issuer.delay = 1.4
    made_up = issuer.token("ES256", "k1", name="made-up")
    flood = threading.Thread(target=lambda: is_taken(verifier, issuer, made_up))
    another = issuer.token("ES256", "k1", jti="another")
    flood.start()
    wait_until(lambda: issuer.at_once)
    assert is_taken(verifier, issuer, another)
    assert issuer.at_once, "the issuer still keeps the flood waiting"
    flood.join()


@pytest.mark.parametrize("delay", [3.0, 30.0])
def test_an_issuer_has_a_second_and_a_half_for_each_document(issuer, delay):
    issuer.delay = delay
    started = time.monotonic()
    assert not is_taken(verifier_of(issuer.url), issuer)
    assert 1.4 < time.monotonic() - started < 10
    assert issuer.asked == [DISCOVERY]


@pytest.mark.parametrize("path", [DISCOVERY, JWKS])
def test_a_document_of_more_than_150000_bytes_is_not_read(issuer, path):
    whole = issuer.documents[path]
    issuer.documents[path] = whole + b" " * (150_000 - len(whole))
    assert is_taken(verifier_of(issuer.url), issuer)
    issuer.documents[path] += b" "
    assert not is_taken(verifier_of(issuer.url), issuer)


@pytest.mark.parametrize(
    "document",
    [
        b"",
        b"[]",
        b"7",
        b"{",
        b'{"keys": 7}',
        b'{"keys": {"k1": 1}}',
        b'{"keys": [null, 7, "k", [], {"kty": {}}]}',
        b"[" * 140_000,
        b'{"keys": [' + b"[" * 70_000 + b"]" * 70_000 + b"]}",
        b"\xff\xfe",
        b'{"keys": [{"kty": "RSA", "kid": "k1", "n": "' + b"A" * 100_000 + b'", "e": "AQAB"}]}',
        b'{"keys": [{"kty": "EC", "kid": "k1", "crv": "P-256", "x": "AA", "y": "AA"}]}',
        b'{"keys": [{"kty": "OKP", "kid": "k1", "crv": "Ed25519", "x": "AA"}]}',
        b'{"keys": [{"kty": "EC", "kid": "k1", "crv": ["P-256"], "x": 1, "y": null}]}',
    ],
)
def test_keys_that_are_none_open_nothing(issuer, document):
    issuer.documents[JWKS] = document
    assert not is_taken(verifier_of(issuer.url), issuer)


def test_a_secret_among_the_keys_is_no_key(issuer):
    secret = base64.urlsafe_b64encode(b"s" * 32).rstrip(b"=").decode()
    keys = {"keys": [{"kty": "oct", "kid": "k1", "k": secret, "alg": "HS256"}]}
    issuer.documents[JWKS] = json.dumps(keys).encode()
    assert not is_taken(verifier_of(issuer.url), issuer)


def test_a_signature_of_zeros_is_refused_by_a_curve(issuer):
    """CVE-2022-21449: r = s = 0 was good for every message and key."""
    head, claims, _ = issuer.token("ES256", "k1").split(".")
    zeros = base64.urlsafe_b64encode(bytes(64)).rstrip(b"=").decode()
    verifier = verifier_of(issuer.url)
    assert is_taken(verifier, issuer)
    assert not is_taken(verifier, issuer, f"{head}.{claims}.{zeros}")


@pytest.mark.parametrize("path", [DISCOVERY, JWKS])
def test_a_redirect_is_not_followed(issuer, other, path):
    other.documents.update(issuer.documents)
    issuer.redirects[path] = f"http://127.0.0.1:{other.port}{path}"
    assert not is_taken(verifier_of(issuer.url), issuer)
    assert other.asked == []


@pytest.mark.parametrize(
    "location",
    [
        "http://169.254.169.254/latest/meta-data/",
        "http://[::ffff:169.254.169.254]/",
        "http://127.0.0.2:{port}/tenant/keys",
        "http://2130706434:{port}/tenant/keys",
        "http://0x7f000002:{port}/tenant/keys",
        "http://[::1]:{port}/tenant/keys",
        "file:///etc/passwd",
        "gopher://127.0.0.1:{port}/",
        "http://user@127.0.0.2:{port}/tenant/keys",
        "http://127.0.0.1\\@127.0.0.2:{port}/",
        "http://127.0.0.1:{port}\r\nX: y/",
        "",
    ],
)
def test_keys_are_not_fetched_from_where_the_operator_allows_nothing(issuer, other, location):
    """The issuer's address is allowed; no other of the inner network is."""
    other.documents.update(issuer.documents)
    issuer.publish(jwks_uri=location.replace("{port}", str(other.port)))
    started = time.monotonic()
    assert not is_taken(verifier_of(issuer.url, allow=("127.0.0.1/32",)), issuer)
    assert time.monotonic() - started < 10
    assert other.asked == []


def test_an_inner_issuer_is_not_asked_unless_the_operator_allows_it(issuer):
    assert not is_taken(verifier_of(issuer.url, allow=()), issuer)
    assert issuer.asked == []


def test_a_token_does_not_choose_whom_we_ask(issuer, other):
    other.add_key("ES256", "k1")
    verifier = verifier_of(issuer.url)
    assert not is_taken(verifier, issuer, other.token("ES256", "k1"))
    assert not is_taken(verifier, issuer, other.token("ES256", "k1", iss=issuer.url))
    assert other.asked == []


def test_one_issuers_key_does_not_speak_for_another_of_the_same_name(issuer, other):
    other.add_key("ES256", "k1")
    verifier = verifier_of(issuer.url, other.url)
    assert is_taken(verifier, issuer)
    assert is_taken(verifier, other)
    assert not is_taken(verifier, issuer, other.token("ES256", "k1"))
    assert not is_taken(verifier, issuer, other.token("ES256", "k1", iss=issuer.url))
