"""An application with toy families on the real wire, and clients that reach it over a socket."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.config import Config
from flask import Flask
from werkzeug.serving import make_server

from kernel.aws.access import KeyMaterial
from kernel.aws.authentication import SignatureAuthenticator
from kernel.aws.dispatch import Dispatcher
from kernel.aws.middleware import in_front_of
from kernel.aws.operations import AwsError, Call, Input, Principal
from kernel.clock import Clock
from kernel.settings import Settings
from tests.kernel.aws import toys

KEY_ID, SECRET = "AKIDEXAMPLE000000000", "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY"
TEMPORARY_ID, SESSION_TOKEN = "ASIAEXAMPLE000000000", "session/token+=="
ACCOUNT = "111122223333"
SESSION = boto3.session.Session()


@dataclass
class Keys:
    """Access keys in memory."""

    keys: dict[str, KeyMaterial] = field(default_factory=dict)

    def find(self, access_key_id: str) -> KeyMaterial | None:
        return self.keys.get(access_key_id)


@dataclass
class Policy:
    """Allows everything but the denied actions, and remembers what it was asked."""

    denied: set[str] = field(default_factory=set)
    asked: list[tuple[Principal, str, tuple[str, ...], Mapping[str, Any]]] = field(
        default_factory=list
    )

    def authorize(
        self,
        principal: Principal,
        action: str,
        resource_arns: Sequence[str],
        context: Mapping[str, Any],
    ) -> None:
        self.asked.append((principal, action, tuple(resource_arns), context))
        if action in self.denied:
            arn = resource_arns[0]
            raise AwsError(
                "AccessDeniedException",
                f"User: {principal.arn} is not authorized to perform: {action} on resource: {arn}",
            )


@dataclass
class Wire:
    """The application under test and what stands behind it."""

    app: Flask
    dispatcher: Dispatcher
    keys: Keys
    policy: Policy
    calls: list[tuple[Call, Input]]


@pytest.fixture
def kernel() -> SimpleNamespace:
    return SimpleNamespace(settings=Settings(), clock=Clock())


@pytest.fixture
def keys() -> Keys:
    arn = f"arn:aws:iam::{ACCOUNT}:user/tester"
    role = f"arn:aws:sts::{ACCOUNT}:assumed-role/visitor/session"
    return Keys(
        {
            KEY_ID: KeyMaterial(SECRET, ACCOUNT, arn),
            "AKIDDISABLED00000000": KeyMaterial(SECRET, ACCOUNT, arn, is_active=False),
            TEMPORARY_ID: KeyMaterial(SECRET, ACCOUNT, role, session_token=SESSION_TOKEN),
        }
    )


@pytest.fixture
def wire(kernel: SimpleNamespace, keys: Keys) -> Wire:
    policy, calls = Policy(), []
    authenticator = SignatureAuthenticator(keys, policy, kernel.clock)
    dispatcher = Dispatcher(kernel, toys.families(calls), authenticator)
    app = Flask("toy", static_folder=None)
    app.wsgi_app = in_front_of(app.wsgi_app, dispatcher)
    app.add_url_rule("/", "home", lambda: "home")
    app.add_url_rule("/login", "login", lambda: "sign in")
    return Wire(app, dispatcher, keys, policy, calls)


@pytest.fixture
def serve() -> Iterator[Callable[[Flask], str]]:
    """Serve an application on a socket; the answer is its origin."""
    servers = []

    def start(app: Flask) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True)
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def client(wire: Wire, serve: Callable[[Flask], str]) -> Callable[..., Any]:
    """A boto3 client of a service, signed by the tester unless told otherwise."""
    origin = serve(wire.app)

    def make(service: str, **options: Any) -> Any:
        given = {
            "aws_access_key_id": KEY_ID,
            "aws_secret_access_key": SECRET,
            "region_name": "eu-central-1",
            "endpoint_url": origin,
            "config": Config(retries={"total_max_attempts": 1}),
            **options,
        }
        return SESSION.client(service, **given)

    return make
