"""TLS with a backend whose certificate no known authority signed (`insecureSkipVerification`).

"If enabled, API Gateway still performs basic certificate validation, which includes checking the
certificate's expiration date, hostname, and presence of a root certificate authority"
(PutIntegration). Who is in between can still read along: it is no more than its name says.
"""

from __future__ import annotations

import ipaddress
import ssl
from datetime import datetime

from cryptography import x509

ISSUER_UNKNOWN = "the upstream's certificate"


_UNREADABLE = (
    ValueError,
    x509.DuplicateExtension,
    x509.ExtensionNotFound,
    x509.UnsupportedGeneralNameType,
)


class Untrusted(ValueError):
    """A certificate that is not the server's, or not now."""


def context() -> ssl.SSLContext:
    """A context that takes any certificate; `check` must follow the handshake."""
    made = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    made.minimum_version = ssl.TLSVersion.TLSv1_2
    made.check_hostname = False
    made.verify_mode = ssl.CERT_NONE
    return made


def check(certificate: bytes | None, server_name: str, now: datetime) -> None:
    """Whether a certificate (DER) is of this server and holds at this time. Raises `Untrusted`."""
    try:
        read = x509.load_der_x509_certificate(certificate or b"")
        extension = read.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except _UNREADABLE:
        raise Untrusted(f"{ISSUER_UNKNOWN} names no server") from None
    if not read.not_valid_before_utc <= now <= read.not_valid_after_utc:
        raise Untrusted(f"{ISSUER_UNKNOWN} has expired or is not valid yet")
    if not is_of(extension.value, server_name):
        raise Untrusted(f"{ISSUER_UNKNOWN} is of another server")


def is_of(names: x509.SubjectAlternativeName, server_name: str) -> bool:
    """Whether a certificate is a name's or an address's."""
    try:
        address = ipaddress.ip_address(server_name)
    except ValueError:
        known = names.get_values_for_type(x509.DNSName)
        return any(_is(name.lower(), server_name.lower().rstrip(".")) for name in known)
    return address in names.get_values_for_type(x509.IPAddress)


def _is(name: str, server_name: str) -> bool:
    """A wildcard stands for one whole label, the first (RFC 9525 §6.3)."""
    if not name.startswith("*."):
        return name == server_name
    label, _, rest = server_name.partition(".")
    return bool(label) and rest == name[2:] and "." in rest
