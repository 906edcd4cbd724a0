"""One connection to an upstream, under the time that the upstream has left."""

from __future__ import annotations

import contextlib
import math
import select
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from typing import Any

from gateway.integrations import any_issuer
from gateway.integrations.endpoint import ANY_AUTHORITY, Origin
from gateway.integrations.errors import UpstreamTimedOut, UpstreamUnreachable
from kernel import arrivals
from kernel.outbound import PinnedAddress

RECEIVE_BYTES = 65_536
_NOT_NOW = (BlockingIOError, ssl.SSLWantReadError, ssl.SSLWantWriteError)
CONNECT_SECONDS = 5.0
"""An address that does not answer by then gives way to the next one."""


class Patience:
    """The seconds an upstream has left. Only time spent waiting for it counts."""

    __slots__ = ("_idle", "_left", "_since")

    def __init__(self, seconds: float, idle: float = math.inf) -> None:
        """`idle` is the longest single wait."""
        self._left = seconds
        self._idle = idle
        self._since = 0.0

    @property
    def left(self) -> float:
        """Seconds of the next wait, more than none. Raises `UpstreamTimedOut`."""
        left = self._left
        if left <= 0:
            raise UpstreamTimedOut("the upstream did not answer in time")
        return left if left < self._idle else self._idle

    def __enter__(self) -> Patience:
        self._since = time.monotonic()
        return self

    def __exit__(self, *_: object) -> None:
        self._left -= time.monotonic() - self._since


class Connection:
    """A socket, plain or TLS."""

    __slots__ = ("_arrivals", "_has_asked", "_socket", "idle_since", "is_new")

    def __init__(self, connected: socket.socket) -> None:
        self._socket = connected
        self._arrivals = arrivals.watch(connected)
        self._has_asked = False
        self.is_new = True
        self.idle_since = 0.0

    def send(self, data: bytes, patience: Patience, is_refused: Callable[[], bool]) -> bool:
        """Send all, and say so; False where `is_refused`, which is asked when the upstream sends
        something instead of reading, says that the rest is not wanted.

        Raises `UpstreamTimedOut`, or `OSError` where the connection broke.
        """
        self._has_asked = True
        rest = memoryview(data)[self._send_now(data) :]
        while rest:
            if self._wait_to_send(patience) and is_refused():
                return False
            rest = rest[self._send_now(rest) :]
        return True

    def _send_now(self, data: bytes | memoryview) -> int:
        """How much the socket took without waiting: nearly always all."""
        self._socket.settimeout(0)
        try:
            return self._socket.send(data)
        except _NOT_NOW:
            return 0

    def _wait_to_send(self, patience: Patience) -> bool:
        """Wait for room, or for something to read; whether there is something."""
        waiting = select.poll()
        waiting.register(self._socket, select.POLLIN | select.POLLOUT)
        with patience:
            ready = waiting.poll(patience.left * 1000)
        if not ready:
            raise UpstreamTimedOut("the upstream did not read in time")
        return bool(ready[0][1] & select.POLLIN)

    @property
    def may_have_answered(self) -> bool:
        """Whether something came while the request was being sent."""
        return self._arrivals.are_there

    def receive_now(self) -> bytes | None:
        """What has come; none of it is None, the end is empty. Raises `OSError`."""
        self._socket.settimeout(0)
        try:
            return self._socket.recv(RECEIVE_BYTES)
        except _NOT_NOW:
            self._arrivals.expect()
            return None

    def receive(self, patience: Patience) -> bytes:
        """Some bytes; none at the end. Raises `UpstreamTimedOut`, or `OSError`."""
        with patience:
            try:
                if self._has_asked:
                    # Nothing has come of the answer yet, so that trying to read it would be vain.
                    self._has_asked = False
                    self._arrivals.wait(patience.left)
                self._socket.settimeout(patience.left)
                return self._socket.recv(RECEIVE_BYTES)
            except TimeoutError:
                raise UpstreamTimedOut("the upstream did not answer in time") from None

    def rest(self, now: float) -> None:
        """Wait for the next exchange, from `now` on: nothing should come until then."""
        self.is_new = False
        self.idle_since = now
        self._arrivals.expect()

    @property
    def is_stale(self) -> bool:
        """Whether anything arrived while it rested: the end, or bytes nobody asked for."""
        return self._arrivals.are_there

    def abort(self) -> None:
        """End it under whoever waits for it: he finds it at its end."""
        with contextlib.suppress(OSError):
            # Not SSLSocket's own method, which would drop the TLS state under its reader.
            socket.socket.shutdown(self._socket, socket.SHUT_RDWR)

    def close(self) -> None:
        self._arrivals.close()
        with contextlib.suppress(OSError):
            self._socket.close()


def connect(
    origin: Origin,
    addresses: Sequence[PinnedAddress],
    patience: Patience,
    tls: ssl.SSLContext,
) -> Connection:
    """A new connection to the first address that answers.

    Raises `UpstreamUnreachable` or `UpstreamTimedOut`.
    """
    for family, address in addresses:
        with patience:
            try:
                return Connection(_open(origin, family, address, patience.left, tls))
            except ssl.SSLError as error:
                reason = error.reason or "handshake failed"
                raise UpstreamUnreachable(f"TLS with the upstream failed: {reason}") from None
            except any_issuer.Untrusted as error:
                raise UpstreamUnreachable(f"TLS with the upstream failed: {error}") from None
            except OSError:
                continue
    raise UpstreamUnreachable("the upstream cannot be connected to")


def _open(
    origin: Origin, family: int, address: Any, timeout: float, tls: ssl.SSLContext
) -> socket.socket:
    connected = socket.socket(family, socket.SOCK_STREAM)
    try:
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        connected.settimeout(min(timeout, CONNECT_SECONDS))
        connected.connect(address)
        if origin.scheme == "https":
            secured = tls.wrap_socket(connected, server_hostname=origin.server_name)
            connected = secured
            if origin.verification == ANY_AUTHORITY:
                _check(secured, origin.server_name)
    except BaseException:
        connected.close()
        raise
    return connected


def _check(secured: ssl.SSLSocket, server_name: str) -> None:
    certificate = secured.getpeercert(binary_form=True)
    any_issuer.check(certificate, server_name, datetime.now(UTC))
