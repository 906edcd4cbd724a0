"""What ends a sign-in that waits for an answer, tried by somebody who has its Session."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from idp.models import RefreshFamily, User
from idp.user_pools.services.sign_in import first_factor
from idp.user_pools.services.sign_in.attempt import Attempt
from tests.idp.user_pools.operations.choosing import FLOWS, begin, choosing_pool, respond
from tests.idp.user_pools.operations.choosing import person as somebody
from tests.idp.user_pools.operations.mfa_world import (
    EMAIL,
    SMS_FACTOR,
    TOTP,
    Person,
    mfa_pool,
    new_phone,
    person,
    set_mfa,
    with_phone,
)
from tests.idp.user_pools.operations.phone import (
    ALWAYS,
    BESIDE,
    PasswordProof,
    Phone,
    get_phone,
    new_person,
)
from tests.idp.user_pools.operations.test_custom_auth import CREATE, VERIFY, functions
from tests.idp.user_pools.operations.tracked import claims_of
from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    attribute_list,
    new_email,
    refused,
)

OTHER_PASSWORD = "Another-horse-8"
Change = Callable[[AppClient, str], None]


def set_password(client: AppClient, username: str) -> None:
    client.pool.call(
        "admin_set_user_password", Username=username, Password=OTHER_PASSWORD, Permanent=True
    )


def forgets_password(client: AppClient, username: str) -> None:
    client.call("forgot_password", Username=username)
    code = client.pool.world.code(username)
    client.call(
        "confirm_forgot_password",
        Username=username,
        ConfirmationCode=code,
        Password=OTHER_PASSWORD,
    )


def signed_out_by_administrator(client: AppClient, username: str) -> None:
    client.pool.call("admin_user_global_sign_out", Username=username)


def disabled_for_a_while(client: AppClient, username: str) -> None:
    client.pool.call("admin_disable_user", Username=username)
    client.pool.call("admin_enable_user", Username=username)


def password_taken_away(client: AppClient, username: str) -> None:
    sub = client.pool.attributes(username)["sub"]
    client.pool.call(
        "admin_disable_provider_for_user",
        User={
            "ProviderName": "Cognito",
            "ProviderAttributeName": "Cognito_Subject",
            "ProviderAttributeValue": sub,
        },
    )


ENDINGS = pytest.mark.parametrize(
    "change",
    [
        set_password,
        forgets_password,
        signed_out_by_administrator,
        disabled_for_a_while,
        password_taken_away,
    ],
)


# --- The password, and a sign-out everywhere ---------------------------------------------------


@pytest.fixture(scope="module")
def tracking(world: World) -> AppClient:
    return world.email_pool(DeviceConfiguration=ALWAYS).client()


@pytest.fixture
def phone(world: World, tracking: AppClient) -> Phone:
    return get_phone(tracking, new_person(world, tracking.pool))


@ENDINGS
def test_device_does_not_begin_after_that(world: World, phone: Phone, change: Change) -> None:
    session = phone.sign_in()["Session"]
    world.time.pass_by(seconds=1)
    change(phone.client, phone.email)
    with refused("NotAuthorizedException", "Invalid session"):
        phone.begin(session)


@ENDINGS
def test_device_does_not_finish_after_that(world: World, phone: Phone, change: Change) -> None:
    proof = phone.proof(phone.sign_in()["Session"])
    world.time.pass_by(seconds=1)
    change(phone.client, phone.email)
    with refused("NotAuthorizedException", "Invalid session"):
        proof.respond()


def test_device_without_a_session_does_not_begin_after_that(world: World, phone: Phone) -> None:
    """As pycognito goes on: what waits for its SRP_A ends as well."""
    first = PasswordProof(phone.client, phone.email, phone.key)
    assert first.respond()["ChallengeName"] == "DEVICE_SRP_AUTH"
    world.time.pass_by(seconds=1)
    set_password(phone.client, phone.email)
    with refused("NotAuthorizedException", "Invalid session"):
        phone.begin(None, first.helper)


def test_own_sign_out_everywhere_ends_what_waits(world: World) -> None:
    who = with_phone(mfa_pool(world, "OPTIONAL", SMS_FACTOR))
    token = who.tokens()["AccessToken"]
    who.prefer(token, SMSMfaSettings={"Enabled": True})
    posed = who.begin()
    world.time.pass_by(seconds=1)
    world.public.global_sign_out(AccessToken=token)
    code = world.code(who.client.pool.attributes(who.username)["phone_number"])
    with refused("NotAuthorizedException", "Invalid session"):
        who.answer(posed, code)
    world.time.pass_by(seconds=1)
    posed = who.begin()
    code = world.code(who.client.pool.attributes(who.username)["phone_number"], of=2)
    assert who.answer(posed, code)["AuthenticationResult"]


def test_sign_out_ends_a_set_up_at_each_stage(world: World) -> None:
    who = person(mfa_pool(world, "ON", TOTP))
    posed, kept = who.begin()["Session"], who.begin()["Session"]
    associated = who.associate(Session=posed)["Session"]
    world.time.pass_by(seconds=1)
    who.client.pool.call("admin_user_global_sign_out", Username=who.username)
    with refused("NotAuthorizedException", "Invalid session"):
        who.verify(who.code(), Session=associated)
    with refused("NotAuthorizedException", "Invalid session"):
        who.associate(Session=kept)


@pytest.mark.parametrize("by", ["password", "srp"])
def test_password_that_changes_while_it_is_checked_signs_nobody_in(
    world: World, by: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last look is taken in the unit that records the sign-in."""
    client = world.email_pool().client()
    email = new_person(world, client.pool)
    passed = first_factor.passed

    def late(attempt: Attempt[Any], user: User) -> Any:
        world.time.pass_by(seconds=1)
        set_password(client, email)
        return passed(attempt, user)

    monkeypatch.setattr(first_factor, "passed", late)
    with refused("NotAuthorizedException", "Incorrect username or password"):
        if by == "srp":
            PasswordProof(client, email, None).respond()
        else:
            client.sign_in(email)


