"""Kept-alive connections to upstreams, bounded by origin.

Works on plain threads and, where gevent is patched in, on greenlets: taking and giving back an
idle connection is one atomic step on a deque.
"""

from __future__ import annotations

import math
import ssl
import threading
import time
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

import structlog

from gateway.integrations.connection import Connection, Patience, connect
from gateway.integrations.endpoint import ANY_AUTHORITY, Origin
from gateway.integrations.errors import UpstreamTimedOut, UpstreamUnreachable
from gateway.integrations.tls_contexts import TlsContexts
from kernel.outbound import AddressGuard, OutboundError, OutboundTimedOut, PinnedAddress

if TYPE_CHECKING:
    from gateway.integrations.exchange import UpstreamReply
    from gateway.integrations.message import UpstreamRequest
    from kernel.departure import Departure

    Balance = Callable[[UpstreamRequest, Iterable[bytes], Departure | None], UpstreamReply]

log = structlog.get_logger("poolgate.upstreams")

PIN_SECONDS = 30.0
"""How long a name's vetted addresses serve new connections."""
IDLE_SECONDS = 55.0
SWEEP_SECONDS = 10.0
"""How often connections to origins that nobody asks for any more are looked at."""
IDLE_PER_ORIGIN = 128
CONNECTIONS_PER_ORIGIN = 1024
ORIGINS = 1024


@dataclass(slots=True, eq=False)
class OriginPool:
    """The connections of one origin."""

    origin: Origin
    idle: deque[Connection] = field(default_factory=deque)
    open: int = 0
    uploads: int = 0
    addresses: list[PinnedAddress] = field(default_factory=list)
    pinned_until: float = float("-inf")


class UpstreamPool:
    """Connections to upstreams.

    `guard` decides which addresses may be connected to; `trusted` says that the operator himself
    configured the upstreams, so that private addresses are among them. `tls` verifies upstreams,
    by default against the system's certificate authorities.
    `idle` are the seconds for which an upstream may send nothing.
    """

    def __init__(
        self,
        guard: AddressGuard,
        *,
        trusted: bool = False,
        tls: ssl.SSLContext | None = None,
        connections_per_origin: int = CONNECTIONS_PER_ORIGIN,
        idle: float = math.inf,
    ) -> None:
        self._guard = guard
        self._trusted = trusted
        self.tls = TlsContexts(tls)
        self.idle = idle
        self._most = connections_per_origin
        self.balance: Balance | None = None
        """Sends what has a group of targets; None where there are no groups."""
        self._origins: dict[Origin, OriginPool] = {}
        self._lock = threading.Lock()
        self._next_sweep = 0.0
        self._is_closed = False

    @contextmanager
    def room_for_upload(self, origin: Origin) -> Iterator[None]:
        """While a body is sent on as it comes. Such uploads have half of the connections at most,
        so that clients who send slowly leave the others to everybody else.

        Raises `UpstreamUnreachable`.
        """
        pool = self._origins.get(origin) or self._add(origin)
        with self._lock:
            if pool.uploads >= max(1, self._most // 2):
                raise UpstreamUnreachable("the upstream has too many uploads")
            pool.uploads += 1
        try:
            yield
        finally:
            with self._lock:
                pool.uploads -= 1

    def take(self, origin: Origin, patience: Patience, *, fresh: bool = False) -> Connection:
        """An idle connection, or a new one where there is none or it must be `fresh`.

        Raises `UpstreamUnreachable` or `UpstreamTimedOut`.
        """
        pool = self._origins.get(origin) or self._add(origin)
        while not fresh:
            try:
                connection = pool.idle.pop()
            except IndexError:
                break
            if not connection.is_stale:
                return connection
            self._drop(pool, connection)
        return self._connect(pool, patience)

    def give_back(self, origin: Origin, connection: Connection) -> None:
        """Keep a connection whose last reply is complete for another request."""
        pool = self._origins.get(origin) or self._add(origin)
        now = time.monotonic()
        connection.rest(now)
        pool.idle.append(connection)
        if len(pool.idle) > IDLE_PER_ORIGIN:
            self._drop(pool, pool.idle.popleft())
        if now > self._next_sweep:
            self._sweep(now)

    def drop(self, origin: Origin, connection: Connection) -> None:
        """Close a connection that cannot be used again."""
        self._drop(self._origins.get(origin) or self._add(origin), connection)

    def close(self) -> None:
        """Close the idle connections, and from now on those that are given back."""
        self._is_closed = True
        self._sweep(time.monotonic())

    def _sweep(self, now: float) -> None:
        """Close what has rested for too long; where the pool is closed, whatever rests."""
        self._next_sweep = -math.inf if self._is_closed else now + SWEEP_SECONDS
        before = math.inf if self._is_closed else now - IDLE_SECONDS
        for pool in list(self._origins.values()):
            self._close_idle(pool, before)

    def _close_idle(self, pool: OriginPool, before: float) -> None:
        """Close the connections that have rested since before a moment: the oldest are first."""
        while pool.idle:
            try:
                oldest = pool.idle.popleft()
            except IndexError:
                return
            if oldest.idle_since >= before:
                pool.idle.appendleft(oldest)
                return
            self._drop(pool, oldest)

    def _connect(self, pool: OriginPool, patience: Patience) -> Connection:
        with self._lock:
            if pool.open >= self._most:
                raise UpstreamUnreachable("the upstream has too many connections")
            pool.open += 1
        try:
            tls = self.tls.of(pool.origin)
            return connect(pool.origin, self._pin(pool, patience), patience, tls)
        except BaseException:
            with self._lock:
                pool.open -= 1
            raise

    def _pin(self, pool: OriginPool, patience: Patience) -> list[PinnedAddress]:
        now = time.monotonic()
        if pool.pinned_until < now:
            host, port = pool.origin.host, pool.origin.port
            with patience:
                try:
                    pool.addresses = self._guard.pin(
                        host, port, trusted=self._trusted, timeout=patience.left
                    )
                except OutboundTimedOut as error:
                    raise UpstreamTimedOut(str(error)) from None
                except OutboundError as error:
                    raise UpstreamUnreachable(str(error)) from None
            pool.pinned_until = now + PIN_SECONDS
        return pool.addresses

    def _drop(self, pool: OriginPool, connection: Connection) -> None:
        connection.close()
        with self._lock:
            pool.open -= 1

    def _add(self, origin: Origin) -> OriginPool:
        with self._lock:
            if len(self._origins) >= ORIGINS:
                self._origins = {o: p for o, p in self._origins.items() if p.open}
            pool = self._origins.setdefault(origin, OriginPool(origin))
        if origin.verification == ANY_AUTHORITY:
            log.warning("upstream_authority_not_verified", host=origin.host, port=origin.port)
        return pool
