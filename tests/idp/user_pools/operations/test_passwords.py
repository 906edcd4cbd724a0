"""ForgotPassword, ConfirmForgotPassword, ChangePassword, AdminSet- and AdminResetUserPassword."""

from __future__ import annotations

import pytest

from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    at_once,
    new_email,
    refused,
)

OTHER = "Another-horse-8"
HISTORY = {"PasswordPolicy": {"MinimumLength": 8, "PasswordHistorySize": 2}}


@pytest.fixture(scope="module")
def pool(world: World) -> Pool:
    return world.email_pool()


@pytest.fixture(scope="module")
def client(pool: Pool) -> AppClient:
    return pool.client()


@pytest.fixture
def email(pool: Pool) -> str:
    address = new_email()
    pool.create_user(address, email=address, email_verified="true")
    return address


def reset(client: AppClient, email: str, code: str, password: str = OTHER) -> None:
    client.call("confirm_forgot_password", Username=email, ConfirmationCode=code, Password=password)


def test_forgotten_password_is_replaced_by_a_code(
    world: World, client: AppClient, email: str
) -> None:
    answer = client.call("forgot_password", Username=email)
    assert answer["CodeDeliveryDetails"]["Destination"] == "p***@e***"
    reset(client, email, world.code(email))
    with refused("NotAuthorizedException"):
        client.sign_in(email, PASSWORD)
    assert client.sign_in(email, OTHER)["AuthenticationResult"]


def test_reset_ends_every_sign_in(world: World, client: AppClient, email: str) -> None:
    tokens = client.tokens(email)
    client.call("forgot_password", Username=email)
    reset(client, email, world.code(email))
    with refused("NotAuthorizedException", "revoked"):
        client.refresh(tokens["RefreshToken"])
    with refused("NotAuthorizedException", "revoked"):
        world.public.get_user(AccessToken=tokens["AccessToken"])


def test_reset_code_works_once_and_for_an_hour(world: World, client: AppClient, email: str) -> None:
    client.call("forgot_password", Username=email)
    code = world.code(email)
    reset(client, email, code)
    with refused("ExpiredCodeException"):
        reset(client, email, code, PASSWORD)
    client.call("forgot_password", Username=email)
    world.time.pass_by(hours=1)
    with refused("ExpiredCodeException"):
        reset(client, email, world.code(email, of=2), PASSWORD)


def test_reset_code_cannot_be_guessed_for_long(world: World, client: AppClient, email: str) -> None:
    client.call("forgot_password", Username=email)
    code = world.code(email)
    for _ in range(10):
        with refused("CodeMismatchException"):
            reset(client, email, "000000" if code != "000000" else "000001")
    with refused("LimitExceededException"):
        reset(client, email, code)


def test_refused_password_spends_no_code(world: World, client: AppClient, email: str) -> None:
    client.call("forgot_password", Username=email)
    with refused("InvalidPasswordException"):
        reset(client, email, world.code(email), "short")
    reset(client, email, world.code(email))


