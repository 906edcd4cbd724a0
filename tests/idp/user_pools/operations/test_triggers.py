"""Lambda triggers, with real functions in processes of their own."""

from __future__ import annotations

import json
from typing import Any

import jwt
import pytest

from idp.user_pools.services import triggers
from tests.idp.user_pools.operations.listener import Listener, listener
from tests.idp.user_pools.operations.world import PASSWORD, World, new_email, refused

__all__ = ["listener"]


def claims(token: str) -> dict[str, Any]:
    read: dict[str, Any] = jwt.decode(token, options={"verify_signature": False})
    return read


def test_pre_sign_up_confirms_and_verifies(world: World) -> None:
    approve = world.function(
        "approve",
        "event['response'].update(autoConfirmUser=True, autoVerifyEmail=True)\n"
        "assert event['triggerSource'] == 'PreSignUp_SignUp'\n"
        "assert event['request']['userAttributes']['name'] == 'Ada'\n"
        "assert event['request']['validationData'] == {'captcha': 'x'}\n"
        "assert event['request']['clientMetadata'] == {'from': 'web'}",
    )
    pool = world.email_pool(LambdaConfig={"PreSignUp": approve})
    client, email = pool.client(), new_email()
    made = client.call(
        "sign_up", Username=email, Password=PASSWORD, ClientMetadata={"from": "web"},
        UserAttributes=[{"Name": "name", "Value": "Ada"}],
        ValidationData=[{"Name": "captcha", "Value": "x"}],
    )  # fmt: skip
    assert made["UserConfirmed"] is True
    assert "CodeDeliveryDetails" not in made
    assert pool.attributes(email)["email_verified"] == "true"
    assert client.sign_in(email)["AuthenticationResult"]
    assert world.messages(email) == []


def test_pre_sign_up_refuses_with_its_own_words(world: World) -> None:
    refuse = world.function("refuse", "raise Exception('No robots here.')")
    pool = world.email_pool(LambdaConfig={"PreSignUp": refuse})
    email = new_email()
    message = "PreSignUp failed with error No robots here."
    with refused("UserLambdaValidationException", message):
        pool.client().sign_up(email)
    with refused("UserLambdaValidationException"):
        pool.call("admin_create_user", Username=email, MessageAction="SUPPRESS")
    with refused("UserNotFoundException"):
        pool.call("admin_get_user", Username=email)


def test_pre_sign_up_cannot_verify_an_address_that_is_not_there(world: World) -> None:
    wrong = world.function("verify_phone", "event['response']['autoVerifyPhone'] = True")
    pool = world.email_pool(LambdaConfig={"PreSignUp": wrong})
    with refused("InvalidLambdaResponseException"):
        pool.client().sign_up(new_email())


def test_administrators_users_are_not_confirmed_by_pre_sign_up(world: World) -> None:
    approve = world.function(
        "approve_all", "event['response'].update(autoConfirmUser=True, autoVerifyEmail=True)"
    )
    pool, email = world.email_pool(LambdaConfig={"PreSignUp": approve}), new_email()
    made = pool.call("admin_create_user", Username=email, MessageAction="SUPPRESS")["User"]
    assert made["UserStatus"] == "FORCE_CHANGE_PASSWORD"
    assert pool.attributes(email).get("email_verified") != "true"


def test_function_that_is_missing_answers_unexpected_lambda(world: World) -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:missing"
    pool = world.email_pool(LambdaConfig={"PreSignUp": arn})
    reason = "PreSignUp invocation failed due to error ResourceNotFoundException."
    with refused("UnexpectedLambdaException", reason):
        pool.client().sign_up(new_email())


def test_function_that_answers_something_else_is_refused(world: World) -> None:
    odd = world.function("odd", "return 7")
    pool = world.email_pool(LambdaConfig={"PreSignUp": odd})
    with refused("InvalidLambdaResponseException"):
        pool.client().sign_up(new_email())


