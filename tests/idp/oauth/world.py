"""A whole identity provider in memory of one test: real services, SQLite, and Flask's client."""

from __future__ import annotations

import base64
import re
import secrets
import shutil
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask import Flask
from flask.testing import FlaskClient
from sqlalchemy import create_engine, select, update
from werkzeug.test import TestResponse

from idp.hosted_ui import blueprint as hosted_ui
from idp.hosted_ui import sign_out
from idp.models import PoolDomain, ResourceServer, User, UserPool, UserPoolClient
from idp.oauth import blueprint as oauth
from idp.oauth import pkce
from idp.oauth.endpoints import token
from idp.oauth.provider import Provider
from idp.scim import blueprint as scim
from idp.user_pools.services import (
    clients,
    credentials,
    oauth_settings,
    pools,
    registration,
    signing_keys,
)
from idp.user_pools.services.issuers import pool_of_issuer
from idp.user_pools.services.key_feed import KeyFeed
from idp.user_pools.services.lockout import Turns
from idp.user_pools.services.signing_keys import SigningKeys
from idp.user_pools.services.tokens import Tokens
from kernel import settings
from kernel.aws.operations import Call
from kernel.clock import Clock
from kernel.database import Base, Database
from kernel.functions.registry import Functions
from kernel.log_delivery.delivery import LogDelivery
from kernel.messaging.messenger import Messenger
from kernel.outbound import Outbound
from kernel.runtime import Kernel
from kernel.sealing import Sealer
from kernel.shared_state.in_process import InProcess
from kernel.tokens.issuers import LocalIssuers
from kernel.tokens.key_sets import RemoteKeySets
from kernel.tokens.keys import SigningKey
from kernel.tokens.revocations import RevocationSet
from kernel.tokens.verification import Verifier

CALLBACK = "https://app.example/callback"
LOGOUT = "https://app.example/bye"
PASSWORD = "Correct-horse-7"
ORIGIN = "http://localhost:8450"

CODE_CLIENT: dict[str, Any] = {
    "ClientName": "Lighthouse",
    "AllowedOAuthFlowsUserPoolClient": True,
    "AllowedOAuthFlows": ["code"],
    "AllowedOAuthScopes": ["openid", "email", "profile"],
    "CallbackURLs": [CALLBACK],
    "LogoutURLs": [LOGOUT],
    "SupportedIdentityProviders": ["COGNITO"],
    "PreventUserExistenceErrors": "ENABLED",
}


@dataclass
class Time:
    """The clock that a test turns."""

    now: float = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass(frozen=True)
class TestClient:
    """An app client; a secret makes it a confidential one."""

    __test__ = False

    id: str
    pool_id: str
    secret: str | None = None

    @property
    def basic(self) -> dict[str, str]:
        encoded = base64.b64encode(f"{self.id}:{self.secret}".encode()).decode()
        return {"Authorization": f"Basic {encoded}"}


@dataclass(frozen=True)
class Pkce:
    verifier: str = field(default_factory=lambda: secrets.token_urlsafe(48))

    @property
    def parameters(self) -> dict[str, str]:
        return {
            "code_challenge": pkce.challenge(self.verifier),
            "code_challenge_method": "S256",
        }


