"""Where the screens are; the names are Amazon Cognito's up to the new password."""

from idp.oauth.endpoints.authorize import CONSENT, SIGN_IN, SIGN_UP

__all__ = [
    "ADD_PASSKEY",
    "ANSWER_ELSEWHERE",
    "BY_ADDRESS",
    "CHOOSE_FACTOR",
    "CHOOSE_SIGN_IN",
    "CONFIRM",
    "CONFIRM_SIGN_OUT",
    "CONSENT",
    "ELSEWHERE",
    "FORGOT",
    "MAGIC_LINK",
    "MAGIC_LINK_CODE",
    "MAGIC_LINK_OPEN",
    "NEW_PASSWORD",
    "OAUTH_ANSWER",
    "PASSWORD",
    "RECOVER",
    "RECOVERY_CODES",
    "RESEND",
    "RESET",
    "SAML_ANSWER",
    "SECOND_FACTOR",
    "SET_UP_AUTHENTICATOR",
    "SET_UP_EMAIL",
    "SIGN_IN",
    "SIGN_IN_CODE",
    "SIGN_OUT_ELSEWHERE",
    "SIGN_UP",
]

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
CONFIRM_SIGN_OUT = "/confirmLogout"
ELSEWHERE = "/signInElsewhere"
BY_ADDRESS = "/signInByEmail"
OAUTH_ANSWER = "/oauth2/idpresponse"
SAML_ANSWER = "/saml2/idpresponse"
SIGN_OUT_ELSEWHERE = "/signOutElsewhere"
ANSWER_ELSEWHERE = "/signedOutElsewhere"
