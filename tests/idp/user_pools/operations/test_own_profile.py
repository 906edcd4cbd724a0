"""GetUser, UpdateUserAttributes, VerifyUserAttribute and the rest of a person's own operations."""

from __future__ import annotations

from typing import Any

import pytest

from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    Pool,
    World,
    attribute_list,
    mapping,
    new_email,
    refused,
)

KEEPS_BACK = {
    "UserAttributeUpdateSettings": {"AttributesRequireVerificationBeforeUpdate": ["email"]}
}


class Me:
    """A signed-in person."""

    def __init__(self, client: AppClient) -> None:
        self.client, self.pool = client, client.pool
        self.public = client.pool.world.public
        self.email = new_email()
        self.pool.create_user(self.email, email=self.email, email_verified="true")
        self.token = client.tokens(self.email)["AccessToken"]

    def update(self, **attributes: str) -> Any:
        return self.public.update_user_attributes(
            AccessToken=self.token, UserAttributes=attribute_list(attributes)
        )

    def verify(self, code: str, name: str = "email") -> None:
        self.public.verify_user_attribute(AccessToken=self.token, AttributeName=name, Code=code)

    def ask(self, name: str = "email") -> Any:
        return self.public.get_user_attribute_verification_code(
            AccessToken=self.token, AttributeName=name
        )

    @property
    def attributes(self) -> dict[str, str]:
        return mapping(self.public.get_user(AccessToken=self.token)["UserAttributes"])


@pytest.fixture(scope="module")
def at_once(world: World) -> AppClient:
    """A client of a pool where changes of an address take effect at once."""
    return world.email_pool().client()


@pytest.fixture(scope="module")
def kept_back(world: World) -> AppClient:
    """A client of a pool where a new address waits until it is verified."""
    return world.email_pool(**KEEPS_BACK).client()


def test_get_user_tells_the_person_about_himself(at_once: AppClient) -> None:
    me = Me(at_once)
    found = me.public.get_user(AccessToken=me.token)
    sub = me.pool.attributes(me.email)["sub"]
    assert found["Username"] == sub
    assert mapping(found["UserAttributes"]) == {
        "sub": sub, "email": me.email, "email_verified": "true",
    }  # fmt: skip


def test_changed_address_is_unverified_until_its_code_comes_back(at_once: AppClient) -> None:
    me, new = Me(at_once), new_email()
    answer = me.update(email=new)
    assert answer["CodeDeliveryDetailsList"][0]["AttributeName"] == "email"
    assert (me.attributes["email"], me.attributes["email_verified"]) == (new, "false")
    me.verify(me.pool.world.code(new))
    assert me.attributes["email_verified"] == "true"
    assert at_once.sign_in(new)["AuthenticationResult"]
    with refused("UserNotFoundException"):
        at_once.sign_in(me.email)


def test_kept_back_address_is_inactive_until_verified(kept_back: AppClient) -> None:
    me, new = Me(kept_back), new_email()
    me.update(email=new, name="Ada")
    assert (me.attributes["email"], me.attributes["email_verified"]) == (me.email, "true")
    assert me.attributes["name"] == "Ada"
    with refused("UserNotFoundException"):
        kept_back.sign_in(new)
    assert kept_back.sign_in(me.email)["AuthenticationResult"]
    assert me.pool.world.messages(me.email) == []
    me.verify(me.pool.world.code(new))
    assert (me.attributes["email"], me.attributes["email_verified"]) == (new, "true")
    assert kept_back.sign_in(new)["AuthenticationResult"]


def test_code_for_one_address_verifies_no_other(kept_back: AppClient) -> None:
    me, mine, victims = Me(kept_back), new_email(), new_email()
    me.update(email=mine)
    code = me.pool.world.code(mine)
    me.update(email=victims)
    if me.pool.world.code(victims) != code:
        with refused("CodeMismatchException"):
            me.verify(code)
    assert me.attributes["email"] == me.email


