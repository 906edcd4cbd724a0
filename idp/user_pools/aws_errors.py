"""The AWS error code of each domain error: the only place where cognito-idp codes are chosen.

A class that is not listed takes the code of its nearest listed base.
"""

from __future__ import annotations

from idp import errors

AWS_CODES: dict[type[errors.IdpError], str] = {
    errors.AddOnNotEnabled: "UserPoolAddOnNotEnabledException",
    errors.AliasExists: "AliasExistsException",
    errors.BrandingExists: "ManagedLoginBrandingExistsException",
    errors.CodeDeliveryFailure: "CodeDeliveryFailureException",
    errors.CodeMismatch: "CodeMismatchException",
    errors.DeviceKeyExists: "DeviceKeyExistsException",
    # The operations of a sign-in list no error of their own for what a user migration asks.
    errors.DirectoryUnavailable: "UnexpectedLambdaException",
    errors.DuplicateProvider: "DuplicateProviderException",
    errors.ExpiredCode: "ExpiredCodeException",
    errors.FeatureUnavailableInTier: "FeatureUnavailableInTierException",
    errors.GroupExists: "GroupExistsException",
    errors.InvalidLambdaResponse: "InvalidLambdaResponseException",
    errors.InvalidOAuthFlow: "InvalidOAuthFlowException",
    errors.InvalidParameter: "InvalidParameterException",
    errors.ResourceNotGranted: "InvalidParameterException",
    errors.InvalidPassword: "InvalidPasswordException",
    errors.InvalidPoolConfiguration: "InvalidUserPoolConfigurationException",
    errors.LimitExceeded: "LimitExceededException",
    errors.NotAuthorized: "NotAuthorizedException",
    errors.OperationNotEnabled: "OperationNotEnabledException",
    errors.PasswordInHistory: "PasswordHistoryPolicyViolationException",
    errors.PasswordResetRequired: "PasswordResetRequiredException",
    errors.PreconditionNotMet: "PreconditionNotMetException",
    errors.RefreshTokenReuse: "RefreshTokenReuseException",
    errors.ResourceNotFound: "ResourceNotFoundException",
    errors.RevocationUnauthorized: "UnauthorizedException",
    errors.ScopeDoesNotExist: "ScopeDoesNotExistException",
    errors.ServiceQuotaExceeded: "ServiceQuotaExceededException",
    errors.TooManyRequests: "TooManyRequestsException",
    errors.SoftwareTokenNotEnabled: "SoftwareTokenMFANotFoundException",
    errors.SoftwareTokenNotVerified: "EnableSoftwareTokenMFAException",
    errors.TermsExist: "TermsExistsException",
    errors.TierChangeNotAllowed: "TierChangeNotAllowedException",
    errors.UnexpectedLambda: "UnexpectedLambdaException",
    errors.UnsupportedIdentityProvider: "UnsupportedIdentityProviderException",
    errors.UnsupportedOperation: "UnsupportedOperationException",
    errors.UnsupportedTokenType: "UnsupportedTokenTypeException",
    errors.UnsupportedUserState: "UnsupportedUserStateException",
    errors.UserLambdaValidation: "UserLambdaValidationException",
    errors.UserNotConfirmed: "UserNotConfirmedException",
    errors.UserNotFound: "UserNotFoundException",
    errors.UsernameExists: "UsernameExistsException",
    errors.WebAuthnChallengeNotFound: "WebAuthnChallengeNotFoundException",
    errors.WebAuthnClientMismatch: "WebAuthnClientMismatchException",
    errors.WebAuthnConfigurationMissing: "WebAuthnConfigurationMissingException",
    errors.WebAuthnCredentialNotSupported: "WebAuthnCredentialNotSupportedException",
    errors.WebAuthnNotEnabled: "WebAuthnNotEnabledException",
    errors.WebAuthnOriginNotAllowed: "WebAuthnOriginNotAllowedException",
    errors.WebAuthnRelyingPartyMismatch: "WebAuthnRelyingPartyMismatchException",
}
