"""The blueprint in a plain Flask application on gevent's own server."""

from __future__ import annotations

import http.client
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from tests.gateway.conftest import CLIENT, ISSUER, ok
from tests.servers import key_documents

APPLICATION = Path(__file__).with_name("gevent_application.py")
ROOT = APPLICATION.parents[2]


@pytest.fixture
def start(tokens) -> Iterator:
    processes = []

    def run(upstream: str) -> int:
        keys = key_documents.render([tokens.key]).decode()
        process = subprocess.Popen(
            [sys.executable, str(APPLICATION), ISSUER, keys, CLIENT, upstream],
            stdout=subprocess.PIPE,
            cwd=ROOT,
            env={"PYTHONPATH": str(ROOT)},
        )
        processes.append(process)
        return int(process.stdout.readline())

    yield run
    for process in processes:
        process.kill()
        process.wait()
        process.stdout.close()


def _call(port: int, method: str, target: str, token: str, **options) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=20)
    headers = {"Authorization": token}
    connection.request(method, target, headers=headers, **options)
    response = connection.getresponse()
    body = response.read()
    connection.close()
    return response.status, body


def test_calls_that_wait_for_the_upstream_wait_together(start, serve, tokens):
    all_here = threading.Barrier(16, timeout=15)

    def app(_environ, start_response):
        all_here.wait()
        start_response("200 OK", [("Content-Length", "0")])
        return []

    target = serve(app)
    port, token = start(f"http://127.0.0.1:{target.port}"), tokens.access()

    with ThreadPoolExecutor(16) as pool:
        calls = [pool.submit(_call, port, "GET", f"/{n}", token) for n in range(16)]
        statuses = [call.result()[0] for call in calls]

    assert statuses == [200] * 16


def test_bodies_stream_both_ways_and_connections_are_kept(start, upstream, tokens):
    target = upstream(ok(b"x" * 1_000_000))
    port, token = start(target.url), tokens.access()

    for _ in range(3):
        assert _call(port, "POST", "/a", token, body=b"y" * 1_000_000)[1] == b"x" * 1_000_000
    blocks = iter([b"one", b"two"])
    assert _call(port, "PUT", "/b", token, body=blocks, encode_chunked=True)[0] == 200

    assert target.connections == 1
    assert len(target.requests[0].partition(b"\r\n\r\n")[2]) == 1_000_000


def test_refusals_are_the_same_as_elsewhere(start, upstream, tokens):
    target = upstream(ok())
    port = start(target.url)

    assert _call(port, "GET", "/", "")[0] == 404
    assert _call(port, "GET", "/a", "x")[0] == 401
    assert _call(port, "GET", "/a", tokens.access(client_id="another"))[0] == 401
    assert _call(port, "GET", "/a/../b", tokens.access())[0] == 404
    assert target.requests == []
