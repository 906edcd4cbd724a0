from __future__ import annotations

import hmac

import pytest
from pycognito.aws_srp import AWSSRP

from idp.errors import SecretHashMismatch, SecretHashMissing
from idp.user_pools.rules.secret_hash import check_secret_hash, secret_hash

CLIENT = "1example23456789"


def test_the_hash_is_the_one_that_clients_make():
    assert secret_hash("secret", "jane", CLIENT) == AWSSRP.get_secret_hash("jane", CLIENT, "secret")


def test_either_secret_is_good_while_they_are_rotated():
    for secret in ("old", "new"):
        check_secret_hash(secret_hash(secret, "jane", CLIENT), ["old", "new"], ["jane"], CLIENT)


def test_the_hash_may_be_made_with_the_alias_or_the_username():
    for name in ("jane@example.com", "jane"):
        received = secret_hash("s", name, CLIENT)
        check_secret_hash(received, ["s"], ["jane@example.com", "jane"], CLIENT)


@pytest.mark.parametrize("received", [None, ""])
def test_a_client_with_a_secret_needs_the_hash(received):
    with pytest.raises(SecretHashMissing) as refused:
        check_secret_hash(received, ["s"], ["jane"], CLIENT)
    assert refused.value.message == (
        "Client 1example23456789 is configured with secret but SECRET_HASH was not received"
    )


@pytest.mark.parametrize(
    "received",
    [
        secret_hash("other secret", "jane", CLIENT),
        secret_hash("s", "john", CLIENT),
        secret_hash("s", "jane", "other client"),
        secret_hash("s", "jane", CLIENT).rstrip("="),
        secret_hash("s", "jane", CLIENT).lower(),
        "é",
        "\ud800",
    ],
)
def test_a_hash_of_anything_else_is_refused(received):
    with pytest.raises(SecretHashMismatch) as refused:
        check_secret_hash(received, ["s"], ["jane"], CLIENT)
    assert refused.value.message == "Unable to verify secret hash for client 1example23456789"


def test_a_public_client_ignores_the_hash():
    check_secret_hash("anything", [], ["jane"], CLIENT)
    check_secret_hash(None, [], ["jane"], CLIENT)


def test_every_candidate_is_compared_in_constant_time(monkeypatch):
    compared = []
    compare = hmac.compare_digest
    monkeypatch.setattr(
        hmac, "compare_digest", lambda left, right: compared.append(left) or compare(left, right)
    )
    check_secret_hash(secret_hash("a", "x", CLIENT), ["a", "b"], ["x", "y"], CLIENT)
    assert len(compared) == 4
