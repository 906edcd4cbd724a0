"""The operations of cognito-idp, a module for each family."""

from __future__ import annotations

from idp.user_pools.operations import (
    admin_users,
    client_secrets,
    clients,
    domains,
    groups,
    own_profile,
    passwords,
    pools,
    provisioned_limits,
    resource_servers,
    revocation,
    sign_in,
    sign_up,
    user_imports,
)

FAMILIES = (
    pools.family,
    clients.family,
    client_secrets.family,
    domains.family,
    resource_servers.family,
    groups.family,
    admin_users.family,
    sign_up.family,
    sign_in.family,
    passwords.family,
    own_profile.family,
    revocation.family,
    user_imports.family,
    provisioned_limits.family,
)
"""Everything that app.py registers with the AWS wire."""
