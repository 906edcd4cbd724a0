"""The tables of user pools, split by what they are about. Importing this package maps them all."""

from idp.models.grants import AuthorizationCode, BrowserSession, RefreshFamily, Revocation
from idp.models.pools import (
    ClientSecret,
    PoolDomain,
    PoolSigningKey,
    ResourceServer,
    UserPool,
    UserPoolClient,
)
from idp.models.users import (
    ConfirmationCode,
    Group,
    GroupMember,
    SearchableAttribute,
    AttemptCount,
    SignInName,
    User,
)

__all__ = [
    "AuthorizationCode",
    "BrowserSession",
    "ClientSecret",
    "ConfirmationCode",
    "Group",
    "GroupMember",
    "PoolDomain",
    "PoolSigningKey",
    "RefreshFamily",
    "ResourceServer",
    "Revocation",
    "SearchableAttribute",
    "AttemptCount",
    "SignInName",
    "User",
    "UserPool",
    "UserPoolClient",
]
