"""What is still asked of a certificate whose authority is not looked at.

"If enabled, API Gateway still performs basic certificate validation, which includes checking the
certificate's expiration date, hostname, and presence of a root certificate authority"
(TlsConfig$insecureSkipVerification). Of these the last says nothing here, as anybody can add one.
"""

from __future__ import annotations

import ipaddress
import ssl
from datetime import UTC, datetime

from cryptography import x509

from gateway.integrations.errors import UpstreamUnreachable


def require_certificate(connection: ssl.SSLSocket, server_name: str) -> None:
    """Raise `UpstreamUnreachable` for a certificate of another name, or of another time."""
    encoded = connection.getpeercert(binary_form=True)
    try:
        certificate = x509.load_der_x509_certificate(encoded or b"")
        names = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        fits = is_of(names, server_name)
    except (ValueError, x509.ExtensionNotFound):
        raise UpstreamUnreachable(
            "TLS with the upstream failed: the certificate names nobody"
        ) from None
    now = datetime.now(UTC)
    if not certificate.not_valid_before_utc <= now <= certificate.not_valid_after_utc:
        raise UpstreamUnreachable("TLS with the upstream failed: the certificate is not valid now")
    if not fits:
        raise UpstreamUnreachable("TLS with the upstream failed: the certificate is another name's")


def is_of(names: x509.SubjectAlternativeName, server_name: str) -> bool:
    """Whether a certificate is a name's or an address's (RFC 9525 §6.3)."""
    try:
        address = ipaddress.ip_address(server_name)
    except ValueError:
        wanted = server_name.lower().rstrip(".")
        return any(
            _matches(name.lower(), wanted) for name in names.get_values_for_type(x509.DNSName)
        )
    return address in names.get_values_for_type(x509.IPAddress)


def _matches(name: str, wanted: str) -> bool:
    """A wildcard stands for the whole first label, of a name with two more."""
    if not name.startswith("*."):
        return name == wanted
    first, _, rest = wanted.partition(".")
    return bool(first) and rest == name[2:] and "." in rest
