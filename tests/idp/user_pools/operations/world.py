"""The AWS wire with every cognito-idp operation, behind a socket, on a clock that tests turn."""

from __future__ import annotations

import base64
import hashlib
import hmac
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any
from uuid import uuid4

import boto3
import pytest
from botocore import UNSIGNED
from botocore.config import Config
from botocore.exceptions import ClientError
from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from idp.user_pools import operations
from idp.user_pools.services.issuers import pool_of_issuer
from idp.user_pools.services.lockout import Turns
from idp.user_pools.services.signing_keys import SigningKeys
from idp.user_pools.services.tokens import Tokens
from kernel import settings
from kernel.aws import middleware
from kernel.aws.access import Caller
from kernel.aws.credential_scope import claimed_credential
from kernel.aws.dispatch import Dispatcher
from kernel.aws.operations import Principal
from kernel.aws.wire import Request
from kernel.clock import Clock
from kernel.database import Base, Database
from kernel.functions.registry import Functions
from kernel.log_delivery.delivery import LogDelivery
from kernel.messaging.messenger import Messenger
from kernel.messaging.outbox import Outbox
from kernel.outbound import Outbound
from kernel.runtime import Kernel
from kernel.sealing import Sealer
from kernel.shared_state.in_process import InProcess
from kernel.tokens.issuers import LocalIssuers
from kernel.tokens.keys import DEFAULT_ALGORITHM, SigningKey, generate
from kernel.tokens.revocations import RevocationSet
from kernel.tokens.verification import Verifier
from tests.servers.operations_seen import watch

REGION = "us-east-1"
PASSWORD = "Correct-horse-7"
FLOWS = [
    "ALLOW_USER_PASSWORD_AUTH",
    "ALLOW_ADMIN_USER_PASSWORD_AUTH",
    "ALLOW_USER_SRP_AUTH",
    "ALLOW_REFRESH_TOKEN_AUTH",
]
SESSION = watch(boto3.session.Session())


@dataclass
class Time:
    """The clock that a test turns. It starts now and stands still."""

    now: float = field(default_factory=lambda: float(int(time.time())))

    def __call__(self) -> float:
        return self.now

    def pass_by(self, *, seconds: float = 0, minutes: float = 0, hours: float = 0) -> None:
        self.now += seconds + 60 * minutes + 3600 * hours

    def pass_days(self, days: float) -> None:
        self.now += 86400 * days


class AnyKey:
    """Takes every access key, for its own region: SigV4 and policies have tests of their own."""

    def authenticate(self, request: Request, signing_name: str) -> Caller:
        credential = claimed_credential(request.headers["authorization"], request.query)
        assert credential
        account = "222222222222" if credential.access_key_id == "OTHER" else "000000000000"
        arn = f"arn:aws:iam::{account}:root"
        principal = Principal(account, credential.access_key_id, arn)
        return Caller(principal, credential.region, is_unrestricted=True)

    def authorize(self, *_: Any) -> None:
        return None


