"""Pages for a browser that runs, and an application on another origin."""

from __future__ import annotations

from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from tests.idp.hosted_ui.served_world import served, serving
from tests.idp.oauth.world import World

EMAIL = "ada@example.com"


class Application(BaseHTTPRequestHandler):
    """A client on another origin, which sends its callback on to its start page."""

    def do_GET(self) -> None:  # http.server's name
        if self.path.startswith("/callback"):
            self.send_response(302)
            self.send_header("Location", "/welcome")
            self.end_headers()
        else:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            self.wfile.write(b"<h1>Welcome</h1>")

    def log_message(self, *_arguments: object) -> None:
        pass


@pytest.fixture
def application() -> Iterator[str]:
    with serving(ThreadingHTTPServer(("127.0.0.1", 0), Application)) as port:
        yield f"http://127.0.0.1:{port}/callback"


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    with served(tmp_path) as made:
        yield made
