"""A world that browsers reach, and servers of applications beside it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from werkzeug.serving import make_server

from tests.idp.oauth.world import World


@contextmanager
def serving(server: ThreadingHTTPServer) -> Iterator[int]:
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield server.server_port
    server.shutdown()
    thread.join()
    server.server_close()


@contextmanager
def served(folder: Path) -> Iterator[World]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler)) as port:
        pass
    made = World(folder, public_url=f"http://localhost:{port}")
    with serving(make_server("127.0.0.1", port, made.app, threaded=True)):  # type: ignore[arg-type]
        yield made
    made.close()