class KeepAlive(WSGIRequestHandler):
    """One connection, and so one thread, for each client."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True

    def log(self, *_: Any) -> None:
        return None


class World:
    """One process of the identity provider, and boto3 clients of it."""

    def __init__(self, folder: Path, database_url: str | None = None, **more: Any) -> None:
        self.folder = folder
        self.time = Time()
        values = {"instance": str(folder), "public_url": "http://localhost:8350", **more}
        if database_url:
            values["database_url"] = database_url
        configured = settings.parse(values)
        app, outbound = Flask("idp"), Outbound()
        self.kernel = Kernel(
            settings=configured,
            database=Database.attach(app, configured),
            sealer=Sealer({1: bytes(32)}, self.time),
            shared_state=InProcess(self.time),
            outbound=outbound,
            messenger=Messenger.from_settings(configured, outbound),
            functions=Functions.from_settings(configured, outbound),
            clock=Clock(self.time),
        )
        keys = SigningKeys(self.kernel.database, self.kernel.sealer, self.kernel.configuration)
        self.issuers = LocalIssuers(lambda iss: keys.public(pool_of_issuer(configured, iss) or ""))
        self.verifier = Verifier(self.issuers, RevocationSet(self.time), self.kernel.clock)
        self.kernel.provide(keys, Tokens(self.kernel, keys), self.verifier, Turns())
        self.logs = LogDelivery.from_settings(configured, outbound)
        self.kernel.provide(self.logs)
        Base.metadata.create_all(self.kernel.database.engine)
        dispatcher = Dispatcher(self.kernel, operations.FAMILIES, AnyKey())
        app.wsgi_app = middleware.in_front_of(app.wsgi_app, dispatcher)
        self._server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=KeepAlive)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.01,))
        self._thread.start()
        self.admin = self.client()
        self.public = self.client(signed=False)

    def close(self) -> None:
        self.admin.close()
        self.public.close()
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()
        self.logs.stop()
        self.kernel.functions.close()
        self.kernel.database.engine.dispose()

    def client(self, *, signed: bool = True, key: str = "AKIATEST", region: str = REGION) -> Any:
        return SESSION.client(
            "cognito-idp",
            region_name=region,
            endpoint_url=f"http://127.0.0.1:{self._server.port}",
            aws_access_key_id=key,
            aws_secret_access_key="secret",
            config=Config(
                retries={"total_max_attempts": 1},
                signature_version=None if signed else UNSIGNED,
                max_pool_connections=20,
                parameter_validation=False,
            ),
        )

    def pool(self, **request: Any) -> Pool:
        made = self.admin.create_user_pool(**{"PoolName": "people", **request})["UserPool"]
        return Pool(self, made["Id"])

    def email_pool(self, **request: Any) -> Pool:
        """A pool whose people are their e-mail addresses."""
        given = {"UsernameAttributes": ["email"], "AutoVerifiedAttributes": ["email"], **request}
        return self.pool(**given)

    def alias_pool(self, **request: Any) -> Pool:
        """A pool whose people choose a username and may sign in with other names too."""
        given = {
            "AliasAttributes": ["email", "phone_number", "preferred_username"],
            "AutoVerifiedAttributes": ["email"],
            **request,
        }
        return self.pool(**given)

    def messages(self, to: str = "") -> list[dict[str, Any]]:
        entries = list(Outbox.of(self.kernel.settings).entries())
        return [entry for entry in entries if not to or entry["to"] == to]

    def code(self, to: str, *, of: int = 0) -> str:
        """The code last sent to an address, once there are `of` messages to it."""
        deadline = time.monotonic() + 10
        while len(found := self.messages(to)) < max(of, 1) and time.monotonic() < deadline:
            time.sleep(0.005)
        code: str = found[-1]["code"]
        return code

    def function(self, name: str, body: str) -> str:
        """A function of the instance: the body of `handler(event, context)`. Its ARN."""
        home = self.folder / "functions"
        home.mkdir(exist_ok=True)
        lines = "".join(f"    {line}\n" for line in body.strip().splitlines())
        path = home / f"{name}.py"
        path.write_text(f"def handler(event, context):\n{lines}    return event\n")
        return f"arn:aws:lambda:{REGION}:000000000000:function:{name}"


@dataclass(frozen=True)
class Pool:
    """A user pool, and the moves that most tests make in it."""

    world: World
    id: str

    def client(self, **request: Any) -> AppClient:
        given = {"ClientName": "app", "ExplicitAuthFlows": FLOWS, **request}
        made = self.world.admin.create_user_pool_client(UserPoolId=self.id, **given)
        described = made["UserPoolClient"]
        return AppClient(self, described["ClientId"], described.get("ClientSecret"))

    def create_user(self, username: str, password: str = PASSWORD, **attributes: str) -> str:
        """A confirmed user with a password of his own. His `sub`."""
        self.call(
            "admin_create_user",
            Username=username,
            MessageAction="SUPPRESS",
            UserAttributes=attribute_list(attributes),
        )
        self.call("admin_set_user_password", Username=username, Password=password, Permanent=True)
        return self.attributes(username)["sub"]

    def attributes(self, username: str) -> dict[str, str]:
        return mapping(self.call("admin_get_user", Username=username)["UserAttributes"])

    def call(self, operation: str, **request: Any) -> Any:
        """An operation of an administrator on this pool."""
        return getattr(self.world.admin, operation)(UserPoolId=self.id, **request)


@dataclass(frozen=True)
class AppClient:
    """An app client, speaking without a signature, as an application does."""

    pool: Pool
    id: str
    secret: str | None = None

    def call(self, operation: str, **request: Any) -> Any:
        return getattr(self.pool.world.public, operation)(ClientId=self.id, **request)

    def sign_up(self, username: str, password: str = PASSWORD, **attributes: str) -> Any:
        return self.call(
            "sign_up",
            Username=username,
            Password=password,
            UserAttributes=attribute_list(attributes),
        )

    def sign_in(self, username: str, password: str = PASSWORD, **request: Any) -> Any:
        """The answer of USER_PASSWORD_AUTH."""
        parameters = {"USERNAME": username, "PASSWORD": password}
        if self.secret:
            parameters["SECRET_HASH"] = self.hash_of(username)
        return self.call(
            "initiate_auth", AuthFlow="USER_PASSWORD_AUTH", AuthParameters=parameters, **request
        )

    def tokens(self, username: str, password: str = PASSWORD) -> dict[str, str]:
        tokens: dict[str, str] = self.sign_in(username, password)["AuthenticationResult"]
        return tokens

    def refresh(self, token: str, **parameters: str) -> Any:
        given = {"REFRESH_TOKEN": token, **parameters}
        return self.call("initiate_auth", AuthFlow="REFRESH_TOKEN_AUTH", AuthParameters=given)

    def rotate(self, token: str, **request: Any) -> dict[str, str]:
        answer = self.call("get_tokens_from_refresh_token", RefreshToken=token, **request)
        tokens: dict[str, str] = answer["AuthenticationResult"]
        return tokens

    def hash_of(self, username: str) -> str:
        assert self.secret
        return secret_hash(self.secret, username, self.id)


def secret_hash(secret: str, username: str, client_id: str) -> str:
    """Developer guide, "Computing secret hash values"."""
    digest = hmac.new(secret.encode(), (username + client_id).encode(), hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


@contextmanager
def refused(code: str, message: str | None = None) -> Iterator[None]:
    """AWS refuses with this code, and with a message that holds this text."""
    with pytest.raises(ClientError) as caught:
        yield
    error = caught.value.response["Error"]
    assert error["Code"] == code, error
    assert message is None or message in error["Message"], error


def outcome(work: Callable[[], Any]) -> str:
    """What a call led to: its error's code, or "ok"."""
    try:
        work()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "ok"


