"""AttributeChange, UserDeletion and PreForgotPassword, with real functions."""

from __future__ import annotations

from datetime import UTC, datetime

from idp.models import PoolDocument
from idp.user_pools.services import own_triggers
from tests.idp.user_pools.operations.listener import Listener, listener
from tests.idp.user_pools.operations.world import Pool, World, new_email, refused

__all__ = ["listener"]

TOLD = "{'event': event}"
HIDDEN = {"PreventUserExistenceErrors": "ENABLED"}


def with_trigger(world: World, trigger: str, body: str) -> Pool:
    """As `poolgate pools trigger` sets it."""
    pool, now = world.email_pool(), datetime.now(UTC)
    function = world.function(f"{trigger}{pool.id.replace('-', '_')}", body)
    document = PoolDocument(
        pool_id=pool.id, kind=own_triggers.KIND, key=trigger, document={"LambdaArn": function},
        created=now, modified=now,
    )  # fmt: skip
    world.kernel.database.write(lambda session: session.add(document))
    return pool


def test_each_change_of_attributes_is_told(world: World, listener: Listener) -> None:
    pool = with_trigger(world, "AttributeChange", listener.told(TOLD))
    client, email = pool.client(), new_email()
    sub = pool.create_user(email, email=email, email_verified="true", name="Ada")
    token = client.tokens(email)["AccessToken"]
    public, changes = world.public, [{"Name": "name", "Value": "Ada L."}]
    public.update_user_attributes(AccessToken=token, UserAttributes=changes)
    pool.call("admin_update_user_attributes", Username=email,
              UserAttributes=[{"Name": "locale", "Value": "en"}])  # fmt: skip
    public.delete_user_attributes(AccessToken=token, UserAttributeNames=["locale"])
    pool.call("admin_delete_user_attributes", Username=email, UserAttributeNames=["name"])
    events = [each["event"] for each in listener.wait(4)]
    assert [event["triggerSource"] for event in events] == [
        "AttributeChange_UpdateUserAttributes",
        "AttributeChange_AdminUpdateUserAttributes",
        "AttributeChange_DeleteUserAttributes",
        "AttributeChange_AdminDeleteUserAttributes",
    ]
    request = events[0]["request"]
    assert request["previousAttributes"]["name"] == "Ada"
    assert request["userAttributes"]["name"] == "Ada L."
    assert request["userAttributes"]["sub"] == events[0]["userName"] == sub
    assert events[0]["callerContext"]["clientId"] == client.id


def test_proved_address_is_told_and_wrong_code_is_not(world: World, listener: Listener) -> None:
    pool = with_trigger(world, "AttributeChange", listener.told(TOLD))
    email = new_email()
    pool.create_user(email, email=email)
    token = pool.client().tokens(email)["AccessToken"]
    public = world.public
    public.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    with refused("CodeMismatchException"):
        public.verify_user_attribute(AccessToken=token, AttributeName="email", Code="1")
    code = world.code(email)
    public.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    (heard,) = listener.wait()
    assert heard["event"]["triggerSource"] == "AttributeChange_VerifyUserAttribute"
    assert heard["event"]["request"]["userAttributes"]["email_verified"] == "true"


def test_change_that_changes_nothing_is_not_told(world: World, listener: Listener) -> None:
    pool, email = with_trigger(world, "AttributeChange", listener.told(TOLD)), new_email()
    pool.create_user(email, email=email, name="Ada")
    pool.call("admin_update_user_attributes", Username=email,
              UserAttributes=[{"Name": "name", "Value": "Ada"}])  # fmt: skip
    assert listener.heard == []


def test_failing_function_undoes_no_change(world: World) -> None:
    pool, email = with_trigger(world, "AttributeChange", "raise Exception('No')"), new_email()
    pool.create_user(email, email=email)
    pool.call("admin_update_user_attributes", Username=email,
              UserAttributes=[{"Name": "name", "Value": "Ada"}])  # fmt: skip
    assert pool.attributes(email)["name"] == "Ada"


def test_unknown_user_is_refused_as_before(world: World) -> None:
    pool = with_trigger(world, "AttributeChange", "pass")
    with refused("UserNotFoundException"):
        pool.call("admin_delete_user_attributes", Username="x", UserAttributeNames=["name"])


def test_deletion_is_told_with_the_last_attributes(world: World, listener: Listener) -> None:
    pool = with_trigger(world, "UserDeletion", listener.told(TOLD))
    first, second = new_email(), new_email()
    for email in (first, second):
        pool.create_user(email, email=email)
    world.public.delete_user(AccessToken=pool.client().tokens(first)["AccessToken"])
    pool.call("admin_delete_user", Username=second)
    told = [each["event"] for each in listener.wait(2)]
    assert [(e["triggerSource"], e["request"]["userAttributes"]["email"]) for e in told] == [
        ("UserDeletion_DeleteUser", first),
        ("UserDeletion_AdminDeleteUser", second),
    ]


def test_forgotten_password_may_be_refused_before_any_code(world: World) -> None:
    body = (
        "assert event['triggerSource'] == 'PreForgotPassword_ForgotPassword'\n"
        "if event['request']['clientMetadata'].get('captcha') != 'right':\n"
        "    raise Exception('Prove that you are no robot')"
    )
    pool, email = with_trigger(world, "PreForgotPassword", body), new_email()
    pool.create_user(email, email=email, email_verified="true")
    client = pool.client(**HIDDEN)
    message = "PreForgotPassword failed with error Prove that you are no robot."
    for name in (email, new_email()):
        with refused("UserLambdaValidationException", message):
            client.call("forgot_password", Username=name)
    assert world.messages(email) == []
    client.call("forgot_password", Username=email, ClientMetadata={"captcha": "right"})
    assert world.code(email)


def test_trigger_that_is_removed_is_not_called_any_more(world: World) -> None:
    pool, email = with_trigger(world, "PreForgotPassword", "raise Exception('No')"), new_email()
    pool.create_user(email, email=email, email_verified="true")
    client = pool.client()
    with refused("UserLambdaValidationException"):
        client.call("forgot_password", Username=email)
    key = (pool.id, own_triggers.KIND, "PreForgotPassword")
    world.kernel.database.write(lambda session: session.delete(session.get_one(PoolDocument, key)))
    client.call("forgot_password", Username=email)
