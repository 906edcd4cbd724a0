"""How custom domains are served over TLS."""

from __future__ import annotations

from dataclasses import dataclass

OPERATORS = "operators"
"""A pair of files of the operator's."""
UPLOADED = "uploaded"
ISSUED = "issued"
"""By ACME."""


@dataclass(frozen=True)
class DomainTls:
    """The certificate of a domain, and what it asks of clients."""

    source: str = ""
    """Where the certificate is from; empty where the domain names none."""
    certificate: str = ""
    """Which one: the name of the operator's, or what changes when another takes its place."""
    renew_at: float = 0.0
    """Of one that ACME issued, in seconds since the epoch."""
    security_policy: str = "TLS_1_2"
    trust_store: str = ""
    """The digest of the authorities that clients' certificates come from; empty asks for none."""
    account: str = ""
    """Whose domain it is; empty where the host is nobody's."""
