"""Amplify v6. It splits x-amzn-ErrorType and refreshes with GetTokensFromRefreshToken."""

from __future__ import annotations

from functools import partial

import pytest

from tests.servers.application import PASSWORD, Application, new_address
from tests.servers.node import RunScript


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