def test_session_is_as_long_whoever_it_is_about(world: World) -> None:
    """With a password, without one, and nobody."""
    client = choosing_pool(world, "PASSWORD", "EMAIL_OTP").client(
        ExplicitAuthFlows=FLOWS, PreventUserExistenceErrors="ENABLED"
    )
    names = [new_email() for _ in range(3)]
    client.pool.create_user(names[0], email=names[0], email_verified="true")
    client.call("sign_up", Username=names[1], UserAttributes=attribute_list({"email": names[1]}))
    client.pool.call("admin_confirm_sign_up", Username=names[1])
    assert len({len(begin(client, name, "EMAIL_OTP")["Session"]) for name in names}) == 1


# --- The address that a code went to -----------------------------------------------------------


def move(pool: Pool, username: str, attribute: str, value: str) -> None:
    pool.call(
        "admin_update_user_attributes",
        Username=username,
        UserAttributes=attribute_list({attribute: value, f"{attribute}_verified": "true"}),
    )


def test_code_of_a_former_address_signs_nobody_in(world: World) -> None:
    client = choosing_pool(world, "PASSWORD", "EMAIL_OTP").client(ExplicitAuthFlows=FLOWS)
    email, other = somebody(client.pool), new_email()
    challenge = begin(client, email, "EMAIL_OTP")
    move(client.pool, email, "email", other)
    with refused("CodeMismatchException"):
        respond(client, challenge, email, EMAIL_OTP_CODE=world.code(email))
    move(client.pool, other, "email", email)
    assert respond(client, challenge, email, EMAIL_OTP_CODE=world.code(email))


def test_code_of_a_former_phone_is_no_second_factor(world: World) -> None:
    who = with_phone(mfa_pool(world, "ON", SMS_FACTOR))
    posed, former = who.begin(), who.client.pool.attributes(who.username)["phone_number"]
    move(who.client.pool, who.username, "phone_number", new_phone())
    with refused("CodeMismatchException"):
        who.answer(posed, world.code(former))


