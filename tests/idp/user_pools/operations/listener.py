"""A small HTTP server that functions tell what they were given, as they would a mail provider."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest


@dataclass
class Listener:
    """`heard` is what was told, in order."""

    port: int
    heard: list[dict[str, Any]] = field(default_factory=list)

    def told(self, what: str) -> str:
        """Lines of a function that tell the value of an expression."""
        return (
            "import json, time, urllib.request\n"
            f"what = json.dumps({what.strip()}).encode()\n"
            f"urllib.request.urlopen('http://127.0.0.1:{self.port}/', what, timeout=5).close()"
        )

    def wait(self, count: int = 1) -> list[dict[str, Any]]:
        """What was told, once there is so much of it."""
        deadline = time.monotonic() + 10
        while len(self.heard) < count and time.monotonic() < deadline:
            time.sleep(0.01)
        assert len(self.heard) >= count, self.heard
        return self.heard


@pytest.fixture
def listener() -> Iterator[Listener]:
    class Ears(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            heard.heard.append(json.loads(body))
            self.send_response(204)
            self.end_headers()

        def log_message(self, *_: Any) -> None:
            return None

    server = ThreadingHTTPServer(("127.0.0.1", 0), Ears)
    heard = Listener(server.server_port)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield heard
    server.shutdown()
    thread.join()
    server.server_close()
