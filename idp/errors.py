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


class NoPoolDomain(InvalidParameter):
    """A message is to hold a link to the pool's pages, which have no address."""

    # AWS's own words, misspelt as they are.
    default = (
        "Cannot perform specific action because there does not exist a valid use pool domain "
        "associated with the user pool"
    )


class ScopesNotGranted(InvalidParameter):
    """Nothing of the scopes that were asked for can be granted."""

    default = "None of the requested scopes can be granted."


class InvalidPassword(IdpError):
    """A new password breaks the pool's password policy."""

    default = "Password did not conform with policy."


class PasswordInHistory(IdpError):
    """A new password is one of the last PasswordHistorySize ones."""

    default = "Password has previously been used."


class CompromisedPassword(InvalidPassword):
    """A new password is known to attackers, and the risk configuration blocks such."""

    default = "Provided password cannot be used for security reasons."


class InvalidOAuthFlow(IdpError):
    """An app client's OAuth flows contradict each other."""

    default = "client_credentials flow can not be selected along with code flow or implicit flow."


class ScopeDoesNotExist(IdpError):
    """An app client asks for a scope that no resource server defines."""

    default = "Invalid scope requested."


class ResourceNotGranted(IdpError):
    """A resource that a token is asked for is none of those that were granted."""

    default = "The resource was not granted."


class ExchangeTargetRefused(InvalidParameter):
    """The client may not have a token for that audience or resource."""

    default = "The client may not exchange tokens for that audience or resource."


class InvalidPoolConfiguration(IdpError):
    """The operation needs something that the user pool is not configured for."""

    default = "Invalid user pool configuration."


class FeatureUnavailableInTier(IdpError):
    """A setting needs a higher UserPoolTier."""

    default = "This feature is not available in the pricing tier of the user pool."


class TierChangeNotAllowed(IdpError):
    """A pool uses what the lower UserPoolTier lacks."""

    default = "The user pool cannot change to this pricing tier."


class AddOnNotEnabled(IdpError):
    """Threat protection is off in this pool."""

    default = "User pool add-ons are not enabled."


class OperationNotEnabled(IdpError):
    """The pool's configuration does not allow the operation."""

    default = "Operation is not enabled for the user pool."


# --- What does not exist, or exists already --------------------------------------------------


class ResourceNotFound(IdpError):
    """A pool, client, group, device or another named thing does not exist."""

    default = "The requested resource does not exist."


class ResourceServerNotFound(ResourceNotFound):
    """The user pool has no resource server of this identifier."""

    default = "Resource server does not exist."


class PoolNotFound(ResourceNotFound):
    """No user pool has this id in the caller's account and region."""

    def __init__(self, pool_id: str) -> None:
        super().__init__(f"User pool {pool_id} does not exist.")
        self.pool_id = pool_id


class ClientNotFound(ResourceNotFound):
    """No app client has this id."""

    def __init__(self, client_id: str) -> None:
        super().__init__(f"User pool client {client_id} does not exist.")


class GroupNotFound(ResourceNotFound):
    """The pool has no group of this name."""

    default = "Group not found."


class DeviceNotFound(ResourceNotFound):
    """The user has no such device, or it is not remembered where it must be."""

    default = "Device does not exist."


class DeviceKeyExists(IdpError):
    """ConfirmDevice: the device is confirmed already."""

    default = "Device key already exists."


class SessionNotFound(ResourceNotFound):
    """The user has no active session of this id, whoever else may have."""

    default = "Session not found."


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


class IdentityTaken(InvalidParameter):
    """A provisioned user's identity at another provider is another user's, or has signed in."""

    default = "The identity at the provider belongs to another user of the pool already."


class GroupExists(IdpError):
    """The pool has a group of this name."""

    default = "A group with the name already exists."


class ProviderNotFound(ResourceNotFound):
    """The pool has no identity provider of this name or identifier."""

    def __init__(self, name: str, pool_id: str) -> None:
        super().__init__(f"The provider {name} does not exist for User Pool {pool_id}.")


class DuplicateProvider(IdpError):
    """The pool has an identity provider of this name."""

    def __init__(self, name: str, pool_id: str) -> None:
        super().__init__(f"{name} already exists in user pool {pool_id}")


class UnsupportedIdentityProvider(IdpError):
    """COGNITO stands for the pool's own users: it is no provider that can be changed."""

    default = "The identity provider COGNITO cannot be changed or deleted."


class BrandingExists(IdpError):
    """The app client has a managed login style."""

    default = "A managed login branding style already exists for the app client."


class TermsExist(IdpError):
    """The app client has terms documents of this name."""

    default = "Terms documents with this name already exist for the app client."


# --- Signing in ------------------------------------------------------------------------------


class NotAuthorized(IdpError):
    """The caller is not who he says, or may not do this."""

    default = "Incorrect username or password."


class PasswordAttemptsExceeded(NotAuthorized):
    """The user is locked out for a while after repeated failures."""

    default = "Password attempts exceeded"


class NotProvisioned(NotAuthorized):
    """A company's directory would change a user or a group that it has not made."""

    default = "The directory has not made this user or group, and may not change it."


class UserDisabled(NotAuthorized):
    """An administrator disabled the user."""

    default = "User is disabled."


class BlockedForSecurity(NotAuthorized):
    """Threat protection blocks the request."""

    default = "Unable to login because of security reasons."


class SecondFactorMissing(NotAuthorized):
    """The sign-in needs a second factor at once, and the user has none."""

    # The same words on purpose: who is turned away does not learn for which reason.
    default = BlockedForSecurity.default


