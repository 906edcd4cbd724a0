"""Sockets that are bound before anything else is done, so that a busy port is known at once."""

from __future__ import annotations

import errno
import os
import socket

from kernel.settings import SettingError, Settings

BACKLOG = 1024


class PortTaken(SettingError):
    """Somebody else listens there."""


def bind_all(settings: Settings) -> list[socket.socket]:
    """The server's listener, then those that are on: without TLS, of mutual TLS, of metrics.

    Raises `SettingError`.
    """
    try:
        listeners = [bind(settings.host, settings.port, "port")]
    except PortTaken as error:
        # GNU make sets MAKELEVEL for what it runs; `make run` knows no --port.
        other = "POOLGATE_PORT=8160 make run" if os.environ.get("MAKELEVEL") else "--port 8160"
        raise SettingError(f"{str(error).rstrip('.')}; `{other}` takes another one.") from None
    if settings.http_port:
        listeners.append(bind(settings.host, settings.http_port, "http_port"))
    if settings.mtls_port:
        listeners.append(bind(settings.host, settings.mtls_port, "mtls_port"))
    if settings.metrics_port:
        listeners.append(bind("127.0.0.1", settings.metrics_port, "metrics_port"))
    return listeners


def bind(host: str, port: int, setting: str) -> socket.socket:
    """A listening socket. Raises `SettingError` with a sentence that names the setting."""
    try:
        family, kind, protocol, _, address = socket.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        )[0]
    except OSError:
        raise SettingError(f"host {host} is not an address of this machine.") from None
    listener = socket.socket(family, kind, protocol)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        # Accepted connections inherit it: pywsgi sends head and body apart, and a delayed
        # acknowledgement between them would cost 40 ms.
        listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        listener.bind(address)
        listener.listen(BACKLOG)
    except OSError as error:
        listener.close()
        if error.errno == errno.EADDRNOTAVAIL:
            raise SettingError(f"host {host} is not an address of this machine.") from None
        reason = os.strerror(error.errno or 0).lower()
        kind_of_error = PortTaken if error.errno == errno.EADDRINUSE else SettingError
        raise kind_of_error(f"{setting} {port} cannot be bound on {host}: {reason}.") from None
    return listener
