"""What events and `$context` say of a client that proved who it is by mutual TLS."""

from __future__ import annotations

from typing import Any

from kernel.tls.connection import ClientCertificate


def described(certificate: ClientCertificate) -> dict[str, Any]:
    """As `clientCert` of the developer guide, "How to turn on mutual TLS authentication"."""
    return {
        "clientCertPem": certificate.pem,
        "subjectDN": certificate.subject,
        "issuerDN": certificate.issuer,
        "serialNumber": certificate.serial_number,
        "validity": {"notBefore": certificate.not_before, "notAfter": certificate.not_after},
    }
