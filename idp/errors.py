"""What can go wrong in the identity provider, as one tree. No error here knows HTTP.

A class's docstring says when it is raised; `default` is its message, in the words that Amazon
Cognito uses, because clients compare them. Each edge turns the classes into its own wire form:
`idp.user_pools.aws_errors` into AWS codes, the OAuth endpoints into RFC 6749 §5.2.
"""

from __future__ import annotations


class IdpError(Exception):
    """Any refusal. `message` is safe to show to the caller."""

    default = "The request was refused."

    def __init__(self, message: str | None = None) -> None:
        self.message = message or self.default
        super().__init__(self.message)


# --- Input ----------------------------------------------------------------------------------


class InvalidParameter(IdpError):
    """A value is malformed, out of range, or not allowed in this configuration."""

    default = "Invalid parameter."


class InvalidPassword(IdpError):
    """A new password breaks the pool's password policy."""

    default = "Password did not conform with policy."


class PasswordInHistory(IdpError):
    """A new password is one of the last PasswordHistorySize ones."""

    default = "Password has previously been used."


class InvalidOAuthFlow(IdpError):
    """An app client's OAuth flows contradict each other."""

    default = "client_credentials flow can not be selected along with code flow or implicit flow."


class ScopeDoesNotExist(IdpError):
    """An app client asks for a scope that no resource server defines."""

    default = "Invalid scope requested."


# --- What does not exist, or exists already --------------------------------------------------


class ResourceNotFound(IdpError):
    """A pool, client, group, device or another named thing does not exist."""

    default = "The requested resource does not exist."


class PoolNotFound(ResourceNotFound):
    """No user pool has this id in the caller's account and region."""

    def __init__(self, pool_id: str) -> None:
        super().__init__(f"User pool {pool_id} does not exist.")


class ClientNotFound(ResourceNotFound):
    """No app client has this id."""

    def __init__(self, client_id: str) -> None:
        super().__init__(f"User pool client {client_id} does not exist.")


class GroupNotFound(ResourceNotFound):
    """The pool has no group of this name."""

    default = "Group not found."


class UserNotFound(IdpError):
    """The user does not exist, and this caller may know it."""

    default = "User does not exist."


class UsernameExists(IdpError):
    """SignUp: the username, or the sign-in name it stands for, is taken."""

    default = "User already exists"


class UserAccountExists(UsernameExists):
    """AdminCreateUser: the same, in the words of that operation."""

    default = "User account already exists"


class AliasExists(IdpError):
    """An e-mail address, phone number or preferred username belongs to another user."""

    default = "An account with the given email already exists."


class GroupExists(IdpError):
    """The pool has a group of this name."""

    default = "A group with the name already exists."


# --- Signing in ------------------------------------------------------------------------------


class NotAuthorized(IdpError):
    """The caller is not who he says, or may not do this."""

    default = "Incorrect username or password."


class PasswordAttemptsExceeded(NotAuthorized):
    """The user is locked out for a while after repeated failures."""

    default = "Password attempts exceeded"


class UserDisabled(NotAuthorized):
    """An administrator disabled the user."""

    default = "User is disabled."


class TemporaryPasswordExpired(NotAuthorized):
    """A temporary password is older than TemporaryPasswordValidityDays."""

    default = "Temporary password has expired and must be reset by an administrator."


class UserCannotBeConfirmed(NotAuthorized):
    """Only an UNCONFIRMED user can be confirmed."""

    def __init__(self, status: str) -> None:
        super().__init__(f"User cannot be confirmed. Current status is {status}")


class SignUpNotPermitted(NotAuthorized):
    """AllowAdminCreateUserOnly is set."""

    default = "SignUp is not permitted for this user pool"


class SecretHashMismatch(NotAuthorized):
    """SECRET_HASH was not made with a secret of this client."""

    def __init__(self, client_id: str) -> None:
        super().__init__(f"Unable to verify secret hash for client {client_id}")


class SecretHashMissing(NotAuthorized):
    """The client has a secret, but SECRET_HASH did not come."""

    def __init__(self, client_id: str) -> None:
        super().__init__(
            f"Client {client_id} is configured with secret but SECRET_HASH was not received"
        )


class InvalidSession(NotAuthorized):
    """A challenge's Session or SECRET_BLOCK is not ours, or belongs elsewhere."""

    default = "Invalid session for the user."


