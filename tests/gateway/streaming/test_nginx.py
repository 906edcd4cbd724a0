"""nginx as the backend: files, ranges, revalidation, refusals, and names on its certificates."""

from __future__ import annotations

import gzip
import hashlib
import os

import pytest

from gateway.snapshot import HttpProxyIntegration, RestIntegration, Route
from tests.gateway.plane import API_HOST
from tests.servers.run import free_port

SIZE = 12 * 1024 * 1024
FILES = """
server {{
    listen 127.0.0.1:{port}; root {root}; gzip on; gzip_types text/plain; gzip_proxied any;
    client_max_body_size 1m; keepalive_requests 1000;
    location = /count {{ return 200 "$connection $connection_requests\\n"; }}
    location = /moved {{ return 302 /elsewhere; }}
    location = /upload {{ proxy_pass http://127.0.0.1:{port}/count; }}
    location = /breaks {{ return 444; }}
}}
"""


@pytest.fixture
def files(tmp_path, nginx):
    root = tmp_path / "root"
    root.mkdir()
    (root / "large.bin").write_bytes(os.urandom(SIZE))
    (root / "text.txt").write_text("line\n" * 1000)
    port = free_port()
    nginx(FILES.format(port=port, root=root))
    return root, f"http://127.0.0.1:{port}"


@pytest.fixture(params=["HTTP", "REST"])
def ask(request, plane, server, files):
    """A request to nginx, through an API of either kind."""
    uri = f"{files[1]}/{{proxy}}"
    if request.param == "HTTP":
        plane.show(Route("ANY /{proxy+}", HttpProxyIntegration(uri)))
    else:
        plane.show_rest(Route("ANY /{proxy+}", RestIntegration("HTTP_PROXY", "ANY", uri)))
    prefix = "" if request.param == "HTTP" else "/prod"

    def send(path: str, method: str = "GET", body: bytes | None = None, **headers: str):
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        return server.request(
            method, f"{prefix}{path}", body=body, headers={"Host": API_HOST, **sent}
        )

    return send


def of(answer, name: str) -> str:
    return next((value for key, value in answer.headers if key.lower() == name), "")


def test_a_large_file_arrives_whole_with_its_length(ask, files):
    answer = ask("/large.bin")
    expected = (files[0] / "large.bin").read_bytes()
    assert hashlib.sha256(answer.body).digest() == hashlib.sha256(expected).digest()
    assert of(answer, "content-length") == str(SIZE)


def test_ranges_and_revalidation_are_the_backends(ask, files):
    whole = ask("/large.bin", method="HEAD")
    assert (whole.body, of(whole, "content-length")) == (b"", str(SIZE))
    part = ask("/large.bin", Range="bytes=100-199")
    assert part.status == 206
    assert part.body == (files[0] / "large.bin").read_bytes()[100:200]
    assert of(part, "content-range") == f"bytes 100-199/{SIZE}"
    unchanged = ask("/large.bin", If_None_Match=of(whole, "etag"))
    assert (unchanged.status, unchanged.body) == (304, b"")


def test_what_the_backend_compresses_passes_as_it_is(ask):
    answer = ask("/text.txt", Accept_Encoding="gzip")
    assert of(answer, "content-encoding") == "gzip"
    assert gzip.decompress(answer.body) == b"line\n" * 1000
    assert ask("/text.txt").body == b"line\n" * 1000


def test_a_connection_serves_many_requests(ask):
    seen = [ask("/count").body.split() for _ in range(5)]
    assert len({connection for connection, _ in seen}) == 1
    assert [int(number) for _, number in seen] == [1, 2, 3, 4, 5]


def test_redirects_are_for_the_client(ask):
    answer = ask("/moved")
    assert answer.status == 302
    assert of(answer, "location").endswith("/elsewhere")


def test_an_upload_that_is_too_large_for_the_backend_is_refused_by_it(ask):
    answer = ask("/upload", "POST", b"x" * 3_000_000)
    assert answer.status == 413
    assert b"nginx" in answer.body
    assert ask("/upload", "POST", b"x" * 1000).status == 200


def test_a_backend_that_hangs_up_is_no_reply(ask):
    assert ask("/breaks").status in {503, 504}
    assert ask("/breaks", "POST", b"x").status in {503, 504}
    assert ask("/count").status == 200
