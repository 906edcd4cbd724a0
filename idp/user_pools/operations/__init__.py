"""The operations of cognito-idp, a module for each family."""

from __future__ import annotations

from idp.user_pools.operations import (
    admin_users,
    branding,
    client_secrets,
    clients,
    domains,
    groups,
    identity_providers,
    linking,
    log_delivery,
    own_profile,
    passwords,
    pools,
    replicas,
    resource_servers,
    revocation,
    sign_in,
    sign_up,
    terms,
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
    identity_providers.family,
    linking.family,
    log_delivery.family,
    branding.family,
    terms.family,
    replicas.family,
)
"""Everything that app.py registers with the AWS wire."""
