"""USER_AUTH where the client hides who exists: whatever somebody is offered, some of the missing
are offered too."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from tests.idp.user_pools.operations.choosing import (
    FLOWS,
    RP_ID,
    Authenticator,
    begin,
    choosing_pool,
    configure,
    person,
    register,
    set_mfa,
)
from tests.idp.user_pools.operations.world import AppClient, Pool, World, new_email, new_name

MANY = 2_000
"""Names of nobody. The rarest of these offers is made to one in some hundred."""
BOTH = {"RelyingPartyId": RP_ID, "FactorConfiguration": "MULTI_FACTOR_WITH_USER_VERIFICATION"}
TWO_FACTORS = ["SOFTWARE_TOKEN_MFA", "WEB_AUTHN"]
PHONE = {"phone_number": "+15551230001", "phone_number_verified": "true"}
Arrange = Callable[[Pool, AppClient], str]


class SecurityKey(Authenticator):
    def create(self, options: Any, **attestation: Any) -> dict[str, Any]:
        made = super().create(options, **attestation)
        made["response"]["transports"] = ["usb", "nfc"]
        return made


def hiding(pool: Pool) -> AppClient:
    return pool.client(ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED")


def offer(client: AppClient, name: str, preferred: str = "") -> Any:
    """An answer without what is of one user or one request alone."""
    answer = begin(client, name, preferred)
    parameters = answer["ChallengeParameters"]
    options = json.loads(parameters.get("CREDENTIAL_REQUEST_OPTIONS", "{}"))
    passkeys = options.get("allowCredentials", [])
    return (
        answer["ChallengeName"],
        answer.get("AvailableChallenges"),
        len(passkeys),
        passkeys[0].get("transports") if passkeys else None,
        options.get("userVerification"),
        parameters.get("CODE_DELIVERY_DELIVERY_MEDIUM"),
    )


def with_passkeys(number: int, kind: type[Authenticator] = Authenticator) -> Arrange:
    def arrange(pool: Pool, client: AppClient) -> str:
        email = person(pool)
        for _ in range(number):
            register(client, email, kind())
        return email

    return arrange


def with_both(mode: str, number: int, *enabled: str) -> Arrange:
    def arrange(pool: Pool, client: AppClient) -> str:
        email = with_passkeys(number)(pool, client)
        configure(pool, MfaConfiguration=mode, WebAuthnConfiguration=BOTH)
        set_mfa(pool, email, enabled=list(enabled))
        return email

    return arrange


def with_phone(pool: Pool, _: AppClient) -> str:
    return person(pool, **PHONE)


@pytest.mark.parametrize("preferred", ["", "EMAIL_OTP", "SMS_OTP", "WEB_AUTHN"])
@pytest.mark.parametrize(
    "arrange",
    [
        lambda pool, _: person(pool),
        with_phone,
        with_passkeys(1),
        with_passkeys(2),
        with_passkeys(3),
        with_passkeys(1, SecurityKey),
        with_both("OFF", 1, *TWO_FACTORS),
        with_both("OPTIONAL", 1),
        with_both("OPTIONAL", 1, "SOFTWARE_TOKEN_MFA"),
        with_both("OPTIONAL", 1, *TWO_FACTORS),
        with_both("OPTIONAL", 0, *TWO_FACTORS),
        with_both("OPTIONAL", 2, *TWO_FACTORS),
        with_both("ON", 1, *TWO_FACTORS),
        with_both("ON", 1, "SOFTWARE_TOKEN_MFA"),
        with_both("ON", 0),
    ],
)
def test_whatever_somebody_is_offered_some_of_the_missing_are_too(
    world: World, arrange: Arrange, preferred: str
) -> None:
    pool = choosing_pool(world)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": RP_ID})
    client = hiding(pool)
    mine = offer(client, arrange(pool, client), preferred)
    assert any(offer(client, new_email(), preferred) == mine for _ in range(MANY))


@pytest.mark.parametrize(
    "addresses", [(), ("email",), ("phone_number",), ("email", "phone_number")]
)
def test_names_that_are_no_address_may_have_any(world: World, addresses: tuple[str, ...]) -> None:
    pool = choosing_pool_of_names(world)
    client = hiding(pool)
    values = {"email": new_email(), "phone_number": PHONE["phone_number"]}
    name = new_name()
    given = {each: values[each] for each in addresses}
    pool.create_user(name, **given, **{f"{each}_verified": "true" for each in addresses})
    mine = offer(client, name)
    assert any(offer(client, new_name()) == mine for _ in range(MANY))


def choosing_pool_of_names(world: World) -> Pool:
    factors = ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]
    return world.pool(Policies={"SignInPolicy": {"AllowedFirstAuthFactors": factors}})


def test_offers_of_nobody_stay_as_they_are(world: World) -> None:
    pool = choosing_pool(world)
    configure(pool, MfaConfiguration="OPTIONAL", WebAuthnConfiguration=BOTH)
    client = hiding(pool)
    for _ in range(20):
        name = new_email()
        assert offer(client, name) == offer(client, name)


def test_a_verifier_of_earlier_times_does_not_tell_in_a_pool_that_keeps_hashes(
    world: World,
) -> None:
    pool = choosing_pool(world, "PASSWORD")
    present = person(pool)
    client = hiding(pool)

    def unit(session: Any) -> None:
        from idp.models import UserPool

        session.get(UserPool, pool.id).password_storage = "argon2id"

    world.kernel.database.write(unit)
    for preferred in ("", "PASSWORD_SRP"):
        mine, theirs = (offer(client, name, preferred) for name in (present, new_email()))
        assert mine == theirs
