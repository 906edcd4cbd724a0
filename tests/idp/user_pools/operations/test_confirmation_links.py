"""CONFIRM_WITH_LINK: which messages hold a link, what it says, and where it cannot be had."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from idp.user_pools.operations import pools as pool_operations
from tests.idp.user_pools.operations.listener import Listener, listener
from tests.idp.user_pools.operations.world import (
    PASSWORD,
    AppClient,
    World,
    new_email,
    new_name,
    quick_keys,
    refused,
)

__all__ = ["listener"]

BY_LINK = {"DefaultEmailOption": "CONFIRM_WITH_LINK"}
NO_DOMAIN = "there does not exist a valid use pool domain associated with the user pool"


def linking_pool(world: World, template: dict[str, str] | None = None, **request: Any) -> Any:
    return world.email_pool(VerificationMessageTemplate={**BY_LINK, **(template or {})}, **request)


def parameters(address: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}


def link_of(world: World, email: str, *, of: int = 1) -> str:
    world.code(email, of=of)
    (found,) = [w for w in world.messages(email)[-1]["body"].split() if "/confirmUser" in w]
    return found


def test_pool_tells_its_template(world: World) -> None:
    template = {
        **BY_LINK,
        "EmailMessageByLink": "Hello. {##Verify##}",
        "EmailSubjectByLink": "Verify",
    }
    described = linking_pool(world, template).call("describe_user_pool")["UserPool"]
    assert described["VerificationMessageTemplate"] == template


def test_sign_up_sends_a_link_that_names_client_user_and_code(world: World) -> None:
    client = linking_pool(world).client()
    made = client.sign_up(email := new_email())
    assert made["CodeDeliveryDetails"]["DeliveryMedium"] == "EMAIL"
    address = link_of(world, email)
    assert address.startswith("http://localhost:8350/confirmUser?")
    told = parameters(address)
    assert told == {
        "client_id": client.id,
        "user_name": made["UserSub"],
        "confirmation_code": world.code(email),
    }
    assert world.messages(email)[-1]["subject"] == "Confirm your account"
    # An application may take the link apart, and confirm by itself.
    client.call(
        "confirm_sign_up",
        Username=told["user_name"],
        ConfirmationCode=told["confirmation_code"],
    )
    assert client.tokens(email)


def test_templates_word_the_link(world: World) -> None:
    template = {"EmailMessageByLink": "<b>Hello</b> {##Verify me##}!", "EmailSubjectByLink": "Hi"}
    client = linking_pool(world, template).client()
    client.sign_up(email := new_email())
    address = link_of(world, email).removesuffix("!")
    (message,) = world.messages(email)
    assert message["subject"] == "Hi"
    assert message["body"] == f"<b>Hello</b> Verify me: {address}!"


def test_username_cannot_break_out_of_the_link(world: World) -> None:
    pool = world.alias_pool(VerificationMessageTemplate=BY_LINK)
    client = pool.client()
    name = f"{new_name()}&client_id=x\"'<>{{username}}{{####}}#"
    client.sign_up(name, email=(email := new_email()))
    told = parameters(link_of(world, email))
    assert told["user_name"] == name
    assert told["client_id"] == client.id
    assert told["confirmation_code"] == world.code(email)


def test_resending_replaces_the_link(world: World) -> None:
    client = linking_pool(world).client()
    client.sign_up(email := new_email())
    first = parameters(link_of(world, email))
    client.call("resend_confirmation_code", Username=email)
    second = parameters(link_of(world, email, of=2))
    with refused("CodeMismatchException"):
        confirm(client, first)
    confirm(client, second)


def confirm(client: AppClient, told: dict[str, str]) -> None:
    client.call(
        "confirm_sign_up",
        Username=told["user_name"],
        ConfirmationCode=told["confirmation_code"],
    )


def test_sms_carries_a_code(world: World) -> None:
    pool = world.pool(
        AutoVerifiedAttributes=["phone_number", "email"], VerificationMessageTemplate=BY_LINK
    )
    phone = "+15555550177"
    pool.client().sign_up(new_name(), phone_number=phone, email=new_email())
    body = world.messages(phone)[-1]["body"]
    assert body == f"Your verification code is {world.code(phone)}."


def test_messages_of_other_codes_hold_codes(world: World) -> None:
    """A forgotten password and a changed address are confirmed by a code that is typed."""
    client = linking_pool(world).client()
    client.sign_up(email := new_email())
    confirm(client, parameters(link_of(world, email)))
    token = client.tokens(email)["AccessToken"]
    world.public.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    code = world.code(email, of=2)
    assert world.messages(email)[-1]["body"] == f"Your verification code is {code}."
    world.public.verify_user_attribute(AccessToken=token, AttributeName="email", Code=code)
    client.call("forgot_password", Username=email)
    code = world.code(email, of=3)
    assert "/confirmUser" not in world.messages(email)[-1]["body"]
    client.call(
        "confirm_forgot_password", Username=email, ConfirmationCode=code, Password=f"{PASSWORD}8"
    )


# --- CustomMessage --------------------------------------------------------------------------


def words(world: World, name: str, email: str) -> dict[str, str]:
    body = f"request = event['request']\nevent['response']['emailMessage'] = {email}"
    return {"CustomMessage": world.function(name, body)}


def test_link_parameter_of_a_custom_message_becomes_the_link(world: World) -> None:
    function = words(world, "link_words", "'Dear you, ' + request['linkParameter']")
    client = linking_pool(world, LambdaConfig=function).client()
    client.sign_up(email := new_email())
    body = world.messages(email)[-1]["body"]
    assert body == f"Dear you, Click Here: {link_of(world, email)}"


def test_custom_message_may_hold_the_code_as_well(world: World) -> None:
    function = words(
        world, "both_words", "request['codeParameter'] + ' or ' + request['linkParameter']"
    )
    client = linking_pool(world, LambdaConfig=function).client()
    client.sign_up(email := new_email())
    assert world.messages(email)[-1]["body"].startswith(f"{world.code(email)} or Click Here: ")


def test_custom_message_must_hold_the_link(world: World) -> None:
    function = words(world, "no_link", "request['codeParameter']")
    with refused("InvalidLambdaResponseException"):
        linking_pool(world, LambdaConfig=function).client().sign_up(new_email())


def test_link_parameter_is_no_code_where_the_pool_sends_codes(world: World) -> None:
    function = words(world, "only_link", "request['linkParameter']")
    with refused("InvalidLambdaResponseException"):
        world.email_pool(LambdaConfig=function).client().sign_up(new_email())


# --- A pool whose pages have no address -----------------------------------------------------


@pytest.fixture(scope="module")
def remote(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """An identity provider that serves pages under the pools' own domains alone."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pool_operations.signing_keys, "make", quick_keys)
        made = World(tmp_path_factory.mktemp("remote"), public_url="https://id.example.com")
        yield made
        made.close()


