"""The TLS context of a server, from a certificate chain and its private key."""

from __future__ import annotations

import ssl
from pathlib import Path

from kernel.settings import SettingError


def server_context(certificate: Path, key: Path) -> ssl.SSLContext:
    """A context for TLS 1.2 and newer (RFC 9325 §3.1.1: "MUST NOT negotiate" older ones).

    Raises `SettingError` with a sentence when the pair cannot be served.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    context.set_alpn_protocols(["http/1.1"])
    context.options |= ssl.OP_NO_COMPRESSION | ssl.OP_NO_RENEGOTIATION
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


class _Encrypted(Exception):
    """OpenSSL asks for a pass phrase: without a callback it would ask the terminal."""


def _no_password() -> str:
    raise _Encrypted


def _explain(certificate: Path, key: Path, error: ssl.SSLError) -> str:
    if error.reason == "KEY_VALUES_MISMATCH":
        return f"tls_key {key} is not the key of tls_cert {certificate}."
    return f"tls_cert {certificate} and tls_key {key} must be PEM files of a certificate and key."
