"""Where the screens are; the names are Amazon Cognito's, except the last ones."""

from idp.oauth.endpoints.authorize import SIGN_IN

__all__ = [
    "CONFIRM",
    "FORGOT",
    "MAGIC_LINK",
    "MAGIC_LINK_CODE",
    "MAGIC_LINK_OPEN",
    "NEW_PASSWORD",
    "RESEND",
    "RESET",
    "SIGN_IN",
    "SIGN_UP",
]

SIGN_UP = "/signup"
CONFIRM = "/confirm"
RESEND = "/resendcode"
FORGOT = "/forgotPassword"
RESET = "/confirmforgotPassword"
NEW_PASSWORD = "/newPassword"
MAGIC_LINK = "/magicLink"
MAGIC_LINK_CODE = "/magicLinkCode"
MAGIC_LINK_OPEN = "/magicLinkOpen"
