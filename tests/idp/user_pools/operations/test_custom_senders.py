"""CustomEmailSender and CustomSMSSender with real functions, and AWS's own SDK as their reader."""

from __future__ import annotations

import base64
from typing import Any

import pytest
from aws_encryption_sdk import CommitmentPolicy, EncryptionSDKClient
from aws_encryption_sdk.identifiers import EncryptionKeyType, WrappingAlgorithm
from aws_encryption_sdk.internal.crypto.wrapping_keys import WrappingKey
from aws_encryption_sdk.key_providers.raw import RawMasterKeyProvider

from idp.models import User, UserPool
from idp.user_pools.rules.delivery import Delivery, Destination
from idp.user_pools.services import messages
from idp.user_pools.services.custom_senders import sender_key
from kernel.functions import sender_codes
from kernel.functions.sender_codes import Undecryptable, decrypt_code
from tests.idp.user_pools.operations.listener import Listener, listener
from tests.idp.user_pools.operations.world import (
    PASSWORD,
    Pool,
    World,
    new_email,
    new_name,
    refused,
)

__all__ = ["listener"]

KMS_KEY = "arn:aws:kms:us-east-1:000000000000:key/3f9c1c5e-0000-4000-8000-000000000001"
PHONE = "+15555550123"
TOLD = "{'event': event}"


def sending(
    world: World, listener: Listener, trigger: str = "CustomEmailSender", told: str = TOLD
) -> Pool:
    """A pool whose function tells the listener of what it is to send."""
    name = f"{trigger}{listener.port}"
    function = world.function(name, listener.told(told))
    config = {trigger: {"LambdaVersion": "V1_0", "LambdaArn": function}, "KMSKeyID": KMS_KEY}
    return world.alias_pool(
        LambdaConfig=config, AutoVerifiedAttributes=["email", "phone_number"],
        AliasAttributes=["email"],
    )  # fmt: skip


class Keys(RawMasterKeyProvider):
    """As the SDK's documentation has an application provide a raw AES key."""

    provider_id = "poolgate"

    def __init__(self, **_: Any) -> None:
        super().__init__()
        self.key = b""

    def _get_raw_key(self, key_id: bytes) -> WrappingKey:
        return WrappingKey(
            wrapping_algorithm=WrappingAlgorithm.AES_256_GCM_IV12_TAG16_NO_PADDING,
            wrapping_key=self.key,
            wrapping_key_type=EncryptionKeyType.SYMMETRIC,
        )


def read(world: World, event: dict[str, Any]) -> str:
    provider = Keys()
    provider.key = sender_key(world.kernel.sealer, KMS_KEY)
    provider.add_master_key(KMS_KEY)
    client = EncryptionSDKClient(commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_ALLOW_DECRYPT)
    plain, _ = client.decrypt(
        source=base64.b64decode(event["request"]["code"]), key_provider=provider
    )
    return bytes(plain).decode()


def test_sdk_of_aws_reads_the_code_that_confirms(world: World, listener: Listener) -> None:
    pool = sending(world, listener)
    client, name, email = pool.client(), new_name(), new_email()
    client.call(
        "sign_up", Username=name, Password=PASSWORD, ClientMetadata={"locale": "fr"},
        UserAttributes=[{"Name": "email", "Value": email}],
    )  # fmt: skip
    event = listener.wait()[0]["event"]
    assert event["triggerSource"] == "CustomEmailSender_SignUp"
    assert (event["version"], event["userPoolId"], event["userName"]) == ("1", pool.id, name)
    assert event["callerContext"]["clientId"] == client.id
    request = event["request"]
    assert request["type"] == "customEmailSenderRequestV1"
    assert request["clientMetadata"] == {"locale": "fr"}
    assert request["userAttributes"]["email"] == email
    assert request["userAttributes"]["cognito:user_status"] == "UNCONFIRMED"
    code = read(world, event)
    assert code not in str(event)
    client.call("confirm_sign_up", Username=name, ConfirmationCode=code)
    assert world.messages(email) == []


