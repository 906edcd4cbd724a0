"""The example of docs/gateway-blueprint.md runs as it is printed."""

from __future__ import annotations

import http.client
import json
import os
import re
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from kernel.tokens import signing
from tests.servers import key_documents
from tests.servers.run import free_port

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "docs" / "gateway-blueprint.md"
CLIENT = "1example23456789"


@pytest.fixture
def issuer(tokens) -> Iterator[str]:
    """A real OpenID provider, as far as the gateway asks: discovery and keys."""

    class Provider(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            documents = {
                "/pool/.well-known/openid-configuration": json.dumps(
                    {"issuer": address, "jwks_uri": f"{address}/jwks.json"}
                ).encode(),
                "/pool/jwks.json": key_documents.render([tokens.key]),
            }
            body = documents.get(self.path, b"")
            self.send_response(200 if body else 404)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, format: str, *args: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Provider) as server:
        address = f"http://127.0.0.1:{server.server_port}/pool"
        thread = threading.Thread(target=server.serve_forever, args=(0.02,))
        thread.start()
        yield address
        server.shutdown()
        thread.join()


@pytest.fixture
def port(tmp_path: Path, issuer: str, http_echo: str) -> Iterator[int]:
    """The example served by `flask run`, as the page says."""
    (tmp_path / "app.py").write_text(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.S)[0])
    number = free_port()
    settings = {"ISSUER": issuer, "CLIENT_ID": CLIENT, "PETS_URL": http_echo}
    process = subprocess.Popen(
        [sys.executable, "-m", "flask", "--app", "app", "run", "--port", str(number)],
        cwd=tmp_path,
        env={**os.environ, **settings, "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        _wait_for(number)
        yield number
    finally:
        process.terminate()
        process.wait()


def _wait_for(port: int) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            return _get(port, "/") and None
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.05)


def _get(port: int, target: str, token: str = "", method: str = "GET") -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, target, headers={"Authorization": f"Bearer {token}"})
    response = connection.getresponse()
    answer = response.status, response.read()
    connection.close()
    return answer


def test_the_documented_example_protects_and_proxies(port, issuer, tokens):
    now = int(time.time())
    claims = {"iss": issuer, "client_id": CLIENT, "token_use": "access", "exp": now + 300}
    token = signing.sign(claims, tokens.key)
    writing = signing.sign({**claims, "scope": "pets/write"}, tokens.key)

    assert _get(port, "/") == (200, b"The application's own page.")
    assert _get(port, "/api/pets/7")[0] == 401
    status, body = _get(port, "/api/pets/7", token)
    assert (status, json.loads(body)["path"]) == (200, "/pets/7")
    assert _get(port, "/api/status")[0] == 200
    assert _get(port, "/api/pets", token, "POST")[0] == 403
    assert _get(port, "/api/pets", writing, "POST")[0] == 200
    assert json.loads(_get(port, "/api/shop/a/b?c=d", token)[1])["path"] == "/a/b?c=d"
    assert (
        _get(port, "/api/pets/7", signing.sign({**claims, "client_id": "x"}, tokens.key))[0] == 401
    )
