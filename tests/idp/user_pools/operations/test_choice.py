"""USER_AUTH: choosing among passwords and sent one-time passwords."""

from __future__ import annotations

from typing import Any

import pytest
from pycognito.aws_srp import AWSSRP

from tests.idp.user_pools.operations.choosing import (
    FACTORS,
    FLOWS,
    begin,
    choosing_pool,
    configure,
    person,
    policies,
    respond,
    set_mfa,
)
from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    at_once,
    new_email,
    outcome,
    refused,
)

OTP = ["PASSWORD", "EMAIL_OTP", "SMS_OTP"]


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return choosing_pool(world, *OTP)


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client(ExplicitAuthFlows=FLOWS)


@pytest.fixture
def email(pool: Pool) -> str:
    return person(pool)


def test_without_a_preference_all_that_the_user_has_is_listed(
    client: AppClient, pool: Pool, email: str
) -> None:
    challenge = begin(client, email)
    assert challenge["ChallengeName"] == "SELECT_CHALLENGE"
    assert challenge["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]
    caller = person(pool, phone_number="+15555550123", phone_number_verified="true")
    assert begin(client, caller)["AvailableChallenges"][2:] == ["EMAIL_OTP", "SMS_OTP"]


def test_preferred_password_signs_in_at_once(client: AppClient, email: str) -> None:
    assert begin(client, email, "PASSWORD", PASSWORD=PASSWORD)["AuthenticationResult"]
    with refused("NotAuthorizedException", "Incorrect username or password."):
        begin(client, email, "PASSWORD", PASSWORD="Wrong-horse-9")


def test_preferred_password_without_one_is_asked_for(client: AppClient, email: str) -> None:
    challenge = begin(client, email, "PASSWORD")
    assert challenge["ChallengeName"] == "PASSWORD"
    with refused("NotAuthorizedException"):
        respond(client, challenge, email, PASSWORD="Wrong-horse-9")
    assert respond(client, challenge, email, PASSWORD=PASSWORD)["AuthenticationResult"]


def test_selected_password_signs_in(client: AppClient, email: str) -> None:
    challenge = begin(client, email)
    done = respond(client, challenge, email, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert done["AuthenticationResult"]["AccessToken"]


@pytest.mark.parametrize("way", ["preferred", "selected", "asked"])
def test_secure_remote_password(world: World, client: AppClient, email: str, way: str) -> None:
    import time

    world.time.now = float(int(time.time()))  # the client signs its own clock's time
    helper = AWSSRP(email, PASSWORD, client.pool.id, client.id, client=world.public)
    srp_a = helper.get_auth_params()["SRP_A"]
    if way == "preferred":
        challenge = begin(client, email, "PASSWORD_SRP", SRP_A=srp_a)
    elif way == "selected":
        challenge = respond(client, begin(client, email), email, ANSWER="PASSWORD_SRP", SRP_A=srp_a)
    else:
        asked = begin(client, email, "PASSWORD_SRP")
        assert asked["ChallengeName"] == "PASSWORD_SRP"
        challenge = respond(client, asked, email, SRP_A=srp_a)
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    answers = helper.process_challenge(challenge["ChallengeParameters"], {"USERNAME": email})
    done = client.call(
        "respond_to_auth_challenge",
        ChallengeName="PASSWORD_VERIFIER",
        ChallengeResponses={
            **answers,
            "USERNAME": challenge["ChallengeParameters"]["USER_ID_FOR_SRP"],
        },
    )
    assert done["AuthenticationResult"]


@pytest.mark.parametrize("way", ["preferred", "selected"])
def test_sent_one_time_password_signs_in(
    world: World, client: AppClient, email: str, way: str
) -> None:
    if way == "preferred":
        challenge = begin(client, email, "EMAIL_OTP")
    else:
        challenge = respond(client, begin(client, email), email, ANSWER="EMAIL_OTP")
    assert challenge["ChallengeName"] == "EMAIL_OTP"
    assert challenge["ChallengeParameters"]["CODE_DELIVERY_DELIVERY_MEDIUM"] == "EMAIL"
    code = world.code(email)
    assert len(code) == 8
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    with refused("CodeMismatchException"):
        respond(client, challenge, email, EMAIL_OTP_CODE=wrong)
    done = respond(client, challenge, email, EMAIL_OTP_CODE=code)
    assert done["AuthenticationResult"]["RefreshToken"]
    with refused("NotAuthorizedException", "only be used once"):
        respond(client, challenge, email, EMAIL_OTP_CODE=code)


def test_one_time_password_by_sms(world: World, pool: Pool, client: AppClient) -> None:
    phone = "+15555550188"
    email = person(pool, phone_number=phone, phone_number_verified="true")
    challenge = begin(client, email, "SMS_OTP")
    done = respond(client, challenge, email, SMS_OTP_CODE=world.code(phone))
    assert done["AuthenticationResult"]


def test_administrators_server_signs_in_by_choice(world: World, client: AppClient) -> None:
    email = person(client.pool)
    admin, ids = world.admin, {"UserPoolId": client.pool.id, "ClientId": client.id}
    begun = admin.admin_initiate_auth(
        **ids, AuthFlow="USER_AUTH", AuthParameters={"USERNAME": email}
    )
    assert "EMAIL_OTP" in begun["AvailableChallenges"]
    done = admin.admin_respond_to_auth_challenge(
        **ids,
        ChallengeName="SELECT_CHALLENGE",
        Session=begun["Session"],
        ChallengeResponses={"USERNAME": email, "ANSWER": "PASSWORD", "PASSWORD": PASSWORD},
    )
    assert done["AuthenticationResult"]


def test_the_factor_is_recorded_with_the_sign_in(world: World, client: AppClient) -> None:
    from idp.models import RefreshFamily

    email = person(client.pool)
    challenge = begin(client, email, "EMAIL_OTP")
    respond(client, challenge, email, EMAIL_OTP_CODE=world.code(email))
    sub = client.pool.attributes(email)["sub"]
    found = world.kernel.database.read(
        lambda session: [row.factors for row in session.query(RefreshFamily).filter_by(user_id=sub)]
    )
    assert found == [["EMAIL_OTP"]]


def test_preference_that_the_user_cannot_have_falls_back_to_a_choice(
    client: AppClient, email: str
) -> None:
    for preferred in ("SMS_OTP", "WEB_AUTHN"):
        assert begin(client, email, preferred)["ChallengeName"] == "SELECT_CHALLENGE"
    with refused("InvalidParameterException"):
        begin(client, email, "TELEPATHY")


def test_answer_must_be_one_of_the_available_challenges(client: AppClient, email: str) -> None:
    challenge = begin(client, email)
    for answer in ("SMS_OTP", "WEB_AUTHN", "CUSTOM_CHALLENGE", "PASSWORD_VERIFIER"):
        with refused("InvalidParameterException"):
            respond(client, challenge, email, ANSWER=answer, CREDENTIAL="{}", SRP_A="ab")


def test_session_of_one_challenge_does_not_answer_another(
    world: World, client: AppClient, email: str
) -> None:
    challenge = begin(client, email, "EMAIL_OTP")
    code = world.code(email)
    for name, responses in {
        "SMS_OTP": {"SMS_OTP_CODE": code},
        "SELECT_CHALLENGE": {"ANSWER": "PASSWORD", "PASSWORD": PASSWORD},
        "WEB_AUTHN": {"CREDENTIAL": "{}"},
    }.items():
        with refused("NotAuthorizedException"):
            respond(client, challenge, email, NAME=name, **responses)
    other = person(client.pool)
    with refused("NotAuthorizedException"):
        respond(client, challenge, other, EMAIL_OTP_CODE=code)
    with refused("NotAuthorizedException"):
        elsewhere = client.pool.client(ExplicitAuthFlows=FLOWS)
        respond(elsewhere, challenge, email, EMAIL_OTP_CODE=code)


def test_parallel_answers_sign_in_once(world: World, client: AppClient, email: str) -> None:
    challenge = begin(client, email, "EMAIL_OTP")
    code = world.code(email)
    works = [lambda: respond(client, challenge, email, EMAIL_OTP_CODE=code)] * 6
    assert at_once(*works).count("ok") == 1


def test_guesses_lock_out_over_sessions(world: World, client: AppClient, email: str) -> None:
    challenge = begin(client, email, "EMAIL_OTP")
    code = world.code(email)
    wrong = f"{(int(code) + 1) % 10**8:08d}"
    for _ in range(6):
        again = begin(client, email, "EMAIL_OTP")
        assert outcome(lambda c=again: respond(client, c, email, EMAIL_OTP_CODE=wrong)) != "ok"
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        respond(client, challenge, email, EMAIL_OTP_CODE=code)


def test_unverified_address_receives_nothing(world: World, pool: Pool, client: AppClient) -> None:
    """It may be somebody else's, who would sign in by it."""
    email = person(pool, email_verified="false")
    assert begin(client, email)["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    assert begin(client, email, "EMAIL_OTP")["ChallengeName"] == "SELECT_CHALLENGE"
    assert world.messages(email) == []


def test_address_that_was_changed_since_takes_the_code_away(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    challenge = begin(client, email, "EMAIL_OTP")
    code = world.code(email)
    changes = [{"Name": "email_verified", "Value": "false"}]
    pool.call("admin_update_user_attributes", Username=email, UserAttributes=changes)
    with refused("NotAuthorizedException"):
        respond(client, challenge, email, EMAIL_OTP_CODE=code)


def test_disabled_user_is_refused_after_the_code(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    challenge = begin(client, email, "EMAIL_OTP")
    code = world.code(email)
    pool.call("admin_disable_user", Username=email)
    with refused("NotAuthorizedException", "User is disabled."):
        respond(client, challenge, email, EMAIL_OTP_CODE=code)


def test_invited_user_chooses_among_passwords_only(pool: Pool, client: AppClient) -> None:
    email = new_email()
    pool.call(
        "admin_create_user",
        Username=email,
        TemporaryPassword="Temporary-7",
        MessageAction="SUPPRESS",
        UserAttributes=[
            {"Name": "email", "Value": email},
            {"Name": "email_verified", "Value": "true"},
        ],
    )
    assert begin(client, email)["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP"]
    challenge = begin(client, email, "PASSWORD", PASSWORD="Temporary-7")
    assert challenge["ChallengeName"] == "NEW_PASSWORD_REQUIRED"


def test_who_needs_two_factors_starts_with_a_password(
    world: World, email: str, client: AppClient
) -> None:
    pool = choosing_pool(world)
    caller, other = person(pool), person(pool)
    app = pool.client(ExplicitAuthFlows=FLOWS)
    passwords = ["PASSWORD", "PASSWORD_SRP"]
    configure(pool, MfaConfiguration="OPTIONAL")
    set_mfa(pool, caller, enabled=["SOFTWARE_TOKEN_MFA"])
    assert begin(app, caller)["AvailableChallenges"] == passwords
    assert begin(app, other)["AvailableChallenges"] == [*passwords, "EMAIL_OTP"]
    configure(pool, MfaConfiguration="ON")
    assert begin(app, other)["AvailableChallenges"] == passwords


def test_second_factor_chosen_meanwhile_makes_the_code_worthless(
    world: World, pool: Pool, client: AppClient
) -> None:
    mine = choosing_pool(world, *OTP)
    app, email = mine.client(ExplicitAuthFlows=FLOWS), person(mine)
    challenge = begin(app, email, "EMAIL_OTP")
    code = world.code(email)
    configure(mine, MfaConfiguration="ON")
    with refused("NotAuthorizedException"):
        respond(app, challenge, email, EMAIL_OTP_CODE=code)


def test_user_of_another_provider_cannot_go_around_it(world: World, pool: Pool) -> None:
    """His verified address must not sign him in where his provider should."""
    app, email = pool.client(ExplicitAuthFlows=FLOWS), person(pool)
    sub = pool.attributes(email)["sub"]

    def unit(session: Any) -> None:
        from idp.models import User

        row = session.get(User, sub)
        row.status, row.srp_salt, row.sealed_verifier = "EXTERNAL_PROVIDER", None, None

    world.kernel.database.write(unit)
    with refused("NotAuthorizedException"):
        begin(app, email, "EMAIL_OTP")
    assert world.messages(email) == []


def test_unconfirmed_user_is_told_so(client: AppClient) -> None:
    email = new_email()
    client.sign_up(email, email=email)
    for preferred in ("", "EMAIL_OTP", "PASSWORD"):
        with refused("UserNotConfirmedException"):
            begin(client, email, preferred, PASSWORD=PASSWORD)


def test_missing_user_is_told_where_nothing_is_hidden(client: AppClient) -> None:
    for preferred in ("", "EMAIL_OTP", "PASSWORD", "PASSWORD_SRP"):
        with refused("UserNotFoundException"):
            begin(client, new_email(), preferred, PASSWORD=PASSWORD, SRP_A="ab" * 384)


def test_client_must_allow_the_flow(pool: Pool, email: str) -> None:
    with refused("InvalidParameterException", "USER_AUTH is not enabled"):
        begin(pool.client(), email)


def test_client_with_a_secret_proves_it(pool: Pool, email: str) -> None:
    app = pool.client(ExplicitAuthFlows=FLOWS, GenerateSecret=True)
    with refused("NotAuthorizedException"):
        begin(app, email)
    hashed = app.hash_of(email)
    challenge = begin(app, email, SECRET_HASH=hashed)
    with refused("NotAuthorizedException"):
        respond(app, challenge, email, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    done = respond(app, challenge, email, ANSWER="PASSWORD", PASSWORD=PASSWORD, SECRET_HASH=hashed)
    assert done["AuthenticationResult"]


@pytest.mark.parametrize(
    "factors",
    [["EMAIL_OTP"], ["PASSWORD", "SOFTWARE_TOKEN"], ["PASSWORD", "SMS_OTP", "SMS_OTP"]],
    ids=str,
)
def test_policy_that_is_none_is_refused(world: World, factors: list[str]) -> None:
    with refused("InvalidParameterException"):
        world.pool(**policies(*factors))


def test_lite_tier_has_no_choice(world: World) -> None:
    with refused("FeatureUnavailableInTierException"):
        world.pool(UserPoolTier="LITE", **policies(*FACTORS))
    lite = world.email_pool(UserPoolTier="LITE")
    with refused("FeatureUnavailableInTierException"):
        lite.client(ExplicitAuthFlows=FLOWS)
    pool = choosing_pool(world, *OTP)
    app, email = pool.client(ExplicitAuthFlows=FLOWS), person(pool)
    configure(pool, UserPoolTier="LITE")
    with refused("FeatureUnavailableInTierException"):
        begin(app, email)


def test_policy_is_described_as_it_was_set(world: World) -> None:
    pool = choosing_pool(world)
    described = pool.call("describe_user_pool")["UserPool"]["Policies"]["SignInPolicy"]
    assert described == {"AllowedFirstAuthFactors": FACTORS}


def test_pool_with_argon2id_offers_no_srp(world: World) -> None:
    pool = choosing_pool(world, *OTP)

    def unit(session: Any) -> None:
        from idp.models import UserPool

        session.get(UserPool, pool.id).password_storage = "argon2id"

    world.kernel.database.write(unit)
    flows = [flow for flow in FLOWS if "SRP" not in flow]
    app, email = pool.client(ExplicitAuthFlows=flows), person(pool)
    assert begin(app, email)["AvailableChallenges"] == ["PASSWORD", "EMAIL_OTP"]


def test_factors_of_a_user_are_told(world: World, pool: Pool, client: AppClient) -> None:
    email = person(pool)
    token = client.tokens(email)["AccessToken"]
    mine = world.public.get_user_auth_factors(AccessToken=token)
    assert mine["ConfiguredUserAuthFactors"] == ["PASSWORD", "EMAIL_OTP"]
    assert "UserMFASettingList" not in mine
    theirs = pool.call("admin_get_user_auth_factors", Username=email)
    assert theirs["Username"] == mine["Username"]
    assert theirs["ConfiguredUserAuthFactors"] == mine["ConfiguredUserAuthFactors"]
    set_mfa(pool, email, enabled=["SOFTWARE_TOKEN_MFA"], preferred="SOFTWARE_TOKEN_MFA")
    told = pool.call("admin_get_user_auth_factors", Username=email)
    assert told["UserMFASettingList"] == ["SOFTWARE_TOKEN_MFA"]
    assert told["PreferredMfaSetting"] == "SOFTWARE_TOKEN_MFA"
    assert "SOFTWARE_TOKEN" in told["ConfiguredUserAuthFactors"]
    with refused("NotAuthorizedException"):
        world.public.get_user_auth_factors(AccessToken="a.b.c")
    with refused("UserNotFoundException"):
        pool.call("admin_get_user_auth_factors", Username="nobody")
