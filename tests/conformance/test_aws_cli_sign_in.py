"""The AWS CLI: each way to sign in and what belongs to it, as a person types it."""

from __future__ import annotations

import json
import subprocess
import time
from functools import partial
from pathlib import Path
from typing import Any

import bcrypt
import jwt
import pyotp
import pytest
from botocore.loaders import Loader
from pycognito.aws_srp import generate_hash_device

from tests.idp.user_pools.imports.import_world import ROLE
from tests.idp.user_pools.operations.choosing import Authenticator
from tests.servers.application import (
    PASSWORD,
    Application,
    Person,
    create_application,
    track_devices,
)
from tests.servers.command_line import CommandLine
from tests.servers.poolgate_server import Poolgate

Answer = dict[str, Any]
FLOWS = ["ALLOW_USER_AUTH", "ALLOW_USER_PASSWORD_AUTH", "ALLOW_USER_SRP_AUTH"]
RELYING_PARTY = "RelyingPartyId=example.com,UserVerification=preferred"


class Typing:
    """What is typed after `aws cognito-idp`, for one application."""

    def __init__(self, aws: CommandLine, application: Application) -> None:
        self.application = application
        self.say = partial(aws, "cognito-idp")
        self.refuse = partial(aws.run, "cognito-idp")

    def admin(self, command: str, *words: str, username: str = "") -> Answer:
        named = ("--username", username) if username else ()
        return self.say(command, "--user-pool-id", self.application.pool_id, *named, *words)

    def begin(self, flow: str, **parameters: str) -> Answer:
        return self.say(
            *("initiate-auth", "--client-id", self.application.client_id, "--auth-flow", flow),
            *("--auth-parameters", json.dumps(parameters)),
        )

    def sign_in(self, person: Person) -> Answer:
        return self.begin("USER_PASSWORD_AUTH", USERNAME=person.email, PASSWORD=PASSWORD)

    def respond(self, posed: Answer, person: Person, **responses: str) -> Answer:
        given = json.dumps({"USERNAME": person.email, **responses})
        return self.say(
            *("respond-to-auth-challenge", "--client-id", self.application.client_id),
            *("--challenge-name", posed["ChallengeName"], "--session", posed["Session"]),
            *("--challenge-responses", given),
        )


def token_of(answer: Answer) -> str:
    token: str = answer["AuthenticationResult"]["AccessToken"]
    return token


def subject_of(answer: Answer) -> str:
    claims = jwt.decode(token_of(answer), options={"verify_signature": False})
    return str(claims["sub"])


def new_pool(server: Poolgate, **client: Any) -> Application:
    return create_application(server, **{"ExplicitAuthFlows": FLOWS, **client})


@pytest.fixture(scope="module")
def choosing(poolgate_server: Poolgate) -> Application:
    made = new_pool(poolgate_server)
    policy = {"SignInPolicy": {"AllowedFirstAuthFactors": ["PASSWORD", "EMAIL_OTP", "WEB_AUTHN"]}}
    poolgate_server.client("cognito-idp").update_user_pool(
        UserPoolId=made.pool_id, AutoVerifiedAttributes=["email"], Policies=policy
    )
    return made


def test_choice_of_a_challenge(aws: CommandLine, choosing: Application) -> None:
    typing, person = Typing(aws, choosing), choosing.sign_up()
    posed = typing.begin("USER_AUTH", USERNAME=person.email)
    assert posed["ChallengeName"] == "SELECT_CHALLENGE"
    assert posed["AvailableChallenges"] == ["PASSWORD", "PASSWORD_SRP", "EMAIL_OTP"]
    done = typing.respond(posed, person, ANSWER="PASSWORD", PASSWORD=PASSWORD)
    assert subject_of(done) == person.sub
    sent = len(choosing.server.outbox.messages(person.email))
    chosen = typing.begin("USER_AUTH", USERNAME=person.email, PREFERRED_CHALLENGE="EMAIL_OTP")
    code = choosing.server.outbox.latest(person.email, after=sent)["code"]
    assert subject_of(typing.respond(chosen, person, EMAIL_OTP_CODE=code)) == person.sub


