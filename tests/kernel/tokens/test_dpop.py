from __future__ import annotations

import pytest

from kernel.shared_state.in_process import InProcess
from kernel.tokens import confirmation, dpop
from kernel.tokens.dpop import InvalidProof
from tests.idp.oauth.keys import client_key, hash_of

URI = "https://api.example/orders"
KEY = client_key("ES256", 50)


def proof(uri: str = URI, **changes: object) -> str:
    claims = {"htm": "GET", "htu": uri, "iat": 1000, "jti": "one", **changes}
    return KEY.sign(claims, typ="dpop+jwt", jwk=KEY.jwk())


@pytest.mark.parametrize(
    "spelling",
    [
        "https://api.example/orders?page=2#top",
        "HTTPS://API.EXAMPLE/orders",
        "https://api.example:443/orders",
        "https://api.example/%6frders",
    ],
)
def test_a_target_may_be_spelt_in_several_ways(spelling: str) -> None:
    assert dpop.read(proof(spelling), "GET", URI, 1000).thumbprint == KEY.thumbprint


@pytest.mark.parametrize(
    "other",
    [
        "https://api.example/orders/",
        "https://api.example/Orders",
        "https://api.example/a/../orders",
        "https://api.example%2Forders/",
        "https://api.example:444/orders",
        "https://api.example@evil.example/orders",
        "https:/orders",
        "/orders",
        "https://api.example:port/orders",
        "https://[::1/orders",
    ],
)
def test_another_target_is_refused(other: str) -> None:
    with pytest.raises(InvalidProof):
        dpop.read(proof(other), "GET", URI, 1000)


@pytest.mark.parametrize("now", [939.0, 1061.0])
def test_a_proof_is_good_for_a_minute(now: float) -> None:
    assert dpop.read(proof(), "GET", URI, 1060)
    with pytest.raises(InvalidProof):
        dpop.read(proof(), "GET", URI, now)


def test_a_proof_goes_with_its_token() -> None:
    assert dpop.read(proof(ath=hash_of("token")), "GET", URI, 1000, "token")
    with pytest.raises(InvalidProof):
        dpop.read(proof(ath=hash_of("token")), "GET", URI, 1000, "another")


def test_a_proof_is_spent_once() -> None:
    state, read = InProcess(), dpop.read(proof(), "GET", URI, 1000)
    dpop.spend(state, read)
    with pytest.raises(InvalidProof):
        dpop.spend(state, read)


@pytest.mark.parametrize(
    ("bound", "proven", "met"),
    [
        ({}, {}, True),
        ({}, {"jkt": "a"}, True),
        ({"jkt": "a"}, {"jkt": "a"}, True),
        ({"jkt": "a"}, {"jkt": "b"}, False),
        ({"jkt": "a"}, {}, False),
        ({"jkt": "a", "x5t#S256": "c"}, {"jkt": "a"}, False),
        ({"jkt": ["a"]}, {"jkt": "a"}, False),
        ({"jku": "https://keys.example"}, {}, False),
        ("jkt", {"jkt": "a"}, False),
        (None, {}, False),
    ],
)
def test_everything_that_a_token_is_bound_to_must_be_proven(
    bound: object, proven: dict[str, str], met: bool
) -> None:
    assert confirmation.is_met(bound, proven) is met
