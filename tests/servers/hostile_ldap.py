"""Servers that do with a connection whatever a test says."""

from __future__ import annotations

import socketserver
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any

from tests.servers.active_directory import serving

Script = Callable[[Any], None]


@contextmanager
def scripted(script: Script) -> Iterator[str]:
    """A server that does this with every connection; its address."""

    class Handler(socketserver.BaseRequestHandler):
        def handle(self) -> None:
            with suppress(OSError):  # the other side has had enough
                script(self.request)

    with serving(Handler) as server:
        yield f"ldap://127.0.0.1:{server.server_address[1]}"


def stall(connection: Any) -> None:
    """Hear everything, and say nothing."""
    while connection.recv(1000):
        pass
