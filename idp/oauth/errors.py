"""How refusals leave the OAuth endpoints: as RFC 6749 §5.2 JSON, or as a page for a person."""

# Authlib is untyped.
# mypy: allow-untyped-calls

from __future__ import annotations

from authlib.oauth2 import OAuth2Error
from authlib.oauth2.rfc6749.errors import (
    InvalidGrantError,
    InvalidRequestError,
    InvalidScopeError,
    UnauthorizedClientError,
)

from idp import errors


class UnsupportedTokenType(OAuth2Error):
    """RFC 7009 §2.2.1: this kind of token cannot be revoked."""

    error = "unsupported_token_type"


class InvalidRequestUri(OAuth2Error):
    """OIDC Core §3.1.2.6: "The request_uri in the Authorization Request returns an error or
    contains invalid data."."""

    error = "invalid_request_uri"


class InvalidRequestObject(OAuth2Error):
    """OIDC Core §3.1.2.6: "The request parameter contains an invalid Request Object."."""

    error = "invalid_request_object"


class InvalidTarget(OAuth2Error):
    """RFC 8707 §2: "The requested resource is invalid, missing, unknown, or malformed"."""

    error = "invalid_target"


class UnmetAuthenticationRequirements(OAuth2Error):
    """OpenID Connect Core Error Code unmet_authentication_requirements 1.0: the person could not
    be authenticated as strongly as `acr_values` asks."""

    error = "unmet_authentication_requirements"


class AccessDenied(OAuth2Error):
    """RFC 6749 §4.1.2.1: "The resource owner or authorization server denied the request."."""

    error = "access_denied"


class TemporarilyUnavailable(OAuth2Error):
    """The caller must slow down; the code is RFC 6749 §4.1.2.1's, the status says the rest."""

    error = "temporarily_unavailable"
    status_code = 429
    SECONDS = 1

    def get_headers(self) -> list[tuple[str, str]]:
        """RFC 6585 §4: an answer may say "how long to wait before making a new request"."""
        return [*super().get_headers(), ("Retry-After", str(self.SECONDS))]


class PageError(Exception):
    """An error that a person sees, because nobody may be redirected with it.

    `detail` is for the developer of the client, in fixed words: nothing of the request is
    repeated on our page.
    """

    def __init__(
        self, headline: str, explanation: str, detail: str = "", status: int = 400
    ) -> None:
        super().__init__(headline)
        self.headline = headline
        self.explanation = explanation
        self.detail = detail
        self.status = status


# A class that is not listed takes the answer of its nearest listed base.
OAUTH_ERRORS: dict[type[errors.IdpError], type[OAuth2Error]] = {
    errors.IdpError: InvalidRequestError,
    # RFC 8693 §2.2.2: for "any target service indicated by the resource or audience parameters".
    errors.ExchangeTargetRefused: InvalidTarget,
    errors.LimitExceeded: TemporarilyUnavailable,
    errors.NotAuthorized: InvalidGrantError,
    errors.TooManyRequests: TemporarilyUnavailable,
    errors.PasswordResetRequired: InvalidGrantError,
    errors.RefreshTokenReuse: InvalidGrantError,
    errors.ResourceNotGranted: InvalidTarget,
    errors.ResourceServerNotFound: InvalidTarget,
    errors.RevocationUnauthorized: UnauthorizedClientError,
    errors.ScopeDoesNotExist: InvalidScopeError,
    errors.ScopesNotGranted: InvalidScopeError,
    errors.UnsupportedTokenType: UnsupportedTokenType,
    errors.UserLambdaValidation: InvalidGrantError,
    errors.UserNotConfirmed: InvalidGrantError,
    errors.UserNotFound: InvalidGrantError,
}


def to_oauth(error: errors.IdpError) -> OAuth2Error:
    """The OAuth error of a domain error."""
    for kind in type(error).__mro__:
        if kind in OAUTH_ERRORS:
            return OAUTH_ERRORS[kind](description=_printable(error.message))
    raise error


def _printable(text: str) -> str:
    """RFC 6749 §5.2: error_description excludes `"`, `\\` and everything beyond ASCII."""
    return "".join(c if " " <= c <= "~" and c not in '"\\' else "'" for c in text)
