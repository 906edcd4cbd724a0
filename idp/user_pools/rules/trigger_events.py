"""Requests and answers of the Lambda triggers.

Cognito developer guide, "Customizing user pool workflows with Lambda triggers" and the page of
each trigger. A `*_request` is the event's `request`, a `*_RESPONSE` what the event's `response`
holds before the function fills it, and a `read_*` takes the filled response of a trigger that
decides something apart: anything that has another form raises `InvalidLambdaResponse`. The token
trigger is in `pre_token_generation`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.errors import InvalidLambdaResponse

Texts = Mapping[str, str]

# callerContext.clientId of operations that name no client.
NO_CLIENT = "CLIENT_ID_NOT_APPLICABLE"

# The guide's placeholders, which a custom message holds in place of the real values.
CODE_PARAMETER = "{####}"
USERNAME_PARAMETER = "{username}"
LINK_PARAMETER = "{##Click Here##}"
LINK = re.compile(r"\{##([^#{}]{1,200})##\}")
"""The placeholder of a link, around words of the message's own."""

# EmailVerificationMessageType, EmailVerificationSubjectType, SmsVerificationMessageType.
_LONGEST_EMAIL = 20000
_LONGEST_SUBJECT = 140
_LONGEST_SMS = 140

PRE_SIGN_UP_RESPONSE: Mapping[str, Any] = {
    "autoConfirmUser": False,
    "autoVerifyEmail": False,
    "autoVerifyPhone": False,
}
CUSTOM_MESSAGE_RESPONSE: Mapping[str, Any] = {
    "smsMessage": None,
    "emailMessage": None,
    "emailSubject": None,
}


@dataclass(frozen=True)
class SignUpDecision:
    """PreSignUp: what the function grants the new user."""

    confirm: bool = False
    verify_email: bool = False
    verify_phone_number: bool = False


@dataclass(frozen=True)
class CustomMessage:
    """CustomMessage: texts that replace the pool's own; None keeps the pool's."""

    sms: str | None = None
    email: str | None = None
    email_subject: str | None = None


def pre_sign_up_request(
    attributes: Texts, validation_data: Texts, metadata: Texts
) -> dict[str, Any]:
    """`PreSignUp_SignUp` and `PreSignUp_AdminCreateUser`."""
    return {
        "userAttributes": dict(attributes),
        "validationData": dict(validation_data),
        "clientMetadata": dict(metadata),
    }


def read_pre_sign_up(response: Mapping[str, Any], attributes: Texts) -> SignUpDecision:
    """What the function decides. It cannot verify an address that the user does not have.

    "If the user does not have an email attribute and autoVerifyEmail is true, Amazon Cognito
    returns an error."
    """
    decision = SignUpDecision(
        confirm=flag(response, "autoConfirmUser"),
        verify_email=flag(response, "autoVerifyEmail"),
        verify_phone_number=flag(response, "autoVerifyPhone"),
    )
    if decision.verify_email and not attributes.get("email"):
        raise InvalidLambdaResponse
    if decision.verify_phone_number and not attributes.get("phone_number"):
        raise InvalidLambdaResponse
    return decision


def pre_authentication_request(
    attributes: Texts, validation_data: Texts, *, user_not_found: bool
) -> dict[str, Any]:
    """`PreAuthentication_Authentication`. The guide calls a sign-in's ClientMetadata so."""
    return {
        "userAttributes": dict(attributes),
        "validationData": dict(validation_data),
        "userNotFound": user_not_found,
    }


def post_authentication_request(
    attributes: Texts, metadata: Texts, *, new_device_used: bool = False
) -> dict[str, Any]:
    """`PostAuthentication_Authentication`. No device is new where none is remembered."""
    return {
        "userAttributes": dict(attributes),
        "newDeviceUsed": new_device_used,
        "clientMetadata": dict(metadata),
    }


def post_confirmation_request(attributes: Texts, metadata: Texts) -> dict[str, Any]:
    """`PostConfirmation_ConfirmSignUp` and `PostConfirmation_ConfirmForgotPassword`."""
    return {"userAttributes": dict(attributes), "clientMetadata": dict(metadata)}


def custom_message_request(
    attributes: Texts, metadata: Texts, *, is_invitation: bool = False
) -> dict[str, Any]:
    """`CustomMessage_*`. An invitation (AdminCreateUser) has the username as a parameter too."""
    return {
        "userAttributes": dict(attributes),
        "codeParameter": CODE_PARAMETER,
        "linkParameter": LINK_PARAMETER,
        "usernameParameter": USERNAME_PARAMETER if is_invitation else None,
        "clientMetadata": dict(metadata),
    }


def read_custom_message(
    response: Mapping[str, Any], *, is_invitation: bool = False, needs_link: bool = False
) -> CustomMessage:
    """The function's texts. Each must hold the code, or nobody could confirm with it; where the
    pool confirms by links, an e-mail must hold the link and may hold the code as well."""
    needed = [CODE_PARAMETER, *([USERNAME_PARAMETER] if is_invitation else [])]
    email = _message(response, "emailMessage", _LONGEST_EMAIL, [] if needs_link else needed)
    if needs_link and email is not None and not LINK.search(email):
        raise InvalidLambdaResponse
    subject = _message(response, "emailSubject", _LONGEST_SUBJECT, [])
    if subject is not None and len(subject.splitlines()) > 1:
        raise InvalidLambdaResponse
    return CustomMessage(
        sms=_message(response, "smsMessage", _LONGEST_SMS, needed),
        email=email,
        email_subject=subject,
    )


def flag(response: Mapping[str, Any], name: str) -> bool:
    """A boolean of a response, False where the function left it out."""
    value = response.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidLambdaResponse
    return bool(value)


def _message(response: Mapping[str, Any], name: str, longest: int, needed: list[str]) -> str | None:
    value = response.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidLambdaResponse
    if not all(parameter in value for parameter in needed):
        raise InvalidLambdaResponse
    return value
