"""Functions of a server that speaks the Lambda Invoke API: a small one, on loopback."""

from __future__ import annotations

import base64
import json
import threading
import time
from collections.abc import Callable, Iterator
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

ARN = "arn:aws:lambda:eu-west-1:123456789012:function:"


class Invocations(BaseHTTPRequestHandler):
    """`echo` gives what it was asked; the others misbehave in the way of their name."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        path, _, query = self.path.partition("?")
        name = path.removeprefix("/2015-03-31/functions/").removesuffix("/invocations")
        answer: Callable[..., None] = getattr(
            self, f"answer_{name.partition('.')[0]}", self.unknown
        )
        answer(body, query)

    def reply(self, status: int, content: Any, **headers: str) -> None:
        body = content if isinstance(content, bytes) else json.dumps(content).encode()
        self.send_response(status)
        for header, value in headers.items():
            self.send_header(header.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer_echo(self, body: bytes, query: str) -> None:
        kind = self.headers["X-Amz-Invocation-Type"]
        context = self.headers["X-Amz-Client-Context"]
        event = json.loads(body)
        self.reply(200, {"event": event, "query": query, "kind": kind, "context": context})

    def answer_raises(self, body: bytes, query: str) -> None:
        error = {"errorType": "Refused", "errorMessage": "no entry", "stackTrace": []}
        self.reply(200, error, X_Amz_Function_Error="Unhandled")

    def answer_vague(self, body: bytes, query: str) -> None:
        self.reply(200, b"null", X_Amz_Function_Error="Unhandled")

    def answer_text(self, body: bytes, query: str) -> None:
        self.reply(200, b"<html>")

    def answer_empty(self, body: bytes, query: str) -> None:
        self.reply(200, b"")

    def answer_busy(self, body: bytes, query: str) -> None:
        self.reply(429, {"Message": "Rate Exceeded."})

    def answer_slow(self, body: bytes, query: str) -> None:
        time.sleep(1)

    def answer_big(self, body: bytes, query: str) -> None:
        self.reply(200, b'"' + b"x" * 7_000_000 + b'"')

    def unknown(self, body: bytes, query: str) -> None:
        self.reply(404, {"Message": "Function not found"})

    def log_message(self, *args: Any) -> None: ...


@pytest.fixture
def remote(tmp_path) -> Iterator[Functions]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Invocations)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,))
    thread.start()
    endpoint = f"http://127.0.0.1:{server.server_port}"
    parsed = settings.parse({"instance": str(tmp_path), "lambda_endpoint": endpoint})
    functions = Functions.from_settings(parsed, Outbound.from_settings(parsed))
    yield functions
    functions.close()
    server.shutdown()
    thread.join()
    server.server_close()


def test_what_is_not_found_here_is_asked_of_the_endpoint(remote) -> None:
    reply = remote.invoke(ARN + "echo:PROD", {"a": 1}, client_context={"custom": {"b": "c"}})
    assert reply["event"] == {"a": 1}
    assert reply["query"] == "Qualifier=PROD"
    assert reply["kind"] == "RequestResponse"
    assert json.loads(base64.b64decode(reply["context"])) == {"custom": {"b": "c"}}


def test_a_file_of_the_instance_comes_before_the_endpoint(remote, tmp_path) -> None:
    (tmp_path / "functions").mkdir()
    (tmp_path / "functions" / "echo.py").write_text("def handler(e, c): return 'here'")
    assert remote.invoke("echo", {}) == "here"


def test_an_error_of_the_function_keeps_its_type_and_message(remote) -> None:
    with pytest.raises(FunctionFailed) as failure:
        remote.invoke("raises", {})
    assert (failure.value.error_type, failure.value.message) == ("Refused", "no entry")
    with pytest.raises(FunctionFailed):
        remote.invoke("vague", {})


def test_an_empty_answer_is_null(remote) -> None:
    assert remote.invoke("empty", {}) is None


def test_other_answers_have_errors_of_their_own(remote) -> None:
    with pytest.raises(FunctionNotFound):
        remote.invoke("missing", {})
    with pytest.raises(FunctionMalformed):
        remote.invoke("text", {})
    with pytest.raises(FunctionFailed, match="answered 429"):
        remote.invoke("busy", {})
    with pytest.raises(FunctionFailed, match="more than"):
        remote.invoke("big", {})
    with pytest.raises(FunctionTimedOut):
        remote.invoke("slow", {}, timeout=0.2)


def test_an_endpoint_that_is_away_is_a_failure(tmp_path) -> None:
    parsed = settings.parse({"instance": str(tmp_path), "lambda_endpoint": "http://127.0.0.1:1"})
    functions = Functions.from_settings(parsed, Outbound.from_settings(parsed))
    with pytest.raises(FunctionFailed):
        functions.invoke("any", {})
