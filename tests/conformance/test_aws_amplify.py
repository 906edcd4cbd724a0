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
