"""One worker's server: pywsgi's, with drained connections and bounded TLS handshakes."""

from __future__ import annotations

import math
import time
from typing import Any

import gevent
from gevent import pywsgi
from gevent.pool import Pool

from kernel.tls.connection import Connection
from poolgate.server import departures
from poolgate.server.handler import Handler
from poolgate.server.tls import Tls

MOST_CONNECTIONS = 4000
HANDSHAKE_SECONDS = 10.0
IDLE_CHECK_SECONDS = 1.0
PRESSED_SHARE = 0.75
"""Of the connections: where there are more, those that wait for a request get less time."""
PRESSED_SECONDS = 2.0


# The stubs leave out what pywsgi lets subclasses override.
Pywsgi: Any = pywsgi.WSGIServer


class Server(Pywsgi):  # type: ignore[misc]  # as above
    """Serves a WSGI application on a bound, listening socket."""

    handler_class = Handler

    def __init__(
        self,
        listener: Any,
        application: Any,
        *,
        tls: Tls | None = None,
        shares_listener: bool = False,
    ) -> None:
        """`tls` secures connections; `shares_listener` says that other workers accept on it too."""
        self.is_draining = False
        self._tls: Any = tls
        self._handlers: set[Handler] = set()
        super().__init__(
            listener,
            application,
            spawn=Pool(MOST_CONNECTIONS),
            log=None,
            environ={
                # Otherwise pywsgi asks the DNS for it.
                "SERVER_NAME": str(listener.getsockname()[0]),
                "wsgi.multithread": True,
                "wsgi.multiprocess": shares_listener,
            },
            **({"ssl_context": tls.context} if tls else {}),
        )

    def start(self) -> None:
        super().start()
        gevent.spawn(self._look_at_connections)

    def handle(self, sock: Any, address: Any, connection: Connection | None = None) -> None:
        handler = self.handler_class(sock, address, self)
        handler.tls = connection
        self._handlers.add(handler)
        try:
            handler.handle()
        finally:
            self._handlers.discard(handler)

    def wrap_socket_and_handle(self, client_socket: Any, address: Any) -> None:
        """Failed and endless handshakes are the client's affair: closed without a word."""
        try:
            with gevent.Timeout(HANDSHAKE_SECONDS, TimeoutError()):
                secured, connection = self._tls.secure(client_socket)
        except OSError:
            return
        try:
            self.handle(secured, address, connection)
        finally:
            secured.close()

    def _look_at_connections(self) -> None:
        """End idle ones, and tell of those whose clients have gone away.

        One look at all of them costs less than a timer for each request. Where connections grow
        scarce, whoever sends nothing, or a head drop by drop, makes room for others.
        """
        while self.started:
            gevent.sleep(IDLE_CHECK_SECONDS)
            now = time.monotonic()
            handlers = tuple(self._handlers)
            is_pressed = len(handlers) > PRESSED_SHARE * MOST_CONNECTIONS
            patience = PRESSED_SECONDS if is_pressed else math.inf
            for handler in handlers:
                if handler.is_idle_for_too_long(now) or handler.has_waited_for(now) > patience:
                    handler.stop_reading()
            departures.tell(found for found in map(Handler.awaited, handlers) if found)

    def drain(self, seconds: float) -> bool:
        """Accept no more, finish what is in flight, and close; whether all was finished."""
        self.is_draining = True
        self.close()
        for handler in tuple(self._handlers):
            if not handler.is_busy:
                handler.stop_reading()
        finished: bool = self.pool.join(timeout=seconds)
        self.pool.kill(timeout=1)
        return finished
