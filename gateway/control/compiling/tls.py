"""How custom domains are served over TLS, out of the database."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from gateway.control.account import acme_parts
from gateway.control.account.domain_tls import TRUST_STORE
from gateway.control.account.domains import UPLOADED
from gateway.control.account.models import Domain
from gateway.snapshot import tls
from gateway.snapshot.tls import DomainTls
from kernel.tls.arns import certificate_name

UNREAD = "unread"


def load_tls(session: Session) -> dict[str, DomainTls]:
    """Of every domain, and of other hosts that ACME issued a certificate for."""
    issued = {
        name: DomainTls(tls.ISSUED, each.digest, each.renew_at)
        for name, each in acme_parts.issued(session).items()
    }
    own = {
        name: _compiled(account, document, issued.get(name))
        for name, account, document in session.execute(
            select(Domain.name, Domain.account, Domain.document)
        )
    }
    return {**issued, **own}


def _compiled(account: str, document: Mapping[str, Any], issued: DomainTls | None) -> DomainTls:
    configured = document["DomainNameConfigurations"][0]
    source, certificate, renew_at = "", "", 0.0
    if UPLOADED in document:
        body = document[UPLOADED]["Body"].encode()
        source, certificate = tls.UPLOADED, hashlib.sha256(body).hexdigest()
    elif configured.get("CertificateArn"):
        source, certificate = tls.OPERATORS, certificate_name(configured["CertificateArn"])
    elif issued is not None:
        source, certificate, renew_at = issued.source, issued.certificate, issued.renew_at
    return DomainTls(
        source,
        certificate,
        renew_at,
        configured["SecurityPolicy"],
        _trust_store(document),
        account,
    )


def _trust_store(document: Mapping[str, Any]) -> str:
    """A domain whose trust store was never read lets in nobody."""
    if "MutualTlsAuthentication" not in document:
        return ""
    return document.get(TRUST_STORE) or UNREAD
