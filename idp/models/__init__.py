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
    "SignInName",
    "User",
    "UserPool",
    "UserPoolClient",
]