def test_code_for_the_old_address_does_not_verify_the_new_one(at_once: AppClient) -> None:
    me, victims = Me(at_once), new_email()
    me.ask()
    code = me.pool.world.code(me.email)
    me.update(email=victims)
    if me.pool.world.code(victims) != code:
        with refused("CodeMismatchException"):
            me.verify(code)
    assert me.attributes["email_verified"] == "false"


def test_administrators_change_makes_a_sent_code_worthless(at_once: AppClient) -> None:
    me, moved = Me(at_once), new_email()
    me.ask()
    code = me.pool.world.code(me.email)
    changes = attribute_list({"email": moved, "email_verified": "false"})
    me.pool.call("admin_update_user_attributes", Username=me.email, UserAttributes=changes)
    with refused("CodeMismatchException"):
        me.verify(code)
    assert me.attributes["email_verified"] == "false"


def test_keeping_the_present_address_forgets_the_pending_one(kept_back: AppClient) -> None:
    me, new = Me(kept_back), new_email()
    me.update(email=new)
    me.update(email=me.email)
    with refused("ExpiredCodeException"):
        me.verify(me.pool.world.code(new))
    assert me.attributes["email"] == me.email


def test_deleting_an_address_forgets_the_pending_one(world: World) -> None:
    pool = world.alias_pool(**KEEPS_BACK)
    me = Me.__new__(Me)
    me.client, me.pool, me.public = pool.client(), pool, world.public
    pool.create_user("ada", email="ada@example.com", email_verified="true")
    me.token = me.client.tokens("ada")["AccessToken"]
    new = new_email()
    me.update(email=new)
    world.public.delete_user_attributes(AccessToken=me.token, UserAttributeNames=["email"])
    with refused("ExpiredCodeException"):
        me.verify(world.code(new))
    assert not {"email", "email_verified"} & set(me.attributes)
    with refused("UserNotFoundException"):
        me.client.sign_in("ada@example.com")


def test_administrators_change_waits_too_unless_he_vouches(kept_back: AppClient) -> None:
    me, new, vouched = Me(kept_back), new_email(), new_email()
    me.pool.call(
        "admin_update_user_attributes", Username=me.email,
        UserAttributes=attribute_list({"email": new}),
    )  # fmt: skip
    assert me.attributes["email"] == me.email
    me.verify(me.pool.world.code(new))
    assert me.attributes["email"] == new
    me.pool.call(
        "admin_update_user_attributes", Username=new,
        UserAttributes=attribute_list({"email": vouched, "email_verified": "true"}),
    )  # fmt: skip
    assert (me.attributes["email"], me.attributes["email_verified"]) == (vouched, "true")
    assert me.pool.world.messages(vouched) == []


def test_taken_address_is_refused(at_once: AppClient, kept_back: AppClient) -> None:
    other = Me(at_once)
    with refused("AliasExistsException"):
        Me(at_once).update(email=other.email)
    waiting, me = Me(kept_back), Me(kept_back)
    me.update(email=waiting.email)
    code = me.pool.world.code(waiting.email)
    with refused("AliasExistsException"):
        me.verify(code)


@pytest.mark.parametrize(
    "attributes",
    [{"email_verified": "true"}, {"phone_number_verified": "true"}, {"sub": "x"}],
    ids=str,
)
def test_nobody_vouches_for_himself(at_once: AppClient, attributes: dict[str, str]) -> None:
    with refused("NotAuthorizedException"):
        Me(at_once).update(**attributes)


@pytest.mark.parametrize(
    "attributes",
    [{"email": "no-address"}, {"phone_number": "12"}, {"custom__none": "x"},
     {"birthdate": "1"}, {"name": "x" * 2049}],
    ids=lambda attributes: next(iter(attributes)),
)  # fmt: skip
def test_unfit_attributes_are_refused(at_once: AppClient, attributes: dict[str, str]) -> None:
    with refused("InvalidParameterException"):
        Me(at_once).update(**attributes)


