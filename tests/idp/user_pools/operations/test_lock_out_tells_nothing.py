"""While a user is locked out no password is looked at: the time of an answer must not tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from idp.user_pools.rules import srp
from tests.idp.user_pools.operations.srp_exchange import Exchange
from tests.idp.user_pools.operations.world import AppClient, World, new_email, refused

EXCEEDED = "Password attempts exceeded"


@pytest.fixture
def client(world: World) -> AppClient:
    world.time.now = float(int(time.time()))  # pycognito signs its own clock's time
    return world.email_pool().client()


@pytest.fixture
def email(client: AppClient) -> str:
    address = new_email()
    client.pool.create_user(address, email=address, email_verified="true")
    return address


def lock_out(client: AppClient, email: str) -> None:
    for _ in range(12):
        with refused("NotAuthorizedException"):
            client.sign_in(email, "Wrong-horse-9")


@pytest.fixture
def looked_at(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Which checks of a password have run."""
    seen: list[str] = []

    def noted(name: str) -> Callable[..., Any]:
        real = getattr(srp, name)

        def check(*arguments: Any) -> Any:
            seen.append(name)
            return real(*arguments)

        return check

    for name in ("check_password", "is_claim_true"):
        monkeypatch.setattr(srp, name, noted(name))
    return seen


def test_password_is_not_looked_at(client: AppClient, email: str, looked_at: list[str]) -> None:
    lock_out(client, email)
    assert looked_at  # the spy sees what there is to see
    looked_at.clear()
    for password in ("Correct-horse-7", "Wrong-horse-9"):
        with refused("NotAuthorizedException", EXCEEDED):
            client.sign_in(email, password)
    assert looked_at == []


def test_proof_is_not_looked_at_for_a_challenge_from_before(
    client: AppClient, email: str, looked_at: list[str]
) -> None:
    right, wrong = Exchange(client, email), Exchange(client, email, "Wrong-horse-9")
    lock_out(client, email)
    looked_at.clear()
    for exchange in (right, wrong):
        with refused("NotAuthorizedException", EXCEEDED):
            exchange.respond()
    assert looked_at == []
