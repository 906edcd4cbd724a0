"""Requests a second by category of operations, as Amazon Cognito documents them.

"Amazon Cognito user pools API operation categories and request rate quotas": "the category quota is
enforced for each AWS account across all user pools in an account and Region". The defaults are the
rates that AWS includes at no cost.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

DEFAULTS: Mapping[str, int] = {
    "UserAuthentication": 120,
    "UserCreation": 50,
    "UserFederation": 25,
    "UserAccountRecovery": 30,
    "UserRead": 120,
    "UserUpdate": 25,
    "UserToken": 120,
    "UserResourceRead": 50,
    "UserResourceUpdate": 25,
    "UserList": 30,
    "UserPoolRead": 15,
    "UserPoolUpdate": 15,
    "UserPoolResourceRead": 20,
    "UserPoolResourceUpdate": 15,
    "UserPoolClientRead": 15,
    "UserPoolClientUpdate": 15,
    "ClientAuthentication": 150,
}

HIGHEST = 100_000
"""The most that UpdateProvisionedLimit sets: beyond it a limit would hold nobody up."""

CHALLENGE_SHARE = 3
"""Answers to challenges have a bucket of their own, "three times the UserAuthentication quota"."""


@dataclass(frozen=True)
class Bucket:
    """What an operation takes a token of."""

    category: str
    name: str
    share: int = 1
    """How many times the category's rate it holds."""


CLIENT_AUTHENTICATION = Bucket("ClientAuthentication", "ClientAuthentication")
USER_TOKEN = Bucket("UserToken", "UserToken")
"""What the token endpoint counts: client credentials, and everything else."""

_OPERATIONS: Mapping[str, str] = {
    "UserAuthentication": "AdminInitiateAuth InitiateAuth",
    "UserCreation": "SignUp ConfirmSignUp AdminCreateUser AdminConfirmSignUp",
    "UserAccountRecovery": (
        "ForgotPassword ConfirmForgotPassword ChangePassword AdminResetUserPassword "
        "AdminSetUserPassword"
    ),
    "UserRead": "AdminGetUser GetUser",
    "UserUpdate": (
        "AdminAddUserToGroup AdminRemoveUserFromGroup AdminDeleteUser AdminDeleteUserAttributes "
        "AdminDisableProviderForUser AdminDisableUser AdminEnableUser AdminLinkProviderForUser "
        "AdminUpdateUserAttributes AdminUserGlobalSignOut DeleteUser DeleteUserAttributes "
        "GlobalSignOut UpdateUserAttributes VerifyUserAttribute"
    ),
    "UserToken": "GetTokensFromRefreshToken RevokeToken GetClientToken GetDerivedToken",
    "UserResourceRead": (
        "AdminGetDevice AdminListDevices AdminListGroupsForUser AdminListUserAuthEvents GetDevice "
        "GetUserAttributeVerificationCode GetUserAuthFactors ListDevices ListWebAuthnCredentials "
        "ResendConfirmationCode"
    ),
    "UserResourceUpdate": (
        "AdminForgetDevice AdminSetUserMFAPreference AdminSetUserSettings "
        "AdminUpdateAuthEventFeedback AdminUpdateDeviceStatus AssociateSoftwareToken "
        "CompleteWebAuthnRegistration ConfirmDevice DeleteWebAuthnCredential ForgetDevice "
        "SetUserMFAPreference SetUserSettings StartWebAuthnRegistration UpdateAuthEventFeedback "
        "UpdateDeviceStatus VerifySoftwareToken"
    ),
    "UserList": "ListUsers ListUsersInGroup",
    "UserPoolRead": "DescribeUserPool ListUserPools",
    "UserPoolUpdate": "CreateUserPool UpdateUserPool DeleteUserPool",
    "UserPoolClientRead": "DescribeUserPoolClient ListUserPoolClients",
    "UserPoolClientUpdate": "CreateUserPoolClient UpdateUserPoolClient DeleteUserPoolClient",
}

_BUCKETS: Mapping[str, Bucket] = {
    operation: Bucket(category, category)
    for category, operations in _OPERATIONS.items()
    for operation in operations.split()
} | {
    operation: Bucket("UserAuthentication", "challenges", CHALLENGE_SHARE)
    for operation in ("RespondToAuthChallenge", "AdminRespondToAuthChallenge")
}

_READING = ("Describe", "Get", "List")
# Whoever has set a limit too low must be able to set it higher.
UNLIMITED = frozenset({"GetProvisionedLimit", "UpdateProvisionedLimit"})


def bucket_of(operation: str) -> Bucket | None:
    """Where a request to the operation counts; None where it counts nowhere.

    What is not about users, pools or clients is about a pool's resources, as in AWS's table.
    """
    if operation in UNLIMITED:
        return None
    found = _BUCKETS.get(operation)
    if found is not None:
        return found
    category = (
        "UserPoolResourceRead" if operation.startswith(_READING) else "UserPoolResourceUpdate"
    )
    return Bucket(category, category)
