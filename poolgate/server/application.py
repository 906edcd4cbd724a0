"""What a worker serves."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from kernel.tls.connection import Sites

Wsgi = Callable[[dict[str, Any], Any], Iterable[bytes]]


@dataclass(frozen=True)
class Application:
    """A WSGI application, and how to let go of what it holds when the worker ends."""

    wsgi: Wsgi
    close: Callable[[], None]
    sites: Sites | None = None
    """Certificates beside the server's own."""
    plain: Wsgi | None = None
    """What the port without TLS answers."""
    machines: Wsgi | None = None
    """What the port of mutual TLS answers."""

    def __call__(self, environ: dict[str, Any], start_response: Any) -> Iterable[bytes]:
        return self.wsgi(environ, start_response)