def test_without_a_domain_nobody_signs_up_by_link(remote: World) -> None:
    pool = linking_pool(remote)
    client, email = pool.client(), new_email()
    with refused("InvalidParameterException", NO_DOMAIN):
        client.sign_up(email)
    assert remote.messages(email) == []
    with refused("UserNotFoundException"):
        pool.call("admin_get_user", Username=email)
    pool.call("create_user_pool_domain", Domain="lighthouse")
    client.sign_up(email)
    assert link_of(remote, email).startswith(
        "https://lighthouse.auth.us-east-1.id.example.com/confirmUser?"
    )


@pytest.mark.parametrize("hidden", ["ENABLED", "LEGACY"])
def test_without_a_domain_resending_refuses_every_name_alike(remote: World, hidden: str) -> None:
    pool = linking_pool(remote)
    client = pool.client(PreventUserExistenceErrors=hidden)
    pool.call("create_user_pool_domain", Domain=(domain := new_name()))
    client.sign_up(email := new_email())
    pool.call("delete_user_pool_domain", Domain=domain)
    for name in (email, new_email()):
        with refused("InvalidParameterException", NO_DOMAIN):
            client.call("resend_confirmation_code", Username=name)


def test_without_a_domain_users_whom_a_function_confirms_sign_up(remote: World) -> None:
    approve = remote.function("approve", "event['response']['autoConfirmUser'] = True")
    client = linking_pool(remote, LambdaConfig={"PreSignUp": approve}).client()
    assert client.sign_up(new_email())["UserConfirmed"]


# --- Settings -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "template",
    [
        {"EmailMessageByLink": "No words {####}"},
        {"EmailMessageByLink": "Too many words {##" + "x" * 201 + "##}"},
        {"EmailMessage": "A code {####}", "EmailMessageByLink": "A link {##Here##}"},
    ],
    ids=["no words", "long", "both"],
)
def test_template_without_a_link_is_refused(world: World, template: dict[str, str]) -> None:
    with refused("InvalidParameterException"):
        linking_pool(world, template)


def test_hidden_users_are_answered_as_those_who_wait_for_a_link(world: World) -> None:
    client = linking_pool(world).client(PreventUserExistenceErrors="ENABLED")
    client.sign_up(email := new_email())
    answers = [
        client.call("resend_confirmation_code", Username=name)["CodeDeliveryDetails"]
        for name in (email, new_email())
    ]
    assert answers[0] == answers[1]


def test_function_that_sends_gets_the_code_and_needs_no_domain(
    remote: World, listener: Listener
) -> None:
    function = remote.function("send_link", listener.told("{'event': event}"))
    config = {
        "CustomEmailSender": {"LambdaArn": function, "LambdaVersion": "V1_0"},
        "KMSKeyID": "arn:aws:kms:us-east-1:000000000000:key/codes",
    }
    client = linking_pool(remote, LambdaConfig=config).client()
    client.sign_up(email := new_email())
    event = listener.wait()[-1]["event"]
    assert event["triggerSource"] == "CustomEmailSender_SignUp"
    assert event["request"]["code"]
    assert remote.messages(email) == []
