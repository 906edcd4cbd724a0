"""Whoever may create domain names must not become the page on which people sign in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.control.account.host_names import OtherHosts
from gateway.control.errors import Conflicting, Invalid
from idp.user_pools.operations import pools as pool_operations
from idp.user_pools.services.domains import is_taken
from tests.gateway.control.caller import Caller
from tests.idp.user_pools.operations.world import World, quick_keys

CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/0123"}
LOGIN = "login.example.org"


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An instance with a pool whose pages are at login.example.org."""
    monkeypatch.setattr(pool_operations.signing_keys, "make", quick_keys)
    made = World(tmp_path)
    made.kernel.provide(OtherHosts(is_taken))
    made.pool().call("create_user_pool_domain", Domain=LOGIN, CustomDomainConfig=CERTIFICATE)
    yield made
    made.close()


@pytest.mark.parametrize(
    "name",
    [
        LOGIN,
        LOGIN.upper(),
        "*.example.org",
        "localhost",
        "*.localhost",
        "people.auth.us-east-1.localhost",
        "*.auth.us-east-1.localhost",
        "abc123.execute-api.localhost",
        "*.execute-api.localhost",
        "*.execute-api.us-east-1.localhost",
    ],
)
def test_no_domain_takes_or_covers_a_host_of_this_server(world: World, name: str) -> None:
    stranger = Caller(world.kernel, account="111111111111")

    with pytest.raises(Invalid):
        stranger("CreateDomainName", DomainName=name)
    with pytest.raises(Invalid):
        stranger.rest("CreateDomainName", domainName=name)

    assert stranger("GetDomainNames") == {"Items": []}


@pytest.mark.parametrize("name", ["api.example.org", "*.api.example.org", "example.org"])
def test_other_names_beside_it_are_free(world: World, name: str) -> None:
    assert Caller(world.kernel)("CreateDomainName", DomainName=name)["DomainName"] == name


def test_a_public_servers_name_is_its_own(world: World) -> None:
    settings = replace(world.kernel.settings, public_url="https://id.example.com")
    caller = Caller(replace(world.kernel, settings=settings))

    for name in ("id.example.com", "*.example.com", "*.auth.id.example.com"):
        with pytest.raises(Invalid):
            caller("CreateDomainName", DomainName=name)


@pytest.mark.parametrize(
    ("theirs", "mine"),
    [
        ("*.shop.example.net", "login.shop.example.net"),
        ("login.shop.example.net", "*.shop.example.net"),
    ],
)
def test_nobody_takes_hosts_under_the_wildcard_of_another_account(
    world: World, theirs: str, mine: str
) -> None:
    owner, stranger = Caller(world.kernel), Caller(world.kernel, account="111111111111")
    owner("CreateDomainName", DomainName=theirs)

    with pytest.raises(Conflicting):
        stranger("CreateDomainName", DomainName=mine)
    with pytest.raises(Conflicting):
        stranger.rest("CreateDomainName", domainName=mine)

    assert owner("CreateDomainName", DomainName=mine)["DomainName"] == mine
    deeper = f"a.{mine.removeprefix('*.')}"
    if not mine.startswith("*"):
        assert stranger("CreateDomainName", DomainName=deeper)["DomainName"] == deeper
