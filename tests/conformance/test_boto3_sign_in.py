"""boto3: each way to sign in, over a server as people start it.

pycognito does the arithmetic of passwords and devices that boto3 leaves to its callers.
"""

from __future__ import annotations

import time
from typing import Any

import jwt
import pyotp
import pytest
from pycognito.aws_srp import AWSSRP, generate_hash_device, long_to_hex

from tests.conformance.second_factors import new_phone, verified_phone, with_mfa
from tests.conformance.test_custom_auth import ANSWERS, with_functions
from tests.idp.user_pools.operations.choosing import Authenticator
from tests.servers.application import (
    PASSWORD,
    Application,
    Person,
    create_application,
    track_devices,
)
from tests.servers.poolgate_server import Poolgate

FLOWS = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]
HIGHEST = "urn:cognito:loa:4"
Answer = dict[str, Any]


class SignIn:
    """One person's sign-ins, each answer in `last`."""

    def __init__(self, application: Application, person: Person | None = None) -> None:
        self.application, self.cognito = application, application.cognito
        self.person = person or application.sign_up()
        self.last: Answer = {}

    def begin(self, flow: str, **parameters: str) -> Answer:
        self.last = self.cognito.initiate_auth(
            ClientId=self.application.client_id,
            AuthFlow=flow,
            AuthParameters={"USERNAME": self.person.email, **parameters},
        )
        return self.last

    def by_password(self, **parameters: str) -> Answer:
        return self.begin("USER_PASSWORD_AUTH", PASSWORD=PASSWORD, **parameters)

    def respond(self, **responses: str) -> Answer:
        session = {"Session": self.last["Session"]} if "Session" in self.last else {}
        self.last = self.cognito.respond_to_auth_challenge(
            ClientId=self.application.client_id,
            ChallengeName=self.last["ChallengeName"],
            ChallengeResponses={"USERNAME": self.person.email, **responses},
            ClientMetadata={"page": "node"},
            **session,
        )
        return self.last

    def srp(self, **device: str) -> AWSSRP:
        return AWSSRP(
            self.person.email, PASSWORD, self.application.pool_id, self.application.client_id,
            client=self.cognito, **device,
        )  # fmt: skip

    def prove_password(self, srp: AWSSRP) -> Answer:
        given = {"USERNAME": self.person.email}
        return self.respond(**srp.process_challenge(self.last["ChallengeParameters"], given))

    @property
    def challenge(self) -> str | None:
        name: str | None = self.last.get("ChallengeName")
        return name

    @property
    def token(self) -> str:
        token: str = self.last["AuthenticationResult"]["AccessToken"]
        return token

    @property
    def claims(self) -> dict[str, Any]:
        claims: dict[str, Any] = jwt.decode(self.token, options={"verify_signature": False})
        return claims


def later(totp: pyotp.TOTP) -> str:
    return totp.at(int(time.time()) + 30)


@pytest.fixture(scope="module")
def choosing(poolgate_server: Poolgate) -> Application:
    """A pool with every first factor, and an authenticator as a second one."""
    made = create_application(poolgate_server, ExplicitAuthFlows=FLOWS)
    admin = poolgate_server.client("cognito-idp")
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}}
    admin.update_user_pool(
        UserPoolId=made.pool_id, AutoVerifiedAttributes=["email"], Policies=policy
    )
    admin.set_user_pool_mfa_config(
        UserPoolId=made.pool_id,
        MfaConfiguration="OPTIONAL",
        SoftwareTokenMfaConfiguration={"Enabled": True},
        WebAuthnConfiguration={"RelyingPartyId": "example.com", "UserVerification": "preferred"},
    )
    return made


def test_choice_and_a_one_time_password(choosing: Application) -> None:
    sign_in = SignIn(choosing)
    assert sign_in.begin("USER_AUTH")["AvailableChallenges"] == [
        "PASSWORD",
        "PASSWORD_SRP",
        "EMAIL_OTP",
    ]
    outbox, email = choosing.server.outbox, sign_in.person.email
    sent = len(outbox.messages(email))
    sign_in.respond(ANSWER="EMAIL_OTP")
    sign_in.respond(EMAIL_OTP_CODE=outbox.latest(email, after=sent)["code"])
    assert sign_in.claims["amr"] == ["email_otp"]


