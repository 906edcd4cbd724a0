"""The listener of mutual TLS (RFC 8705): the endpoints of machines, for those with a certificate.

The handshake has checked that the certificate comes from an authority that the operator named
(`mtls_client_ca`). What a request says of certificates in its headers is looked at nowhere.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Mapping
from typing import TYPE_CHECKING, Any

from cryptography import x509

from idp.oauth import paths
from kernel.settings import Settings
from kernel.status_lines import status_line
from kernel.tls.connection import MACHINES, ClientCertificate
from kernel.wsgi_extensions import TLS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

    from idp.user_pools.rules.client_metadata import ClientMetadata


def certificate_of(environ: Mapping[str, Any]) -> ClientCertificate | None:
    """The client's certificate, where the request came by that listener. One that a domain of the
    gateway vouches for is another matter, and counts for nothing here."""
    connection = environ.get(TLS)
    if connection is None or connection.trust_store != MACHINES:
        return None
    certificate: ClientCertificate | None = connection.client_certificate
    return certificate


def in_front_of(
    application: WSGIApplication, settings: Settings, now: Callable[[], float] = time.time
) -> WSGIApplication:
    """What that listener serves: the endpoints of machines."""
    served = frozenset(paths.OF_MACHINES.values())
    port = settings.public_host.rpartition(":")[2] if ":" in settings.public_host else ""

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        certificate = certificate_of(environ)
        # The handshake looked; a connection may outlive the certificate.
        if certificate is None or now() >= certificate.expires:
            return _refuse(403, start_response)
        if environ["PATH_INFO"] not in served:
            return _refuse(404, start_response)
        environ["HTTP_HOST"] = _at_port(environ.get("HTTP_HOST", ""), port)
        return application(environ, start_response)

    return serve


def aliases(settings: Settings, base: str) -> dict[str, Any]:
    """§5, `mtls_endpoint_aliases`: the endpoints below `base` as that listener has them."""
    scheme, _, host = base.partition("://")
    origin = f"{scheme}://{_at_port(host, str(settings.mtls_port))}"
    return {
        "mtls_endpoint_aliases": {
            name: f"{origin}{path}" for name, path in paths.OF_MACHINES.items()
        },
        "tls_client_certificate_bound_access_tokens": True,
    }


def is_of(certificate: ClientCertificate, metadata: ClientMetadata) -> bool:
    """Whether a certificate has the subject that a client registered (§2.1.2)."""
    parsed = x509.load_pem_x509_certificate(certificate.pem.encode())
    if metadata.tls_client_auth_subject_dn is not None:
        wanted = x509.Name.from_rfc4514_string(metadata.tls_client_auth_subject_dn)
        return parsed.subject == wanted
    names = _alternative_names(parsed)
    for kind, name in (
        (x509.DNSName, metadata.tls_client_auth_san_dns),
        (x509.UniformResourceIdentifier, metadata.tls_client_auth_san_uri),
        (x509.RFC822Name, metadata.tls_client_auth_san_email),
    ):
        if name is not None:
            return name in names.get_values_for_type(kind) if names else False
    return False


def _alternative_names(certificate: x509.Certificate) -> x509.SubjectAlternativeName | None:
    try:
        found = certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName)
    except (x509.ExtensionNotFound, ValueError):
        return None
    return found.value


def _at_port(host: str, port: str) -> str:
    """A Host header's value with another port; "" for the default one."""
    name, colon, given = host.rpartition(":")
    name = name if colon and given.isdigit() else host
    return f"{name}:{port}" if port else name


def _refuse(status: int, start_response: StartResponse) -> Iterable[bytes]:
    start_response(status_line(status), [("Content-Length", "0"), ("Connection", "close")])
    return []
