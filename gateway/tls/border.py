"""Keeps requests on their side of mutual TLS, in front of everything that the server answers.

A connection is made for one name, a request on it says another one if it likes: what counts for a
domain with mutual TLS is that the connection was verified by that domain's own trust store.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from gateway.addresses import custom_domain, hostname
from gateway.context import Reply
from gateway.replies import FORBIDDEN, message
from gateway.snapshot import Snapshot, SnapshotHolder
from kernel.status_lines import status_line
from kernel.tls.connection import Connection
from kernel.wsgi_extensions import TLS

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication

CLOSE = ("connection", "close")
NO_CONNECTION = Connection()
# RFC 9110 §15.5.20: "the request was directed at a server that is unable or unwilling to produce
# an authoritative response for the target URI".
MISDIRECTED = message(421, "Misdirected Request", CLOSE)


def refusal(
    snapshot: Snapshot, host: str, connection: Connection | None, now: float
) -> Reply | None:
    """Why a request to a host may not come by this connection; None where it may."""
    made = connection or NO_CONNECTION
    site = custom_domain(snapshot, hostname(host)) or ""
    domain = snapshot.tls.get(site)
    wanted = domain.trust_store if domain else ""
    if not (made.trust_store or wanted):
        return None
    if connection is None:
        return FORBIDDEN
    if (site, wanted) != (made.site, made.trust_store):
        return MISDIRECTED
    certificate = made.client_certificate
    # The handshake looked; a connection may outlive the certificate.
    return None if certificate is not None and now < certificate.expires else FORBIDDEN


def in_front_of(
    app: WSGIApplication, holder: SnapshotHolder, now: Callable[[], float] = time.time
) -> WSGIApplication:
    """An application that hands on what stays on its side."""

    def serve(environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        snapshot, connection = holder.current, environ.get(TLS)
        if not snapshot.demands_certificates and not (connection and connection.trust_store):
            return app(environ, start_response)
        refused = refusal(snapshot, environ.get("HTTP_HOST", ""), connection, now())
        if refused is None:
            return app(environ, start_response)
        # Whatever follows on the connection would be asked the same.
        headers = [*(each for each in refused.headers if each != CLOSE), CLOSE]
        body = refused.body if isinstance(refused.body, bytes) else b""
        length = ("content-length", str(len(body)))
        start_response(status_line(refused.status), [*headers, length])
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [body]

    return serve