def test_authentication_triggers_see_the_sign_in(world: World) -> None:
    before = world.function(
        "before_sign_in",
        "request = event['request']\n"
        "assert event['triggerSource'] == 'PreAuthentication_Authentication'\n"
        "assert request['userAttributes']['email'].endswith('example.com')\n"
        "if request['validationData'].get('deny'):\n    raise Exception('Not today')",
    )
    after = world.function(
        "after_sign_in",
        "assert event['triggerSource'] == 'PostAuthentication_Authentication'\n"
        "assert event['request']['newDeviceUsed'] is False\n"
        "assert event['request']['clientMetadata'] == {}, 'InitiateAuth passes none on'\n"
        "raise Exception('Too late')",
    )
    pool = world.email_pool(LambdaConfig={"PreAuthentication": before, "PostAuthentication": after})
    client, email = pool.client(), new_email()
    pool.create_user(email, email=email)
    with refused("UserLambdaValidationException", "PreAuthentication failed with error Not today"):
        client.sign_in(email, ClientMetadata={"deny": "yes"})
    with refused("UserLambdaValidationException", "PostAuthentication failed with error Too late"):
        client.sign_in(email, ClientMetadata={"late": "yes"})


def test_metadata_of_an_answer_reaches_what_follows_it(world: World) -> None:
    tell = "raise Exception(str(event['request']['clientMetadata']))"
    pool = world.email_pool(LambdaConfig={"PostAuthentication": world.function("tell_it", tell)})
    client, email = pool.client(), new_email()
    pool.call(
        "admin_create_user", Username=email, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    challenge = client.sign_in(email)
    with refused("UserLambdaValidationException", "{'late': 'yes'}"):
        client.call(
            "respond_to_auth_challenge", ChallengeName=challenge["ChallengeName"],
            Session=challenge["Session"], ClientMetadata={"late": "yes"},
            ChallengeResponses={"USERNAME": email, "NEW_PASSWORD": "Another-horse-8"},
        )  # fmt: skip


def test_function_that_does_not_answer_in_time_is_called_three_times_under_one_id(
    world: World, monkeypatch: pytest.MonkeyPatch, listener: Listener
) -> None:
    monkeypatch.setattr(triggers, "TRY_SECONDS", 1.5)
    slow = world.function(
        "slow",
        listener.told("""{
        'id': context.aws_request_id, **context.client_context.custom}""")
        + "\ntime.sleep(9)",
    )
    pool = world.email_pool(LambdaConfig={"PreSignUp": slow})
    reason = (
        "PreSignUp invocation failed due to error Socket timeout while invoking Lambda function."
    )
    with refused("UnexpectedLambdaException", reason):
        pool.client().sign_up(new_email())
    assert [each["attempt"] for each in listener.heard] == [1, 2, 3]
    assert len({each["id"] for each in listener.heard}) == 1
    assert all(each["id"] == each["invocation_id"] for each in listener.heard)


def test_functions_own_refusal_is_final(world: World, listener: Listener) -> None:
    deny = world.function("deny", listener.told("{}") + "\nraise Exception('No')")
    pool = world.email_pool(LambdaConfig={"PreSignUp": deny})
    with refused("UserLambdaValidationException"):
        pool.client().sign_up(new_email())
    assert len(listener.heard) == 1


def test_post_confirmation_runs_after_each_confirmation(world: World) -> None:
    tell = world.function(
        "tell",
        "raise Exception(event['triggerSource'] + event['request']['userAttributes']['email'])",
    )
    pool = world.email_pool(LambdaConfig={"PostConfirmation": tell})
    client, email = pool.client(), new_email()
    client.sign_up(email)
    with refused("UserLambdaValidationException", f"PostConfirmation_ConfirmSignUp{email}"):
        client.call("confirm_sign_up", Username=email, ConfirmationCode=world.code(email))
    assert client.sign_in(email)["AuthenticationResult"], "it runs after the user is confirmed"
    client.call("forgot_password", Username=email)
    source = f"PostConfirmation_ConfirmForgotPassword{email}"
    with refused("UserLambdaValidationException", source):
        client.call(
            "confirm_forgot_password", Username=email, Password="Another-horse-8",
            ConfirmationCode=world.code(email, of=2),
        )  # fmt: skip


def test_first_version_of_token_generation_changes_the_id_token(world: World) -> None:
    change = world.function(
        "claims_v1",
        "event['response']['claimsOverrideDetails'] = {\n"
        "    'claimsToAddOrOverride': {'ship': 'Argo', 'sub': 'me', 'aud': 'x', 'iss': 'y',\n"
        "                              'token_use': 'access', 'cognito:username': 'root'},\n"
        "    'claimsToSuppress': ['email', 'exp'],\n"
        "    'groupOverrideDetails': {'groupsToOverride': ['crew'],\n"
        "                             'iamRolesToOverride': ['arn:aws:iam::1:role/r'],\n"
        "                             'preferredRole': 'arn:aws:iam::1:role/r'}}",
    )
    pool = world.email_pool(LambdaConfig={"PreTokenGeneration": change})
    client, email = pool.client(), new_email()
    sub = pool.create_user(email, email=email)
    tokens = client.tokens(email)
    identity, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    assert identity["ship"] == "Argo"
    assert "email" not in identity
    assert identity["exp"] > identity["iat"]
    assert (identity["sub"], identity["aud"]) == (sub, client.id)
    assert (identity["token_use"], identity["cognito:username"]) == ("id", sub)
    assert identity["cognito:groups"] == access["cognito:groups"] == ["crew"]
    assert identity["cognito:preferred_role"] == "arn:aws:iam::1:role/r"
    assert "ship" not in access


def test_second_version_of_token_generation_changes_both(world: World) -> None:
    change = world.function(
        "claims_v2",
        "assert event['version'] == '2' and event['request']['scopes']\n"
        "event['response']['claimsAndScopeOverrideDetails'] = {\n"
        "    'idTokenGeneration': {'claimsToAddOrOverride': {'ship': {'name': 'Argo'}}},\n"
        "    'accessTokenGeneration': {\n"
        "        'claimsToAddOrOverride': {'rank': 3, 'client_id': 'x', 'username': 'root'},\n"
        "        'scopesToAdd': ['api/read']}}",
    )
    config = {"LambdaVersion": "V2_0", "LambdaArn": change}
    pool = world.email_pool(LambdaConfig={"PreTokenGenerationConfig": config})
    client, email = pool.client(), new_email()
    sub = pool.create_user(email, email=email)
    tokens = client.tokens(email)
    identity, access = claims(tokens["IdToken"]), claims(tokens["AccessToken"])
    assert identity["ship"] == {"name": "Argo"}
    assert access["rank"] == 3
    assert access["scope"].split() == ["aws.cognito.signin.user.admin", "api/read"]
    assert (access["client_id"], access["username"]) == (client.id, sub)


def test_refreshed_tokens_are_customised_by_their_own_source(world: World) -> None:
    source = world.function(
        "source",
        "event['response']['claimsOverrideDetails'] = "
        "{'claimsToAddOrOverride': {'source': event['triggerSource']}}",
    )
    pool = world.email_pool(LambdaConfig={"PreTokenGeneration": source})
    client, email = pool.client(), new_email()
    pool.create_user(email)
    tokens = client.tokens(email)
    refreshed = client.refresh(tokens["RefreshToken"])["AuthenticationResult"]
    assert claims(tokens["IdToken"])["source"] == "TokenGeneration_Authentication"
    assert claims(refreshed["IdToken"])["source"] == "TokenGeneration_RefreshTokens"


def test_tokens_after_a_temporary_password_have_a_source_of_their_own(world: World) -> None:
    source = world.function(
        "source_of_new",
        "event['response']['claimsOverrideDetails'] = "
        "{'claimsToAddOrOverride': {'source': event['triggerSource']}}",
    )
    pool = world.email_pool(LambdaConfig={"PreTokenGeneration": source})
    client, email = pool.client(), new_email()
    pool.call(
        "admin_create_user", Username=email, TemporaryPassword=PASSWORD, MessageAction="SUPPRESS"
    )
    challenge = client.sign_in(email)
    answer = client.call(
        "respond_to_auth_challenge", ChallengeName=challenge["ChallengeName"],
        Session=challenge["Session"],
        ChallengeResponses={"USERNAME": email, "NEW_PASSWORD": "Another-horse-8"},
    )  # fmt: skip
    token = answer["AuthenticationResult"]["IdToken"]
    assert claims(token)["source"] == "TokenGeneration_NewPasswordChallenge"


@pytest.mark.parametrize("answer", ["[]", "{'claimsToAddOrOverride': 7}", "'x'"])
def test_malformed_token_customisation_is_refused(world: World, answer: str) -> None:
    odd = world.function(
        "odd_claims", f"event['response']['claimsOverrideDetails'] = {answer} or 7"
    )
    pool = world.email_pool(LambdaConfig={"PreTokenGeneration": odd})
    email = new_email()
    pool.create_user(email)
    with refused("InvalidLambdaResponseException"):
        pool.client().sign_in(email)


def test_custom_message_words_each_message(world: World) -> None:
    words = world.function(
        "words",
        "parameter = event['request']['codeParameter']\n"
        "name = event['request']['usernameParameter'] or ''\n"
        "event['response']['emailSubject'] = event['triggerSource']\n"
        "event['response']['emailMessage'] = 'Hello ' + name + ' ' + parameter",
    )
    pool = world.email_pool(LambdaConfig={"CustomMessage": words})
    client, email = pool.client(), new_email()
    client.sign_up(email)
    client.call("resend_confirmation_code", Username=email)
    code = world.code(email, of=2)
    client.call("confirm_sign_up", Username=email, ConfirmationCode=code)
    client.call("forgot_password", Username=email)
    token = client.tokens(email)["AccessToken"]
    world.public.get_user_attribute_verification_code(AccessToken=token, AttributeName="email")
    pool.call(
        "admin_create_user", Username=(invited := new_email()), DesiredDeliveryMediums=["EMAIL"]
    )
    sent = [message["subject"] for message in world.messages(email)]
    assert sent == [
        "CustomMessage_SignUp",
        "CustomMessage_ResendCode",
        "CustomMessage_ForgotPassword",
        "CustomMessage_VerifyUserAttribute",
    ]
    for message in world.messages(email):
        assert message["body"] == f"Hello  {message['code']}"
    invitation = world.messages(invited)[-1]
    assert invitation["subject"] == "CustomMessage_AdminCreateUser"
    sub = pool.attributes(invited)["sub"]
    assert invitation["body"] == f"Hello {sub} {invitation['code']}"


def test_custom_message_must_hold_the_code(world: World) -> None:
    forgetful = world.function("forgetful", "event['response']['emailMessage'] = 'Hello'")
    pool = world.email_pool(LambdaConfig={"CustomMessage": forgetful})
    with refused("InvalidLambdaResponseException"):
        pool.client().sign_up(new_email())


def test_event_has_the_form_of_aws(world: World) -> None:
    tell = world.function("tell_event", "import json\nraise Exception(json.dumps(event) + '#')")
    pool = world.email_pool(LambdaConfig={"PreAuthentication": tell})
    client, email = pool.client(), new_email()
    sub = pool.create_user(email, email=email)
    with pytest.raises(Exception, match="failed with error") as caught:
        client.sign_in(email)
    event = json.loads(str(caught.value).partition("failed with error ")[2].partition("#")[0])
    assert event["version"] == "1"
    assert event["region"] == "us-east-1"
    assert event["userPoolId"] == pool.id
    assert event["userName"] == sub
    assert event["callerContext"]["clientId"] == client.id
    assert event["request"]["userAttributes"]["cognito:user_status"] == "CONFIRMED"
    assert event["response"] == {}
    assert PASSWORD not in json.dumps(event)
