"""Where the screens are; the names are Amazon Cognito's up to the new password."""

from idp.oauth.endpoints.authorize import SIGN_IN

__all__ = [
    "ADD_PASSKEY",
    "CHOOSE_FACTOR",
    "CHOOSE_SIGN_IN",
    "CONFIRM",
    "FORGOT",
    "MAGIC_LINK",
    "MAGIC_LINK_CODE",
    "MAGIC_LINK_OPEN",
    "NEW_PASSWORD",
    "PASSWORD",
    "RECOVER",
    "RECOVERY_CODES",
    "RESEND",
    "RESET",
    "SECOND_FACTOR",
    "SET_UP_AUTHENTICATOR",
    "SET_UP_EMAIL",
    "SIGN_IN",
    "SIGN_IN_CODE",
    "SIGN_UP",
]

SIGN_UP = "/signup"
CHOOSE_SIGN_IN = "/selectChallenge"
PASSWORD = "/password"
SIGN_IN_CODE = "/signInCode"
ADD_PASSKEY = "/addPasskey"
CONFIRM = "/confirm"
RESEND = "/resendcode"
FORGOT = "/forgotPassword"
RESET = "/confirmforgotPassword"
NEW_PASSWORD = "/newPassword"
SECOND_FACTOR = "/mfa"
CHOOSE_FACTOR = "/selectMfa"
SET_UP_AUTHENTICATOR = "/setUpAuthenticator"
SET_UP_EMAIL = "/setUpEmail"
RECOVER = "/recoveryCode"
RECOVERY_CODES = "/recoveryCodes"
MAGIC_LINK = "/magicLink"
MAGIC_LINK_CODE = "/magicLinkCode"
MAGIC_LINK_OPEN = "/magicLinkOpen"
