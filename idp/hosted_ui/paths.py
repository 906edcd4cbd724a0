"""Where the screens are; the names are Amazon Cognito's, except the last."""

from idp.oauth.endpoints.authorize import SIGN_IN

__all__ = ["CONFIRM", "FORGOT", "NEW_PASSWORD", "RESEND", "RESET", "SIGN_IN", "SIGN_UP"]

SIGN_UP = "/signup"
CONFIRM = "/confirm"
RESEND = "/resendcode"
FORGOT = "/forgotPassword"
RESET = "/confirmforgotPassword"
NEW_PASSWORD = "/newPassword"