class World:
    """Factories, and the few moves that every test makes."""

    def __init__(self, folder: Path, **values: Any) -> None:
        self.time = Time()
        self._pools = 0
        shutil.copy(_empty_database(), folder / "poolgate.db")
        configured = settings.parse({"instance": str(folder), "public_url": ORIGIN, **values})
        self.app = Flask("idp")
        outbound = Outbound.from_settings(configured)
        self.kernel = Kernel(
            settings=configured,
            database=Database.attach(self.app, configured),
            sealer=Sealer({1: bytes(32)}, self.time),
            shared_state=InProcess(),
            outbound=outbound,
            messenger=Messenger.from_settings(configured, outbound),
            functions=Functions.from_settings(configured, outbound),
            clock=Clock(self.time),
        )
        keys = SigningKeys(self.kernel.database, self.kernel.sealer, self.kernel.configuration)
        self.issuers = LocalIssuers(lambda iss: keys.public(pool_of_issuer(configured, iss) or ""))
        verifier = Verifier(self.issuers, RevocationSet(self.time), self.kernel.clock)
        self.kernel.provide(LogDelivery.from_settings(configured, outbound))
        self.kernel.provide(keys, Tokens(self.kernel, keys), verifier, Turns())
        self.kernel.provide(RemoteKeySets(outbound, self.kernel.clock))
        provider = Provider.make(self.kernel)
        self.app.register_blueprint(oauth.create_blueprint(provider, sign_out.PAGES))
        self.app.register_blueprint(hosted_ui.create_blueprint(provider))
        self.app.register_blueprint(scim.create_blueprint(provider))
        self.app.wsgi_app = token.in_front_of(self.app.wsgi_app, provider)  # type: ignore[method-assign]

    def close(self) -> None:
        self.kernel.close()

    # --- factories ---------------------------------------------------------------------------

    @property
    def call(self) -> Call:
        return Call(self.kernel, "cognito-idp", "Test", "000000000000", "us-east-1", "request")

    def pool(self, **request: Any) -> str:
        given = {
            "PoolName": "people",
            "UsernameAttributes": ["email"],
            "AutoVerifiedAttributes": ["email"],
            **request,
        }
        made: UserPool = self.kernel.database.write(
            pools.create, self.call, given, _keys(self._pools)
        )
        self._pools += 1
        return made.id

    def client(self, pool_id: str, *, confidential: bool = False, **request: Any) -> TestClient:
        def unit(session: Any) -> TestClient:
            pool = session.get_one(UserPool, pool_id)
            given = {**CODE_CLIENT, "GenerateSecret": confidential, **request}
            row = clients.create(session, self.call, pool, given)
            session.flush()
            found = clients.open_secrets(session, self.kernel, row.id)
            return TestClient(row.id, pool_id, found[0] if found else None)

        return self.kernel.database.write(unit)

    def relax_pkce(self, client: TestClient) -> None:
        def unit(session: Any) -> None:
            session.get_one(UserPoolClient, client.id).requires_pkce = False

        self.kernel.database.write(unit)

    def register(self, client: TestClient, **metadata: Any) -> None:
        """What the client registers beyond Cognito's settings, as `poolgate clients oauth`."""
        self.kernel.database.write(
            lambda session: oauth_settings.set_for_client(
                session, client.pool_id, client.id, metadata, self.kernel.clock.now()
            )
        )

    def configure(self, pool_id: str, **provider: Any) -> None:
        """What the pool is as an OpenID provider, as `poolgate pools oauth`."""
        self.kernel.database.write(
            lambda session: oauth_settings.set_for_pool(
                session, pool_id, provider, self.kernel.clock.now()
            )
        )

    def notice_keys(self) -> None:
        """Keys have changed: what a worker does by itself within a second."""
        KeyFeed(self.kernel, self.issuers).read()

    def user(self, pool_id: str, email: str = "ada@example.com", status: str = "CONFIRMED") -> str:
        pool = self.kernel.database.read(lambda session: session.get_one(UserPool, pool_id))
        given = {"email": email, "email_verified": "true", "name": "Ada"}
        new = registration.prepare(
            self.kernel, pool, email, given, writable=None, require_all=False
        )
        credential = credentials.make(self.kernel, pool, new.username, PASSWORD)
        made = self.kernel.database.write(
            registration.store, self.kernel, pool, new, status, credential
        )
        return made.id

    def resource_server(self, pool_id: str, identifier: str, *scopes: str) -> None:
        documents = [{"ScopeName": name, "ScopeDescription": name} for name in scopes]
        row = ResourceServer(
            pool_id=pool_id, identifier=identifier, name=identifier, scopes=documents
        )
        self.kernel.database.write(lambda session: session.add(row))

    def domain(self, pool_id: str, domain: str) -> None:
        row = PoolDomain(
            domain=domain, pool_id=pool_id, settings={}, created=self.kernel.clock.now()
        )
        self.kernel.database.write(lambda session: session.add(row))

    def change_user(self, user_id: str, **values: Any) -> None:
        statement = update(User).where(User.id == user_id).values(**values)
        self.kernel.database.write(lambda session: session.execute(statement))

    def rows(self, model: Any) -> list[Any]:
        return self.kernel.database.read(lambda session: list(session.scalars(select(model))))

    def sent_code(self) -> str:
        """The code of the last message that has one."""
        outbox = (self.kernel.settings.instance / "outbox.jsonl").read_text()
        return str(re.findall(r'"code": ?"(\d+)"', outbox)[-1])

    def wait_for_message(self, number: int = 1) -> None:
        """Some messages leave in the background: wait until so many have left."""
        outbox = self.kernel.settings.instance / "outbox.jsonl"
        deadline = time.monotonic() + 10
        while not (outbox.exists() and outbox.read_text().count("\n") >= number):
            assert time.monotonic() < deadline
            time.sleep(0.01)

    # --- moves -------------------------------------------------------------------------------

    def browser(self) -> FlaskClient:
        return self.app.test_client()

    def sign_in(
        self,
        browser: FlaskClient,
        client: TestClient,
        email: str = "ada@example.com",
        password: str = PASSWORD,
        **parameters: str,
    ) -> TestResponse:
        """Open the sign-in page for an authorization request, and send its form."""
        address = "/login?" + urlencode(request_of(client, **parameters))
        token = csrf_token(browser.get(address, base_url=ORIGIN))
        form = {"csrf_token": token, "username": email, "password": password}
        return browser.post(address, data=form, base_url=ORIGIN)

    def code(
        self, client: TestClient, browser: FlaskClient | None = None, **parameters: str
    ) -> str:
        answer = self.sign_in(browser or self.browser(), client, **parameters)
        return query_of(answer)["code"]

    def token(self, headers: dict[str, str] | None = None, **form: str) -> TestResponse:
        return self.browser().post("/oauth2/token", data=form, headers=headers, base_url=ORIGIN)

    def redeem(self, client: TestClient, code: str, **form: str) -> TestResponse:
        given = {
            "grant_type": "authorization_code",
            "client_id": client.id,
            "code": code,
            "redirect_uri": CALLBACK,
            **form,
        }
        return self.token(client.basic if client.secret else None, **given)

    def user_info(self, access_token: str) -> TestResponse:
        headers = {"Authorization": f"Bearer {access_token}"}
        return self.browser().get("/oauth2/userInfo", headers=headers, base_url=ORIGIN)