def test_choice_of_a_password_by_srp(choosing: Application) -> None:
    sign_in = SignIn(choosing)
    srp = sign_in.srp()
    sign_in.begin("USER_AUTH")
    sign_in.respond(ANSWER="PASSWORD_SRP", SRP_A=long_to_hex(srp.large_a_value))
    sign_in.prove_password(srp)
    assert sign_in.claims["amr"] == ["pwd"]


def test_passkey_is_registered_and_signs_in(choosing: Application) -> None:
    sign_in, passkey = SignIn(choosing), Authenticator()
    sign_in.by_password()
    who = {"AccessToken": sign_in.token}
    options = sign_in.cognito.start_web_authn_registration(**who)["CredentialCreationOptions"]
    sign_in.cognito.complete_web_authn_registration(Credential=passkey.create(options), **who)
    asked = sign_in.begin("USER_AUTH", PREFERRED_CHALLENGE="WEB_AUTHN")["ChallengeParameters"]
    sign_in.respond(CREDENTIAL=passkey.get(asked["CREDENTIAL_REQUEST_OPTIONS"]))
    assert sign_in.claims["acr"] == "urn:cognito:loa:3"


def test_person_steps_up_by_an_authenticator_alone(choosing: Application) -> None:
    sign_in = SignIn(choosing)
    sign_in.by_password()
    token, cognito = sign_in.token, sign_in.cognito
    totp = pyotp.TOTP(cognito.associate_software_token(AccessToken=token)["SecretCode"])
    cognito.verify_software_token(AccessToken=token, UserCode=totp.now())
    sign_in.by_password()
    levels = {"TARGET_ACR_VALUES": HIGHEST, "ACCESS_TOKEN": sign_in.token, "MAX_AGE": "600"}
    sign_in.begin("USER_AUTH", **levels)
    assert sign_in.challenge == "SOFTWARE_TOKEN_MFA"
    sign_in.respond(SOFTWARE_TOKEN_MFA_CODE=later(totp))
    assert (sign_in.claims["acr"], sign_in.claims["amr"]) == (HIGHEST, ["pwd", "otp", "mfa"])


def test_authenticator_is_set_up_in_the_sign_in(poolgate_server: Poolgate) -> None:
    sign_in = SignIn(with_mfa(poolgate_server, "ON"))
    sign_in.by_password()
    assert sign_in.challenge == "MFA_SETUP"
    made = sign_in.cognito.associate_software_token(Session=sign_in.last["Session"])
    totp = pyotp.TOTP(made["SecretCode"])
    verified = sign_in.cognito.verify_software_token(Session=made["Session"], UserCode=totp.now())
    sign_in.last = {**sign_in.last, "Session": verified["Session"]}
    sign_in.respond()
    assert sign_in.token
    sign_in.by_password()
    sign_in.respond(SOFTWARE_TOKEN_MFA_CODE=later(totp))
    assert sign_in.claims["amr"] == ["pwd", "otp", "mfa"]


def test_text_message_is_chosen_among_factors(poolgate_server: Poolgate) -> None:
    application, phone = with_mfa(poolgate_server, "OPTIONAL"), new_phone()
    sign_in = SignIn(application)
    verified_phone(application, sign_in.person.email, phone)
    sign_in.by_password()
    token, cognito = sign_in.token, sign_in.cognito
    totp = pyotp.TOTP(cognito.associate_software_token(AccessToken=token)["SecretCode"])
    cognito.verify_software_token(AccessToken=token, UserCode=totp.now())
    on = {"Enabled": True, "PreferredMfa": False}
    cognito.set_user_mfa_preference(
        AccessToken=token, SMSMfaSettings=on, SoftwareTokenMfaSettings=on
    )
    sign_in.by_password()
    assert sign_in.challenge == "SELECT_MFA_TYPE"
    sign_in.respond(ANSWER="SMS_MFA")
    sign_in.respond(SMS_MFA_CODE=application.server.outbox.latest(phone)["code"])
    assert sign_in.claims["amr"] == ["pwd", "sms", "mfa"]