def test_passkey_from_its_registration_to_its_deletion(
    aws: CommandLine, choosing: Application
) -> None:
    typing, person = Typing(aws, choosing), choosing.sign_up()
    typing.admin("set-user-pool-mfa-config", "--web-authn-configuration", RELYING_PARTY)
    token = ("--access-token", token_of(typing.sign_in(person)))
    options = typing.say("start-web-authn-registration", *token)["CredentialCreationOptions"]
    authenticator = Authenticator()
    made = json.dumps(authenticator.create(options))
    typing.say("complete-web-authn-registration", *token, "--credential", made)
    posed = typing.begin("USER_AUTH", USERNAME=person.email, PREFERRED_CHALLENGE="WEB_AUTHN")
    credential = authenticator.get(posed["ChallengeParameters"]["CREDENTIAL_REQUEST_OPTIONS"])
    assert subject_of(typing.respond(posed, person, CREDENTIAL=credential)) == person.sub
    (passkey,) = typing.say("list-web-authn-credentials", *token)["Credentials"]
    typing.say("delete-web-authn-credential", *token, "--credential-id", passkey["CredentialId"])
    assert typing.say("list-web-authn-credentials", *token)["Credentials"] == []


def test_authenticator_and_what_an_administrator_makes_of_it(
    aws: CommandLine, poolgate_server: Poolgate
) -> None:
    """Used in place of e-mail, and then one of two to choose from."""
    application = new_pool(poolgate_server)
    typing, person = Typing(aws, application), application.sign_up()
    typing.admin(
        *("set-user-pool-mfa-config", "--mfa-configuration", "ON"),
        *("--software-token-mfa-configuration", "Enabled=true"),
        *("--email-mfa-configuration", json.dumps({"Subject": "Code"})),
    )
    posed = typing.sign_in(person)
    assert posed["ChallengeName"] == "EMAIL_OTP"
    code = application.server.outbox.latest(person.email, after=1)["code"]
    token = ("--access-token", token_of(typing.respond(posed, person, EMAIL_OTP_CODE=code)))
    secret = typing.say("associate-software-token", *token)["SecretCode"]
    totp = pyotp.TOTP(secret)
    verified = typing.say("verify-software-token", *token, "--user-code", totp.now())
    assert verified["Status"] == "SUCCESS"
    on = ("--software-token-mfa-settings", "Enabled=true,PreferredMfa=true")
    typing.say("set-user-mfa-preference", *token, *on)
    asked = typing.sign_in(person)
    assert asked["ChallengeName"] == "SOFTWARE_TOKEN_MFA"
    later = totp.at(int(time.time()) + 30)
    assert subject_of(typing.respond(asked, person, SOFTWARE_TOKEN_MFA_CODE=later)) == person.sub
    named = partial(typing.admin, username=person.email)
    enabled = "Enabled=true,PreferredMfa=false"
    named(
        *("admin-set-user-mfa-preference", "--email-mfa-settings", enabled),
        *("--software-token-mfa-settings", enabled),
    )
    assert set(named("admin-get-user")["UserMFASettingList"]) == {
        "EMAIL_OTP",
        "SOFTWARE_TOKEN_MFA",
    }
    choice = typing.sign_in(person)
    assert choice["ChallengeName"] == "SELECT_MFA_TYPE"
    assert typing.respond(choice, person, ANSWER="EMAIL_OTP")["ChallengeName"] == "EMAIL_OTP"


def test_authenticator_is_set_up_in_the_sign_in(
    aws: CommandLine, poolgate_server: Poolgate
) -> None:
    application = new_pool(poolgate_server)
    typing, person = Typing(aws, application), application.sign_up()
    typing.admin(
        *("set-user-pool-mfa-config", "--mfa-configuration", "ON"),
        *("--software-token-mfa-configuration", "Enabled=true"),
    )
    posed = typing.sign_in(person)
    assert posed["ChallengeName"] == "MFA_SETUP"
    made = typing.say("associate-software-token", "--session", posed["Session"])
    code = pyotp.TOTP(made["SecretCode"]).now()
    verified = typing.say(
        "verify-software-token", "--session", made["Session"], "--user-code", code
    )
    done = typing.respond({**posed, "Session": verified["Session"]}, person)
    assert subject_of(done) == person.sub


@pytest.fixture
def knows_sessions(aws: CommandLine, tmp_path: Path) -> None:
    """The CLI's release may be older than these operations: it learns AWS's newer model."""
    path = tmp_path / "service-2.json"
    path.write_text(json.dumps(Loader().load_service_model("cognito-idp", "service-2")))
    words = ("--service-model", f"file://{path}", "--service-name", "cognito-idp")
    aws("configure", "add-model", *words)


