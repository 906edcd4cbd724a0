"""What is known of the TLS connection that a request came by."""

from __future__ import annotations

from datetime import UTC, datetime
from ssl import SSLContext
from typing import NamedTuple, Protocol

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding


class ClientCertificate(NamedTuple):
    """A certificate that the client proved to have, and that a trust store vouches for."""

    pem: str
    subject: str
    """Distinguished names are in the form of RFC 4514."""
    issuer: str
    serial_number: str
    """Hexadecimal pairs with colons."""
    not_before: str
    """Such as `May 28 12:30:02 2019 GMT`."""
    not_after: str
    expires: float
    """Seconds since the epoch."""

    @classmethod
    def parse(cls, encoded: bytes) -> ClientCertificate:
        """Out of DER. Raises `ValueError` for what only OpenSSL takes for a certificate."""
        certificate = x509.load_der_x509_certificate(encoded)
        number = certificate.serial_number
        digits = number.to_bytes(max(1, (number.bit_length() + 7) // 8), "big")
        return cls(
            pem=certificate.public_bytes(Encoding.PEM).decode(),
            subject=certificate.subject.rfc4514_string(),
            issuer=certificate.issuer.rfc4514_string(),
            serial_number=digits.hex(":"),
            not_before=_moment(certificate.not_valid_before_utc),
            not_after=_moment(certificate.not_valid_after_utc),
            expires=certificate.not_valid_after_utc.timestamp(),
        )


MACHINES = "machines"
"""The trust store of the listener for OAuth clients with a certificate; domains of the gateway name
theirs otherwise."""


class Connection(NamedTuple):
    """A TLS connection: for whom it was made, and by whom."""

    site: str = ""
    """The name under which the server name was found; empty for the server's own certificate."""
    trust_store: str = ""
    """By which the client's certificate was verified; empty where none was asked for."""
    client_certificate: ClientCertificate | None = None


class Served(NamedTuple):
    """What a server name is answered with."""

    site: str
    context: SSLContext
    trust_store: str = ""


class Sites(Protocol):
    """Certificates by name, beside the server's own. Called for each connection."""

    def find(self, server_name: str) -> Served | None:
        """What serves a name, given in lower case; None for the server's own certificate.

        Raises `OSError` where it must not be served now: the connection is then closed.
        """


_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]


def _moment(moment: datetime) -> str:
    """As OpenSSL prints it, whatever the locale."""
    moment = moment.astimezone(UTC)
    month = _MONTHS[moment.month - 1]
    return f"{month} {moment.day:2} {moment:%H:%M:%S} {moment.year} GMT"
