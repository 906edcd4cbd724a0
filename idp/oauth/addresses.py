"""Which pool a host name addresses."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sqlalchemy import bindparam, select

from idp.models import PoolDomain, UserPool
from kernel.settings import Settings
from kernel.statements import Prepared, Rows

_HOST = re.compile(r"[a-z0-9.-]+(:\d+)?|\[[0-9a-f:]+\](:\d+)?")
# {domain}.auth.{region}.{host}
_PREFIX_HOST = re.compile(r"(?P<domain>[a-z0-9-]+)\.auth\.(?P<region>[a-z0-9-]+)\.(?P<host>.+)")


@dataclass(frozen=True)
class Address:
    """A pool's own host, or the root, where the client decides (`pool_id` is None)."""

    pool_id: str | None


# An address in numbers is no custom domain: there is nothing to look up.
_COULD_BE_CUSTOM = re.compile(r"\.[a-z][a-z0-9-]*[a-z0-9]\Z")

POOL_OF_DOMAIN = Prepared(
    select(PoolDomain.pool_id).where(PoolDomain.domain == bindparam("domain"))
)
POOL_OF_PREFIX = Prepared(
    select(UserPool.id)
    .join(PoolDomain, PoolDomain.pool_id == UserPool.id)
    .where(PoolDomain.domain == bindparam("domain"), UserPool.region == bindparam("region"))
)


def is_root(settings: Settings, host: str) -> bool:
    """Whether a Host header names the root, where every pool's pages are: nothing to look up."""
    return settings.serves_path_addresses and host.lower() == settings.public_host.lower()


def origin(settings: Settings, host: str | None) -> str:
    """The origin of an address that was found: of a pool's own `host` as it was asked, else
    of the root."""
    if host is None:
        return settings.origin
    return f"{settings.origin.partition('://')[0]}://{host.lower()}"


def resolve(rows: Rows, settings: Settings, host: str) -> Address | None:
    """The address that a Host header names, or None where no pages are served under it."""
    host = host.lower()
    if not _HOST.fullmatch(host):
        return None
    prefixed = _PREFIX_HOST.fullmatch(host)
    if prefixed and prefixed["host"] == settings.public_host.lower():
        return _of_prefix(rows, prefixed["domain"], prefixed["region"])
    pool_id = _pool_of_domain(rows, _without_port(host))
    if pool_id is not None:
        return Address(pool_id)
    return Address(None) if settings.serves_path_addresses and not prefixed else None


def _of_prefix(rows: Rows, domain: str, region: str) -> Address | None:
    row = rows.first(POOL_OF_PREFIX, domain=domain, region=region)
    return None if row is None else Address(row[0])


def _pool_of_domain(rows: Rows, hostname: str) -> str | None:
    if not _COULD_BE_CUSTOM.search(hostname):
        return None
    row = rows.first(POOL_OF_DOMAIN, domain=hostname)
    return None if row is None else row[0]


def _without_port(host: str) -> str:
    return host.rsplit(":", 1)[0] if re.search(r":\d+$", host) else host
