"""How many resources there may be: the quotas that Amazon Cognito documents, and the one check.

"Quotas in Amazon Cognito", resource quotas: each is AWS's default, or its highest where AWS raises
it on request and nothing here is the worse for it. An operator adjusts any of them by the setting
`quotas`.
"""

from __future__ import annotations

from collections.abc import Mapping

from idp.errors import LimitExceeded
from kernel.settings import SettingError, Settings

DEFAULTS: Mapping[str, int] = {
    "user_pools_per_account": 1_000,
    "clients_per_user_pool": 1_000,
    "groups_per_user_pool": 10_000,
    "groups_per_user": 100,
    "resource_servers_per_user_pool": 300,
    "scopes_per_resource_server": 100,
    "custom_domains_per_account": 1_000,
    "identity_providers_per_user_pool": 300,
    "user_import_jobs_per_user_pool": 1_000,
    "waiting_user_import_jobs_per_user_pool": 50,
}

_MESSAGES: Mapping[str, str] = {
    "user_pools_per_account": "Maximum number of user pools for the account is exceeded: {most}.",
    "clients_per_user_pool": "Maximum number of clients for the user pool is exceeded: {most}.",
    "groups_per_user_pool": "Maximum number of groups for the user pool is exceeded: {most}.",
    "groups_per_user": "Maximum number of groups for the user is exceeded: {most}.",
    "resource_servers_per_user_pool": (
        "Maximum number of resource servers for the user pool is exceeded: {most}."
    ),
    "scopes_per_resource_server": (
        "Maximum number of scopes for the resource server is exceeded: {most}."
    ),
    "custom_domains_per_account": (
        "Maximum number of custom domains for the account is exceeded: {most}."
    ),
    "identity_providers_per_user_pool": (
        "Maximum number of identity providers for the user pool is exceeded: {most}."
    ),
    "user_import_jobs_per_user_pool": (
        "Maximum number of user import jobs for the user pool is exceeded: {most}."
    ),
    "waiting_user_import_jobs_per_user_pool": (
        "Maximum number of user import jobs that have not ended is exceeded: {most}."
    ),
}


def most(name: str, adjusted: Mapping[str, int]) -> int:
    """The quota of that name. `adjusted` are the operator's own."""
    return adjusted.get(name, DEFAULTS[name])


def check(name: str, present: int, adjusted: Mapping[str, int]) -> None:
    """Raises `LimitExceeded` where `present` resources leave no room for another one."""
    limit = most(name, adjusted)
    if present >= limit:
        raise LimitExceeded(_MESSAGES[name].format(most=limit))


def check_names(settings: Settings) -> None:
    """Raises `SettingError` for a quota that there is not: a wrong name would do nothing."""
    unknown = sorted(set(dict(settings.quotas)) - set(DEFAULTS))
    if unknown:
        known = ", ".join(DEFAULTS)
        raise SettingError(f"quotas names {unknown[0]}, which is none of {known}.")
