"""Which certificate serves a name, and whether it asks its clients for theirs.

A custom domain's own certificate comes first; a name that has none takes the operator's pair of
that name, then of the wildcard above it, and at last the server's own certificate. What is served
is what is there at that moment: a new pair of files, and a change that the snapshot tells of, serve
from the next connection on, and nobody's present connection is touched.
"""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass, field

import structlog

from gateway.addresses import custom_domain
from gateway.snapshot import SnapshotHolder
from gateway.snapshot.tls import OPERATORS, DomainTls
from gateway.tls.stored import Stored
from kernel.sealing import Unsealable
from kernel.tls.connection import Served
from kernel.tls.context import context_of
from kernel.tls.folder import CertificateFolder
from kernel.tls.pairs import BadPair, Pair

MOST_KEPT = 4096
NOT_A_DOMAIN = DomainTls()

log = structlog.get_logger(__name__)


@dataclass(frozen=True)
class DomainSites:
    """The names of a snapshot and of the operator's folder. `own` is the server's certificate."""

    holder: SnapshotHolder
    folder: CertificateFolder
    stored: Stored
    own: Pair
    _kept: dict[str, tuple[Hashable, Served]] = field(default_factory=dict)

    def find(self, server_name: str) -> Served | None:
        """See `Sites`."""
        snapshot = self.holder.current
        site = custom_domain(snapshot, server_name) or server_name
        domain = snapshot.tls.get(site, NOT_A_DOMAIN)
        file = domain.certificate if domain.source == OPERATORS else ""
        if not domain.source:
            file = self.folder.find(site)
        if domain == NOT_A_DOMAIN and not file:
            return None
        return self._current(site, domain, file)

    def _current(self, site: str, domain: DomainTls, file: str) -> Served:
        """What is kept, as long as it is what would be made now."""
        made_of = (domain, file, self.folder.stamp(file) if file else None)
        kept = self._kept.get(site)
        if kept is not None and kept[0] == made_of:
            return kept[1]
        served = self._make(site, domain, file, kept[1] if kept else None)
        if len(self._kept) >= MOST_KEPT:
            self._kept.clear()
        self._kept[site] = made_of, served
        return served

    def _make(self, site: str, domain: DomainTls, file: str, before: Served | None) -> Served:
        """Raises `OSError` where the clients' authorities are not known."""
        authorities = self._authorities(site, domain)
        try:
            pair = self._pair(site, domain, file)
            context = context_of(pair, domain.security_policy, authorities=authorities)
        except (BadPair, Unsealable) as error:
            log.error("certificate not served", domain=site, reason=str(error))
            if before is not None and before.trust_store == domain.trust_store:
                return before
            context = context_of(self.own, domain.security_policy, authorities=authorities)
        return Served(site, context, domain.trust_store)

    def _authorities(self, site: str, domain: DomainTls) -> str:
        if not domain.trust_store:
            return ""
        found = self.stored.authorities(site, domain.trust_store)
        if found is None:
            # Changed a moment ago: nobody comes in by the old one.
            raise ConnectionError("the trust store is not here")
        return found

    def _pair(self, site: str, domain: DomainTls, file: str) -> Pair:
        if file:
            return self.folder.read(file)[0]
        if domain.source in ("", OPERATORS):
            return self.own
        return self.stored.pair(site, domain)