def test_code_dies_with_the_address_it_was_sent_to(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    client.call("forgot_password", Username=email)
    moved = new_email()
    changes = [
        {"Name": "email", "Value": moved},
        {"Name": "email_verified", "Value": "true"},
    ]
    pool.call("admin_update_user_attributes", Username=email, UserAttributes=changes)
    with refused("ExpiredCodeException"):
        reset(client, moved, world.code(email))


def test_unverified_address_gets_no_reset_code(world: World, client: AppClient, pool: Pool) -> None:
    address = new_email()
    pool.create_user(address, email=address)
    with refused("InvalidParameterException", "no registered/verified email or phone_number"):
        client.call("forgot_password", Username=address)
    assert world.messages(address) == []


def test_recovery_follows_its_priorities(world: World) -> None:
    mechanisms = [
        {"Name": "verified_email", "Priority": 1},
        {"Name": "verified_phone_number", "Priority": 2},
    ]
    both = {"phone_number": "+15550100077", "phone_number_verified": "true"}
    for setting, medium in (({}, "SMS"), ({"RecoveryMechanisms": mechanisms}, "EMAIL")):
        request = {"AccountRecoverySetting": setting} if setting else {}
        pool, address = world.email_pool(**request), new_email()
        pool.create_user(address, email=address, email_verified="true", **both)
        answer = pool.client().call("forgot_password", Username=address)
        assert answer["CodeDeliveryDetails"]["DeliveryMedium"] == medium


def test_only_administrators_reset_where_the_pool_says_so(world: World) -> None:
    setting = {"RecoveryMechanisms": [{"Name": "admin_only", "Priority": 1}]}
    for existence in ("ENABLED", "LEGACY"):
        pool, address = world.email_pool(AccountRecoverySetting=setting), new_email()
        pool.create_user(address, email=address, email_verified="true")
        client = pool.client(PreventUserExistenceErrors=existence)
        for name in (address, new_email()):
            with refused("NotAuthorizedException", "Contact administrator"):
                client.call("forgot_password", Username=name)


def test_person_changes_his_password(world: World, client: AppClient, email: str) -> None:
    token = client.tokens(email)["AccessToken"]

    def change(old, new):
        return world.public.change_password(
            AccessToken=token, PreviousPassword=old, ProposedPassword=new
        )

    with refused("NotAuthorizedException", "Incorrect username or password."):
        change("Wrong-horse-9", OTHER)
    with refused("InvalidPasswordException"):
        change(PASSWORD, "short")
    with refused("InvalidParameterException"):
        world.public.change_password(AccessToken=token, ProposedPassword=OTHER)
    change(PASSWORD, OTHER)
    assert client.sign_in(email, OTHER)["AuthenticationResult"]


def test_stolen_token_does_not_guess_the_password(
    world: World, client: AppClient, email: str
) -> None:
    token = client.tokens(email)["AccessToken"]

    def change(old):
        return world.public.change_password(
            AccessToken=token, PreviousPassword=old, ProposedPassword=OTHER
        )

    results = at_once(*[lambda: change("Wrong-horse-9")] * 8)
    assert set(results) == {"NotAuthorizedException"}
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        change(PASSWORD)
    with refused("NotAuthorizedException", "Password attempts exceeded"):
        client.sign_in(email)


def test_old_passwords_are_remembered(world: World) -> None:
    pool, address = world.email_pool(Policies=HISTORY), new_email()
    client = pool.client()
    pool.create_user(address, email=address, email_verified="true")

    def set_to(password):
        return pool.call(
            "admin_set_user_password", Username=address, Password=password, Permanent=True
        )

    with refused("PasswordHistoryPolicyViolationException"):
        set_to(PASSWORD)
    set_to(OTHER)
    for old in (PASSWORD, OTHER):
        with refused("PasswordHistoryPolicyViolationException"):
            set_to(old)
    token = client.tokens(address, OTHER)["AccessToken"]
    with refused("PasswordHistoryPolicyViolationException"):
        world.public.change_password(
            AccessToken=token, PreviousPassword=OTHER, ProposedPassword=PASSWORD
        )
    client.call("forgot_password", Username=address)
    with refused("PasswordHistoryPolicyViolationException"):
        reset(client, address, world.code(address), OTHER)
    set_to("Third-horse-9x")
    set_to(PASSWORD)


def test_history_tells_nothing_to_whom_has_no_code(world: World) -> None:
    pool, address = world.email_pool(Policies=HISTORY), new_email()
    client = pool.client()
    pool.create_user(address, email=address, email_verified="true")
    client.call("forgot_password", Username=address)
    code = world.code(address)
    for password in (PASSWORD, OTHER):
        with refused("CodeMismatchException"):
            reset(client, address, "000000" if code != "000000" else "000001", password)


def test_administrator_resets_a_password(
    world: World, pool: Pool, client: AppClient, email: str
) -> None:
    tokens = client.tokens(email)
    pool.call("admin_reset_user_password", Username=email)
    assert pool.call("admin_get_user", Username=email)["UserStatus"] == "RESET_REQUIRED"
    with refused("PasswordResetRequiredException"):
        client.sign_in(email)
    with refused("NotAuthorizedException"):
        client.sign_in(email, "Wrong-horse-9")
    with refused("NotAuthorizedException", "revoked"):
        client.refresh(tokens["RefreshToken"])
    reset(client, email, world.code(email))
    assert client.sign_in(email, OTHER)["AuthenticationResult"]


def test_administrator_resets_only_who_has_a_password_of_his_own(
    pool: Pool, client: AppClient
) -> None:
    invited, unconfirmed = new_email(), new_email()
    pool.call(
        "admin_create_user", Username=invited, MessageAction="SUPPRESS",
        UserAttributes=[{"Name": "email_verified", "Value": "true"}],
    )  # fmt: skip
    client.sign_up(unconfirmed)
    for name in (invited, unconfirmed):
        with refused("NotAuthorizedException", "cannot be reset in the current state"):
            pool.call("admin_reset_user_password", Username=name)


def test_permanent_password_confirms_and_a_temporary_one_asks_for_another(
    pool: Pool, client: AppClient
) -> None:
    address = new_email()
    client.sign_up(address)
    pool.call("admin_set_user_password", Username=address, Password=OTHER, Permanent=True)
    assert client.sign_in(address, OTHER)["AuthenticationResult"]
    pool.call("admin_set_user_password", Username=address, Password=PASSWORD, Permanent=False)
    assert client.sign_in(address)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    with refused("InvalidPasswordException"):
        pool.call("admin_set_user_password", Username=address, Password="x", Permanent=True)
