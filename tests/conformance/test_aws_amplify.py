"""Amplify v6. It splits x-amzn-ErrorType and refreshes with GetTokensFromRefreshToken."""

from __future__ import annotations

from functools import partial

import pytest

from tests.servers.application import (
    PASSWORD,
    Application,
    create_application,
    new_address,
    track_devices,
)
from tests.servers.node import RunScript
from tests.servers.poolgate_server import Poolgate


@pytest.fixture
def amplify(node: RunScript, application: Application) -> RunScript:
    return partial(
        node,
        "aws-amplify",
        endpoint=application.server.url,
        poolId=application.pool_id,
        clientId=application.client_id,
    )


def test_sign_up_and_confirmation(amplify: RunScript, application: Application) -> None:
    email = new_address()
    made = amplify(action="signUp", email=email, password=PASSWORD)
    assert made["nextStep"]["signUpStep"] == "CONFIRM_SIGN_UP"
    code = application.server.outbox.latest(email)["code"]
    confirmed = amplify(action="confirm", email=email, code=code)
    assert confirmed["isSignUpComplete"] is True


def test_session_from_sign_in_to_sign_out(amplify: RunScript, application: Application) -> None:
    person = application.sign_up()
    seen = amplify(action="session", email=person.email, password=PASSWORD)
    assert seen["answer"]["isSignedIn"] is True
    assert seen["user"]["userId"] == person.sub
    assert seen["attributes"]["email"] == person.email
    assert seen["again"]["access"]["jti"] != seen["first"]["access"]["jti"]
    assert seen["after"]["name"] == "UserUnAuthenticatedException"


def test_wrong_password_is_refused_by_name(amplify: RunScript, application: Application) -> None:
    person = application.sign_up()
    refused = amplify(action="refuse", email=person.email, password="Wrong-horse-7-battery")
    assert refused["name"] == "NotAuthorizedException"


def test_each_refresh_rotates(node: RunScript, poolgate_server: Poolgate) -> None:
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    rotating = create_application(
        poolgate_server,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation=rotation,
    )
    answer = node(
        "aws-amplify",
        endpoint=rotating.server.url,
        poolId=rotating.pool_id,
        clientId=rotating.client_id,
        action="rotate",
        email=rotating.sign_up().email,
        password=PASSWORD,
    )
    access = [each["access"] for each in answer["seen"]]
    assert len({each["jti"] for each in access}) == 4
    assert len({each["origin_jti"] for each in access}) == 1


def test_device_from_its_confirmation_until_it_is_forgotten(
    node: RunScript, poolgate_server: Poolgate
) -> None:
    """Refreshing rotates, so that each refresh names the device."""
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    application = create_application(
        poolgate_server,
        ExplicitAuthFlows=["ALLOW_USER_SRP_AUTH"],
        RefreshTokenRotation=rotation,
    )
    track_devices(application, DeviceOnlyRememberedOnUserPrompt=True)
    seen = node(
        "aws-amplify",
        endpoint=application.server.url,
        poolId=application.pool_id,
        clientId=application.client_id,
        action="devices",
        email=application.sign_up().email,
        password=PASSWORD,
    )
    assert len(seen["listed"]) == 1
    for one in ("first", "second", "renewed"):
        assert [seen[one]["access"]["device_key"]] == seen["listed"]
    assert seen["after"]["name"] == "NotAuthorizedException"


@pytest.fixture(scope="module")
def choosing(poolgate_server: Poolgate) -> Application:
    """A pool whose people may sign in without passwords, and a client for USER_AUTH."""
    cognito = poolgate_server.client("cognito-idp")
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}}
    pool = cognito.create_user_pool(
        PoolName="choosing",
        UsernameAttributes=["email"],
        AutoVerifiedAttributes=["email"],
        Policies=policy,
    )["UserPool"]
    client = cognito.create_user_pool_client(
        UserPoolId=pool["Id"],
        ClientName="choosing",
        ExplicitAuthFlows=["ALLOW_USER_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"],
        PreventUserExistenceErrors="ENABLED",
    )["UserPoolClient"]
    return Application(poolgate_server, pool["Id"], client["ClientId"])


@pytest.fixture
def choosing_amplify(node: RunScript, choosing: Application) -> RunScript:
    return partial(
        node,
        "aws-amplify",
        endpoint=choosing.server.url,
        poolId=choosing.pool_id,
        clientId=choosing.client_id,
        outbox=str(choosing.server.outbox.path),
    )


def test_choice_of_a_password(choosing_amplify: RunScript, choosing: Application) -> None:
    person = choosing.sign_up()
    seen = choosing_amplify(
        action="select", email=person.email, answer="PASSWORD", password=PASSWORD
    )
    assert seen["first"]["nextStep"]["signInStep"] == "CONTINUE_SIGN_IN_WITH_FIRST_FACTOR_SELECTION"
    available = seen["first"]["nextStep"]["availableChallenges"]
    assert available == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]
    assert seen["done"]["isSignedIn"] is True
    assert seen["tokens"]["access"]["sub"] == person.sub


@pytest.mark.parametrize("preferred", ["PASSWORD", "PASSWORD_SRP"])
def test_preferred_password(
    choosing_amplify: RunScript, choosing: Application, preferred: str
) -> None:
    person = choosing.sign_up()
    seen = choosing_amplify(
        action="prefer", email=person.email, preferredChallenge=preferred, password=PASSWORD
    )
    assert seen["answer"]["isSignedIn"] is True
    assert seen["tokens"]["access"]["sub"] == person.sub


def test_one_time_password(choosing_amplify: RunScript, choosing: Application) -> None:
    person = choosing.sign_up()
    seen = choosing_amplify(action="oneTimePassword", email=person.email)
    assert seen["asked"]["nextStep"]["signInStep"] == "CONFIRM_SIGN_IN_WITH_EMAIL_CODE"
    assert seen["done"]["isSignedIn"] is True
    assert seen["tokens"]["access"]["sub"] == person.sub


def test_sign_up_without_a_password_signs_in_by_itself(choosing_amplify: RunScript) -> None:
    seen = choosing_amplify(action="signUpAndIn", email=new_address())
    assert seen["confirmed"]["nextStep"]["signUpStep"] == "COMPLETE_AUTO_SIGN_IN"
    assert seen["done"]["isSignedIn"] is True
    assert seen["tokens"]["id"]["email_verified"] is True


def test_passkey_from_its_registration_to_its_deletion(
    choosing_amplify: RunScript, choosing: Application
) -> None:
    choosing.server.client("cognito-idp").set_user_pool_mfa_config(
        UserPoolId=choosing.pool_id,
        WebAuthnConfiguration={"RelyingPartyId": "example.com", "UserVerification": "required"},
    )
    person = choosing.sign_up()
    seen = choosing_amplify(
        action="passkey",
        email=person.email,
        password=PASSWORD,
        relyingParty="example.com",
        origin="https://example.com",
    )
    assert seen["preferred"]["isSignedIn"] is True
    assert "WEB_AUTHN" in seen["first"]["nextStep"]["availableChallenges"]
    assert seen["done"]["isSignedIn"] is True
    (passkey,) = seen["credentials"]
    assert passkey["relyingPartyId"] == "example.com"
    assert seen["left"] == 0
    assert seen["tokens"]["access"]["sub"] == person.sub
