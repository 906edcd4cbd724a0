"""USER_SRP_AUTH with pycognito's own client, and attacks on its parts."""

from __future__ import annotations

import base64

import pytest

from tests.idp.user_pools.operations.srp_exchange import Exchange
from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    new_email,
    refused,
    secret_hash,
)


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.email_pool()


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client()


@pytest.fixture
def email(world: World, pool: Pool) -> str:
    import time

    world.time.now = float(int(time.time()))  # the client signs its own clock's time
    address = new_email()
    pool.create_user(address, email=address, email_verified="true")
    return address


def test_password_is_proved_without_being_sent(client: AppClient, email: str) -> None:
    exchange = Exchange(client, email)
    challenge = exchange.challenge
    assert challenge["ChallengeName"] == "PASSWORD_VERIFIER"
    sub = client.pool.attributes(email)["sub"]
    assert challenge["ChallengeParameters"]["USERNAME"] == sub
    assert challenge["ChallengeParameters"]["USER_ID_FOR_SRP"] == sub
    assert exchange.respond()["AuthenticationResult"]["AccessToken"]


def test_wrong_password_is_refused(client: AppClient, email: str) -> None:
    with refused("NotAuthorizedException", "Incorrect username or password."):
        Exchange(client, email, "Wrong-horse-9").respond()


def test_proof_works_once(client: AppClient, email: str) -> None:
    exchange = Exchange(client, email)
    exchange.respond()
    with refused("NotAuthorizedException", "can only be used once"):
        exchange.respond()


def test_wrong_proof_spends_the_block(client: AppClient, email: str) -> None:
    exchange = Exchange(client, email)
    signature = base64.b64encode(bytes(32)).decode()
    with refused("NotAuthorizedException"):
        exchange.respond(PASSWORD_CLAIM_SIGNATURE=signature)
    with refused("NotAuthorizedException", "can only be used once"):
        exchange.respond()


def test_proof_for_another_client_is_refused(pool: Pool, client: AppClient, email: str) -> None:
    with refused("NotAuthorizedException", "Invalid session"):
        Exchange(client, email).respond(pool.client())


def test_proof_for_another_pool_is_refused(world: World, client: AppClient, email: str) -> None:
    other = world.email_pool()
    other.create_user(email)
    with refused("NotAuthorizedException", "Invalid session"):
        Exchange(client, email).respond(other.client())


def test_block_expires_with_the_session(world: World, client: AppClient, email: str) -> None:
    exchange = Exchange(client, email)
    world.time.pass_by(minutes=3)
    with refused("NotAuthorizedException", "session is expired"):
        exchange.respond()


def test_session_validity_is_the_clients(world: World, pool: Pool, email: str) -> None:
    exchange = Exchange(pool.client(AuthSessionValidity=5), email)
    world.time.pass_by(minutes=4)
    assert exchange.respond()["AuthenticationResult"]


def test_altered_block_is_refused(client: AppClient, email: str) -> None:
    exchange = Exchange(client, email)
    block = bytearray(base64.b64decode(exchange.responses["PASSWORD_CLAIM_SECRET_BLOCK"]))
    block[20] ^= 1
    for altered in (base64.b64encode(bytes(block)).decode(), "x", "AAAA", "é"):
        with refused("NotAuthorizedException", "Invalid session"):
            exchange.respond(PASSWORD_CLAIM_SECRET_BLOCK=altered)


def test_answer_names_the_user_it_signs_in(pool: Pool, client: AppClient, email: str) -> None:
    other = new_email()
    pool.create_user(other)
    for name in (other, "nobody"):
        with refused("NotAuthorizedException", "Invalid session"):
            Exchange(client, email).respond(USERNAME=name)
    with refused("InvalidParameterException", "Missing required parameter USERNAME"):
        Exchange(client, email).respond(USERNAME=None)
    assert Exchange(client, email).respond(USERNAME=email)["AuthenticationResult"]


def test_old_timestamp_is_refused(world: World, client: AppClient, email: str) -> None:
    exchange = Exchange(client, email)
    with refused("NotAuthorizedException", "Incorrect username or password."):
        exchange.respond(TIMESTAMP="Mon Nov 2 01:02:03 UTC 2020")


@pytest.mark.parametrize("public", ["0", "00", "zz", "", "-1", "f" * 2000])
def test_impossible_client_public_is_refused(client: AppClient, email: str, public: str) -> None:
    parameters = {"USERNAME": email, "SRP_A": public}
    with refused("InvalidParameterException"):
        client.call("initiate_auth", AuthFlow="USER_SRP_AUTH", AuthParameters=parameters)


def test_wrong_proofs_count_for_the_lock_out(client: AppClient, email: str) -> None:
    exchanges = [Exchange(client, email, "Wrong-horse-9") for _ in range(5)]
    waiting = Exchange(client, email)
    for exchange in exchanges:
        with refused("NotAuthorizedException", "Incorrect username or password."):
            exchange.respond()
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        waiting.respond()
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        client.sign_in(email)


def test_password_change_makes_a_waiting_proof_worthless(
    pool: Pool, client: AppClient, email: str
) -> None:
    exchange = Exchange(client, email)
    pool.call("admin_set_user_password", Username=email, Password="Another-horse-8", Permanent=True)
    with refused("NotAuthorizedException"):
        exchange.respond()


def test_deleted_user_does_not_sign_in(pool: Pool, client: AppClient, email: str) -> None:
    exchange = Exchange(client, email)
    pool.call("admin_delete_user", Username=email)
    with refused("NotAuthorizedException"):
        exchange.respond()


def test_confidential_client_signs_each_request(pool: Pool, email: str) -> None:
    client = pool.client(GenerateSecret=True)
    exchange = Exchange(client, email)
    assert exchange.respond()["AuthenticationResult"]
    wrong = secret_hash("another-secret", email, client.id)
    for given in (None, wrong):
        with refused("NotAuthorizedException"):
            Exchange(client, email).respond(SECRET_HASH=given)


def test_session_of_another_challenge_is_no_block(
    pool: Pool, client: AppClient, email: str
) -> None:
    invited = new_email()
    pool.call(
        "admin_create_user", Username=invited, MessageAction="SUPPRESS",
        TemporaryPassword=PASSWORD,
    )  # fmt: skip
    session = client.sign_in(invited)["Session"]
    block = base64.b64encode(session.encode()).decode()
    with refused("NotAuthorizedException", "Invalid session"):
        Exchange(client, email).respond(PASSWORD_CLAIM_SECRET_BLOCK=block)
