"""The operations of cognito-idp, a module for each family."""

from __future__ import annotations

from idp.user_pools.operations import (
    admin_users,
    auth_factors,
    client_secrets,
    client_tokens,
    clients,
    devices,
    domains,
    groups,
    mfa_configuration,
    mfa_preferences,
    own_profile,
    passkeys,
    passwords,
    pools,
    resource_servers,
    revocation,
    session_settings,
    sign_in,
    sign_up,
    software_tokens,
    threat_protection,
    user_sessions,
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
    devices.family,
    threat_protection.family,
    client_tokens.family,
    session_settings.family,
    user_sessions.family,
    mfa_configuration.family,
    mfa_preferences.family,
    software_tokens.family,
    auth_factors.family,
    passkeys.family,
)
"""Everything that app.py registers with the AWS wire."""
