"""TARGET_ACR_VALUES: levels that a sign-in aims at. A password alone stands for the whole flow."""

from __future__ import annotations

from typing import Any

import pytest

from idp.models import RefreshFamily
from idp.user_pools.services.sign_in import machine, password
from idp.user_pools.services.sign_in.machine import Flow
from tests.idp.user_pools.operations.test_derived_token import EXCHANGER, derive
from tests.idp.user_pools.operations.tracked import claims_of
from tests.idp.user_pools.operations.world import (
    FLOWS,
    PASSWORD,
    AppClient,
    Pool,
    World,
    new_email,
    refused,
)

LOA = [f"urn:cognito:loa:{number}" for number in range(5)]


@pytest.fixture(autouse=True)
def flow(monkeypatch: pytest.MonkeyPatch) -> None:
    """USER_AUTH whose only choice is the password."""
    allowed = frozenset({"ALLOW_USER_PASSWORD_AUTH"})
    flows = {**machine.FLOWS, "USER_AUTH": Flow(password.start, allowed)}
    monkeypatch.setattr(machine, "FLOWS", flows)


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.email_pool()


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client()


@pytest.fixture
def email(pool: Pool) -> str:
    address = new_email()
    pool.create_user(address)
    return address


def step_up(client: AppClient, email: str, levels: str | None, **parameters: str) -> dict[str, str]:
    given = {"USERNAME": email, "PASSWORD": PASSWORD, **parameters}
    if levels is not None:
        given["TARGET_ACR_VALUES"] = levels
    answer = client.call("initiate_auth", AuthFlow="USER_AUTH", AuthParameters=given)
    tokens: dict[str, str] = answer["AuthenticationResult"]
    return tokens


def prove(world: World, tokens: dict[str, str], *factors: str) -> None:
    """Pretend that the sign-in of these tokens had other factors."""

    def unit(session: Any) -> None:
        family_id = claims_of(tokens["AccessToken"])["origin_jti"]
        session.get_one(RefreshFamily, family_id).factors = list(factors)

    world.kernel.database.write(unit)


def test_level_that_is_reached_gives_tokens(client: AppClient, email: str) -> None:
    for levels in (LOA[1], f"{LOA[4]} {LOA[1]}", f"urn:unknown {LOA[1]}"):
        assert claims_of(step_up(client, email, levels)["AccessToken"])["acr"] == LOA[1]


@pytest.mark.parametrize("levels", [LOA[4], f"{LOA[4]} {LOA[3]}", LOA[2]])
def test_level_that_is_not_reached_gives_none(client: AppClient, email: str, levels: str) -> None:
    with refused("NotAuthorizedException", "level"):
        step_up(client, email, levels)


def test_present_factors_are_credited(world: World, client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    prove(world, tokens, "SOFTWARE_TOKEN_MFA")
    stepped = step_up(client, email, LOA[4], ACCESS_TOKEN=tokens["AccessToken"])
    claims = claims_of(stepped["AccessToken"])
    assert (claims["acr"], claims["amr"]) == (LOA[4], ["otp", "pwd", "mfa"])
    assert claims["origin_jti"] != claims_of(tokens["AccessToken"])["origin_jti"]


def test_old_factors_are_not_credited(world: World, client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    prove(world, tokens, "SOFTWARE_TOKEN_MFA")
    world.time.pass_by(seconds=61)
    given = {"ACCESS_TOKEN": tokens["AccessToken"], "MAX_AGE": "60"}
    with refused("NotAuthorizedException", "level"):
        step_up(client, email, LOA[4], **given)
    given["MAX_AGE"] = "61"
    assert step_up(client, email, LOA[4], **given)


def test_token_that_is_good_enough_is_not_renewed(client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    with refused("InvalidParameterException", "already"):
        step_up(client, email, LOA[1], ACCESS_TOKEN=tokens["AccessToken"])


def test_nobody_is_credited_with_anothers_factors(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    other = new_email()
    pool.create_user(other)
    tokens = client.tokens(other)
    prove(world, tokens, "SOFTWARE_TOKEN_MFA")
    with refused("NotAuthorizedException"):
        step_up(client, email, LOA[4], ACCESS_TOKEN=tokens["AccessToken"])
    with refused("NotAuthorizedException"):
        step_up(client, new_email(), LOA[4], ACCESS_TOKEN=tokens["AccessToken"])
    client.call("revoke_token", Token=tokens["RefreshToken"])
    with refused("NotAuthorizedException", "revoked"):
        step_up(client, other, LOA[4], ACCESS_TOKEN=tokens["AccessToken"])


def test_services_are_credited_with_nothing(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    prove(world, tokens, "SOFTWARE_TOKEN_MFA")
    service = pool.client(**{**EXCHANGER, "AllowedOAuthScopes": []})
    derived = derive(service, tokens["AccessToken"])["IssuedToken"]
    with refused("NotAuthorizedException"):
        step_up(client, email, LOA[4], ACCESS_TOKEN=derived)


def test_parameters_must_make_sense(client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    for levels, given in (
        ("urn:unknown", {}),
        (None, {"ACCESS_TOKEN": tokens["AccessToken"]}),
        (LOA[1], {"MAX_AGE": "soon"}),
        (LOA[1], {"MAX_AGE": "9" * 10}),
    ):
        with refused("InvalidParameterException"):
            step_up(client, email, levels, **given)


def test_lite_pools_have_no_levels_to_step_up_to(world: World, email: str) -> None:
    pool = world.email_pool(UserPoolTier="LITE")
    pool.create_user(email)
    client = pool.client(ExplicitAuthFlows=FLOWS)
    with refused("FeatureUnavailableInTierException"):
        step_up(client, email, LOA[1])
    assert step_up(client, email, None)


def test_administrators_step_up_too(client: AppClient, email: str) -> None:
    given = {"USERNAME": email, "PASSWORD": PASSWORD, "TARGET_ACR_VALUES": LOA[4]}
    with refused("NotAuthorizedException", "level"):
        client.pool.call(
            "admin_initiate_auth", ClientId=client.id, AuthFlow="USER_AUTH", AuthParameters=given
        )


def test_levels_are_kept_over_challenges(pool: Pool, client: AppClient) -> None:
    """A new password is asked for in between; the level is looked at in the end."""
    address = new_email()
    pool.call("admin_create_user", Username=address, MessageAction="SUPPRESS")
    pool.call("admin_set_user_password", Username=address, Password=PASSWORD, Permanent=False)
    given = {"USERNAME": address, "PASSWORD": PASSWORD, "TARGET_ACR_VALUES": LOA[4]}
    posed = client.call("initiate_auth", AuthFlow="USER_AUTH", AuthParameters=given)
    answers = {"USERNAME": address, "NEW_PASSWORD": "New-horse-77"}
    with refused("NotAuthorizedException", "level"):
        client.call(
            "respond_to_auth_challenge",
            ChallengeName=posed["ChallengeName"],
            Session=posed["Session"],
            ChallengeResponses=answers,
        )