def test_immutable_attribute_keeps_its_first_value(world: World) -> None:
    schema = [{"Name": "crew", "AttributeDataType": "String", "Mutable": False,
               "StringAttributeConstraints": {"MinLength": "1", "MaxLength": "9"}}]  # fmt: skip
    pool = world.email_pool(Schema=schema)
    client, email = pool.client(), new_email()
    with refused("InvalidParameterException"):
        client.sign_up(email, custom__crew="much too long")
    client.sign_up(email, custom__crew="Argo")
    pool.call("admin_confirm_sign_up", Username=email)
    token = client.tokens(email)["AccessToken"]
    change = attribute_list({"custom__crew": "Hood"})
    with refused("InvalidParameterException", "cannot be updated"):
        world.public.update_user_attributes(AccessToken=token, UserAttributes=change)
    with refused("InvalidParameterException", "cannot be updated"):
        pool.call("admin_update_user_attributes", Username=email, UserAttributes=change)


def test_required_attribute_cannot_be_deleted(world: World) -> None:
    pool = world.email_pool(Schema=[{"Name": "name", "Required": True, "Mutable": True}])
    email = new_email()
    pool.create_user(email, name="Ada")
    token = pool.client().tokens(email)["AccessToken"]
    with refused("InvalidParameterException", "Required attribute cannot be deleted"):
        world.public.delete_user_attributes(AccessToken=token, UserAttributeNames=["name"])


def test_verification_code_is_guessed_only_so_often(at_once: AppClient) -> None:
    me = Me(at_once)
    me.ask()
    code = me.pool.world.code(me.email)
    for _ in range(15):
        with refused("CodeMismatchException"):
            me.verify("000000" if code != "000000" else "000001")
    with refused("LimitExceededException"):
        me.verify(code)


def test_only_addresses_are_verified(at_once: AppClient) -> None:
    me = Me(at_once)
    with refused("InvalidParameterException"):
        me.ask("name")
    with refused("InvalidParameterException"):
        me.verify("123456", "name")
    with refused("InvalidParameterException", "phone_number"):
        me.ask("phone_number")


def test_code_of_another_purpose_verifies_nothing(at_once: AppClient) -> None:
    me = Me(at_once)
    at_once.call("forgot_password", Username=me.email)
    with refused("ExpiredCodeException"):
        me.verify(me.pool.world.code(me.email))


def test_person_deletes_himself(at_once: AppClient) -> None:
    me = Me(at_once)
    me.public.delete_user(AccessToken=me.token)
    with refused("UserNotFoundException"):
        me.public.get_user(AccessToken=me.token)
    with refused("UserNotFoundException"):
        at_once.sign_in(me.email)
    at_once.sign_up(me.email)


def test_operations_need_the_scope_of_a_sign_in(world: World, at_once: AppClient) -> None:
    """A token that the token trigger took the scope from."""
    strip = world.function(
        "strip",
        "event['response']['claimsAndScopeOverrideDetails'] = {'accessTokenGeneration':\n"
        "    {'scopesToSuppress': ['aws.cognito.signin.user.admin']}}",
    )
    config = {"LambdaVersion": "V2_0", "LambdaArn": strip}
    pool = world.email_pool(LambdaConfig={"PreTokenGenerationConfig": config})
    email = new_email()
    pool.create_user(email)
    token = pool.client().tokens(email, PASSWORD)["AccessToken"]
    with refused("NotAuthorizedException", "does not have required scopes"):
        world.public.get_user(AccessToken=token)


def test_pool_of_the_token_decides(pool_pair: tuple[Pool, Pool]) -> None:
    """The same address in two pools is two people."""
    one, two = pool_pair
    email = new_email()
    subs = {pool.create_user(email, email=email) for pool in (one, two)}
    assert len(subs) == 2
    token = one.client().tokens(email)["AccessToken"]
    me = mapping(one.world.public.get_user(AccessToken=token)["UserAttributes"])
    assert me["sub"] == one.attributes(email)["sub"]


@pytest.fixture
def pool_pair(world: World) -> tuple[Pool, Pool]:
    return world.email_pool(), world.email_pool()
