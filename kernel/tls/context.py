"""TLS contexts of the server: what is spoken, with which certificate, and to whom."""

from __future__ import annotations

import ssl
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

from kernel.settings import SettingError, Settings
from kernel.tls.pairs import BadPair, Pair, load_into, placeholder
from kernel.tls.policies import POLICIES


def new_context(policy: str = "TLS_1_2", *, authorities: str = "") -> ssl.SSLContext:
    """A context for TLS 1.2 and newer (RFC 9325 §3.1.1: "MUST NOT negotiate" older ones), without a
    certificate yet. `policy` is one of `POLICIES`.

    `authorities`, in PEM, are those that a client's certificate must come from; then none is served
    without one. Raises `ssl.SSLError` for authorities that OpenSSL does not take.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    minimum, ciphers = POLICIES[policy]
    context.minimum_version = minimum
    if ciphers:
        context.set_ciphers(ciphers)
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
    if authorities:
        context.load_verify_locations(cadata=authorities)
        context.verify_mode = ssl.CERT_REQUIRED
        # A session that is taken up again would not look at the certificate again.
        context.options |= ssl.OP_NO_TICKET
        context.num_tickets = 0
    return context


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """A context with the operator's own certificate.

    Raises `SettingError` with a sentence when the pair cannot be served.
    """
    context = new_context()
    try:
        context.load_cert_chain(certificate, key, password=_no_password)
    except ssl.SSLError as error:
        raise SettingError(_explain(certificate, key, error)) from None
    except OSError as error:
        raise SettingError(
            f"tls_cert {certificate} and tls_key {key} cannot be read: {error.strerror}."
        ) from None
    except _Encrypted:
        raise SettingError(f"tls_key {key} must not be encrypted.") from None
    return context


def own_pair(settings: Settings) -> Pair:
    """The certificate of names that have none of their own. Raises `SettingError`."""
    certificate, key = settings.tls_cert, settings.tls_key
    if certificate is None or key is None:
        host = urlsplit(settings.origin).hostname or "localhost"
        return placeholder(host, datetime.now(UTC))
    server_context(certificate, key)
    try:
        return Pair(certificate.read_text(), key.read_bytes())
    except (OSError, ValueError):
        raise SettingError(f"tls_cert {certificate} must be a text file.") from None


def machines_context(settings: Settings) -> ssl.SSLContext:
    """That of `mtls_port`: nobody comes in without a certificate of one of the operator's
    authorities. Raises `SettingError`."""
    path = settings.mtls_client_ca
    try:
        authorities = path.read_text() if path else ""
        if "-----BEGIN CERTIFICATE-----" not in authorities:
            raise SettingError(f"mtls_client_ca {path} must hold certificates in PEM.")
        return context_of(own_pair(settings), authorities=authorities)
    except (BadPair, ssl.SSLError, ValueError):
        raise SettingError(f"mtls_client_ca {path} cannot be served.") from None
    except OSError as error:
        raise SettingError(f"mtls_client_ca {path} cannot be read: {error.strerror}.") from None


def context_of(pair: Pair, policy: str = "TLS_1_2", *, authorities: str = "") -> ssl.SSLContext:
    """A context with a certificate. Raises `BadPair`, and `ssl.SSLError` for the authorities."""
    context = new_context(policy, authorities=authorities)
    load_into(context, pair)
    return context


class _Encrypted(Exception):
    """OpenSSL asks for a pass phrase: without a callback it would ask the terminal."""


def _no_password() -> str:
    raise _Encrypted


def _explain(certificate: Path, key: Path, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"tls_key {key} is not the key of tls_cert {certificate}."
    return f"tls_cert {certificate} and tls_key {key} must be PEM files of a certificate and key."
