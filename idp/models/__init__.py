"""The tables of user pools, split by what they are about. Importing this package maps them all."""

from idp.models.factors import Device, Passkey, RecoveryCode, SoftwareToken
from idp.models.federation import SamlApplicationSession, ScimResource, UpstreamSession
from idp.models.grants import (
    AuthorizationCode,
    BrowserSession,
    Consent,
    DeviceAuthorization,
    LogoutNotice,
    PushedRequest,
    RefreshFamily,
    Revocation,
)
from idp.models.pools import (
    ClientSecret,
    PoolDomain,
    PoolSigningKey,
    ResourceServer,
    UserPool,
    UserPoolClient,
)
from idp.models.records import (
    AuthEvent,
    LinkedIdentity,
    PoolAsset,
    PoolDocument,
    UserImportJob,
)
from idp.models.users import (
    AttemptCount,
    ConfirmationCode,
    Group,
    GroupMember,
    SearchableAttribute,
    SignInName,
    User,
)

__all__ = [
    "AttemptCount",
    "AuthEvent",
    "AuthorizationCode",
    "BrowserSession",
    "ClientSecret",
    "ConfirmationCode",
    "Consent",
    "Device",
    "DeviceAuthorization",
    "Group",
    "GroupMember",
    "LinkedIdentity",
    "LogoutNotice",
    "Passkey",
    "PoolAsset",
    "PoolDocument",
    "PoolDomain",
    "PoolSigningKey",
    "PushedRequest",
    "RecoveryCode",
    "RefreshFamily",
    "ResourceServer",
    "Revocation",
    "SamlApplicationSession",
    "ScimResource",
    "SearchableAttribute",
    "SignInName",
    "SoftwareToken",
    "UpstreamSession",
    "User",
    "UserImportJob",
    "UserPool",
    "UserPoolClient",
]
