"""A Flask application as the backend of a REST API and an HTTP API made by their operations."""

from __future__ import annotations

import hashlib
import threading
from typing import Any

import pytest
from flask import Flask, Response, jsonify, request

from gateway.snapshot import SnapshotHolder
from tests.gateway.control.caller import Caller
from tests.gateway.control.conftest import caller, kernel, served, sqlite  # noqa: F401 - fixtures
from tests.gateway.control.rest.tree import Tree
from tests.gateway.plane import Plane
from tests.gateway.streaming.backend import Client

MEBIBYTE = 1024 * 1024


class Backend:
    """The application. `go_on` lets its events and its slow answers pass, one by one."""

    def __init__(self) -> None:
        self.go_on = threading.Semaphore(0)
        self.app = Flask("backend")
        self.app.add_url_rule("/events", view_func=self.events)
        self.app.add_url_rule("/digest", view_func=self.digest, methods=["PUT"])
        self.app.add_url_rule("/slow", view_func=self.slow)
        self.app.add_url_rule("/broken", view_func=self.broken)
        self.app.add_url_rule("/fails", view_func=self.fails)

    def events(self) -> Response:
        name = request.args.get("name")

        def give() -> Any:
            for number in range(3):
                yield f"id: {number}\ndata: {name}\n\n"
                self.go_on.acquire(timeout=10)

        return Response(give(), mimetype="text/event-stream")

    def digest(self) -> Response:
        seen = hashlib.sha256()
        while block := request.stream.read(65536):
            seen.update(block)
        return jsonify(digest=seen.hexdigest(), type=request.content_type)

    def slow(self) -> Response:
        self.go_on.acquire(timeout=10)
        return jsonify(done=True)

    def broken(self) -> Response:
        def give() -> Any:
            yield b"the beginning"
            raise ConnectionAbortedError

        return Response(give())

    def fails(self) -> Response:
        raise RuntimeError("the backend's own failure")


@pytest.fixture
def flask_backend(serve):
    made = Backend()
    made.app.logger.disabled = True
    made.url = f"http://127.0.0.1:{serve(made.app).port}"
    yield made
    for _ in range(10):
        made.go_on.release()


@pytest.fixture(params=["HTTP", "REST STREAM", "REST BUFFERED"])
def target(request, caller: Caller, flask_backend) -> str:  # noqa: F811
    """The address of an API whose every path leads to the backend."""
    uri = f"{flask_backend.url}/{{proxy}}"
    if request.param == "HTTP":
        api = caller.create_api()
        made = caller.create_integration(api, IntegrationUri=uri, TimeoutInMillis=1500)
        caller.create_route(api, "ANY /{proxy+}", Target=f"integrations/{made}")
        caller("CreateStage", ApiId=api, StageName="dev", AutoDeploy=True)
        return f"/execute-api/{api}/dev"
    tree = Tree.planted(caller)
    path = {"method.request.path.proxy": True}
    method = tree.method(
        resourceId=tree.resource("{proxy+}"), httpMethod="ANY", requestParameters=path
    )
    method(
        "PutIntegration",
        type="HTTP_PROXY",
        integrationHttpMethod="ANY",
        uri=uri,
        timeoutInMillis=1500,
        requestParameters={"integration.request.path.proxy": "method.request.path.proxy"},
    )
    mode = request.param.partition(" ")[2]
    method.patch("UpdateIntegration", ("replace", "/responseTransferMode", mode))
    tree("CreateDeployment", stageName="dev")
    return f"/execute-api/{tree.api}/dev"


@pytest.fixture
def port(serve, tokens, served: SnapshotHolder, target: str):  # noqa: F811
    plane = Plane(tokens)
    server = serve(plane.app)
    plane.holder.swap(served.current)
    yield server.port
    plane.pool.close()


def test_events_pass_one_by_one(port, target, flask_backend):
    with Client(port, f"{target}/events?name=pets", "localhost") as client:
        for number in range(3):
            client.read_until(b"id: %d\ndata: pets\n\n" % number)
            assert b"\nid: %d\n" % (number + 1) not in client.seen
            flask_backend.go_on.release()
        assert client.read_to_the_end().endswith(b"0\r\n\r\n")
        assert b"text/event-stream" in client.seen


def test_an_upload_of_almost_everything_that_is_allowed_arrives_whole(port, target):
    body = bytes(range(256)) * (9 * MEBIBYTE // 256)
    head = f"Content-Length: {len(body)}\r\nContent-Type: application/x-pets\r\n"
    with Client(port, f"{target}/digest", "localhost", method="PUT", head=head) as client:
        client.socket.sendall(body)
        client.read_until(hashlib.sha256(body).hexdigest().encode())
        assert b"application/x-pets" in client.seen


def test_a_backend_that_takes_longer_than_it_may_is_a_timeout(port, target):
    with Client(port, f"{target}/slow", "localhost") as client:
        client.read_until(b"\r\n\r\n")
        assert client.seen.startswith(b"HTTP/1.1 504")


def test_a_reply_that_breaks_off_never_looks_complete(port, target):
    with Client(port, f"{target}/broken", "localhost") as client:
        seen = client.read_to_the_end()
        assert b"the beginning" in seen
        assert not seen.endswith(b"0\r\n\r\n")


def test_the_backends_own_failure_is_passed_on(port, target):
    with Client(port, f"{target}/fails", "localhost") as client:
        client.read_until(b"\r\n\r\n")
        assert client.seen.startswith(b"HTTP/1.1 500")