@pytest.mark.usefixtures("knows_sessions")
def test_sessions_are_listed_and_revoked(aws: CommandLine, poolgate_server: Poolgate) -> None:
    application = new_pool(poolgate_server)
    typing, person = Typing(aws, application), application.sign_up()
    typing.admin(
        *("set-user-pool-session-configuration", "--user-session-tracking", "ENABLED"),
        *("--token-session", "MaxPerUser=5"),
    )
    first, second = (application.sign_in(person)["AccessToken"] for _ in range(2))
    here = ("--access-token", first)
    listed = typing.say("list-user-sessions", *here)["Sessions"]
    (other,) = [each["SessionId"] for each in listed if not each["IsCurrentSession"]]
    typing.say("revoke-user-session", *here, "--session-id", other)
    refused = typing.refuse("get-user", "--access-token", second)
    assert "(NotAuthorizedException)" in refused.stderr
    (left,) = typing.admin("admin-list-user-sessions", username=person.email)["Sessions"]
    words = ("--session-id", left["SessionId"])
    typing.admin("admin-revoke-user-session", *words, username=person.email)
    assert "(NotAuthorizedException)" in typing.refuse("get-user", *here).stderr


def test_refreshing_rotates(aws: CommandLine, poolgate_server: Poolgate) -> None:
    rotation = {"Feature": "ENABLED", "RetryGracePeriodSeconds": 0}
    application = new_pool(poolgate_server, RefreshTokenRotation=rotation)
    typing, person = Typing(aws, application), application.sign_up()
    first = application.sign_in(person)["RefreshToken"]
    command = ("get-tokens-from-refresh-token", "--client-id", application.client_id)
    renewed = typing.say(*command, "--refresh-token", first)
    assert subject_of(renewed) == person.sub
    again = renewed["AuthenticationResult"]["RefreshToken"]
    assert again != first
    typing.say(*command, "--refresh-token", again)
    refused = typing.refuse(*command, "--refresh-token", first)
    assert "(RefreshTokenReuseException)" in refused.stderr


def test_administrator_looks_after_devices(aws: CommandLine, poolgate_server: Poolgate) -> None:
    application = new_pool(poolgate_server)
    track_devices(application)
    typing, person = Typing(aws, application), application.sign_up()
    signed_in = typing.sign_in(person)
    made = signed_in["AuthenticationResult"]["NewDeviceMetadata"]
    key, group = made["DeviceKey"], made["DeviceGroupKey"]
    # The verifier is a computation that no command does.
    _, verifier = generate_hash_device(group, key)
    typing.say(
        *("confirm-device", "--access-token", token_of(signed_in), "--device-key", key),
        *("--device-secret-verifier-config", json.dumps(verifier)),
    )
    (device,) = typing.admin("admin-list-devices", username=person.email)["Devices"]
    assert device["DeviceKey"] == key
    named = partial(typing.admin, username=person.email)
    status = ("--device-remembered-status", "not_remembered")
    named("admin-update-device-status", "--device-key", key, *status)
    found = named("admin-get-device", "--device-key", key)["Device"]["DeviceAttributes"]
    assert {"Name": "dev:device_remembered_status", "Value": "not_remembered"} in found
    named("admin-forget-device", "--device-key", key)
    assert named("admin-list-devices")["Devices"] == []


def test_import_job_from_its_header_to_a_sign_in(
    aws: CommandLine, poolgate_server: Poolgate, tmp_path: Path
) -> None:
    application = new_pool(poolgate_server)
    typing, person = Typing(aws, application), Person("moved@example.com", "")
    columns = typing.admin("get-csv-header")["CSVHeader"]
    made = typing.admin(
        *("create-user-import-job", "--job-name", "move", "--cloud-watch-logs-role-arn", ROLE),
        *("--password-hashing-algorithm", "BCRYPT"),
    )["UserImportJob"]
    row = {
        "cognito:username": person.email,
        "cognito:mfa_enabled": "false",
        "email": person.email,
        "email_verified": "true",
        "cognito:password_hash": bcrypt.hashpw(PASSWORD.encode(), bcrypt.gensalt(4)).decode(),
    }
    columns = [*columns, "cognito:password_hash"]
    path = tmp_path / "users.csv"
    path.write_text(",".join(columns) + "\n" + ",".join(row.get(c, "") for c in columns) + "\n")
    header = "x-amz-server-side-encryption:aws:kms"
    subprocess.run(
        ["curl", "-sSf", "-T", str(path), "-H", header, made["PreSignedUrl"]],
        check=True, timeout=30,
    )  # fmt: skip
    job = ("--job-id", made["JobId"])
    typing.admin("start-user-import-job", *job)
    deadline = time.monotonic() + 30
    seen = typing.admin("describe-user-import-job", *job)["UserImportJob"]
    while seen["Status"] in ("Pending", "InProgress") and time.monotonic() < deadline:
        seen = typing.admin("describe-user-import-job", *job)["UserImportJob"]
    assert (seen["Status"], seen["ImportedUsers"]) == ("Succeeded", 1)
    assert token_of(typing.sign_in(person))
