"""TARGET_ACR_VALUES, MAX_AGE and ACCESS_TOKEN of USER_AUTH: levels that a sign-in aims at."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP

from idp.models import RefreshFamily, User
from idp.user_pools.rules import acr
from idp.user_pools.services import revocation
from tests.idp.user_pools.operations.choosing import (
    FLOWS,
    RP_ID,
    begin,
    choosing_pool,
    configure,
    register,
    respond,
)
from tests.idp.user_pools.operations.choosing import person as someone
from tests.idp.user_pools.operations.machines import EXCHANGER, derive
from tests.idp.user_pools.operations.mfa_world import SMS_FACTOR, TOTP, Person, new_phone, set_mfa
from tests.idp.user_pools.operations.phone import ALWAYS, BESIDE, get_phone, new_person
from tests.idp.user_pools.operations.tracked import claims_of
from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    new_email,
    refused,
)

LOA = [f"urn:cognito:loa:{number}" for number in range(5)]


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.email_pool()


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client(ExplicitAuthFlows=FLOWS)


@pytest.fixture
def email(pool: Pool) -> str:
    address = new_email()
    pool.create_user(address)
    return address


def step_up(client: AppClient, email: str, levels: str | None, **parameters: str) -> dict[str, str]:
    """The tokens of a password that is given for these levels."""
    if levels is not None:
        parameters["TARGET_ACR_VALUES"] = levels
    answer = begin(client, email, "PASSWORD", PASSWORD=PASSWORD, **parameters)
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


def test_what_another_provider_said_is_not_credited(
    world: World, client: AppClient, email: str
) -> None:
    """Its own session may be old, and answered for the person when he came."""
    tokens = client.tokens(email)
    said = acr.of_upstream({"Level4": "urn:theirs"}, "urn:theirs", ["hwk", "otp"])
    prove(world, tokens, "FEDERATION", *said)
    given = {"ACCESS_TOKEN": tokens["AccessToken"]}
    with refused("NotAuthorizedException", "level"):
        step_up(client, email, LOA[4], **given)
    claims = claims_of(step_up(client, email, LOA[1], **given)["AccessToken"])
    assert (claims["acr"], claims["amr"]) == (LOA[1], ["pwd"])


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
    pool = world.email_pool()
    pool.create_user(email)
    client = pool.client(ExplicitAuthFlows=FLOWS)
    configure(pool, UserPoolTier="LITE")
    with refused("FeatureUnavailableInTierException"):
        step_up(client, email, LOA[1])


def test_administrators_step_up_too(client: AppClient, email: str) -> None:
    given = {
        "USERNAME": email,
        "PREFERRED_CHALLENGE": "PASSWORD",
        "PASSWORD": PASSWORD,
        "TARGET_ACR_VALUES": LOA[4],
    }
    with refused("NotAuthorizedException", "level"):
        client.pool.call(
            "admin_initiate_auth", ClientId=client.id, AuthFlow="USER_AUTH", AuthParameters=given
        )


def test_levels_are_kept_over_challenges(pool: Pool, client: AppClient) -> None:
    """A new password is asked for in between; the level is looked at in the end."""
    address = new_email()
    pool.call("admin_create_user", Username=address, MessageAction="SUPPRESS")
    pool.call("admin_set_user_password", Username=address, Password=PASSWORD, Permanent=False)
    posed = begin(client, address, "PASSWORD", PASSWORD=PASSWORD, TARGET_ACR_VALUES=LOA[4])
    answers = {"USERNAME": address, "NEW_PASSWORD": "New-horse-77"}
    with refused("NotAuthorizedException", "level"):
        client.call(
            "respond_to_auth_challenge",
            ChallengeName=posed["ChallengeName"],
            Session=posed["Session"],
            ChallengeResponses=answers,
        )


@pytest.fixture(scope="module")
def secured(world: World) -> AppClient:
    """Of a pool in which people may turn on second factors."""
    pool = world.email_pool()
    set_mfa(pool, "OPTIONAL", TOTP, SMS_FACTOR)
    return pool.client(ExplicitAuthFlows=FLOWS)


@pytest.fixture
def person(secured: AppClient) -> Person:
    made = Person(secured, new_email())
    secured.pool.create_user(made.username)
    return made


def set_up(person: Person, token: str) -> None:
    """An authenticator that works, and that the person has not turned on."""
    person.associate(AccessToken=token)
    person.verify(person.code(), AccessToken=token)


@pytest.fixture
def signed_in(person: Person) -> str:
    """The access token of a password alone, of a person who has an authenticator."""
    set_up(person, person.tokens()["AccessToken"])
    person.world.time.pass_by(seconds=30)
    return person.tokens()["AccessToken"]


def aim(person: Person, levels: str, token: str, **parameters: str) -> Any:
    given = {"TARGET_ACR_VALUES": levels, "ACCESS_TOKEN": token, **parameters}
    return begin(person.client, person.username, **given)


def test_second_factor_alone_is_asked_of_who_is_signed_in(person: Person, signed_in: str) -> None:
    posed = aim(person, LOA[4], signed_in)
    assert posed["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    with refused("CodeMismatchException"):
        person.answer(posed, "000000")
    tokens = person.answer(posed, person.next_code())["AuthenticationResult"]
    claims = claims_of(tokens["AccessToken"])
    assert (claims["acr"], claims["amr"]) == (LOA[4], ["pwd", "otp", "mfa"])
    with refused("InvalidParameterException", "already"):
        aim(person, LOA[4], tokens["AccessToken"])


def test_first_factor_is_asked_again_where_it_is_old(
    world: World, person: Person, signed_in: str
) -> None:
    world.time.pass_by(seconds=61)
    posed = aim(person, LOA[4], signed_in, MAX_AGE="60")
    assert posed["ChallengeName"] == "SELECT_CHALLENGE"
    asked = respond(person.client, posed, person.username, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    tokens = person.answer(asked, person.next_code())["AuthenticationResult"]
    assert claims_of(tokens["AccessToken"])["acr"] == LOA[4]


def enters_an_authenticator(person: Person, token: str) -> None:
    set_up(person, token)


def enters_a_phone_number(person: Person, token: str) -> None:
    public, phone = person.world.public, new_phone()
    attribute = {"Name": "phone_number", "Value": phone}
    public.update_user_attributes(AccessToken=token, UserAttributes=[attribute])
    public.get_user_attribute_verification_code(AccessToken=token, AttributeName="phone_number")
    public.verify_user_attribute(
        AccessToken=token, AttributeName="phone_number", Code=person.world.code(phone)
    )


def changes_the_password(person: Person, token: str) -> None:
    person.world.public.change_password(
        AccessToken=token, PreviousPassword=PASSWORD, ProposedPassword="New-horse-77"
    )


@pytest.mark.parametrize(
    "change", [enters_an_authenticator, enters_a_phone_number, changes_the_password]
)
def test_token_is_no_credit_for_what_it_has_brought_about(
    world: World, person: Person, signed_in: str, change: Callable[[Person, str], None]
) -> None:
    """Who has stolen a token must not sign in by a factor that he made with it."""
    world.time.pass_by(seconds=1)
    change(person, signed_in)
    for levels in (LOA[4], LOA[3], LOA[2]):
        assert aim(person, levels, signed_in)["ChallengeName"] == "SELECT_CHALLENGE"


def test_nor_is_it_where_that_is_brought_about_meanwhile(
    world: World, person: Person, signed_in: str
) -> None:
    posed = aim(person, LOA[4], signed_in)
    assert posed["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    world.time.pass_by(seconds=30)
    set_up(person, signed_in)  # the thief's own, in place of the person's
    with refused("NotAuthorizedException"):
        person.answer(posed, person.next_code())


def test_temporary_password_is_not_replaced_by_a_token(
    world: World, person: Person, signed_in: str
) -> None:
    def unit(session: Any) -> None:
        row = session.get_one(User, claims_of(signed_in)["sub"])
        row.status = "FORCE_CHANGE_PASSWORD"

    world.kernel.database.write(unit)
    assert aim(person, LOA[4], signed_in)["ChallengeName"] == "SELECT_CHALLENGE"


def test_token_of_a_lower_level_is_not_renewed_for_nothing(person: Person) -> None:
    """Level 4 is out of reach, level 1 is reached: something must be proved anew all the same."""
    token = person.tokens()["AccessToken"]
    posed = aim(person, f"{LOA[4]} {LOA[1]}", token)
    assert posed["ChallengeName"] == "SELECT_CHALLENGE"
    tokens = step_up(person.client, person.username, f"{LOA[4]} {LOA[1]}", ACCESS_TOKEN=token)
    assert claims_of(tokens["AccessToken"])["acr"] == LOA[1]


def test_factor_that_is_not_turned_on_is_asked_for_a_level(person: Person, signed_in: str) -> None:
    given = {"PASSWORD": PASSWORD, "TARGET_ACR_VALUES": f"{LOA[4]} {LOA[1]}"}
    posed = begin(person.client, person.username, "PASSWORD", **given)
    tokens = person.answer(posed, person.next_code())["AuthenticationResult"]
    assert claims_of(tokens["AccessToken"])["acr"] == LOA[4]


@pytest.mark.parametrize("is_verified", [True, False])
def test_level_counts_verified_addresses_alone(person: Person, is_verified: bool) -> None:
    """Who has the token alone can enter a number of his own."""
    phone = {"phone_number": new_phone(), "phone_number_verified": str(is_verified).lower()}
    person.client.pool.call(
        "admin_update_user_attributes",
        Username=person.username,
        UserAttributes=[{"Name": name, "Value": value} for name, value in phone.items()],
    )
    person.world.time.pass_by(seconds=1)
    posed = aim(person, LOA[3], person.tokens()["AccessToken"])
    assert posed["ChallengeName"] == ("SMS_MFA" if is_verified else "SELECT_CHALLENGE")


def test_credit_is_no_second_factor(world: World, person: Person, signed_in: str) -> None:
    """The pool asks for one because of the password; the level alone counts what was before."""
    person.prefer(signed_in, SoftwareTokenMfaSettings={"Enabled": True})
    begun = person.begin()
    token = person.answer(begun, person.next_code())["AuthenticationResult"]["AccessToken"]
    prove(world, {"AccessToken": token}, "SOFTWARE_TOKEN_MFA")
    given = {"PASSWORD": PASSWORD, "TARGET_ACR_VALUES": LOA[4], "ACCESS_TOKEN": token}
    posed = begin(person.client, person.username, "PASSWORD", **given)
    assert posed["ChallengeName"] == "SOFTWARE_TOKEN_MFA"


def test_password_may_be_proved_by_srp(world: World, secured: AppClient) -> None:
    public, client = world.public, secured
    person = Person(secured, new_person(world, secured.pool))
    set_up(person, person.tokens()["AccessToken"])
    srp = AWSSRP(person.username, PASSWORD, client.pool.id, client.id, client=public)
    given = {"SRP_A": srp.get_auth_params()["SRP_A"], "TARGET_ACR_VALUES": LOA[4]}
    posed = begin(client, person.username, "PASSWORD_SRP", **given)
    proof = srp.process_challenge(posed["ChallengeParameters"], {"USERNAME": person.username})
    asked = client.call(
        "respond_to_auth_challenge",
        ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses=proof,
    )
    tokens = person.answer(asked, person.next_code())["AuthenticationResult"]
    assert claims_of(tokens["AccessToken"])["acr"] == LOA[4]


def test_device_has_no_part_in_a_level(world: World) -> None:
    """A remembered one replaces the second factor, but where a level takes it."""
    pool = world.email_pool(DeviceConfiguration=ALWAYS)
    set_mfa(pool, "OPTIONAL", TOTP)
    client = pool.client(ExplicitAuthFlows=FLOWS)
    phone = get_phone(client, new_person(world, pool))
    person = Person(client, phone.email)
    person.enrol(phone.tokens["AccessToken"])
    given = {"PASSWORD": PASSWORD, "DEVICE_KEY": phone.key}
    usual = begin(client, phone.email, "PASSWORD", **given)
    assert usual["ChallengeName"] == "DEVICE_SRP_AUTH"
    posed = begin(client, phone.email, "PASSWORD", TARGET_ACR_VALUES=LOA[4], **given)
    assert posed["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    done = phone.prove(person.answer(posed, person.next_code()))["AuthenticationResult"]
    assert claims_of(done["AccessToken"])["acr"] == LOA[4]


def test_device_of_an_earlier_sign_in_proves_itself_anew(world: World) -> None:
    """The token's device is no proof of this sign-in's, and no hindrance where there is none."""
    pool = world.email_pool(DeviceConfiguration=ALWAYS)
    client = pool.client(ExplicitAuthFlows=FLOWS)
    phone = get_phone(client, new_person(world, pool))
    tokens = phone.prove(phone.sign_in())["AuthenticationResult"]
    assert recorded(world, tokens) == ["PASSWORD", "DEVICE_SRP_AUTH"]
    given = {
        "PASSWORD": PASSWORD,
        "TARGET_ACR_VALUES": f"{LOA[4]} {LOA[1]}",
        "ACCESS_TOKEN": tokens["AccessToken"],
    }
    posed = begin(client, phone.email, "PASSWORD", DEVICE_KEY=phone.key, **given)
    assert posed["ChallengeName"] == "DEVICE_SRP_AUTH"
    elsewhere = begin(client, phone.email, "PASSWORD", **given)["AuthenticationResult"]
    assert elsewhere["NewDeviceMetadata"]["DeviceKey"] != phone.key
    assert recorded(world, elsewhere) == ["PASSWORD", "PASSWORD"]


def recorded(world: World, tokens: dict[str, Any]) -> list[str]:
    """The factors of the sign-in of these tokens."""
    family_id = claims_of(tokens["AccessToken"])["origin_jti"]
    return world.kernel.database.read(
        lambda session: list(session.get_one(RefreshFamily, family_id).factors)
    )


def test_credit_ends_with_a_sign_out_everywhere(
    world: World, person: Person, signed_in: str
) -> None:
    posed = aim(person, LOA[4], signed_in)
    assert posed["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    world.time.pass_by(seconds=30)
    world.public.global_sign_out(AccessToken=signed_in)
    with refused("NotAuthorizedException", "Invalid session"):
        person.answer(posed, person.next_code())


def test_token_is_no_credit_beside_a_passkey_that_it_has_made(world: World) -> None:
    pool = choosing_pool(world)
    configure(pool, WebAuthnConfiguration={"RelyingPartyId": RP_ID})
    client = pool.client(ExplicitAuthFlows=FLOWS)
    email = someone(pool)
    older = client.tokens(email)["AccessToken"]
    world.time.pass_by(seconds=1)
    passkey = register(client, email)  # as the thief of a token would, by that token
    given = {"TARGET_ACR_VALUES": LOA[3], "ACCESS_TOKEN": older}
    posed = begin(client, email, "WEB_AUTHN", **given)
    options = posed["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"]
    answer = respond(client, posed, email, CREDENTIAL=passkey.get(options))
    assert claims_of(answer["AuthenticationResult"]["AccessToken"])["amr"] == ["swk"]


def test_credit_ends_with_the_sign_in_that_gave_it(
    world: World, person: Person, signed_in: str
) -> None:
    """Whoever finds a stolen session in the list ends it, and what was begun with it."""
    posed = aim(person, LOA[4], signed_in)
    family_id = claims_of(signed_in)["origin_jti"]
    revocation.end(world.kernel, family_id)
    with refused("NotAuthorizedException", "Invalid session"):
        person.answer(posed, person.next_code())


def test_device_comes_after_the_factor_that_leads_to_a_level(world: World) -> None:
    """The factor that the pool asks for is to the user's credit; the authenticator is fresh."""
    pool = world.email_pool(DeviceConfiguration=BESIDE)
    set_mfa(pool, "OPTIONAL", TOTP, SMS_FACTOR)
    client = pool.client(ExplicitAuthFlows=FLOWS)
    phone = get_phone(client, new_person(world, pool))
    person, number = Person(client, phone.email), new_phone()
    moved = {"phone_number": number, "phone_number_verified": "true"}
    pool.call(
        "admin_update_user_attributes",
        Username=phone.email,
        UserAttributes=[{"Name": name, "Value": value} for name, value in moved.items()],
    )
    set_up(person, phone.tokens["AccessToken"])
    person.prefer(phone.tokens["AccessToken"], SMSMfaSettings={"Enabled": True})
    world.time.pass_by(seconds=1)
    begun = person.begin()
    token = person.answer(begun, world.code(number))["AuthenticationResult"]["AccessToken"]
    given = {"TARGET_ACR_VALUES": LOA[4], "ACCESS_TOKEN": token, "DEVICE_KEY": phone.key}
    posed = begin(client, phone.email, **given)
    assert posed["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    device = person.answer(posed, person.next_code())
    tokens = phone.prove(device)["AuthenticationResult"]
    assert claims_of(tokens["AccessToken"])["acr"] == LOA[4]