def request_of(client: TestClient, **parameters: str) -> dict[str, str]:
    """The parameters of an authorization request; None leaves one out."""
    given = {
        "client_id": client.id,
        "response_type": "code",
        "redirect_uri": CALLBACK,
        "scope": "openid email",
        "state": "af0ifjsldkj",
        **parameters,
    }
    return {name: value for name, value in given.items() if value is not None}


def csrf_token(page: TestResponse) -> str:
    found = re.search(r'name="csrf_token" value="([^"]+)"', page.text)
    assert found, page.text
    return found[1]


def query_of(answer: TestResponse) -> dict[str, str]:
    """The parameters that a redirect carries."""
    assert answer.status_code in {302, 303}, answer.text
    return dict(parse_qsl(urlsplit(answer.location).query))


@cache
def _keys(_pool: int) -> tuple[SigningKey, ...]:
    """The same for the first, second, ... pool of each test: keys take long to make."""
    return tuple(signing_keys.make(1))


@cache
def _empty_database() -> Path:
    """All tables, made once."""
    path = Path(tempfile.mkdtemp()) / "empty.db"
    engine = create_engine(f"sqlite:///{path}")
    Base.metadata.create_all(engine)
    engine.dispose()
    return path


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World(tmp_path)
    yield made
    made.close()


@pytest.fixture
def world_with_peers(tmp_path: Path) -> Iterator[World]:
    """One whose outbound requests reach servers of this machine."""
    made = World(tmp_path, upstream_allow=["127.0.0.0/8"])
    yield made
    made.close()
