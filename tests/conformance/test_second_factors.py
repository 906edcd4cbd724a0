"""Authenticators and SMS in the clients' own hands: JavaScript, Amplify and pycognito."""

from __future__ import annotations

import time

import pyotp
import pytest
from pycognito import Cognito
from pycognito.exceptions import SMSMFAChallengeException, SoftwareTokenMFAChallengeException

from tests.conformance.pycognito_client import pycognito_for, sign_up
from tests.conformance.second_factors import TOTP, new_phone, script, verified_phone, with_mfa
from tests.servers.application import (
    FLOWS,
    PASSWORD,
    Application,
    new_address,
)
from tests.servers.node import RunScript
from tests.servers.poolgate_server import Poolgate


@pytest.fixture(scope="module")
def required(poolgate_server: Poolgate) -> Application:
    return with_mfa(poolgate_server, "ON")


@pytest.fixture(scope="module")
def optional(poolgate_server: Poolgate) -> Application:
    return with_mfa(poolgate_server, "OPTIONAL")


def test_javascript_sets_up_an_authenticator_and_uses_it(
    node: RunScript, required: Application
) -> None:
    person = required.sign_up()
    run = script(node, "amazon-cognito-identity-js", required)
    answer = run(action="totp", email=person.email, password=PASSWORD)
    assert answer["seen"] == ["MFA_SETUP", "SOFTWARE_TOKEN_MFA"]
    assert answer["access"]["sub"] == person.sub
    assert answer["factors"] == ["SOFTWARE_TOKEN_MFA"]
    wrong = run(action="wrongCode", email=person.email, password=PASSWORD)
    assert wrong["code"] == "CodeMismatchException"


@pytest.mark.parametrize("choice", ["SOFTWARE_TOKEN_MFA", "SMS_MFA"])
def test_javascript_chooses_between_factors(
    node: RunScript, optional: Application, choice: str
) -> None:
    person = optional.sign_up()
    phone = new_phone()
    verified_phone(optional, person.email, phone)
    answer = script(node, "amazon-cognito-identity-js", optional)(
        action="select",
        email=person.email,
        password=PASSWORD,
        choice=choice,
        outbox=str(optional.server.outbox.path),
        phone=phone,
    )
    assert answer["seen"] == ["SELECT_MFA_TYPE", choice]
    assert answer["access"]["sub"] == person.sub


def test_amplify_sets_up_an_authenticator_and_uses_it(
    node: RunScript, required: Application
) -> None:
    person = required.sign_up()
    run = script(node, "aws-amplify", required)
    answer = run(action="totp", email=person.email, password=PASSWORD)
    assert answer["steps"] == [
        "CONTINUE_SIGN_IN_WITH_TOTP_SETUP",
        "CONFIRM_SIGN_IN_WITH_TOTP_CODE",
    ]
    assert answer["preference"] == {"enabled": ["TOTP"], "preferred": "TOTP"}
    assert answer["wrong"]["name"] == "CodeMismatchException"
    assert answer["done"]["isSignedIn"] is True


def test_amplify_chooses_between_factors(node: RunScript, optional: Application) -> None:
    person, phone = optional.sign_up(), new_phone()
    verified_phone(optional, person.email, phone)
    answer = script(node, "aws-amplify", optional)(
        action="choose",
        email=person.email,
        password=PASSWORD,
        outbox=str(optional.server.outbox.path),
        phone=phone,
    )
    assert answer["steps"] == [
        "CONTINUE_SIGN_IN_WITH_MFA_SELECTION",
        "CONFIRM_SIGN_IN_WITH_SMS_CODE",
        "DONE",
    ]
    assert sorted(answer["allowed"]) == ["SMS", "TOTP"]


def test_amplify_sets_up_an_email_address(node: RunScript, poolgate_server: Poolgate) -> None:
    cognito, email = poolgate_server.client("cognito-idp"), new_address()
    pool_id = cognito.create_user_pool(PoolName="names")["UserPool"]["Id"]
    cognito.set_user_pool_mfa_config(
        UserPoolId=pool_id, MfaConfiguration="ON", EmailMfaConfiguration={}, **TOTP
    )
    client = cognito.create_user_pool_client(
        UserPoolId=pool_id, ClientName="tests", ExplicitAuthFlows=list(FLOWS)
    )["UserPoolClient"]
    cognito.admin_create_user(UserPoolId=pool_id, Username="ada", MessageAction="SUPPRESS")
    cognito.admin_set_user_password(
        UserPoolId=pool_id, Username="ada", Password=PASSWORD, Permanent=True
    )
    answer = script(node, "aws-amplify", Application(poolgate_server, pool_id, client["ClientId"]))(
        action="emailSetUp",
        username="ada",
        password=PASSWORD,
        email=email,
        outbox=str(poolgate_server.outbox.path),
    )
    assert answer["steps"] == [
        "CONTINUE_SIGN_IN_WITH_MFA_SETUP_SELECTION",
        "CONTINUE_SIGN_IN_WITH_EMAIL_SETUP",
        "CONFIRM_SIGN_IN_WITH_EMAIL_CODE",
        "DONE",
    ]
    assert answer["attributes"]["email"] == email
    assert answer["attributes"]["email_verified"] == "true"


@pytest.mark.parametrize("options", [{}, {"GenerateSecret": True}], ids=["public", "secret"])
def test_pycognito_uses_an_authenticator(
    poolgate_server: Poolgate, options: dict[str, object]
) -> None:
    client = sign_up(with_mfa(poolgate_server, "OPTIONAL", **options))
    client.authenticate(password=PASSWORD)
    totp = pyotp.TOTP(client.associate_software_token())
    assert client.verify_software_token(totp.now(), "python")
    client.set_user_mfa_preference(
        sms_mfa=False, software_token_mfa=True, preferred="SOFTWARE_TOKEN"
    )
    with pytest.raises(SoftwareTokenMFAChallengeException):
        client.authenticate(password=PASSWORD)
    client.respond_to_software_token_mfa_challenge(totp.at(int(time.time()) + 30))
    assert client.access_claims["token_use"] == "access"


def test_pycognito_answers_a_text_message(required: Application) -> None:
    person = required.sign_up()
    verified_phone(required, person.email, "+15555550199")
    client: Cognito = pycognito_for(required, person.email)
    with pytest.raises(SMSMFAChallengeException):
        client.authenticate(password=PASSWORD)
    client.respond_to_sms_mfa_challenge(required.server.outbox.latest("+15555550199")["code"])
    assert client.access_claims["username"] == person.sub
