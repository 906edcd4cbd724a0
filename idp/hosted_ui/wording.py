"""Refusals in words for people, and the field that each belongs to.

The domain errors speak as Amazon Cognito does, for programs; a message that is fit for people is
kept. Whether a user exists is told no more and no less here than there: only the class decides.
"""

from __future__ import annotations

import re

from flask_babel import gettext

from idp import errors
from idp.hosted_ui.fields import ATTRIBUTE
from idp.texts import N_
from idp.user_pools.services.sign_in import discovered_passkey

_WORDS: dict[type[errors.IdpError], str] = {
    errors.UserNotFound: N_("There is no account with this name."),
    errors.UsernameExists: N_("There is an account with this name already."),
    errors.AliasExists: N_("There is an account with this address or name already."),
    errors.UserDisabled: N_("This account is disabled."),
    errors.UserNotConfirmed: N_("This account is not confirmed yet."),
    errors.UserCannotBeConfirmed: N_("This account cannot be confirmed."),
    errors.SignUpNotPermitted: N_("You cannot sign up here."),
    errors.TemporaryPasswordExpired: N_(
        "Your temporary password has expired. Ask an administrator for a new one."
    ),
    errors.BlockedForSecurity: N_("This sign-in was refused for security reasons."),
    errors.CodeMismatch: N_("This code is not right. Check it and try again."),
    errors.ExpiredCode: N_("This code has expired. Ask for a new one."),
    errors.CodeUsed: N_("This code was used before. Wait for the next one."),
    errors.SoftwareTokenNotVerified: N_("This code is not right. Check it and try again."),
    errors.SecondFactorMissing: N_(
        "This sign-in needs a second step that your account does not have."
    ),
    errors.LimitExceeded: N_("Too many attempts. Wait a while, then try again."),
    errors.PasswordAttemptsExceeded: N_("Too many failed sign-ins. Wait a moment, then try again."),
    errors.CompromisedPassword: N_("Attackers know this password. Choose another one."),
    errors.CompromisedPasswordReset: N_(
        "Attackers know your password, so it has to be set anew: choose “Forgot password”."
    ),
    errors.DirectoryPasswordExpired: N_(
        "Your password has expired. Change it in your company’s directory, then sign in again."
    ),
    errors.PasswordResetRequired: N_("Your password has to be set anew: choose “Forgot password”."),
    errors.PasswordInHistory: N_("You have used this password before. Choose another one."),
    errors.CodeDeliveryFailure: N_("We could not send you a code. Try again later."),
    errors.TooManyRequests: N_("Too many requests. Wait a moment, then try again."),
    errors.InvalidSession: N_("This took too long. Please sign in again."),
    errors.UnexpectedLambda: N_("Something went wrong on our side. Try again later."),
    errors.DirectoryUnavailable: N_("Something went wrong on our side. Try again later."),
    errors.InvalidLambdaResponse: N_("Something went wrong on our side. Try again later."),
}

# By AWS's sentence, where a class has several; without "Password did not conform with policy: ".
_SENTENCES: dict[str, str] = {
    "Password not long enough": N_("This password is too short."),
    "Password must have lowercase characters": N_("Add a lower-case letter."),
    "Password must have uppercase characters": N_("Add an upper-case letter."),
    "Password must have numeric characters": N_("Add a number."),
    "Password must have symbol characters": N_("Add a symbol, such as ! or #."),
    "Invalid email address format.": N_("This is not an email address."),
    "Invalid phone number format.": N_(
        "Enter the phone number with its country code, such as +15555550123."
    ),
    "Username should be an email.": N_("Enter an email address."),
    "Username should be a phone number.": N_(
        "Enter a phone number with its country code, such as +15555550123."
    ),
    "Username should be either an email or a phone number.": N_(
        "Enter an email address, or a phone number with its country code."
    ),
}
# What is fit for people as AWS says it.
_KEPT = (N_("Incorrect username or password."), N_("The request was refused."))

# Attributes against the pool's schema: the fault, and what to do. `%(limit)s` is the schema's.
_SCHEMA = re.compile(r"Attributes did not conform to the schema: (?P<name>[^ ]+): (?P<fault>.+)")
_FAULTS: tuple[tuple[re.Pattern[str], str], ...] = (
    (
        re.compile(r"String must be no shorter than (?P<limit>\d+) characters"),
        N_("Enter at least %(limit)s characters."),
    ),
    (
        re.compile(r"String must be no longer than (?P<limit>\d+) characters"),
        N_("Enter at most %(limit)s characters."),
    ),
    (re.compile(r"Value must be a number"), N_("Enter a number.")),
    (
        re.compile(r"Number must be no less than (?P<limit>-?\d+)"),
        N_("Enter %(limit)s or more."),
    ),
    (
        re.compile(r"Number must be no greater than (?P<limit>-?\d+)"),
        N_("Enter %(limit)s or less."),
    ),
    (re.compile(r"Value must be true or false"), N_("Enter “true” or “false”.")),
    (re.compile(r"Value must be a date.*"), N_("Enter a date, such as 1990-12-31.")),
    (re.compile(r"String has characters.*"), N_("This has characters that cannot be used.")),
)
_ALIAS_AS_NAME = re.compile(r"Username cannot be of \w+(?: \w+)? format, since .*")
_MALFORMED_PASSWORD = "1 validation error detected: Value at 'password'"

_FIELDS: dict[type[errors.IdpError], str] = {
    errors.UsernameExists: "username",
    errors.CodeMismatch: "code",
    errors.ExpiredCode: "code",
    errors.SoftwareTokenNotVerified: "code",
    errors.InvalidPassword: "password",
    errors.PasswordInHistory: "password",
}


def message(error: errors.IdpError) -> str:
    """What the page says."""
    for kind in type(error).__mro__:
        if kind in _WORDS:
            return _WORDS[kind]
    if error.message.startswith(_MALFORMED_PASSWORD):
        return N_("A password has at most 256 characters, and no space at its ends.")
    if _ALIAS_AS_NAME.fullmatch(error.message):
        return N_("Choose a username that is no email address and no phone number.")
    schema = _SCHEMA.fullmatch(error.message)
    if schema:
        return _fault(schema["fault"])
    complaint = error.message.rpartition("policy: ")[2]
    sentence = _SENTENCES.get(complaint, complaint)
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def of_passkey(error: errors.IdpError) -> str:
    """What the page says of a passkey that was refused."""
    if isinstance(error, errors.InvalidSession):
        return N_("This took too long. Try again.")
    text = message(error)
    return (
        text
        if text in _WORDS.values() or text == discovered_passkey.UNKNOWN
        else N_("Your passkey was not accepted. Sign in another way.")
    )


def placed(error: errors.IdpError) -> tuple[dict[str, str], str]:
    """The message by the field that the error is about; else as the alert above the form."""
    field = next((_FIELDS[kind] for kind in type(error).__mro__ if kind in _FIELDS), None)
    schema = _SCHEMA.fullmatch(error.message)
    if schema:
        field = ATTRIBUTE + schema["name"]
    return ({field: message(error)}, "") if field else ({}, message(error))


def _fault(fault: str) -> str:
    for pattern, text in _FAULTS:
        match = pattern.fullmatch(fault)
        if match:
            return gettext(text, **match.groupdict()) if pattern.groups else text
    return f"{fault}."