class TemporaryPasswordExpired(NotAuthorized):
    """A temporary password is older than TemporaryPasswordValidityDays."""

    default = "Temporary password has expired and must be reset by an administrator."


class UserCannotBeConfirmed(NotAuthorized):
    """Only an UNCONFIRMED user can be confirmed."""

    def __init__(self, status: str) -> None:
        super().__init__(f"User cannot be confirmed. Current status is {status}")


class SignUpNotPermitted(NotAuthorized):
    """AllowAdminCreateUserOnly is set, or a directory says who there is."""

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


class ClientSecretMismatch(NotAuthorized):
    """The client's own secret is wrong or missing, where an operation takes it in clear."""

    def __init__(self, client_id: str) -> None:
        super().__init__(f"Unable to verify secret for client {client_id}")


class KeyNotProven(NotAuthorized):
    """The client's access tokens are bound to a key, which the request does not prove to have."""

    default = "The client must prove that it has the key that its access tokens are bound to."


class LevelNotReached(NotAuthorized):
    """The user has proved himself, but not as strongly as TARGET_ACR_VALUES asks."""

    default = "The requested authentication level was not reached."


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


class InvalidExchangeToken(NotAuthorized):
    """GetDerivedToken: a subject or actor token is not a good one of this pool and type."""

    default = "Invalid token"


class UserNotConfirmed(IdpError):
    """The user signed up but has not been confirmed."""

    default = "User is not confirmed."


class PasswordResetRequired(IdpError):
    """An administrator or an import requires a new password first."""

    default = "Password reset required for the user"


class DirectoryPasswordExpired(PasswordResetRequired):
    """The directory that checks the password wants another one, which is set there."""

    default = "The password has expired and must be changed in the directory that it belongs to."


class CompromisedPasswordReset(PasswordResetRequired):
    """The password is right, but known to attackers, and the risk configuration blocks such."""

    default = "Password reset required for the user due to security reasons"


# --- Codes and limits ------------------------------------------------------------------------


class CodeMismatch(IdpError):
    """A confirmation code is wrong."""

    default = "Invalid verification code provided, please try again."


class WrongSecondFactor(CodeMismatch):
    """A code that signs in is wrong."""

    default = "Invalid code received for user"


class SoftwareTokenNotEnabled(IdpError):
    """The pool has no TOTP MFA, or the user no software token that waits for a code."""

    default = "Software token MFA has not been enabled by the userPool"


class SoftwareTokenNotVerified(IdpError):
    """VerifySoftwareToken: the code is not one of the new secret."""

    default = "Code mismatch and fail enable Software Token MFA"


class ExpiredCode(IdpError):
    """A confirmation code is too old, was replaced, or was never asked for."""

    default = "Invalid code provided, please request a code again."


class LimitExceeded(IdpError):
    """Too many codes asked for or tried within a while, or a quota of the pool is used up."""

    default = "Attempt limit exceeded, please try after some time."


class CodeUsed(ExpiredCode):
    """A software token's code was right, and used before."""

    default = "Your software token has already been used once."


class TooManyRequests(IdpError):
    """The request rate of an operation's category is used up."""

    default = "Rate exceeded"


class ServiceQuotaExceeded(IdpError):
    """UpdateProvisionedLimit: more than can be provisioned."""

    default = "The requested limit is higher than what can be provisioned."


class PreconditionNotMet(IdpError):
    """A user import job is not in the state that the operation needs."""

    default = "The precondition of the operation is not met."


class CodeDeliveryFailure(IdpError):
    """No message with the code could be sent."""

    default = "The verification code could not be delivered."


# --- Passkeys --------------------------------------------------------------------------------


class WebAuthnNotEnabled(IdpError):
    """WEB_AUTHN is not one of the pool's AllowedFirstAuthFactors."""

    default = "Passkeys are not enabled for this user pool."


class WebAuthnConfigurationMissing(IdpError):
    """The pool has no relying-party id, nor a host that could be one."""

    default = "The user pool has no relying party ID and no domain."


class WebAuthnChallengeNotFound(IdpError):
    """The challenge of a new passkey is not ours, too old, used before, or somebody else's."""

    default = "The registration challenge was not found or has expired."


class WebAuthnClientMismatch(IdpError):
    """A passkey was begun with another client's access token."""

    default = "The access token is of another client than the one that started the registration."


class WebAuthnOriginNotAllowed(IdpError):
    """A passkey was made on a page outside of the relying party."""

    default = "The origin of the credential is not allowed for the relying party."


class WebAuthnRelyingPartyMismatch(IdpError):
    """A passkey was made for another relying party."""

    default = "The credential is of another relying party than the user pool's."


class WebAuthnCredentialNotSupported(IdpError):
    """An authenticator whose key, attestation or user verification is not what the pool takes."""

    default = "The credential is not supported."


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

    def __init__(self, trigger: str, reason: str = "Unknown") -> None:
        super().__init__(f"{trigger} invocation failed due to error {reason}.")


class DirectoryUnavailable(IdpError):
    """The pool's directory did not say who somebody is. Only the operator is told why."""

    default = "The user directory cannot be asked at the moment."

    def __init__(self, reason: str = "") -> None:
        super().__init__()
        self.reason = reason
        """A sentence for the operator, without anything secret."""


class InvalidLambdaResponse(IdpError):
    """A trigger function answered something that is not its event with a fitting response."""

    default = "Unrecognizable lambda output"


# --- Everything else -------------------------------------------------------------------------


class UnsupportedUserState(IdpError):
    """AdminCreateUser RESEND: the user is past the state in which he is invited."""

    default = "Resend not possible. User status is not FORCE_CHANGE_PASSWORD"
