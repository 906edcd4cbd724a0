"""Whoever may create domain names must not become the page on which people sign in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from gateway.control.account.host_names import OtherHosts
from gateway.control.errors import Conflicting, Invalid
from idp.user_pools.operations import pools as pool_operations
from idp.user_pools.services.domains import is_taken
from tests.gateway.control.caller import Caller
from tests.idp.user_pools.operations.world import World, quick_keys
from tests.servers.authority import Authority

CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/0123"}
LOGIN = "login.example.org"
STRANGER, OTHER = "111111111111", "222222222222"


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


def test_nobody_speaks_by_the_operators_certificate_for_a_name_below_it(world: World) -> None:
    folder = world.kernel.settings.instance / "certificates"
    Authority().server("*.example.net").write(folder, "_.example.net")
    arn = "arn:aws:acm:us-east-1:{}:certificate/_.example.net"
    stranger = Caller(world.kernel, account=STRANGER)
    for account in (STRANGER, "000000000000"):
        with pytest.raises(Invalid):
            stranger(
                "CreateDomainName",
                DomainName="shop.example.net",
                DomainNameConfigurations=[{"CertificateArn": arn.format(account)}],
            )
    assert stranger("GetDomainNames") == {"Items": []}
    assert Caller(world.kernel)(
        "CreateDomainName",
        DomainName="shop.example.net",
        DomainNameConfigurations=[{"CertificateArn": arn.format("000000000000")}],
    )


def test_no_pool_of_another_account_takes_a_name_below_the_operators_wildcard(world: World) -> None:
    folder = world.kernel.settings.instance / "certificates"
    Authority().server("*.example.net").write(folder, "_.example.net")
    Authority().server("theirs.example.net").write(folder, "theirs.example.net")
    own, stranger = world.admin, world.client(key="OTHER")

    def take(client: Any, domain: str) -> None:
        pool_id = client.create_user_pool(PoolName="people")["UserPool"]["Id"]
        client.create_user_pool_domain(
            UserPoolId=pool_id, Domain=domain, CustomDomainConfig=CERTIFICATE
        )

    with pytest.raises(stranger.exceptions.InvalidParameterException, match="another account"):
        take(stranger, "signin.example.net")
    take(own, "signin.example.net")
    take(stranger, "theirs.example.net")
    take(stranger, "signin.elsewhere.example")


@pytest.mark.parametrize(
    "uri",
    [
        "s3://bucket/ca.pem",
        f"s3://{STRANGER}/bucket/ca.pem",
        f"s3://@{STRANGER}/bucket/ca.pem",
        "s3://../bucket/ca.pem",
        "s3://x/../bucket/ca.pem",
    ],
)
def test_nobody_names_the_trust_store_of_another_account(world: World, uri: str) -> None:
    folder = world.kernel.settings.instance / "truststores"
    Authority().write(folder / "bucket" / "ca.pem")
    Authority().write(folder / f"@{OTHER}" / "bucket" / "ca.pem")
    mutual = {"TruststoreUri": uri}
    with pytest.raises(Invalid):
        Caller(world.kernel, account=STRANGER)(
            "CreateDomainName", DomainName="shop.example.net", MutualTlsAuthentication=mutual
        )


def test_an_account_has_trust_stores_of_its_own(world: World) -> None:
    folder = world.kernel.settings.instance / "truststores"
    Authority().write(folder / f"@{STRANGER}" / "bucket" / "ca.pem")
    mutual = {"TruststoreUri": "s3://bucket/ca.pem"}
    for account, is_there in ((STRANGER, True), (OTHER, False), ("000000000000", False)):
        caller = Caller(world.kernel, account=account)
        name = f"api.{account}.example.net"
        if is_there:
            assert caller("CreateDomainName", DomainName=name, MutualTlsAuthentication=mutual)
            continue
        with pytest.raises(Invalid):
            caller("CreateDomainName", DomainName=name, MutualTlsAuthentication=mutual)
