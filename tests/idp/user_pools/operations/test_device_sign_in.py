"""DEVICE_SRP_AUTH and DEVICE_PASSWORD_VERIFIER, and attacks on what they rely on."""

from __future__ import annotations

import base64
from collections.abc import Callable
from typing import Any

import pytest
import requests
from pycognito.aws_srp import long_to_hex

from idp.models import RefreshFamily, User, UserPool
from idp.user_pools.services.sign_in import ending, machine, risk, second_factor, sessions
from idp.user_pools.services.sign_in.attempt import Attempt, Challenge
from idp.user_pools.services.sign_in.risk import Decision
from tests.idp.user_pools.operations.phone import (
    ALWAYS,
    BESIDE,
    SIGNATURE,
    PasswordProof,
    Phone,
    Proof,
    get_phone,
    new_person,
    respond,
)
from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    at_once,
    refused,
)

UNKNOWN = "us-east-1_00000000-0000-4000-8000-000000000000"
STAND_IN = "SMS_MFA"


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.email_pool(DeviceConfiguration=ALWAYS)


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client()


@pytest.fixture
def email(world: World, pool: Pool) -> str:
    return new_person(world, pool)


@pytest.fixture
def phone(client: AppClient, email: str) -> Phone:
    return get_phone(client, email)