def at_once(*works: Callable[[], Any]) -> list[str]:
    """What calls that run at the same time led to."""
    results: list[str] = []
    barrier = threading.Barrier(len(works))

    def run(work: Callable[[], Any]) -> None:
        barrier.wait()
        results.append(outcome(work))

    threads = [threading.Thread(target=run, args=(work,)) for work in works]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return sorted(results)


def attribute_list(attributes: dict[str, str]) -> list[dict[str, str]]:
    """AttributeListType; `custom__x` stands for `custom:x`."""
    return [{"Name": n.replace("__", ":"), "Value": v} for n, v in attributes.items()]


def mapping(attributes: list[dict[str, str]]) -> dict[str, str]:
    return {each["Name"]: each["Value"] for each in attributes}


def new_name(prefix: str = "person") -> str:
    return f"{prefix}-{uuid4().hex[:10]}"


def new_email() -> str:
    return f"{new_name()}@example.com"


@cache
def _key_pair() -> tuple[SigningKey, ...]:
    return generate(), generate()


def quick_keys(count: int, algorithm: str = DEFAULT_ALGORITHM) -> list[SigningKey]:
    """A pool's keys under new names: making numbers takes long and is tested elsewhere."""
    if algorithm not in ("RS256", "PS256"):
        return [generate(algorithm) for _ in range(count)]
    return [replace(key, kid=uuid4().hex, algorithm=algorithm) for key in _key_pair()[:count]]
