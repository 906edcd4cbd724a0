"""Requests and answers of the Lambda triggers that decide something, one pair for each trigger.

Cognito developer guide, "Customizing user pool workflows with Lambda triggers" and the page of
each trigger. A `*_request` is the event's `request`, a `*_RESPONSE` what the event's `response`
holds before the function fills it, and a reader takes the filled response apart: anything that
has another form raises `InvalidLambdaResponse`. The token trigger is in `pre_token_generation`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from idp.errors import InvalidLambdaResponse

Texts = Mapping[str, str]

# The guide's placeholders, which a custom message holds in place of the real values.
CODE_PARAMETER = "{####}"
USERNAME_PARAMETER = "{username}"
LINK_PARAMETER = "{##Click Here##}"

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
USER_MIGRATION_RESPONSE: Mapping[str, Any] = {
    "userAttributes": None,
    "finalUserStatus": None,
    "messageAction": None,
    "desiredDeliveryMediums": None,
    "forceAliasCreation": None,
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


@dataclass(frozen=True)
class MigratedUser:
    """UserMigration: the user as the old directory knows him."""

    attributes: Texts
    status: str
    suppress_message: bool
    force_alias_creation: bool


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
        confirm=_flag(response, "autoConfirmUser"),
        verify_email=_flag(response, "autoVerifyEmail"),
        verify_phone_number=_flag(response, "autoVerifyPhone"),
    )
    if decision.verify_email and not attributes.get("email"):
        raise InvalidLambdaResponse
    if decision.verify_phone_number and not attributes.get("phone_number"):
        raise InvalidLambdaResponse
    return decision


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
    response: Mapping[str, Any], *, is_invitation: bool = False
) -> CustomMessage:
    """The function's texts. Each must hold the code, or nobody could confirm with it."""
    needed = [CODE_PARAMETER, *([USERNAME_PARAMETER] if is_invitation else [])]
    subject = _message(response, "emailSubject", _LONGEST_SUBJECT, [])
    if subject is not None and len(subject.splitlines()) > 1:
        raise InvalidLambdaResponse
    return CustomMessage(
        sms=_message(response, "smsMessage", _LONGEST_SMS, needed),
        email=_message(response, "emailMessage", _LONGEST_EMAIL, needed),
        email_subject=subject,
    )


def user_migration_request(
    password: str | None, validation_data: Texts, metadata: Texts
) -> dict[str, Any]:
    """`UserMigration_Authentication`, and without a password `UserMigration_ForgotPassword`."""
    request: dict[str, Any] = {
        "validationData": dict(validation_data),
        "clientMetadata": dict(metadata),
    }
    return request if password is None else {"password": password, **request}


def read_user_migration(response: Mapping[str, Any]) -> MigratedUser:
    """The migrated user. "userAttributes: This field is required."

    A user is CONFIRMED only where the function says so; any other must reset his password.
    """
    attributes = response.get("userAttributes")
    if not attributes or not isinstance(attributes, dict):
        raise InvalidLambdaResponse
    if not all(isinstance(text, str) for item in attributes.items() for text in item):
        raise InvalidLambdaResponse
    status = _choice(response, "finalUserStatus", ("RESET_REQUIRED", "CONFIRMED"))
    action = _choice(response, "messageAction", ("", "SUPPRESS", "RESEND"))
    return MigratedUser(
        attributes={name: text for name, text in attributes.items() if name != "username"},
        status=status,
        suppress_message=action == "SUPPRESS",
        force_alias_creation=_flag(response, "forceAliasCreation"),
    )


def _flag(response: Mapping[str, Any], name: str) -> bool:
    value = response.get(name)
    if value is not None and not isinstance(value, bool):
        raise InvalidLambdaResponse
    return bool(value)


def _choice(response: Mapping[str, Any], name: str, choices: tuple[str, ...]) -> str:
    """One of `choices`, the first of which is the default."""
    value = response.get(name) or choices[0]
    if not isinstance(value, str) or value not in choices:
        raise InvalidLambdaResponse
    return value


def _message(response: Mapping[str, Any], name: str, longest: int, needed: list[str]) -> str | None:
    value = response.get(name)
    if value is None or value == "":
        return None
    if not isinstance(value, str) or len(value) > longest:
        raise InvalidLambdaResponse
    if not all(parameter in value for parameter in needed):
        raise InvalidLambdaResponse
    return value
