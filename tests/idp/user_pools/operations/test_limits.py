"""Request rates, quotas, and feature plans, as clients meet them."""

from __future__ import annotations

import json
import time

import pytest

from idp.user_pools.rules import quotas, rate_limits
from idp.user_pools.services import rate_limits as limit_service
from idp.user_pools.services.rate_limits import FILE, RateLimits
from kernel import settings
from tests.idp.user_pools.operations import providers
from tests.idp.user_pools.operations.world import World, outcome, refused


def definition(category: str):
    return {"LimitClass": "API_CATEGORY", "Attributes": {"Category": category}}


@pytest.fixture(autouse=True)
def unlimited_afterwards(world: World):
    yield
    (world.folder / FILE).unlink(missing_ok=True)
    limit_service.of(world.kernel).reload()


def test_nothing_is_limited_unless_somebody_says_so(world):
    found = world.admin.get_provisioned_limit(LimitDefinition=definition("UserPoolRead"))["Limit"]
    assert found == {
        "LimitDefinition": definition("UserPoolRead"),
        "ProvisionedLimitValue": rate_limits.HIGHEST,
        "FreeLimitValue": 15,
    }
    for _ in range(60):
        world.admin.list_user_pools(MaxResults=1)


def test_a_provisioned_limit_is_enforced_and_ends_with_time(world):
    made = world.admin.update_provisioned_limit(
        LimitDefinition=definition("UserPoolRead"), RequestedLimitValue=15
    )
    assert made["Limit"]["ProvisionedLimitValue"] == 15
    results = [outcome(lambda: world.admin.list_user_pools(MaxResults=1)) for _ in range(20)]
    assert results == ["ok"] * 15 + ["TooManyRequestsException"] * 5
    world.pool()  # another category
    assert outcome(lambda: world.client(region="eu-west-1").list_user_pools(MaxResults=1)) == "ok"
    assert outcome(lambda: world.client(key="OTHER").list_user_pools(MaxResults=1)) == "ok"
    world.time.pass_by(seconds=1)
    assert outcome(lambda: world.admin.list_user_pools(MaxResults=1)) == "ok"
    world.time.pass_by(seconds=60)


def test_sign_ins_are_limited_too_and_answers_to_challenges_apart(world):
    pool = world.pool()
    pool.create_user("ann")
    client = pool.client()
    world.admin.update_provisioned_limit(
        LimitDefinition=definition("UserAuthentication"), RequestedLimitValue=120
    )
    bucket = rate_limits.bucket_of("InitiateAuth")
    for _ in range(120):
        limit_service.of(world.kernel).take("000000000000", "us-east-1", bucket)
    with refused("TooManyRequestsException", "Rate exceeded"):
        client.sign_in("ann")
    with refused("InvalidParameterException"):
        client.call("respond_to_auth_challenge", ChallengeName="SMS_MFA", ChallengeResponses={})
    world.time.pass_by(seconds=60)
    assert client.tokens("ann")


def test_a_limit_is_between_the_default_and_the_highest(world):
    for value, code in (
        (14, "InvalidParameterException"),
        (0, "InvalidParameterException"),
        (-1, "InvalidParameterException"),
        (rate_limits.HIGHEST + 1, "ServiceQuotaExceededException"),
    ):
        with refused(code):
            world.admin.update_provisioned_limit(
                LimitDefinition=definition("UserPoolRead"), RequestedLimitValue=value
            )


@pytest.mark.parametrize(
    "attributes", [{}, {"Category": "Nothing"}, {"Category": "UserRead", "x": "y"}]
)
def test_a_limit_that_there_is_not_is_refused(world, attributes):
    for operation, more in (
        ("get_provisioned_limit", {}),
        ("update_provisioned_limit", {"RequestedLimitValue": 500}),
    ):
        with refused("InvalidParameterException", "Category"):
            getattr(world.admin, operation)(
                LimitDefinition={"LimitClass": "API_CATEGORY", "Attributes": attributes}, **more
            )


def test_limits_survive_a_restart_and_a_torn_file_limits_nothing(world):
    world.admin.update_provisioned_limit(
        LimitDefinition=definition("UserRead"), RequestedLimitValue=200
    )
    again = RateLimits(world.kernel)
    assert again.enforced("000000000000", "us-east-1", "UserRead") == 200
    for content in ("{", "[]", json.dumps({"000000000000/us-east-1/UserRead": "many", "x": 1})):
        (world.folder / FILE).write_text(content)
        again.reload()
        assert again.enforced("000000000000", "us-east-1", "UserRead") is None


def test_the_defaults_of_aws_are_taken_by_a_setting(world, tmp_path):
    limits = RateLimits(world.kernel)
    limits._defaults, limits._is_off = rate_limits.DEFAULTS, False
    assert limits.enforced("000000000000", "us-east-1", "ClientAuthentication") == 150


def test_a_check_costs_little(world):
    limits = limit_service.of(world.kernel)
    bucket = rate_limits.bucket_of("InitiateAuth")
    began = time.thread_time()
    for _ in range(10_000):
        limits.take("000000000000", "us-east-1", bucket)
    assert time.thread_time() - began < 0.05  # 5 microseconds each, on a busy machine