@pytest.fixture
def mfa(monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands in for the pool's MFA: everybody must answer a second factor, and any answer will do.

    What is tested is when it is asked for, not what it asks.
    """

    def pose(attempt: Attempt[Any], _user: User, _decision: Decision) -> Challenge:
        pending = sessions.pending(attempt, STAND_IN)
        return Challenge(STAND_IN, {}, sessions.seal(attempt.kernel, attempt.context, pending))

    def answer(attempt: Attempt[Any], _pending: Any, _responses: Any) -> Any:
        assert attempt.user
        return ending.finish(attempt.proved(STAND_IN), attempt.user)

    monkeypatch.setattr(second_factor, "pose", pose)
    answering = {**machine.CHALLENGES, STAND_IN: machine.Answering(answer)}
    monkeypatch.setattr(machine, "CHALLENGES", answering)


def factors(world: World, phone: Phone) -> Any:
    """What the last sign-in of this device was proved by."""

    def read(session: Any) -> Any:
        family = (
            session.query(RefreshFamily)
            .filter_by(device_key=phone.key)
            .order_by(RefreshFamily.created.desc(), RefreshFamily.id)
            .all()
        )
        return max((each.factors for each in family), key=len)

    return world.kernel.database.read(read)


# --- What a remembered device is for -----------------------------------------------------------


def test_remembered_device_completes_the_sign_in(world: World, phone: Phone) -> None:
    challenge = phone.sign_in()
    assert challenge["ChallengeName"] == "DEVICE_SRP_AUTH"
    assert challenge["ChallengeParameters"]["DEVICE_KEY"] == phone.key
    tokens = phone.prove(challenge)["AuthenticationResult"]
    assert "NewDeviceMetadata" not in tokens
    assert factors(world, phone) == ["PASSWORD", "DEVICE_SRP_AUTH"]


@pytest.mark.usefixtures("mfa")
def test_remembered_device_takes_the_place_of_the_second_factor(
    client: AppClient, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(second_factor, "pose", lambda *_: None)
        phone = get_phone(client, email)
    assert client.sign_in(email)["ChallengeName"] == STAND_IN
    assert phone.prove(phone.sign_in())["AuthenticationResult"]


@pytest.mark.usefixtures("mfa")
def test_second_factor_stands_where_the_device_does_not(
    pool: Pool, client: AppClient, email: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(second_factor, "pose", lambda *_: None)
        phone = get_phone(client, email)
    failed = phone.proof(phone.sign_in()["Session"])
    with refused("NotAuthorizedException"):
        failed.respond(PASSWORD_CLAIM_SIGNATURE=SIGNATURE)
    assert client.sign_in(email)["ChallengeName"] == STAND_IN
    pool.call(
        "admin_update_device_status", Username=email, DeviceKey=phone.key,
        DeviceRememberedStatus="not_remembered",
    )  # fmt: skip
    challenge = phone.sign_in()
    assert challenge["ChallengeName"] == STAND_IN
    pool.call("admin_forget_device", Username=email, DeviceKey=phone.key)
    assert phone.sign_in()["ChallengeName"] == STAND_IN


@pytest.mark.usefixtures("mfa")
def test_device_comes_after_the_second_factor_where_it_does_not_replace_it(world: World) -> None:
    pool = world.email_pool(DeviceConfiguration=BESIDE)
    client, email = pool.client(), new_person(world, pool)
    challenge = client.sign_in(email)
    answer = respond(client, STAND_IN, {"USERNAME": email}, challenge["Session"])
    phone = get_phone(client, email, answer["AuthenticationResult"])
    challenge = phone.sign_in()
    assert challenge["ChallengeName"] == STAND_IN
    responses = {"USERNAME": email, "DEVICE_KEY": phone.key}
    challenge = respond(client, STAND_IN, responses, challenge["Session"])
    assert phone.prove(challenge)["AuthenticationResult"]
    assert factors(world, phone) == ["PASSWORD", STAND_IN, "DEVICE_SRP_AUTH"]


@pytest.mark.usefixtures("mfa")
@pytest.mark.parametrize("decision", [Decision.SECOND_FACTOR, Decision.SECOND_FACTOR_IF_CONFIGURED])
def test_device_does_not_replace_a_factor_that_threat_protection_asks_for(
    client: AppClient, email: str, monkeypatch: pytest.MonkeyPatch, decision: Decision
) -> None:
    with monkeypatch.context() as patch:
        patch.setattr(second_factor, "pose", lambda *_: None)
        phone = get_phone(client, email)
    monkeypatch.setattr(risk, "assess", lambda *_: decision)
    assert phone.sign_in()["ChallengeName"] == STAND_IN


def test_administrators_twin_of_the_challenges(pool: Pool, phone: Phone) -> None:
    def call(operation: str, **request: Any) -> Any:
        return pool.call(operation, ClientId=phone.client.id, **request)

    challenge = call(
        "admin_initiate_auth", AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": phone.email, "PASSWORD": PASSWORD, "DEVICE_KEY": phone.key},
    )  # fmt: skip
    helper = phone.helper()
    answer = call(
        "admin_respond_to_auth_challenge", ChallengeName="DEVICE_SRP_AUTH",
        Session=challenge["Session"],
        ChallengeResponses={
            "USERNAME": phone.email, "DEVICE_KEY": phone.key,
            "SRP_A": long_to_hex(helper.large_a_value),
        },
    )  # fmt: skip
    answer = call(
        "admin_respond_to_auth_challenge", ChallengeName="DEVICE_PASSWORD_VERIFIER",
        ChallengeResponses=helper.process_device_challenge(answer["ChallengeParameters"]),
    )  # fmt: skip
    assert answer["AuthenticationResult"]


def test_device_proves_itself_where_the_pool_keeps_no_verifier_of_passwords(world: World) -> None:
    pool = world.email_pool(DeviceConfiguration=ALWAYS)

    def use_argon2id(session: Any) -> None:
        session.get_one(UserPool, pool.id).password_storage = "argon2id"

    world.kernel.database.write(use_argon2id)
    client = pool.client(ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"])
    phone = get_phone(client, new_person(world, pool))
    assert phone.prove(phone.sign_in())["AuthenticationResult"]


def test_confidential_client_signs_each_answer_of_a_device(pool: Pool, email: str) -> None:
    client = pool.client(GenerateSecret=True)
    phone = get_phone(client, email)
    challenge = phone.sign_in(SECRET_HASH=client.hash_of(email))
    signed = {"SECRET_HASH": client.hash_of(email)}
    with refused("NotAuthorizedException", "SECRET_HASH"):
        phone.begin(challenge["Session"])
    helper = phone.helper()
    challenge = phone.begin(challenge["Session"], helper, **signed)
    responses = helper.process_device_challenge(challenge["ChallengeParameters"])
    with refused("NotAuthorizedException", "SECRET_HASH"):
        Proof(phone, responses).respond()
    sub = pool.attributes(email)["sub"]
    signed = {"SECRET_HASH": client.hash_of(sub), "USERNAME": sub}
    assert Proof(phone, responses).respond(**signed)["AuthenticationResult"]


# --- PASSWORD_VERIFIER with a device -----------------------------------------------------------


def test_device_that_does_not_exist_leaves_the_password_proof_usable(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    foreign = get_phone(client, new_person(world, pool)).key
    for key in (UNKNOWN, foreign, "no key", "x" * 5000):
        proof = PasswordProof(client, email, key)
        for _ in range(2):
            with refused("ResourceNotFoundException", "Device does not exist."):
                proof.respond()
        del proof.responses["DEVICE_KEY"]
        assert proof.respond()["AuthenticationResult"]["NewDeviceMetadata"]


def test_null_device_key_is_none(world: World, client: AppClient, email: str) -> None:
    """As amazon-cognito-identity-js repeats its proof; boto3 cannot send a null."""
    proof = PasswordProof(client, email, UNKNOWN)
    body = {
        "ClientId": client.id,
        "ChallengeName": "PASSWORD_VERIFIER",
        "ChallengeResponses": {**proof.responses, "DEVICE_KEY": None},
    }
    target = "AWSCognitoIdentityProviderService.RespondToAuthChallenge"
    answer = requests.post(
        world.public.meta.endpoint_url,
        json=body,
        headers={"X-Amz-Target": target, "Content-Type": "application/x-amz-json-1.1"},
        timeout=10,
    )
    assert answer.json()["AuthenticationResult"]["NewDeviceMetadata"]


def test_missing_user_with_a_device_looks_like_any_other(pool: Pool, email: str) -> None:
    client = pool.client(PreventUserExistenceErrors="ENABLED")
    for name in (email, "nobody@example.com"):
        proof = PasswordProof(client, name, UNKNOWN)
        with refused("ResourceNotFoundException", "Device does not exist."):
            proof.respond(PASSWORD_CLAIM_SIGNATURE=SIGNATURE)
        del proof.responses["DEVICE_KEY"]
        with refused("NotAuthorizedException", "Incorrect username or password."):
            proof.respond(PASSWORD_CLAIM_SIGNATURE=SIGNATURE)


def test_device_key_of_the_first_request_is_enough(phone: Phone) -> None:
    proof = PasswordProof(phone.client, phone.email, phone.key)
    del proof.responses["DEVICE_KEY"]
    challenge = proof.respond()
    assert phone.prove(challenge)["AuthenticationResult"]


# --- Without a Session -------------------------------------------------------------------------


def test_client_without_sessions_goes_on_with_its_srp_a(phone: Phone) -> None:
    proof = PasswordProof(phone.client, phone.email, phone.key)
    assert proof.respond()["ChallengeName"] == "DEVICE_SRP_AUTH"
    public = long_to_hex(proof.helper.large_a_value)
    helper = phone.helper()
    helper.small_a_value, helper.large_a_value = (
        proof.helper.small_a_value, proof.helper.large_a_value
    )  # fmt: skip
    challenge = phone.begin(None, helper)
    responses = helper.process_device_challenge(challenge["ChallengeParameters"])
    assert Proof(phone, responses).respond()["AuthenticationResult"]
    with refused("NotAuthorizedException", "can only be used once"):
        phone.begin(None, SRP_A=public)


def test_device_alone_signs_nobody_in(phone: Phone) -> None:
    """Everything that a stolen device holds, while its person signs in: but not the password."""
    with refused("NotAuthorizedException", "Invalid session"):
        phone.begin(None)
    phone.sign_in()
    with refused("NotAuthorizedException", "Invalid session"):
        phone.begin(None)
    PasswordProof(phone.client, phone.email, phone.key).respond()
    with refused("NotAuthorizedException", "Invalid session"):
        phone.begin(None)


def test_unproved_password_is_no_start(phone: Phone) -> None:
    proof = PasswordProof(phone.client, phone.email, phone.key)
    public = long_to_hex(proof.helper.large_a_value)
    with refused("NotAuthorizedException", "Invalid session"):
        phone.begin(None, SRP_A=public)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        proof.respond(PASSWORD_CLAIM_SIGNATURE=SIGNATURE)
    with refused("NotAuthorizedException", "Invalid session"):
        phone.begin(None, SRP_A=public)


def test_what_is_kept_belongs_to_client_device_and_user(
    world: World, pool: Pool, phone: Phone
) -> None:
    proof = PasswordProof(phone.client, phone.email, phone.key)
    proof.respond()
    public = long_to_hex(proof.helper.large_a_value)
    other = get_phone(phone.client, phone.email)
    foreign = get_phone(phone.client, new_person(world, pool))
    with refused("NotAuthorizedException", "Invalid session"):
        other.begin(None, SRP_A=public)
    with refused("NotAuthorizedException", "Invalid session"):
        foreign.begin(None, SRP_A=public)
    with refused("NotAuthorizedException", "Invalid session"):
        phone.begin(None, SRP_A=public, USERNAME=foreign.email)
    responses = {"USERNAME": phone.email, "DEVICE_KEY": phone.key, "SRP_A": public}
    with refused("NotAuthorizedException", "Invalid session"):
        respond(pool.client(), "DEVICE_SRP_AUTH", responses)
    assert phone.begin(None, SRP_A=public)["ChallengeParameters"]


def test_what_is_kept_expires_with_the_session(world: World, phone: Phone) -> None:
    proof = PasswordProof(phone.client, phone.email, phone.key)
    proof.respond()
    world.time.pass_by(minutes=3)
    with refused("NotAuthorizedException", "Invalid session"):
        phone.begin(None, SRP_A=long_to_hex(proof.helper.large_a_value))


@pytest.mark.parametrize("missing", ["DEVICE_KEY", "SRP_A"])
def test_each_response_is_needed(phone: Phone, missing: str) -> None:
    helper = phone.helper()
    responses = {
        "USERNAME": phone.email,
        "DEVICE_KEY": phone.key,
        "SRP_A": long_to_hex(helper.large_a_value),
    }
    del responses[missing]
    for session in (None, phone.sign_in()["Session"]):
        with refused("InvalidParameterException", f"Missing required parameter {missing}"):
            respond(phone.client, "DEVICE_SRP_AUTH", responses, session)


# --- Attacks on the Session and the block ------------------------------------------------------


def test_session_and_block_work_once(phone: Phone) -> None:
    session = phone.sign_in()["Session"]
    proof = phone.proof(session)
    with refused("NotAuthorizedException", "can only be used once"):
        phone.begin(session)
    assert proof.respond()["AuthenticationResult"]
    with refused("NotAuthorizedException", "can only be used once"):
        proof.respond()


def test_parallel_answers_sign_in_once(phone: Phone) -> None:
    session = phone.sign_in()["Session"]
    begun = at_once(*[lambda: phone.begin(session) for _ in range(4)])
    assert begun == ["NotAuthorizedException"] * 3 + ["ok"]
    proof = phone.proof(phone.sign_in()["Session"])
    proved = at_once(*[proof.respond for _ in range(4)])
    assert proved == ["NotAuthorizedException"] * 3 + ["ok"]


def test_parallel_answers_without_a_session_begin_once(phone: Phone) -> None:
    proof = PasswordProof(phone.client, phone.email, phone.key)
    proof.respond()
    public = long_to_hex(proof.helper.large_a_value)
    begun = at_once(*[lambda: phone.begin(None, SRP_A=public) for _ in range(4)])
    assert begun == ["NotAuthorizedException"] * 3 + ["ok"]


def test_device_that_does_not_exist_leaves_the_session_usable(phone: Phone) -> None:
    session = phone.sign_in()["Session"]
    with refused("ResourceNotFoundException", "Device does not exist."):
        phone.begin(session, DEVICE_KEY=UNKNOWN)
    assert phone.proof(session).respond()["AuthenticationResult"]


def test_another_device_of_the_same_user_does_not_answer(phone: Phone) -> None:
    other = get_phone(phone.client, phone.email)
    session = phone.sign_in()["Session"]
    with refused("ResourceNotFoundException"):
        other.begin(session)
    proof = phone.proof(session)
    with refused("ResourceNotFoundException"):
        proof.respond(DEVICE_KEY=other.key)
    # Its secret proves nothing for this one.
    stranger = Phone(
        phone.client, phone.email, phone.key, phone.group_key, other.secret, phone.tokens
    )
    with refused("NotAuthorizedException", "Incorrect username or password."):
        stranger.proof(phone.sign_in()["Session"]).respond()


def test_another_users_device_does_not_answer(world: World, pool: Pool, phone: Phone) -> None:
    """An attacker who knows the password, and has a remembered device of his own."""
    own = get_phone(phone.client, new_person(world, pool))
    disguised = Phone(phone.client, phone.email, own.key, own.group_key, own.secret, own.tokens)
    assert disguised.sign_in()["AuthenticationResult"]["NewDeviceMetadata"]
    with refused("NotAuthorizedException", "Invalid session"):
        disguised.begin(own.sign_in()["Session"])
    session = phone.sign_in()["Session"]
    with refused("ResourceNotFoundException"):
        disguised.begin(session)
    with refused("NotAuthorizedException", "Invalid session"):
        own.proof(own.sign_in()["Session"]).respond(USERNAME=phone.email)


def test_session_and_block_are_of_their_challenge_and_client(pool: Pool, phone: Phone) -> None:
    session = phone.sign_in()["Session"]
    proof = phone.proof(phone.sign_in()["Session"])
    with refused("NotAuthorizedException", "Invalid session"):
        proof.respond(pool.client())
    with refused("NotAuthorizedException", "Invalid session"):
        responses = {"USERNAME": phone.email, "DEVICE_KEY": phone.key, "SRP_A": "ff"}
        respond(pool.client(), "DEVICE_SRP_AUTH", responses, session)
    block = base64.b64encode(session.encode()).decode()
    password_block = PasswordProof(phone.client, phone.email, phone.key).responses[
        "PASSWORD_CLAIM_SECRET_BLOCK"
    ]
    for wrong in (block, password_block, "x", "AAAA", "é"):
        with refused("NotAuthorizedException", "Invalid session"):
            proof.respond(PASSWORD_CLAIM_SECRET_BLOCK=wrong)
    with refused("NotAuthorizedException", "Invalid session"):
        respond(phone.client, "PASSWORD_VERIFIER", {**proof.responses, "DEVICE_KEY": phone.key})
    for challenge in ("NEW_PASSWORD_REQUIRED", "DEVICE_PASSWORD_VERIFIER"):
        with refused("NotAuthorizedException", "Invalid session"):
            respond(
                phone.client,
                challenge,
                {
                    **proof.responses,
                    "NEW_PASSWORD": PASSWORD,
                    "PASSWORD_CLAIM_SECRET_BLOCK": block,
                },
                session,
            )


def test_session_and_block_expire(world: World, phone: Phone) -> None:
    session = phone.sign_in()["Session"]
    proof = phone.proof(phone.sign_in()["Session"])
    world.time.pass_by(minutes=3)
    with refused("NotAuthorizedException", "session is expired"):
        phone.begin(session)
    with refused("NotAuthorizedException", "session is expired"):
        proof.respond()


def test_old_timestamp_is_refused(phone: Phone) -> None:
    proof = phone.proof(phone.sign_in()["Session"])
    with refused("NotAuthorizedException", "Incorrect username or password."):
        proof.respond(TIMESTAMP="Mon Nov 2 01:02:03 UTC 2020")


@pytest.mark.parametrize("public", ["0", "00", "zz", "-1", "f" * 2000])
def test_impossible_client_public_is_refused(phone: Phone, public: str) -> None:
    session = phone.sign_in()["Session"]
    for given in (session, None):
        with refused("InvalidParameterException", "SRP_A"):
            phone.begin(given, SRP_A=public)
    assert phone.proof(session).respond()["AuthenticationResult"]


def test_failed_proof_spends_the_sign_in_and_counts(phone: Phone) -> None:
    waiting = phone.proof(phone.sign_in()["Session"])
    waiting_session = phone.sign_in()["Session"]
    proofs = [phone.proof(phone.sign_in()["Session"]) for _ in range(5)]
    for proof in proofs:
        with refused("NotAuthorizedException", "Incorrect username or password."):
            proof.respond(PASSWORD_CLAIM_SIGNATURE=SIGNATURE)
    for attempt in (
        waiting.respond,
        lambda: phone.begin(waiting_session),
        lambda: phone.sign_in(),
    ):
        with refused("NotAuthorizedException", "Password attempts exceeded"):
            attempt()


def test_failed_proof_is_not_repeated(phone: Phone) -> None:
    proof = phone.proof(phone.sign_in()["Session"])
    with refused("NotAuthorizedException", "Incorrect username or password."):
        proof.respond(PASSWORD_CLAIM_SIGNATURE=SIGNATURE)
    with refused("NotAuthorizedException", "can only be used once"):
        proof.respond()


# --- What changes in between -------------------------------------------------------------------


def disable(phone: Phone) -> None:
    phone.client.pool.call("admin_disable_user", Username=phone.email)


def delete(phone: Phone) -> None:
    phone.client.pool.call("admin_delete_user", Username=phone.email)


def reset(phone: Phone) -> None:
    phone.client.pool.call("admin_reset_user_password", Username=phone.email)


def forget(phone: Phone) -> None:
    phone.client.pool.call("admin_forget_device", Username=phone.email, DeviceKey=phone.key)


def no_longer_remember(phone: Phone) -> None:
    phone.client.pool.call(
        "admin_update_device_status", Username=phone.email, DeviceKey=phone.key,
        DeviceRememberedStatus="not_remembered",
    )  # fmt: skip


CHANGES = pytest.mark.parametrize(
    ("change", "code"),
    [
        (disable, "NotAuthorizedException"),
        (delete, "NotAuthorizedException"),
        (reset, "PasswordResetRequiredException"),
        (forget, "ResourceNotFoundException"),
        (no_longer_remember, "ResourceNotFoundException"),
    ],
)


@CHANGES
def test_change_before_the_device_begins_is_noticed(
    phone: Phone, change: Callable[[Phone], None], code: str
) -> None:
    session = phone.sign_in()["Session"]
    change(phone)
    with refused(code):
        phone.begin(session)


@CHANGES
def test_change_before_the_device_has_proved_itself_is_noticed(
    phone: Phone, change: Callable[[Phone], None], code: str
) -> None:
    proof = phone.proof(phone.sign_in()["Session"])
    change(phone)
    with refused(code):
        proof.respond()


@CHANGES
def test_change_while_the_proof_is_computed_is_noticed(
    phone: Phone, change: Callable[[Phone], None], code: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The last look is taken in the unit that records the sign-in."""
    proof = phone.proof(phone.sign_in()["Session"])
    finish = ending.finish

    def late(attempt: Attempt[Any], user: User) -> Any:
        change(phone)
        return finish(attempt, user)

    monkeypatch.setattr(ending, "finish", late)
    with refused(code):
        proof.respond()


def test_pool_that_tracks_no_longer_takes_no_proof(world: World) -> None:
    pool = world.email_pool(DeviceConfiguration=ALWAYS)
    phone = get_phone(pool.client(), new_person(world, pool))
    proof = phone.proof(phone.sign_in()["Session"])
    pool.call("update_user_pool", AutoVerifiedAttributes=["email"])
    with refused("ResourceNotFoundException"):
        proof.respond()
    assert phone.sign_in()["AuthenticationResult"]


def test_device_outlives_a_change_of_the_password(pool: Pool, phone: Phone) -> None:
    changed = "Another-horse-8"
    pool.call("admin_set_user_password", Username=phone.email, Password=changed, Permanent=True)
    assert phone.prove(phone.sign_in(changed))["AuthenticationResult"]
