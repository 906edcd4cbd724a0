"""Whom a pool's passkeys are made for (WebAuthnConfiguration)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from ipaddress import ip_address
from typing import Any
from urllib.parse import urlsplit

from idp.errors import WebAuthnConfigurationMissing
from idp.models import User, UserPool
from idp.user_pools.rules import first_factors
from idp.user_pools.rules.passkeys import RelyingParty
from idp.user_pools.services import pool_addresses
from kernel.runtime import Kernel
from kernel.statements import Rows


def find(rows: Rows, kernel: Kernel, pool: UserPool, user: User | None) -> RelyingParty:
    """The relying party as this user meets it. Raises `WebAuthnConfigurationMissing`.

    User verification is required of whom a passkey is both factors.
    """
    configuration = pool.settings.get("WebAuthnConfiguration", {})
    verification = configuration.get("UserVerification", "preferred")
    party_id = configuration.get("RelyingPartyId") or _default(rows, kernel, pool)
    return met_by(RelyingParty(party_id, verification), pool, {} if user is None else user.mfa)


def met_by(party: RelyingParty, pool: UserPool, mfa: Mapping[str, Any]) -> RelyingParty:
    """The relying party for somebody who has chosen these second factors."""
    if first_factors.passkey_is_both(pool.settings, mfa):
        return replace(party, user_verification="required")
    return party


def _default(rows: Rows, kernel: Kernel, pool: UserPool) -> str:
    """The custom domain, else the prefix domain's host, else this server's.

    SetUserPoolMfaConfig, RelyingPartyId: where a pool has a custom domain, its name "must be" the
    relying-party id.
    """

    def load() -> str:
        server = urlsplit(kernel.settings.origin).hostname or ""
        own = pool_addresses.own_host(rows, pool.id, pool.region, server)
        return _of_server(server) if own is None else own

    found = kernel.configuration.get(rows, (RelyingParty, pool.id), load)
    if not found:
        raise WebAuthnConfigurationMissing
    return found


def _of_server(host: str) -> str:
    """This server's name; "" where it has none. Numbers are no relying-party id (WebAuthn §5.1.3,
    step 7)."""
    try:
        ip_address(host.strip("[]"))
    except ValueError:
        return host
    return ""
