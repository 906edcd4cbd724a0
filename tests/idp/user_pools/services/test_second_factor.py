"""What the judgement of threat protection means for second factors."""

from __future__ import annotations

from typing import Any

import pytest

from idp.errors import SecondFactorMissing
from idp.models import User
from idp.user_pools.services.sign_in import beginning, second_factor
from idp.user_pools.services.sign_in.attempt import Asked, Attempt
from idp.user_pools.services.sign_in.risk import Decision
from idp.user_pools.services.subjects import load_client
from tests.idp.user_pools.operations.mfa_world import SMS, SMS_FACTOR, TOTP, mfa_pool, new_phone
from tests.idp.user_pools.operations.world import Pool, World


def posed(pool: Pool, decision: Decision, **attributes: str) -> str | None:
    """The challenge for a user with these attributes after his password."""
    kernel, client = pool.world.kernel, pool.client()
    pool.create_user("ada", **attributes)
    context = kernel.database.look_up(load_client, kernel, client.id)

    def complete(_: Attempt[Any], user: User) -> User:
        return user

    begun = kernel.database.look_up(
        beginning.start, kernel, context, "ada", complete, Asked()
    ).proved("PASSWORD")
    assert begun.user
    challenge = second_factor.pose(begun, begun.user, decision)
    return challenge.name if challenge else None


def test_usual_sign_in_needs_what_the_pool_says(world: World) -> None:
    assert posed(world.pool(), Decision.ALLOW, phone_number=new_phone()) is None
    optional = mfa_pool(world, "OPTIONAL", SMS_FACTOR)
    assert posed(optional, Decision.ALLOW, phone_number=new_phone()) is None
    assert posed(mfa_pool(world, "ON", TOTP), Decision.ALLOW) == "MFA_SETUP"


def test_risky_sign_in_asks_who_could_use_a_factor(world: World) -> None:
    risky = Decision.SECOND_FACTOR_IF_CONFIGURED
    optional = mfa_pool(world, "OPTIONAL", SMS_FACTOR)
    assert posed(optional, risky, phone_number=new_phone()) == "SMS_MFA"
    assert posed(mfa_pool(world, "OPTIONAL", SMS_FACTOR), risky) is None
    assert posed(world.pool(**SMS), risky, phone_number=new_phone()) is None


@pytest.mark.parametrize("mode", ["ON", "OPTIONAL"])
def test_riskier_sign_in_is_refused_to_who_has_no_factor(world: World, mode: str) -> None:
    needed = Decision.SECOND_FACTOR
    pool = mfa_pool(world, mode, SMS_FACTOR, TOTP)
    assert posed(pool, needed, phone_number=new_phone()) == "SMS_MFA"
    with pytest.raises(SecondFactorMissing):
        posed(mfa_pool(world, mode, SMS_FACTOR, TOTP), needed)


def test_riskier_sign_in_is_refused_where_the_pool_has_no_factor(world: World) -> None:
    with pytest.raises(SecondFactorMissing):
        posed(world.pool(**SMS), Decision.SECOND_FACTOR, phone_number=new_phone())
