"""What is counted for a whole account: parallel requests do not pass the quota together."""

from __future__ import annotations

import pytest

from tests.idp.user_pools.operations.world import World, at_once

AT_ONCE = 6
CERTIFICATE = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x"}


def adjust(world: World, monkeypatch: pytest.MonkeyPatch, **given: int) -> None:
    monkeypatch.setitem(world.kernel.settings.__dict__, "quotas", tuple(given.items()))


def test_pools_of_an_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    adjust(world, monkeypatch, user_pools_per_account=2)
    results = at_once(*[world.pool] * AT_ONCE)
    assert results == ["LimitExceededException"] * (AT_ONCE - 2) + ["ok"] * 2
    assert len(world.admin.list_user_pools(MaxResults=60)["UserPools"]) == 2


def test_custom_domains_of_an_account(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    pools = [world.pool() for _ in range(AT_ONCE)]
    adjust(world, monkeypatch, custom_domains_per_account=2)
    takes = [
        lambda pool=pool, number=number: pool.call(
            "create_user_pool_domain",
            Domain=f"id-{number}.example.com",
            CustomDomainConfig=CERTIFICATE,
        )
        for number, pool in enumerate(pools)
    ]
    assert at_once(*takes) == ["LimitExceededException"] * (AT_ONCE - 2) + ["ok"] * 2


def test_pool_has_one_domain_of_a_kind(world: World) -> None:
    pool = world.pool()
    takes = [
        lambda name=f"prefix-{number}": pool.call("create_user_pool_domain", Domain=name)
        for number in range(AT_ONCE)
    ]
    assert at_once(*takes) == ["InvalidParameterException"] * (AT_ONCE - 1) + ["ok"]


def test_each_region_has_a_quota_of_its_own(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    adjust(world, monkeypatch, user_pools_per_account=1)
    regions = [world.client(region=f"eu-west-{number}") for number in (1, 2, 3)]
    makes = [lambda each=each: each.create_user_pool(PoolName="one") for each in regions]
    assert at_once(*makes) == ["ok"] * 3