def test_every_message_goes_to_the_function(world: World, listener: Listener) -> None:
    pool = sending(world, listener)
    client, name, email = pool.client(), new_name(), new_email()
    sources: list[str] = []

    def last(source: str) -> str:
        sources.append(source)
        event = listener.wait(len(sources))[-1]["event"]
        assert event["triggerSource"] == f"CustomEmailSender_{source}"
        return read(world, event)

    client.sign_up(name, email=email)
    last("SignUp")
    client.call("resend_confirmation_code", Username=name)
    client.call("confirm_sign_up", Username=name, ConfirmationCode=last("ResendCode"))
    client.call("forgot_password", Username=name)
    client.call(
        "confirm_forgot_password", Username=name, Password="Another-horse-8",
        ConfirmationCode=last("ForgotPassword"),
    )  # fmt: skip
    token = client.tokens(name, "Another-horse-8")["AccessToken"]
    world.public.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    world.public.verify_user_attribute(
        AccessToken=token, AttributeName="email", Code=last("VerifyUserAttribute")
    )
    changed = new_email()
    world.public.update_user_attributes(
        AccessToken=token, UserAttributes=[{"Name": "email", "Value": changed}]
    )
    last("UpdateUserAttribute")
    assert listener.heard[-1]["event"]["request"]["userAttributes"]["email"] == changed
    invited = new_name()
    pool.call(
        "admin_create_user", Username=invited, DesiredDeliveryMediums=["EMAIL"],
        UserAttributes=[{"Name": "email", "Value": new_email()}],
    )  # fmt: skip
    temporary = last("AdminCreateUser")
    assert client.sign_in(invited, temporary)["ChallengeName"] == "NEW_PASSWORD_REQUIRED"
    assert world.messages(email) == world.messages(changed) == []


def test_sms_have_a_function_of_their_own(world: World, listener: Listener) -> None:
    pool = sending(world, listener, "CustomSMSSender")
    client, name, email = pool.client(), new_name(), new_email()
    client.sign_up(name, phone_number=PHONE)
    event = listener.wait()[0]["event"]
    assert event["triggerSource"] == "CustomSMSSender_SignUp"
    assert event["request"]["type"] == "customSMSSenderRequestV1"
    client.call("confirm_sign_up", Username=name, ConfirmationCode=read(world, event))
    # E-mail is still sent from here.
    client.sign_up(new_name(), email=email)
    assert world.code(email)


def test_address_that_waits_for_its_proof_is_the_one_told(world: World, listener: Listener) -> None:
    pool = sending(world, listener)
    pool.call(
        "update_user_pool", AutoVerifiedAttributes=["email"],
        LambdaConfig=pool.call("describe_user_pool")["UserPool"]["LambdaConfig"],
        UserAttributeUpdateSettings={"AttributesRequireVerificationBeforeUpdate": ["email"]},
    )  # fmt: skip
    name, changed = new_name(), new_email()
    pool.create_user(name, email=new_email(), email_verified="true")
    token = pool.client().tokens(name)["AccessToken"]
    world.public.update_user_attributes(
        AccessToken=token, UserAttributes=[{"Name": "email", "Value": changed}]
    )
    event = listener.wait()[0]["event"]
    assert event["request"]["userAttributes"]["email"] == changed
    assert pool.attributes(name)["email"] != changed


def test_function_reads_the_code_with_the_key_in_its_environment(
    world: World, listener: Listener
) -> None:
    pool = sending(
        world, listener, told="{'code': __import__('poolgate_codes').decrypt_code(event)}"
    )
    folder = world.folder / "environments"
    folder.mkdir(exist_ok=True)
    line = sender_codes.variable(KMS_KEY, sender_key(world.kernel.sealer, KMS_KEY))
    (folder / f"CustomEmailSender{listener.port}.env").write_text(f"# The key\n{line}\n")
    client, name = pool.client(), new_name()
    client.sign_up(name, email=new_email())
    client.call("confirm_sign_up", Username=name, ConfirmationCode=listener.wait()[0]["code"])


