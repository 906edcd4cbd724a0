"""TLS at the listener: which certificate a connection gets, and what it says of its client.

The server name is read before the handshake, out of bytes that stay where they are, so that
OpenSSL begins with the context that the name asks for: whether a client certificate is demanded
belongs to that context, and cannot be changed once the handshake is under way.
"""

from __future__ import annotations

import socket
import ssl
from contextlib import suppress
from typing import Any

import gevent
import gevent.socket

from kernel.tls import client_hello
from kernel.tls.connection import ClientCertificate, Connection, Served, Sites

MOST_UNCHANGED = 20
UNCHANGED_SECONDS = 0.05


class Tls:
    """Secures accepted connections: with the server's own context, or what `sites` say."""

    def __init__(
        self, context: ssl.SSLContext, sites: Sites | None = None, trust_store: str = ""
    ) -> None:
        """`trust_store` names whose authorities the context asks clients' certificates of."""
        self.context = context
        self._sites = sites
        self._trust_store = trust_store

    def secure(self, accepted: Any) -> tuple[ssl.SSLSocket, Connection]:
        """Shake hands. Raises `OSError` (as `ssl.SSLError` is one); bounding the time is the
        caller's affair."""
        served = self._find(accepted)
        secured = served.context.wrap_socket(accepted, server_side=True)
        try:
            return secured, _connection(served, secured)
        except ValueError:
            secured.close()
            raise OSError("a client certificate that cannot be read") from None

    def _find(self, accepted: Any) -> Served:
        own = Served("", self.context, self._trust_store)
        if self._sites is None:
            return own
        return self._sites.find(server_name(accepted)) or own


def server_name(accepted: Any) -> str:
    """The name in the ClientHello, which is left unread. Raises `OSError` where none comes."""
    data = accepted.recv(client_hello.MOST_BYTES, socket.MSG_PEEK)
    if not data:
        raise ConnectionError("the connection ended before its first message")
    unchanged = 0
    while (hello := client_hello.read(data)).needed:
        # Otherwise the bytes that are there already would wake us without end.
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, hello.needed)
        gevent.socket.wait_read(accepted.fileno())
        before, data = len(data), accepted.recv(client_hello.MOST_BYTES, socket.MSG_PEEK)
        if len(data) == before:
            unchanged += 1
            if unchanged > MOST_UNCHANGED:
                raise ConnectionError("the connection ended before its first message")
            gevent.sleep(UNCHANGED_SECONDS)
    with suppress(OSError):
        accepted.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, 1)
    return hello.server_name


def _connection(served: Served, secured: ssl.SSLSocket) -> Connection:
    if not served.trust_store:
        return Connection(served.site)
    encoded = secured.getpeercert(binary_form=True)
    if encoded is None:
        raise ValueError("no client certificate")
    return Connection(served.site, served.trust_store, ClientCertificate.parse(encoded))