def test_code_does_not_bring_an_address_back_that_was_taken_away(world: World) -> None:
    """It had lost its proof first, so that the code would prove it once more."""
    pool = mfa_pool(world, "OPTIONAL", EMAIL)
    email = new_email()
    who = person(pool, email=email, email_verified="true")
    who.prefer(who.tokens()["AccessToken"], EmailMfaSettings={"Enabled": True})
    unproved = attribute_list({"email": email, "email_verified": "false"})
    pool.call("admin_update_user_attributes", Username=who.username, UserAttributes=unproved)
    posed = who.begin()
    pool.call("admin_delete_user_attributes", Username=who.username, UserAttributeNames=["email"])
    with refused("NotAuthorizedException", "Invalid session"):
        who.answer(posed, world.code(email))
    assert "email" not in pool.attributes(who.username)


# --- The factor that is asked for --------------------------------------------------------------


def test_factor_that_another_one_has_replaced_is_not_taken(world: World) -> None:
    """Who has lost a phone turns its codes off while a thief waits with one of them."""
    who = with_phone(mfa_pool(world, "OPTIONAL", SMS_FACTOR, TOTP))
    token = who.tokens()["AccessToken"]
    who.enrol(token)
    who.prefer(token, SMSMfaSettings={"Enabled": True, "PreferredMfa": True})
    posed = who.begin()
    assert posed["ChallengeName"] == "SMS_MFA"
    who.prefer(token, SMSMfaSettings={"Enabled": False})
    code = world.code(who.client.pool.attributes(who.username)["phone_number"])
    with refused("NotAuthorizedException", "Invalid session"):
        who.answer(posed, code)