def test_function_without_the_key_reads_nothing(world: World, listener: Listener) -> None:
    told = (
        "{'variables': list(__import__('os').environ), 'files': [\n"
        "    __import__('os').access(f'" + str(world.folder) + "/environments/x.env', 4)]}"
    )
    pool = sending(world, listener, told=told)
    folder = world.folder / "environments"
    folder.mkdir(exist_ok=True)
    (folder / "x.env").write_text("SENDER_KEYS=a=b\n")
    (folder / "x.env").chmod(0o600)
    pool.client().sign_up(new_name(), email=new_email())
    heard = listener.wait()[0]
    assert not [name for name in heard["variables"] if "KEY" in name or "POOLGATE" in name]
    assert heard["files"] == [False]


def test_notification_goes_to_the_function_without_a_code(world: World, listener: Listener) -> None:
    pool_id = sending(world, listener).id
    pool = world.kernel.database.read(lambda session: session.get_one(UserPool, pool_id))
    user = User(id="x", username="ada", status="CONFIRMED", attributes={})
    destination = Destination("email", "ada@example.com")
    delivery = Delivery("CustomMessage_AccountTakeOverNotification", destination, None)
    messages.send(world.kernel, pool, user, delivery, messages.WELCOME)
    event = listener.wait()[0]["event"]
    assert event["triggerSource"] == "CustomEmailSender_AccountTakeOverNotification"
    assert event["request"]["code"] is None
    assert world.messages("ada@example.com") == []


def test_failing_sender_is_not_the_persons_failure(world: World, listener: Listener) -> None:
    """Cognito calls these functions asynchronously: nobody hears how they end."""
    pool = sending(world, listener, told="1 / 0")
    client, name = pool.client(), new_name()
    assert client.sign_up(name, email=new_email())["UserSub"]


def test_custom_message_does_not_word_what_a_function_sends(
    world: World, listener: Listener
) -> None:
    pool = sending(world, listener)
    config = pool.call("describe_user_pool")["UserPool"]["LambdaConfig"]
    words = world.function("words_refused", "raise Exception('Not asked')")
    pool.call("update_user_pool", AutoVerifiedAttributes=["email"],
              LambdaConfig={**config, "CustomMessage": words})  # fmt: skip
    pool.client().sign_up(new_name(), email=new_email())
    assert read(world, listener.wait()[0]["event"])


@pytest.mark.parametrize("trigger", ["CustomEmailSender", "CustomSMSSender"])
def test_senders_need_a_key(world: World, trigger: str) -> None:
    function = {"LambdaVersion": "V1_0", "LambdaArn": world.function("unused", "pass")}
    with refused("InvalidParameterException", "KMSKeyID is required"):
        world.pool(LambdaConfig={trigger: function})


def event_of(code: str | None, pool_id: str = "us-east-1_A") -> dict[str, Any]:
    return {"userPoolId": pool_id, "request": {"code": code}}


def test_keys_of_other_kms_keys_read_nothing() -> None:
    code = sender_codes.encrypt(KMS_KEY, bytes(32), "123456", "us-east-1_A")
    assert decrypt_code(event_of(code), {KMS_KEY + "2": bytes(32), KMS_KEY: bytes(32)}) == "123456"
    for keys in ({}, {KMS_KEY: b"1" * 32}, {KMS_KEY + "2": bytes(32)}):
        with pytest.raises(Undecryptable):
            decrypt_code(event_of(code), keys)


def test_code_of_another_pool_or_altered_is_refused() -> None:
    code = sender_codes.encrypt(KMS_KEY, bytes(32), "123456", "us-east-1_A")
    altered = base64.b64decode(code)[:-1] + b"x"
    keys = {KMS_KEY: bytes(32)}
    for wrong in (
        event_of(code, "us-east-1_B"), event_of(base64.b64encode(altered).decode()), event_of("!")
    ):  # fmt: skip
        with pytest.raises(Undecryptable):
            decrypt_code(wrong, keys)


def test_notification_holds_no_code() -> None:
    assert decrypt_code(event_of(None), {}) is None