def test_email_is_a_second_factor(poolgate_server: Poolgate) -> None:
    application = create_application(poolgate_server)
    poolgate_server.client("cognito-idp").set_user_pool_mfa_config(
        UserPoolId=application.pool_id,
        MfaConfiguration="ON",
        EmailMfaConfiguration={"Subject": "Code"},
    )
    sign_in = SignIn(application)
    sign_in.by_password()
    message = application.server.outbox.latest(sign_in.person.email, after=1)
    assert message["subject"] == "Code"
    sign_in.respond(EMAIL_OTP_CODE=message["code"])
    assert sign_in.claims["amr"] == ["pwd", "email_otp", "mfa"]


@pytest.fixture(scope="module")
def asking(poolgate_server: Poolgate) -> Application:
    return with_functions(poolgate_server)


def test_custom_questions_without_a_password(asking: Application) -> None:
    sign_in = SignIn(asking)
    sign_in.begin("CUSTOM_AUTH")
    for answer in ANSWERS:
        sign_in.respond(ANSWER=answer)
    assert sign_in.claims["sub"] == sign_in.person.sub


def test_custom_questions_follow_the_password(asking: Application) -> None:
    sign_in = SignIn(asking)
    srp = sign_in.srp()
    sign_in.begin("CUSTOM_AUTH", CHALLENGE_NAME="SRP_A", SRP_A=long_to_hex(srp.large_a_value))
    assert sign_in.challenge == "PASSWORD_VERIFIER"
    sign_in.prove_password(srp)
    for answer in ANSWERS:
        assert sign_in.challenge == "CUSTOM_CHALLENGE"
        sign_in.respond(ANSWER=answer)
    assert sign_in.claims["sub"] == sign_in.person.sub


def test_device_is_confirmed_and_proves_itself(poolgate_server: Poolgate) -> None:
    application = create_application(poolgate_server)
    track_devices(application)
    sign_in = SignIn(application)
    made = sign_in.by_password()["AuthenticationResult"]["NewDeviceMetadata"]
    key, group = made["DeviceKey"], made["DeviceGroupKey"]
    secret, verifier = generate_hash_device(group, key)
    sign_in.cognito.confirm_device(
        AccessToken=sign_in.token, DeviceKey=key, DeviceSecretVerifierConfig=verifier
    )
    srp = sign_in.srp(device_key=key, device_group_key=group, device_password=secret)
    sign_in.by_password(DEVICE_KEY=key)
    assert sign_in.challenge == "DEVICE_SRP_AUTH"
    sign_in.respond(DEVICE_KEY=key, SRP_A=long_to_hex(srp.large_a_value))
    sign_in.respond(**srp.process_device_challenge(sign_in.last["ChallengeParameters"]))
    assert sign_in.claims["device_key"] == key


def test_sessions_are_listed_and_revoked(poolgate_server: Poolgate) -> None:
    application = create_application(poolgate_server)
    poolgate_server.client("cognito-idp").set_user_pool_session_configuration(
        UserPoolId=application.pool_id,
        UserSessionTracking="ENABLED",
        TokenSession={"MaxPerUser": 5},
    )
    here = SignIn(application)
    there = SignIn(application, here.person)
    here.by_password()
    there.by_password()
    cognito = here.cognito
    listed = cognito.list_user_sessions(AccessToken=here.token)["Sessions"]
    (other,) = [each["SessionId"] for each in listed if not each["IsCurrentSession"]]
    cognito.revoke_user_session(AccessToken=here.token, SessionId=other)
    with pytest.raises(cognito.exceptions.NotAuthorizedException):
        cognito.get_user(AccessToken=there.token)
    assert len(cognito.list_user_sessions(AccessToken=here.token)["Sessions"]) == 1


def test_refreshing_rotates(poolgate_server: Poolgate) -> None:
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    application = create_application(
        poolgate_server, ExplicitAuthFlows=FLOWS[1:], RefreshTokenRotation=rotation
    )
    sign_in = SignIn(application)
    first = sign_in.by_password()["AuthenticationResult"]["RefreshToken"]
    cognito, client = sign_in.cognito, {"ClientId": application.client_id}
    renewed = cognito.get_tokens_from_refresh_token(RefreshToken=first, **client)
    again = renewed["AuthenticationResult"]["RefreshToken"]
    assert again != first
    cognito.get_tokens_from_refresh_token(RefreshToken=again, **client)
    with pytest.raises(cognito.exceptions.RefreshTokenReuseException):
        cognito.get_tokens_from_refresh_token(RefreshToken=first, **client)