def test_authenticator_that_is_turned_off_is_not_taken(world: World) -> None:
    who = with_phone(mfa_pool(world, "OPTIONAL", SMS_FACTOR, TOTP))
    token = who.tokens()["AccessToken"]
    who.enrol(token)
    posed = who.begin()
    assert posed["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    who.prefer(token, SMSMfaSettings={"Enabled": True}, SoftwareTokenMfaSettings={"Enabled": False})
    with refused("NotAuthorizedException", "Invalid session"):
        who.answer(posed, who.next_code())


def test_codes_are_not_taken_after_the_pool_gave_them_up(world: World) -> None:
    pool = mfa_pool(world, "ON", SMS_FACTOR, TOTP)
    who = with_phone(pool)
    posed = who.begin()
    set_mfa(pool, "ON", TOTP)
    with refused("NotAuthorizedException", "Invalid session"):
        who.answer(posed, world.code(pool.attributes(who.username)["phone_number"]))


def test_set_up_proves_no_authenticator_that_came_after_it(world: World) -> None:
    who = person(mfa_pool(world, "ON", TOTP))
    thief, victim = (Person(who.client, who.username) for _ in range(2))
    associated = thief.associate(Session=thief.begin()["Session"])["Session"]
    verified = thief.verify(thief.code(), Session=associated)["Session"]
    world.time.pass_by(seconds=1)
    who.client.pool.call("admin_delete_software_token", Username=who.username)
    associated = victim.associate(Session=victim.begin()["Session"])["Session"]
    finished = victim.verify(victim.code(), Session=associated)["Session"]
    with refused("NotAuthorizedException", "Invalid session"):
        thief.respond("MFA_SETUP", verified)
    assert victim.respond("MFA_SETUP", finished)["AuthenticationResult"]


@pytest.mark.parametrize("stands_in", [True, False])
def test_mfa_that_is_turned_on_is_not_left_out_by_a_device(world: World, stands_in: bool) -> None:
    configuration = ALWAYS if stands_in else BESIDE
    pool = world.email_pool(DeviceConfiguration=configuration)
    phone = get_phone(pool.client(), new_person(world, pool))
    proof = phone.proof(phone.sign_in()["Session"])
    set_mfa(pool, "ON", TOTP)
    if stands_in:
        assert proof.respond()["AuthenticationResult"]
    else:
        with refused("NotAuthorizedException", "Invalid session"):
            proof.respond()


# --- Custom sign-ins ----------------------------------------------------------------------------

# A right answer, and whatever SRP_A and the device prove before it.
DEFINE = """
session = event['request']['session']
passed = [each['challengeName'] for each in session]
order = %s
left = [name for name in order if name not in passed]
event['response']['failAuthentication'] = not all(e['challengeResult'] for e in session)
event['response']['issueTokens'] = not left
event['response']['challengeName'] = left[0] if left else ''
"""


def custom_client(world: World, *order: str, **pool: Any) -> AppClient:
    made = functions(world, DEFINE % list(order), CREATE, VERIFY)
    return world.email_pool(LambdaConfig=made, **pool).client(
        ExplicitAuthFlows=["ALLOW_CUSTOM_AUTH", "ALLOW_USER_SRP_AUTH", "ALLOW_USER_PASSWORD_AUTH"]
    )


def prove_password(client: AppClient, email: str, **parameters: str) -> Any:
    """CUSTOM_AUTH with SRP_A, answered: what the functions want next."""
    proof = PasswordProof.__new__(PasswordProof)
    proof.client = client
    proof.helper = PasswordProof(client, email, None).helper
    asked = client.call(
        "initiate_auth",
        AuthFlow="CUSTOM_AUTH",
        AuthParameters={
            **proof.helper.get_auth_params(), "CHALLENGE_NAME": "SRP_A", **parameters
        },
    )  # fmt: skip
    proof.responses = proof.helper.process_challenge(
        asked["ChallengeParameters"], {"USERNAME": email}
    )
    return proof.respond()


@pytest.mark.parametrize("change", [set_password, signed_out_by_administrator])
def test_functions_do_not_go_on_with_an_older_password(world: World, change: Change) -> None:
    client = custom_client(world, "SRP_A", "PASSWORD_VERIFIER", "CUSTOM_CHALLENGE")
    email = new_person(world, client.pool)
    posed = prove_password(client, email)
    assert posed["ChallengeName"] == "CUSTOM_CHALLENGE"
    world.time.pass_by(seconds=1)
    change(client, email)
    word = "swordfish" + posed["ChallengeParameters"]["step"]
    with refused("NotAuthorizedException", "Invalid session"):
        respond(client, posed, email, ANSWER=word)


def test_functions_may_set_a_password_where_none_was_proved(world: World) -> None:
    client = custom_client(world, "CUSTOM_CHALLENGE")
    email = new_person(world, client.pool)
    posed = client.call("initiate_auth", AuthFlow="CUSTOM_AUTH", AuthParameters={"USERNAME": email})
    world.time.pass_by(seconds=1)
    set_password(client, email)
    assert respond(client, posed, email, ANSWER="swordfish0")["AuthenticationResult"]


def test_device_that_proved_itself_is_not_exchanged(world: World) -> None:
    """The second device of the same person would be recorded as proved."""
    client = custom_client(
        world,
        "SRP_A",
        "PASSWORD_VERIFIER",
        "DEVICE_SRP_AUTH",
        "CUSTOM_CHALLENGE",
        DeviceConfiguration=ALWAYS,
    )
    email = new_person(world, client.pool)
    phone, other = (get_phone(client, email) for _ in range(2))
    device = prove_password(client, email, DEVICE_KEY=phone.key)
    posed = phone.prove(device)
    assert posed["ChallengeName"] == "CUSTOM_CHALLENGE"
    word = "swordfish" + posed["ChallengeParameters"]["step"]
    tokens = respond(client, posed, email, ANSWER=word, DEVICE_KEY=other.key)
    claims = claims_of(tokens["AuthenticationResult"]["AccessToken"])
    assert claims["device_key"] == phone.key


def recorded(world: World, tokens: Any) -> list[str]:
    """The factors of a sign-in."""
    family_id = claims_of(tokens["AccessToken"])["origin_jti"]
    return world.kernel.database.read(
        lambda session: list(session.get_one(RefreshFamily, family_id).factors)
    )


def test_new_password_is_the_one_that_is_recorded(world: World) -> None:
    """The sign-in that replaces a temporary password goes on with what it has set."""
    pool = mfa_pool(world, "ON", SMS_FACTOR)
    who = with_phone(pool)
    pool.call("admin_set_user_password", Username=who.username, Password="Temporary-1!")
    who.password = "Temporary-1!"
    world.time.pass_by(seconds=1)
    session = who.begin()["Session"]
    world.time.pass_by(seconds=1)
    posed = who.respond("NEW_PASSWORD_REQUIRED", session, NEW_PASSWORD=PASSWORD)
    code = world.code(pool.attributes(who.username)["phone_number"])
    tokens = who.answer(posed, code)["AuthenticationResult"]
    assert recorded(world, tokens) == ["PASSWORD", "SMS_MFA"]
