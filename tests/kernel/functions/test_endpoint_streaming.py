"""Functions of a Lambda endpoint that stream, from a small one on loopback."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from kernel import settings
from kernel.functions.errors import (
    FunctionFailed,
    FunctionMalformed,
    FunctionNotFound,
    FunctionTimedOut,
)
from kernel.functions.registry import Functions
from kernel.outbound import Outbound
from tests.kernel.functions.event_streams import chunk, complete, event

go_on = threading.Event()
"""Lets `waits` send its second piece."""


class Streams(BaseHTTPRequestHandler):
    """Streams what is named in the path."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        prefix, suffix = "/2021-11-15/functions/", "/response-streaming-invocations"
        name = self.path.partition("?")[0].removeprefix(prefix).removesuffix(suffix)
        answer = getattr(self, f"answer_{name}", None)
        if answer is None:
            self.send_error(404)
            return
        self.send_response(200)
        self.send_header("Content-Type", "application/vnd.amazon.eventstream")
        self.end_headers()
        answer(body)

    def answer_echo(self, body: bytes) -> None:
        self.wfile.write(chunk(body) + chunk(b"more") + complete())

    def answer_waits(self, body: bytes) -> None:
        self.wfile.write(chunk(b"first"))
        go_on.wait(10)
        self.wfile.write(chunk(b"second") + complete())

    def answer_fails(self, body: bytes) -> None:
        details = {"ErrorCode": "Boom", "ErrorDetails": "no entry"}
        self.wfile.write(chunk(b"a") + complete(json.dumps(details).encode()))

    def answer_breaks(self, body: bytes) -> None:
        self.wfile.write(chunk(b"a"))

    def answer_refuses(self, body: bytes) -> None:
        self.wfile.write(event(b"{}", exception_type="Throttled", message_type="exception"))

    def answer_text(self, body: bytes) -> None:
        self.wfile.write(b"<html>" * 10)

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def remote(tmp_path) -> Iterator[Functions]:
    go_on.clear()
    server = ThreadingHTTPServer(("127.0.0.1", 0), Streams)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    parsed = settings.parse({"instance": str(tmp_path), "lambda_endpoint": endpoint})
    functions = Functions.from_settings(parsed, Outbound.from_settings(parsed))
    yield functions
    go_on.set()
    functions.close()
    server.shutdown()
    thread.join()
    server.server_close()


def stream(functions: Functions, name: str, timeout: float = 10.0, idle: float = 5.0):
    return functions.stream(name, {"a": 1}, timeout=timeout, idle=idle)


def test_the_pieces_come_as_the_endpoint_sends_them(remote) -> None:
    assert list(stream(remote, "echo")) == [b'{"a":1}', b"more"]
    answer = stream(remote, "waits")
    assert next(answer) == b"first"
    go_on.set()
    assert list(answer) == [b"second"]


def test_a_silence_and_the_whole_time_are_bounded(remote) -> None:
    for bounds in ({"idle": 0.3}, {"timeout": 0.5}):
        answer = stream(remote, "waits", **bounds)
        assert next(answer) == b"first"
        with pytest.raises(FunctionTimedOut):
            next(answer)


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("fails", FunctionFailed, "Boom: no entry"),
        ("breaks", FunctionFailed, "broke off"),
        ("refuses", FunctionFailed, "Throttled"),
        ("text", FunctionMalformed, "checksum"),
        ("missing", FunctionNotFound, "missing"),
    ],
)
def test_no_end_but_the_right_one_is_a_success(remote, name, error, text) -> None:
    with pytest.raises(error, match=text):
        list(stream(remote, name))
