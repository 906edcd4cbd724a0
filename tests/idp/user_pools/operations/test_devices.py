"""Devices as users and administrators see them, and the sessions that are bound to them."""

from __future__ import annotations

import base64
import re
from typing import Any

import jwt
import pytest
from sqlalchemy import text

from idp.user_pools.rules.srp_group import MODULUS
from tests.idp.user_pools.operations.phone import (
    ALWAYS,
    BESIDE,
    OPT_IN,
    confirm,
    get_phone,
    new_person,
)
from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    at_once,
    mapping,
    new_email,
    refused,
)

UNKNOWN = "us-east-1_00000000-0000-4000-8000-000000000000"


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.email_pool(DeviceConfiguration=ALWAYS)


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client()


@pytest.fixture
def email(world: World, pool: Pool) -> str:
    return new_person(world, pool)


def claims(token: str) -> dict[str, Any]:
    return jwt.decode(token, options={"verify_signature": False})


def padded(number: int) -> str:
    return base64.b64encode(number.to_bytes(number.bit_length() // 8 + 1)).decode()


# --- The pool's setting ------------------------------------------------------------------------


def test_setting_is_described_with_both_members(world: World) -> None:
    pool = world.pool(DeviceConfiguration={"ChallengeRequiredOnNewDevice": True})
    assert pool.call("describe_user_pool")["UserPool"]["DeviceConfiguration"] == ALWAYS
    pool.call("update_user_pool", DeviceConfiguration=OPT_IN)
    assert pool.call("describe_user_pool")["UserPool"]["DeviceConfiguration"] == OPT_IN
    pool.call("update_user_pool")
    assert "DeviceConfiguration" not in pool.call("describe_user_pool")["UserPool"]


def test_setting_without_a_value_tracks_nothing(world: World) -> None:
    pool = world.email_pool(DeviceConfiguration={})
    assert "DeviceConfiguration" not in pool.call("describe_user_pool")["UserPool"]
    email = new_person(world, pool)
    assert "NewDeviceMetadata" not in pool.client().tokens(email)


def test_pool_without_the_setting_knows_no_devices(world: World) -> None:
    pool = world.email_pool()
    client, email = pool.client(), new_person(world, pool)
    parameters = {"USERNAME": email, "PASSWORD": PASSWORD, "DEVICE_KEY": UNKNOWN}
    tokens = client.call("initiate_auth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters)[
        "AuthenticationResult"
    ]
    assert "NewDeviceMetadata" not in tokens
    assert "device_key" not in claims(tokens["AccessToken"])
    assert client.refresh(tokens["RefreshToken"])["AuthenticationResult"]
    given = {**tokens, "NewDeviceMetadata": {"DeviceKey": UNKNOWN, "DeviceGroupKey": "-x"}}
    with refused("InvalidUserPoolConfigurationException"):
        confirm(client, given)
    with refused("InvalidUserPoolConfigurationException"):
        world.public.update_device_status(
            AccessToken=tokens["AccessToken"], DeviceKey=UNKNOWN,
            DeviceRememberedStatus="remembered",
        )  # fmt: skip


# --- A new device ------------------------------------------------------------------------------


def test_sign_in_hands_out_a_device(client: AppClient, email: str) -> None:
    tokens: Any = client.tokens(email)
    metadata = tokens["NewDeviceMetadata"]
    uuid = "[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"
    assert re.fullmatch(f"us-east-1_{uuid}", metadata["DeviceKey"])
    assert re.fullmatch("-[0-9a-zA-Z]{8}", metadata["DeviceGroupKey"])
    assert claims(tokens["AccessToken"])["device_key"] == metadata["DeviceKey"]
    assert "device_key" not in claims(tokens["IdToken"])
    again: Any = client.tokens(email)
    assert again["NewDeviceMetadata"]["DeviceKey"] != metadata["DeviceKey"]


def test_unknown_foreign_and_odd_device_keys_make_a_new_device(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    foreign = get_phone(client, new_person(world, pool)).key
    for key in (UNKNOWN, foreign, "no key", "x" * 5000, "us-east-1_" + "0" * 60):
        parameters = {"USERNAME": email, "PASSWORD": PASSWORD, "DEVICE_KEY": key}
        tokens = client.call(
            "initiate_auth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters
        )["AuthenticationResult"]
        assert tokens["NewDeviceMetadata"]["DeviceKey"] not in (UNKNOWN, foreign)


def test_post_authentication_learns_of_a_new_device(world: World) -> None:
    arn = world.function(
        "new_device",
        "if not event['request']['newDeviceUsed']: raise ValueError('known device')",
    )
    pool = world.email_pool(DeviceConfiguration=BESIDE, LambdaConfig={"PostAuthentication": arn})
    client, email = pool.client(), new_person(world, pool)
    phone = get_phone(client, email)
    with refused("UserLambdaValidationException", "known device"):
        phone.prove(phone.sign_in())


def test_device_of_a_new_password_is_handed_out_too(world: World, client: AppClient) -> None:
    email = new_email()
    client.pool.call(
        "admin_create_user", Username=email, MessageAction="SUPPRESS", TemporaryPassword=PASSWORD
    )
    session = client.sign_in(email)["Session"]
    answer = client.call(
        "respond_to_auth_challenge", ChallengeName="NEW_PASSWORD_REQUIRED", Session=session,
        ChallengeResponses={"USERNAME": email, "NEW_PASSWORD": "Another-horse-8"},
    )  # fmt: skip
    assert answer["AuthenticationResult"]["NewDeviceMetadata"]


# --- ConfirmDevice -----------------------------------------------------------------------------


def test_confirmed_device_is_remembered_at_once(client: AppClient, email: str) -> None:
    phone = get_phone(client, email)
    assert phone.sign_in()["ChallengeName"] == "DEVICE_SRP_AUTH"


def test_device_is_remembered_once_the_user_says_so(world: World) -> None:
    pool = world.email_pool(DeviceConfiguration=OPT_IN)
    client, email = pool.client(), new_person(world, pool)
    answer, _ = confirm(client, client.tokens(email))
    assert answer["UserConfirmationNecessary"] is True
    phone = get_phone(client, email)
    tokens = phone.sign_in()["AuthenticationResult"]
    # It is known all the same: no other device is handed out.
    assert "NewDeviceMetadata" not in tokens
    assert claims(tokens["AccessToken"])["device_key"] == phone.key
    world.public.update_device_status(
        AccessToken=tokens["AccessToken"], DeviceKey=phone.key, DeviceRememberedStatus="remembered"
    )
    assert phone.sign_in()["ChallengeName"] == "DEVICE_SRP_AUTH"


def test_confirming_needs_no_question_where_devices_are_always_remembered(
    client: AppClient, email: str
) -> None:
    answer, _ = confirm(client, client.tokens(email))
    assert answer["UserConfirmationNecessary"] is False


def test_device_is_confirmed_once(client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    confirm(client, tokens)
    with refused("DeviceKeyExistsException"):
        confirm(client, tokens)
    parallel = client.tokens(email)
    works = [lambda: confirm(client, parallel) for _ in range(4)]
    assert at_once(*works) == ["DeviceKeyExistsException"] * 3 + ["ok"]


def test_device_of_another_sign_in_is_not_confirmed(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    tokens: Any = client.tokens(email)
    for other in (email, new_person(world, pool)):
        theirs: Any = client.tokens(other)
        with refused("InvalidParameterException", "Invalid device key given."):
            confirm(client, tokens, DeviceKey=theirs["NewDeviceMetadata"]["DeviceKey"])
    with refused("InvalidParameterException"):
        confirm(client, tokens, DeviceKey=UNKNOWN)


@pytest.mark.parametrize(
    ("verifier", "salt"),
    [
        (padded(0), "AAAA"),
        (padded(1), "AAAA"),
        (padded(MODULUS - 1), "AAAA"),
        (padded(MODULUS), "AAAA"),
        (padded(MODULUS + 1), "AAAA"),
        (padded(1 << 4000), "AAAA"),
        ("", "AAAA"),
        ("no base64!", "AAAA"),
        (padded(4), ""),
        (padded(4), "é"),
        (padded(4), base64.b64encode(bytes(65)).decode()),
    ],
)
def test_impossible_verifier_is_refused(
    client: AppClient, email: str, verifier: str, salt: str
) -> None:
    given = {"PasswordVerifier": verifier, "Salt": salt}
    with refused("InvalidParameterException"):
        confirm(client, client.tokens(email), DeviceSecretVerifierConfig=given)


def test_device_without_a_verifier_is_refused(client: AppClient, email: str) -> None:
    for given in (None, {}, {"Salt": "AAAA"}, {"PasswordVerifier": padded(4)}):
        with refused("InvalidParameterException"):
            confirm(client, client.tokens(email), DeviceSecretVerifierConfig=given)


def test_name_that_no_database_takes_is_refused(client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    for name in ("a\x00b", "\ud800"):
        with refused("SerializationException"):
            confirm(client, tokens, DeviceName=name)
    for name in ("", "x" * 1025):
        with refused("InvalidParameterException"):
            confirm(client, tokens, DeviceName=name)
    assert confirm(client, tokens, DeviceName="Ægir's 📱")


def test_signed_out_token_confirms_nothing(world: World, client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    world.public.global_sign_out(AccessToken=tokens["AccessToken"])
    with refused("NotAuthorizedException"):
        confirm(client, tokens)


def test_verifier_is_sealed_at_rest(world: World, client: AppClient, email: str) -> None:
    given = {"PasswordVerifier": padded(2**3000 + 5), "Salt": "AAAA"}
    tokens: Any = client.tokens(email)
    confirm(client, tokens, DeviceSecretVerifierConfig=given)
    key = tokens["NewDeviceMetadata"]["DeviceKey"]

    def sealed(session: Any) -> bytes:
        query = text("SELECT sealed_verifier FROM devices WHERE device_key = :key")
        return bytes(session.execute(query, {"key": key}).scalar_one())

    kept = world.kernel.database.read(sealed)
    number = (2**3000 + 5).to_bytes(384)
    assert number[9:] not in kept
    assert world.kernel.sealer.open(kept, f"device-verifier:{key}") == number


# --- GetDevice, ListDevices --------------------------------------------------------------------


def test_device_is_described(world: World, pool: Pool, client: AppClient, email: str) -> None:
    phone = get_phone(client, email)
    token = phone.tokens["AccessToken"]
    device = world.public.get_device(AccessToken=token, DeviceKey=phone.key)["Device"]
    sub = pool.attributes(email)["sub"]
    owner = f"{sub}.{pool.id}"
    assert device["DeviceKey"] == phone.key
    assert mapping(device["DeviceAttributes"]) == {
        "device_status": "valid",
        "device_name": "my phone",
        "dev:device_arn": (
            f"arn:aws:cognito-idp:us-east-1:000000000000:owner/{owner}/device/{phone.key}"
        ),
        "dev:device_owner": owner,
        "last_ip_used": "127.0.0.1",
        "dev:device_remembered_status": "remembered",
    }
    assert device["DeviceCreateDate"].timestamp() == world.time.now
    same = pool.call("admin_get_device", Username=email, DeviceKey=phone.key)["Device"]
    assert same == device


def test_sign_in_moves_the_date_of_the_last_one(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    phone = get_phone(client, email)
    before = pool.call("admin_get_device", Username=email, DeviceKey=phone.key)["Device"]
    world.time.pass_by(seconds=60)
    phone.prove(phone.sign_in())
    after = pool.call("admin_get_device", Username=email, DeviceKey=phone.key)["Device"]
    moved = after["DeviceLastAuthenticatedDate"] - before["DeviceLastAuthenticatedDate"]
    assert moved.total_seconds() == 60
    assert after["DeviceLastModifiedDate"] == before["DeviceLastModifiedDate"]


def test_nobody_sees_another_users_device(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    other = new_person(world, pool)
    theirs = get_phone(client, other).key
    token = client.tokens(email)["AccessToken"]
    for operation in ("get_device", "forget_device"):
        with refused("ResourceNotFoundException", "Device does not exist."):
            getattr(world.public, operation)(AccessToken=token, DeviceKey=theirs)
    with refused("ResourceNotFoundException", "Device does not exist."):
        world.public.update_device_status(
            AccessToken=token, DeviceKey=theirs, DeviceRememberedStatus="not_remembered"
        )
    for operation in ("admin_get_device", "admin_forget_device"):
        with refused("ResourceNotFoundException"):
            pool.call(operation, Username=email, DeviceKey=theirs)
    with refused("ResourceNotFoundException"):
        pool.call(
            "admin_update_device_status", Username=email, DeviceKey=theirs,
            DeviceRememberedStatus="not_remembered",
        )  # fmt: skip
    assert world.public.list_devices(AccessToken=token)["Devices"] == []
    assert pool.call("admin_get_device", Username=other, DeviceKey=theirs)


def test_own_operations_need_an_access_token(world: World, client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    with refused("InvalidParameterException", "AccessToken"):
        world.public.get_device(DeviceKey=UNKNOWN)
    for token in (tokens["IdToken"], "x.y.z"):
        with refused("NotAuthorizedException"):
            world.public.list_devices(AccessToken=token)


def test_devices_are_listed_in_pages(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    phones = [get_phone(client, email) for _ in range(3)]
    token, keys = phones[0].tokens["AccessToken"], sorted(phone.key for phone in phones)
    first = world.public.list_devices(AccessToken=token, Limit=2)
    second = world.public.list_devices(
        AccessToken=token, Limit=2, PaginationToken=first["PaginationToken"]
    )
    assert [each["DeviceKey"] for each in first["Devices"] + second["Devices"]] == keys
    assert "PaginationToken" not in second
    whole = pool.call("admin_list_devices", Username=email, Limit=0)
    assert [each["DeviceKey"] for each in whole["Devices"]] == keys


def test_pagination_token_is_of_one_list_alone(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    phones = [get_phone(client, email) for _ in range(2)]
    token = phones[0].tokens["AccessToken"]
    page = world.public.list_devices(AccessToken=token, Limit=1)["PaginationToken"]
    other = client.tokens(new_person(world, pool))["AccessToken"]
    for bad, who in ((page, other), (page[:-2] + "xx", token), ("x", token)):
        with refused("InvalidParameterException", "pagination token"):
            world.public.list_devices(AccessToken=who, PaginationToken=bad)
    with refused("InvalidParameterException", "pagination token"):
        pool.call("admin_list_devices", Username=email, PaginationToken=page)


def test_administrators_learn_who_is_missing(pool: Pool) -> None:
    given = {"Username": "nobody", "DeviceKey": UNKNOWN}
    with refused("ResourceNotFoundException", "User does not exist."):
        pool.call("admin_get_device", **given)
    with refused("ResourceNotFoundException", "User does not exist."):
        pool.call("admin_list_devices", Username="nobody")
    with refused("UserNotFoundException"):
        pool.call("admin_forget_device", **given)
    with refused("UserNotFoundException"):
        pool.call("admin_update_device_status", DeviceRememberedStatus="remembered", **given)


# --- ForgetDevice, UpdateDeviceStatus ----------------------------------------------------------


@pytest.mark.parametrize("by_administrator", [False, True])
def test_forgetting_a_device_ends_its_sessions_and_no_others(
    world: World, pool: Pool, client: AppClient, email: str, by_administrator: bool
) -> None:
    lost, kept = get_phone(client, email), get_phone(client, email)
    again = lost.prove(lost.sign_in())["AuthenticationResult"]
    if by_administrator:
        pool.call("admin_forget_device", Username=email, DeviceKey=lost.key)
    else:
        world.public.forget_device(AccessToken=kept.tokens["AccessToken"], DeviceKey=lost.key)
    for tokens in (lost.tokens, again):
        with refused("NotAuthorizedException", "revoked"):
            client.refresh(tokens["RefreshToken"], DEVICE_KEY=lost.key)
        with refused("NotAuthorizedException", "revoked"):
            world.public.get_user(AccessToken=tokens["AccessToken"])
    assert world.public.get_user(AccessToken=kept.tokens["AccessToken"])
    assert client.refresh(kept.tokens["RefreshToken"], DEVICE_KEY=kept.key)
    with refused("ResourceNotFoundException"):
        pool.call("admin_get_device", Username=email, DeviceKey=lost.key)
    # It is a new device now, and its old key does not come back.
    assert lost.sign_in()["AuthenticationResult"]["NewDeviceMetadata"]["DeviceKey"] != lost.key


def test_forgotten_device_is_not_confirmed_again(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    phone = get_phone(client, email)
    pool.call("admin_forget_device", Username=email, DeviceKey=phone.key)
    with refused("NotAuthorizedException"):
        confirm(client, phone.tokens)


@pytest.mark.parametrize("by_administrator", [False, True])
def test_status_decides_whether_a_device_is_asked(
    world: World, pool: Pool, client: AppClient, email: str, by_administrator: bool
) -> None:
    phone = get_phone(client, email)

    def update(**status: str) -> Any:
        if by_administrator:
            return pool.call(
                "admin_update_device_status", Username=email, DeviceKey=phone.key, **status
            )
        return world.public.update_device_status(
            AccessToken=phone.tokens["AccessToken"], DeviceKey=phone.key, **status
        )

    update(DeviceRememberedStatus="not_remembered")
    device = pool.call("admin_get_device", Username=email, DeviceKey=phone.key)["Device"]
    attributes = mapping(device["DeviceAttributes"])
    assert attributes["dev:device_remembered_status"] == "not_remembered"
    assert phone.sign_in()["AuthenticationResult"]
    update(DeviceRememberedStatus="remembered")
    assert phone.sign_in()["ChallengeName"] == "DEVICE_SRP_AUTH"
    with refused("InvalidParameterException"):
        update()
    with refused("InvalidParameterException"):
        update(DeviceRememberedStatus="maybe")


def test_deleted_user_leaves_no_device(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    phone = get_phone(client, email)
    pool.call("admin_delete_user", Username=email)

    def count(session: Any) -> int:
        query = text("SELECT count(*) FROM devices WHERE device_key = :key")
        return int(session.execute(query, {"key": phone.key}).scalar_one())

    assert world.kernel.database.read(count) == 0


# --- Refreshing --------------------------------------------------------------------------------


def test_session_of_a_confirmed_device_is_refreshed_with_its_key_alone(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    phone, other = get_phone(client, email), get_phone(client, email)
    foreign = get_phone(client, new_person(world, pool))
    token = phone.tokens["RefreshToken"]
    for wrong in ({}, {"DEVICE_KEY": other.key}, {"DEVICE_KEY": foreign.key}):
        with refused("NotAuthorizedException", "Invalid Refresh Token"):
            client.refresh(token, **wrong)
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        client.rotate(token)
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        client.rotate(token, DeviceKey=other.key)
    tokens = client.refresh(token, DEVICE_KEY=phone.key)["AuthenticationResult"]
    assert claims(tokens["AccessToken"])["device_key"] == phone.key
    assert "NewDeviceMetadata" not in tokens
    assert client.rotate(token, DeviceKey=phone.key)["AccessToken"]


def test_client_that_confirms_no_device_refreshes_without_a_key(
    client: AppClient, email: str
) -> None:
    tokens: Any = client.tokens(email)
    key = tokens["NewDeviceMetadata"]["DeviceKey"]
    assert client.refresh(tokens["RefreshToken"])["AuthenticationResult"]
    assert client.refresh(tokens["RefreshToken"], DEVICE_KEY=key)["AuthenticationResult"]
    with refused("NotAuthorizedException", "Invalid Refresh Token"):
        client.refresh(tokens["RefreshToken"], DEVICE_KEY=UNKNOWN)


def test_wrong_device_key_does_not_use_up_a_rotating_token(pool: Pool, email: str) -> None:
    client = pool.client(
        ExplicitAuthFlows=["ALLOW_USER_PASSWORD_AUTH"],
        RefreshTokenRotation={"Feature": "ENABLED", "RetryGracePeriodSeconds": 0},
    )
    phone = get_phone(client, email)
    token = phone.tokens["RefreshToken"]
    for wrong in ({}, {"DeviceKey": UNKNOWN}):
        with refused("NotAuthorizedException", "Invalid Refresh Token"):
            client.rotate(token, **wrong)
    replaced = client.rotate(token, DeviceKey=phone.key)
    assert client.rotate(replaced["RefreshToken"], DeviceKey=phone.key)
    with refused("RefreshTokenReuseException"):
        client.rotate(token, DeviceKey=phone.key)


def test_pool_that_tracks_no_longer_asks_for_no_key(world: World) -> None:
    pool = world.email_pool(DeviceConfiguration=ALWAYS)
    client, email = pool.client(), new_person(world, pool)
    phone = get_phone(client, email)
    pool.call("update_user_pool", AutoVerifiedAttributes=["email"])
    assert client.refresh(phone.tokens["RefreshToken"])["AuthenticationResult"]
    tokens = phone.sign_in()["AuthenticationResult"]
    assert "NewDeviceMetadata" not in tokens
    assert "device_key" not in claims(tokens["AccessToken"])
    # What is kept can still be seen and forgotten.
    token = tokens["AccessToken"]
    assert world.public.list_devices(AccessToken=token)["Devices"]
    world.public.forget_device(AccessToken=token, DeviceKey=phone.key)
    assert world.public.list_devices(AccessToken=token)["Devices"] == []
