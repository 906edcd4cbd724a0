"""The control plane on a socket, for boto3 and for requests that boto3 never sends."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import boto3
from botocore.config import Config
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from gateway.control import FAMILIES
from kernel.aws.access import KeyMaterial
from kernel.aws.authentication import SignatureAuthenticator
from kernel.aws.dispatch import Dispatcher
from kernel.aws.middleware import in_front_of
from kernel.aws.operations import Principal
from kernel.clock import Clock
from kernel.runtime import Kernel

KEY = KeyMaterial("secret-of-the-test", "000000000000", "arn:aws:iam::000000000000:root")


class _Keys:
    def find(self, _access_key_id: str) -> KeyMaterial | None:
        return KEY


class _AllowEverything:
    def authorize(
        self,
        principal: Principal,
        action: str,
        resource_arns: Sequence[str],
        context: Mapping[str, Any],
    ) -> None:
        assert action.startswith("apigateway:")


class _Quiet(WSGIRequestHandler):
    def log_request(self, *_args: object) -> None:
        """Tests read no access log."""


@contextmanager
def signing_clients(kernel: Kernel) -> Iterator[Callable[[str], Any]]:
    """Makes boto3's clients, by service, of a server of its own."""
    app = Flask("control")
    authenticator = SignatureAuthenticator(_Keys(), _AllowEverything(), Clock())
    app.wsgi_app = in_front_of(app.wsgi_app, Dispatcher(kernel, FAMILIES, authenticator))
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=_Quiet)
    thread = threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True)
    thread.start()
    made: list[Any] = []

    def connect(service: str) -> Any:
        made.append(_client(service, server.server_port))
        return made[-1]

    try:
        yield connect
    finally:
        for each in made:
            each.close()
        server.shutdown()
        thread.join()
        server.server_close()


def _client(service: str, port: int) -> Any:
    return boto3.client(
        service,
        endpoint_url=f"http://127.0.0.1:{port}",
        region_name="us-east-1",
        aws_access_key_id="AKIATEST000000000000",
        aws_secret_access_key=KEY.secret,
        config=Config(retries={"max_attempts": 0}),
    )
