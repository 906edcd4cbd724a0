"""urllib3 connections to addresses that were vetted beforehand, under one deadline."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
import time
from collections.abc import Sequence
from types import TracebackType

import urllib3
from urllib3.connection import HTTPConnection, HTTPSConnection

from kernel.outbound.errors import OutboundFailed, OutboundTimedOut
from kernel.outbound.guard import PinnedAddress


class Deadline:
    """The moment at which a whole exchange is cut off, whatever it is doing.

    A socket's own time-out starts anew with every byte, so a peer could drip for hours. At the
    deadline the watched sockets are shut down instead, which ends any read, write or handshake.
    """

    def __init__(self, timeout: float, host: str) -> None:
        self._ends = time.monotonic() + timeout
        self._host = host
        self._watched: list[socket.socket] = []
        self._timer = threading.Timer(timeout, self._expire)
        self._timer.daemon = True

    def __enter__(self) -> Deadline:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        for watched in self._watched:
            watched.close()

    @property
    def remaining(self) -> float:
        """Seconds left. Raises `OutboundTimedOut` where there are none."""
        left = self._ends - time.monotonic()
        if left <= 0:
            raise OutboundTimedOut(f"{self._host} did not answer in time")
        return left

    def check(self) -> None:
        """Raises `OutboundTimedOut` where the deadline has passed."""
        _ = self.remaining

    def watch(self, connected: socket.socket) -> None:
        """Cut `connected` off at the deadline. Raises `OutboundTimedOut` where it has passed."""
        # A duplicate names the same connection and stays ours when TLS takes the original over.
        self._watched.append(connected.dup())
        connected.settimeout(self.remaining)

    def _expire(self) -> None:
        for watched in self._watched:
            with contextlib.suppress(OSError):
                watched.shutdown(socket.SHUT_RDWR)


class _Pinned(HTTPConnection):
    """Connects to pinned addresses; `Host`, SNI and the certificate check keep the name."""

    addresses: Sequence[PinnedAddress]
    deadline: Deadline

    def _new_conn(self) -> socket.socket:
        return connect_first(self.host, self.addresses, self.deadline)


class _PinnedTls(_Pinned, HTTPSConnection):
    pass


def open_connection(
    url: urllib3.util.Url,
    addresses: Sequence[PinnedAddress],
    deadline: Deadline,
    tls: ssl.SSLContext,
) -> HTTPConnection:
    """A connection for one request to `url`, which is http or https with a host."""
    host = str(url.host).strip("[]")
    connection: _Pinned
    if url.scheme == "https":
        connection = _PinnedTls(host, url.port, ssl_context=tls)
    else:
        connection = _Pinned(host, url.port)
    connection.addresses = addresses
    connection.deadline = deadline
    connection.timeout = deadline.remaining
    return connection


def connect_first(
    host: str, addresses: Sequence[PinnedAddress], deadline: Deadline
) -> socket.socket:
    """A connection to the first address that takes one, which the deadline will cut off.

    Raises `OutboundFailed`, or `OutboundTimedOut`.
    """
    for position, address in enumerate(addresses):
        patience = deadline.remaining / (len(addresses) - position)
        connected = _connect(address, patience)
        if connected is not None:
            deadline.watch(connected)
            return connected
    raise OutboundFailed(f"{host} cannot be connected to")


def _connect(address: PinnedAddress, patience: float) -> socket.socket | None:
    family, sockaddr = address
    candidate = socket.socket(family, socket.SOCK_STREAM)
    try:
        candidate.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        candidate.settimeout(patience)
        candidate.connect(sockaddr)
    except OSError:
        candidate.close()
        return None
    return candidate
