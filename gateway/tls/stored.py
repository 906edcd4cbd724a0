"""Certificates and trust stores that the database holds, read when first they are needed."""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy.orm import Session

from gateway.control.account import acme_parts, domains, trust_stores
from gateway.control.account.models import Domain
from gateway.snapshot.tls import UPLOADED, DomainTls
from kernel.database import Database
from kernel.sealing import Sealer
from kernel.tls.pairs import BadPair, Pair


@dataclass(frozen=True)
class Stored:
    """Opens what is sealed."""

    database: Database
    sealer: Sealer

    def pair(self, site: str, domain: DomainTls) -> Pair:
        """Raises `BadPair` where it is gone, and `Unsealable`."""
        load = self._uploaded if domain.source == UPLOADED else self._issued
        pair = self.database.read(load, site)
        if pair is None:
            raise BadPair("is gone")
        return pair

    def authorities(self, site: str, digest: str) -> str | None:
        """The trust store of a domain, in PEM; None where it is not the one meant."""
        return self.database.read(trust_stores.load, site, digest)

    def _uploaded(self, session: Session, site: str) -> Pair | None:
        domain = session.get(Domain, site)
        if domain is None or domains.UPLOADED not in domain.document:
            return None
        private_key = domains.private_key_of(self.sealer, domain)
        if private_key is None:
            return None
        uploaded = domain.document[domains.UPLOADED]
        return Pair(uploaded["Body"] + uploaded["Chain"], private_key)

    def _issued(self, session: Session, site: str) -> Pair | None:
        row = acme_parts.find(session, acme_parts.certificate_id(site))
        if row is None or row.sealed is None:
            return None
        private_key = self.sealer.open(row.sealed, acme_parts.purpose(row.id))
        return Pair(row.document["Chain"], private_key)
