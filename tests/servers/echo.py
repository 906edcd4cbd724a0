"""An upstream that answers with what it was sent."""

from __future__ import annotations

import json
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs, urlsplit

import pytest


class Echo(BaseHTTPRequestHandler):
    """Answers any method with the request as JSON: method, path, headers (pairs) and body.

    Query parameters choose the answer: `status=418`, `wait=0.5` (seconds), `size=1024` (a body of
    that many bytes instead).
    """

    protocol_version = "HTTP/1.1"

    def handle_any(self) -> None:
        wish = {name: values[-1] for name, values in parse_qs(urlsplit(self.path).query).items()}
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        time.sleep(float(wish.get("wait", 0)))
        answer = b"x" * int(wish["size"]) if "size" in wish else self._seen(body)
        self._answer(int(wish.get("status", 200)), answer)

    do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_OPTIONS = handle_any

    def _seen(self, body: bytes) -> bytes:
        request = {
            "method": self.command,
            "path": self.path,
            "headers": self.headers.items(),
            "body": body.decode("latin-1"),
        }
        return json.dumps(request).encode()

    def _answer(self, status: int, body: bytes) -> None:
        self.send_response(status)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="session")
def http_echo() -> Iterator[str]:
    """The URL of an HTTP server on loopback; see `Echo`."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Echo) as server:
        server.daemon_threads = True
        thread = threading.Thread(target=server.serve_forever, args=(0.05,))
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()