class SessionExpired(InvalidSession):
    """A Session is older than AuthSessionValidity."""

    default = "Invalid session for the user, session is expired."


class SessionSpent(InvalidSession):
    """A Session was redeemed before."""

    default = "Invalid session for the user, session can only be used once."


class InvalidAccessToken(NotAuthorized):
    """The access token is malformed, badly signed, or of another pool."""

    default = "Invalid Access Token"


class AccessTokenExpired(InvalidAccessToken):
    """The access token was valid once."""

    default = "Access Token has expired"


class AccessTokenRevoked(InvalidAccessToken):
    """The access token's sign-in was revoked or signed out."""

    default = "Access Token has been revoked"


class AccessTokenLacksScope(InvalidAccessToken):
    """The access token lacks aws.cognito.signin.user.admin."""

    default = "Access Token does not have required scopes"


class InvalidRefreshToken(NotAuthorized):
    """The refresh token is not one of this client's."""

    default = "Invalid Refresh Token"


class RefreshTokenExpired(InvalidRefreshToken):
    """The refresh token was valid once."""

    default = "Refresh Token has expired"


class RefreshTokenRevoked(InvalidRefreshToken):
    """The refresh token's sign-in was revoked or signed out."""

    default = "Refresh Token has been revoked"


class RefreshTokenReuse(IdpError):
    """GetTokensFromRefreshToken: rotation has replaced this token, and its grace is over."""

    default = "Refresh token has been invalidated by rotation."


class UserNotConfirmed(IdpError):
    """The user signed up but has not been confirmed."""

    default = "User is not confirmed."


class PasswordResetRequired(IdpError):
    """An administrator or an import requires a new password first."""

    default = "Password reset required for the user"


# --- Codes and limits ------------------------------------------------------------------------


class CodeMismatch(IdpError):
    """A confirmation code is wrong."""

    default = "Invalid verification code provided, please try again."


class ExpiredCode(IdpError):
    """A confirmation code is too old, was replaced, or was never asked for."""

    default = "Invalid code provided, please request a code again."


class LimitExceeded(IdpError):
    """Too many codes asked for or tried within a while, or a quota of the pool is used up."""

    default = "Attempt limit exceeded, please try after some time."


class TooManyRequests(IdpError):
    """The request rate of an operation's category is used up."""

    default = "Rate exceeded"


class ServiceQuotaExceeded(IdpError):
    """UpdateProvisionedLimit: more than can be provisioned."""

    default = "The requested limit is higher than what can be provisioned."


class PreconditionNotMet(IdpError):
    """A user import job is not in the state that the operation needs."""

    default = "The precondition of the operation is not met."


class FeatureUnavailableInTier(IdpError):
    """A setting or request needs a higher UserPoolTier."""

    default = "The feature is not available in the user pool's tier."


class UserPoolAddOnNotEnabled(IdpError):
    """Threat protection is off (UserPoolAddOns)."""

    default = "User pool add-on is not enabled."


class CodeDeliveryFailure(IdpError):
    """No message with the code could be sent."""

    default = "The verification code could not be delivered."


# --- Tokens ----------------------------------------------------------------------------------


class UnsupportedTokenType(IdpError):
    """RevokeToken takes refresh tokens only."""

    default = "Unsupported token type"


class RevocationUnauthorized(IdpError):
    """RevokeToken: the client credentials do not fit the token."""

    default = "Invalid client credentials"


class UnsupportedOperation(IdpError):
    """The app client's settings do not allow the operation."""

    default = "Operation is not enabled for the user pool client."


# --- Lambda triggers -------------------------------------------------------------------------


class UserLambdaValidation(IdpError):
    """A trigger function raised an error: it refused the user."""

    def __init__(self, trigger: str, reason: str) -> None:
        super().__init__(f"{trigger} failed with error {reason.rstrip('.')}.")


class UnexpectedLambda(IdpError):
    """A trigger function could not be run, or ran out of time."""

    def __init__(self, trigger: str) -> None:
        super().__init__(f"{trigger} invocation failed due to error Unknown.")


class InvalidLambdaResponse(IdpError):
    """A trigger function answered something that is not its event with a fitting response."""

    default = "Unrecognizable lambda output"


# --- Everything else -------------------------------------------------------------------------


class UnsupportedUserState(IdpError):
    """AdminCreateUser RESEND: the user is past the state in which he is invited."""

    default = "Resend not possible. User status is not FORCE_CHANGE_PASSWORD"
