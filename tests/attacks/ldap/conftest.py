"""A pool whose directory an attacker reaches only through it, or is."""

from __future__ import annotations

from typing import Any

import pytest

from federation.ldap.directory import LdapDirectory
from idp.user_pools.rules import directory_settings
from idp.user_pools.services import documents
from idp.user_pools.services.user_directories import KEY, KIND, PASSWORD, Directory
from kernel.clock import Clock
from kernel.outbound import AddressGuard
from kernel.sealing import Sealer
from tests.federation.ldap.conftest import directory_world

__all__ = ["directory_world"]

SEALER = Sealer({1: bytes(32)})


def directory(document: dict[str, Any], bind_password: str = "") -> Directory:
    """A directory's settings, without a pool."""
    purpose = documents.purpose("pool", KIND, KEY)
    sealed = documents.seal(SEALER, purpose, {PASSWORD: bind_password})
    return Directory("pool", directory_settings.parse(document), sealed)


def document_of(url: str, **members: Any) -> dict[str, Any]:
    return {
        "mode": "source",
        "urls": [url],
        "plain_on_loopback": True,
        "base_dn": "dc=example,dc=com",
        "timeout_seconds": 1,
        "pause_seconds": 1,
        **members,
    }


@pytest.fixture
def talk() -> LdapDirectory:
    return LdapDirectory(AddressGuard(), SEALER, Clock().now)