@pytest.fixture
def adjusted(world, monkeypatch):
    def adjust(**given: int) -> None:
        monkeypatch.setitem(world.kernel.settings.__dict__, "quotas", tuple(given.items()))

    return adjust


def test_quotas_of_a_pool_are_enforced(world, adjusted):
    pool = world.pool()
    pool.client()
    pool.call("create_group", GroupName="one")
    pool.call("create_resource_server", Identifier="one", Name="One")
    adjusted(clients_per_user_pool=1, groups_per_user_pool=1, resource_servers_per_user_pool=1)
    with refused("LimitExceededException", "clients"):
        pool.client()
    with refused("LimitExceededException", "groups"):
        pool.call("create_group", GroupName="two")
    with refused("GroupExistsException"):
        pool.call("create_group", GroupName="one")
    with refused("LimitExceededException", "resource servers"):
        pool.call("create_resource_server", Identifier="two", Name="Two")


def test_a_pool_has_so_many_identity_providers(world, adjusted):
    pool = world.pool()
    google = {"ProviderType": "Google", "ProviderDetails": providers.GOOGLE}
    amazon = {"ProviderType": "LoginWithAmazon", "ProviderDetails": providers.AMAZON}
    adjusted(identity_providers_per_user_pool=1)
    pool.call("create_identity_provider", ProviderName="Google", **google)
    with refused("LimitExceededException", "identity providers"):
        pool.call("create_identity_provider", ProviderName="LoginWithAmazon", **amazon)
    with refused("DuplicateProviderException"):
        pool.call("create_identity_provider", ProviderName="Google", **google)


def test_a_user_is_in_so_many_groups(world, adjusted):
    pool = world.pool()
    pool.create_user("ann")
    for name in ("one", "two"):
        pool.call("create_group", GroupName=name)
    adjusted(groups_per_user=1)
    pool.call("admin_add_user_to_group", Username="ann", GroupName="one")
    pool.call("admin_add_user_to_group", Username="ann", GroupName="one")
    with refused("LimitExceededException", "groups for the user"):
        pool.call("admin_add_user_to_group", Username="ann", GroupName="two")


def test_an_account_has_so_many_pools_in_a_region(world, adjusted):
    other = world.client(key="OTHER", region="eu-west-3")
    adjusted(user_pools_per_account=1)
    other.create_user_pool(PoolName="one")
    with refused("LimitExceededException", "user pools"):
        other.create_user_pool(PoolName="two")
    world.client(key="OTHER", region="eu-west-2").create_user_pool(PoolName="elsewhere")


def test_an_account_has_so_many_custom_domains(world, adjusted):
    pool, other = world.pool(), world.pool()
    certificate = {"CertificateArn": "arn:aws:acm:us-east-1:000000000000:certificate/x"}
    adjusted(custom_domains_per_account=1)
    pool.call("create_user_pool_domain", Domain="id.one.example", CustomDomainConfig=certificate)
    with refused("LimitExceededException", "custom domains"):
        other.call(
            "create_user_pool_domain", Domain="id.two.example", CustomDomainConfig=certificate
        )
    other.call("create_user_pool_domain", Domain="a-prefix-is-none")


def test_a_quota_that_there_is_not_stops_the_start():
    quotas.check_names(settings.parse({"quotas": "clients_per_user_pool=3"}))
    with pytest.raises(settings.SettingError, match="clients_per_pool"):
        quotas.check_names(settings.parse({"quotas": "clients_per_pool=3"}))


def test_every_quota_has_its_words():
    assert set(quotas._MESSAGES) == set(quotas.DEFAULTS)


def test_a_pool_of_the_lite_tier_has_no_password_history(world):
    history = {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 3}}
    with refused("FeatureUnavailableInTierException", "PasswordHistorySize"):
        world.pool(UserPoolTier="LITE", Policies=history)
    pool = world.pool(Policies=history)
    with refused("FeatureUnavailableInTierException"):
        pool.call("update_user_pool", UserPoolTier="LITE", Policies=history)
    pool.call("update_user_pool", UserPoolTier="LITE")
    assert pool.call("describe_user_pool")["UserPool"]["UserPoolTier"] == "LITE"


def test_a_pool_of_the_lite_tier_has_no_choice_of_factors_and_no_managed_login(world):
    pool = world.pool(UserPoolTier="LITE")
    flows = ["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    with refused("FeatureUnavailableInTierException", "ALLOW_USER_AUTH"):
        pool.client(ExplicitAuthFlows=flows)
    client = pool.client()
    with refused("FeatureUnavailableInTierException"):
        pool.call("update_user_pool_client", ClientId=client.id, ExplicitAuthFlows=flows)
    with refused("FeatureUnavailableInTierException", "ManagedLoginVersion"):
        pool.call("create_user_pool_domain", Domain="lite-one", ManagedLoginVersion=2)
    pool.call("create_user_pool_domain", Domain="lite-one", ManagedLoginVersion=1)
    with refused("FeatureUnavailableInTierException"):
        pool.call("update_user_pool_domain", Domain="lite-one", ManagedLoginVersion=2)
