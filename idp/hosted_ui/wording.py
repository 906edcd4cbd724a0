"""Refusals in words for people, and the field that each belongs to.

The domain errors speak as Amazon Cognito does, for programs; a message that is fit for people is
kept. Whether a user exists is told no more and no less here than there: only the class decides.
"""

from __future__ import annotations

from idp import errors

_WORDS: dict[type[errors.IdpError], str] = {
    errors.UserNotFound: "There is no account with this name.",
    errors.UsernameExists: "There is an account with this name already.",
    errors.AliasExists: "There is an account with this address or name already.",
    errors.UserDisabled: "This account is disabled.",
    errors.UserNotConfirmed: "This account is not confirmed yet.",
    errors.UserCannotBeConfirmed: "This account cannot be confirmed.",
    errors.SignUpNotPermitted: "You cannot sign up here.",
    errors.TemporaryPasswordExpired: (
        "Your temporary password has expired. Ask an administrator for a new one."
    ),
    errors.BlockedForSecurity: "This sign-in was refused for security reasons.",
    errors.CodeMismatch: "This code is not right. Check it and try again.",
    errors.ExpiredCode: "This code has expired. Ask for a new one.",
    errors.CodeUsed: "This code was used before. Wait for the next one.",
    errors.SoftwareTokenNotVerified: "This code is not right. Check it and try again.",
    errors.SecondFactorMissing: "This sign-in needs a second step that your account does not have.",
    errors.LimitExceeded: "Too many attempts. Wait a while, then try again.",
    errors.PasswordAttemptsExceeded: "Too many failed sign-ins. Wait a moment, then try again.",
    errors.CompromisedPassword: "Attackers know this password. Choose another one.",
    errors.CompromisedPasswordReset: (
        "Attackers know your password, so it has to be set anew: choose “Forgot password”."
    ),
    errors.PasswordResetRequired: ("Your password has to be set anew: choose “Forgot password”."),
    errors.PasswordInHistory: "You have used this password before. Choose another one.",
    errors.CodeDeliveryFailure: "We could not send you a code. Try again later.",
    errors.TooManyRequests: "Too many requests. Wait a moment, then try again.",
    errors.InvalidSession: "This took too long. Please sign in again.",
    errors.UnexpectedLambda: "Something went wrong on our side. Try again later.",
    errors.InvalidLambdaResponse: "Something went wrong on our side. Try again later.",
}

# By AWS's sentence, where a class has several; without "Password did not conform with policy: ".
_SENTENCES: dict[str, str] = {
    "Password not long enough": "This password is too short.",
    "Password must have lowercase characters": "Add a lower-case letter.",
    "Password must have uppercase characters": "Add an upper-case letter.",
    "Password must have numeric characters": "Add a number.",
    "Password must have symbol characters": "Add a symbol, such as ! or #.",
    "Invalid email address format.": "This is not an email address.",
    "Invalid phone number format.": (
        "Enter the phone number with its country code, such as +15555550123."
    ),
    "Username should be an email.": "Enter an email address.",
    "Username should be a phone number.": (
        "Enter a phone number with its country code, such as +15555550123."
    ),
    "Username should be either an email or a phone number.": (
        "Enter an email address, or a phone number with its country code."
    ),
}
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
        return "A password has at most 256 characters, and no space at its ends."
    complaint = error.message.rpartition("policy: ")[2]
    sentence = _SENTENCES.get(complaint, complaint)
    return sentence if sentence.endswith((".", "!", "?")) else f"{sentence}."


def placed(error: errors.IdpError) -> tuple[dict[str, str], str]:
    """The message by the field that the error is about; else as the alert above the form."""
    field = next((_FIELDS[kind] for kind in type(error).__mro__ if kind in _FIELDS), None)
    return ({field: message(error)}, "") if field else ({}, message(error))
