"""Which certificate serves a name, and whether it asks its clients for theirs.

A custom domain's own certificate comes first; a name that has none takes the operator's pair of
that name, then of the wildcard above it, and at last the server's own certificate. The operator's
pairs are not for the domains of other accounts. What is served
is what is there at that moment: a new pair of files, and a change that the snapshot tells of, serve
from the next connection on, and nobody's present connection is touched.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import NamedTuple

import structlog
from sqlalchemy.exc import SQLAlchemyError

from gateway.addresses import custom_domain
from gateway.snapshot import SnapshotHolder
from gateway.snapshot.tls import OPERATORS, DomainTls
from gateway.tls.stored import Stored
from kernel.database import DatabaseBusy
from kernel.sealing import Unsealable
from kernel.tls.connection import Served
from kernel.tls.context import context_of
from kernel.tls.folder import CertificateFolder, Stamp
from kernel.tls.pairs import BadPair, Pair

MOST_KEPT = 4096
# How long a certificate that could not be had is not asked for again.
AGAIN_SECONDS = 5.0
NOT_A_DOMAIN = DomainTls()
AWAY = (DatabaseBusy, SQLAlchemyError)

log = structlog.get_logger(__name__)


class _Kept(NamedTuple):
    """What is served, and what it was made of."""

    served: Served
    domain: DomainTls
    file: str
    stamp: Stamp | None
    until: float = float("inf")


@dataclass(frozen=True)
class DomainSites:
    """The names of a snapshot and of the operator's folder. `own` is the server's certificate."""

    holder: SnapshotHolder
    folder: CertificateFolder
    stored: Stored
    own: Pair
    monotonic: Callable[[], float] = time.monotonic
    _kept: dict[str, _Kept] = field(default_factory=dict)

    def find(self, server_name: str) -> Served | None:
        """See `Sites`."""
        snapshot = self.holder.current
        site = custom_domain(snapshot, server_name) or server_name
        domain = snapshot.tls.get(site, NOT_A_DOMAIN)
        file = ""
        if domain.source == OPERATORS and self.folder.is_for(domain.account):
            file = domain.certificate
        if not domain.source:
            file = self.folder.find(site, domain.account)
        if domain == NOT_A_DOMAIN:
            # Kept by its file: a wildcard has more names than there is memory for contexts.
            return self._current(file, domain, file) if file else None
        return self._current(site, domain, file)

    def _current(self, site: str, domain: DomainTls, file: str) -> Served:
        """What is kept, as long as it is what would be made now. Raises `ConnectionError`."""
        stamp = self.folder.stamp(file) if file else None
        kept = self._kept.get(site)
        if (
            kept is not None
            and kept[1:4] == (domain, file, stamp)
            and kept.until > self.monotonic()
        ):
            return kept.served
        made = self._make(site, domain, file, kept)._replace(stamp=stamp)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[site] = made
        return made.served

    def _make(self, site: str, domain: DomainTls, file: str, before: _Kept | None) -> _Kept:
        """A pair that cannot be had leaves the one before; without one the server's own serves, to
        the same clients by the same rules."""
        authorities = self._authorities(site, domain)
        policy = domain.security_policy
        until = float("inf")
        try:
            context = context_of(self._pair(site, domain, file), policy, authorities=authorities)
        except (BadPair, Unsealable, *AWAY) as error:
            log.error("certificate not served", domain=site, reason=str(error))
            until = self.monotonic() + AGAIN_SECONDS
            if before is not None and _rules(before.domain) == _rules(domain):
                context = before.served.context
            else:
                context = context_of(self.own, policy, authorities=authorities)
        return _Kept(Served(site, context, domain.trust_store), domain, file, None, until)

    def _authorities(self, site: str, domain: DomainTls) -> str:
        """Raises `ConnectionError` where they are not known: then nobody comes in."""
        if not domain.trust_store:
            return ""
        try:
            found = self.stored.authorities(site, domain.trust_store)
        except AWAY as error:
            log.error("trust store not read", domain=site, reason=type(error).__name__)
            found = None
        if found is None:
            raise ConnectionError("the trust store is not here")
        return found

    def _pair(self, site: str, domain: DomainTls, file: str) -> Pair:
        if file:
            return self.folder.read(file)[0]
        if domain.source in ("", OPERATORS):
            return self.own
        return self.stored.pair(site, domain)


def _rules(domain: DomainTls) -> tuple[str, str]:
    return domain.security_policy, domain.trust_store
