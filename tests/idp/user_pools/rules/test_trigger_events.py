from __future__ import annotations

import pytest

from idp.errors import InvalidLambdaResponse
from idp.user_pools.rules import trigger_events as events

JANE = {"email": "jane@example.com"}


# --- Pre sign-up ----------------------------------------------------------------------------


def test_a_pre_sign_up_request_has_the_guides_members():
    assert events.pre_sign_up_request(JANE, {"captcha": "x"}, {"campaign": "y"}) == {
        "userAttributes": JANE,
        "validationData": {"captcha": "x"},
        "clientMetadata": {"campaign": "y"},
    }


def test_an_untouched_pre_sign_up_response_grants_nothing():
    decision = events.read_pre_sign_up(events.PRE_SIGN_UP_RESPONSE, JANE)
    assert decision == events.SignUpDecision(False, False, False)
    assert events.read_pre_sign_up({}, JANE) == decision


def test_a_pre_sign_up_function_confirms_and_verifies():
    response = {"autoConfirmUser": True, "autoVerifyEmail": True, "autoVerifyPhone": False}
    assert events.read_pre_sign_up(response, JANE) == events.SignUpDecision(True, True, False)


@pytest.mark.parametrize(
    "response", [{"autoVerifyPhone": True}, {"autoConfirmUser": "true"}, {"autoVerifyEmail": 1}]
)
def test_a_pre_sign_up_function_cannot_grant_what_is_not_there_or_not_a_flag(response):
    with pytest.raises(InvalidLambdaResponse):
        events.read_pre_sign_up(response, JANE)


# --- Custom message -------------------------------------------------------------------------


def test_only_an_invitation_carries_the_username_parameter():
    request = events.custom_message_request(JANE, {})
    assert request["codeParameter"] == "{####}"
    assert request["usernameParameter"] is None
    invitation = events.custom_message_request(JANE, {}, is_invitation=True)
    assert invitation["usernameParameter"] == "{username}"


def test_an_untouched_message_keeps_the_pools_own():
    untouched = events.read_custom_message(events.CUSTOM_MESSAGE_RESPONSE)
    assert untouched == events.CustomMessage(None, None, None)


def test_custom_texts_replace_the_pools_own():
    response = {"emailMessage": "Your code: {####}", "emailSubject": "Hello", "smsMessage": ""}
    assert events.read_custom_message(response) == events.CustomMessage(
        None, "Your code: {####}", "Hello"
    )


@pytest.mark.parametrize(
    "response",
    [
        {"emailMessage": "no code"},
        {"smsMessage": "no code"},
        {"smsMessage": "{####}" + "x" * 140},
        {"emailMessage": "{####}" + "x" * 20000},
        {"emailMessage": 5},
        {"emailSubject": "Hello\r\nBcc: everybody@example.com"},
        {"emailSubject": "Hello\u2028there"},
        {"emailSubject": "x" * 141},
    ],
)
def test_messages_that_cannot_be_sent_are_refused(response):
    with pytest.raises(InvalidLambdaResponse):
        events.read_custom_message(response)


def test_a_link_stands_in_for_the_code_where_one_is_sent():
    response = {"emailMessage": "Follow {##Click Here##}", "smsMessage": "{####}"}
    assert events.read_custom_message(response, needs_link=True).email == response["emailMessage"]
    with pytest.raises(InvalidLambdaResponse):
        events.read_custom_message(response)
    for email in ("{####}", "{##}", "{####} {## ##", "{##{##}##}"):
        with pytest.raises(InvalidLambdaResponse):
            events.read_custom_message({"emailMessage": email}, needs_link=True)
    with pytest.raises(InvalidLambdaResponse):
        events.read_custom_message({"smsMessage": "{##Click Here##}"}, needs_link=True)


def test_an_invitation_must_tell_the_username():
    response = {"emailMessage": "Your code: {####}"}
    with pytest.raises(InvalidLambdaResponse):
        events.read_custom_message(response, is_invitation=True)
