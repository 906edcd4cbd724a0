"""An OpenID provider whose every word the test writes, and a pool that takes people from it."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import urlencode

import pytest
from flask.testing import FlaskClient
from joserfc import jwt
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

import federation
from idp.models import UserPool, UserPoolClient
from idp.user_pools.services import identity_providers
from tests.idp.oauth.world import ORIGIN, TestClient, World, query_of, request_of

CLIENT_ID = "poolgate"
NAME = "Company"
"""What a pool calls the provider."""
KEY = RSAKey.generate_key(2048, {"kid": "one", "use": "sig", "alg": "RS256"}, auto_kid=False)
OTHER = RSAKey.generate_key(2048, {"kid": "one"}, auto_kid=False)


class ScriptedProvider(ThreadingHTTPServer):
    """`documents` by their paths; `asked` are the paths that were asked for."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.issuer = f"http://127.0.0.1:{self.server_port}"
        self.asked: list[str] = []
        self.delay = 0.0
        self.documents: dict[str, Any] = {
            "/.well-known/openid-configuration": {
                "issuer": self.issuer,
                "authorization_endpoint": f"{self.issuer}/authorize",
                "token_endpoint": f"{self.issuer}/token",
                "userinfo_endpoint": f"{self.issuer}/userinfo",
                "jwks_uri": f"{self.issuer}/jwks",
            },
            "/jwks": {"keys": [KEY.as_dict(private=False)]},
            "/userinfo": {"sub": "ada", "email": "ada@example.com"},
        }

    def details(self, **more: str) -> dict[str, str]:
        """Its ProviderDetails."""
        return {
            "client_id": CLIENT_ID,
            "oidc_issuer": self.issuer,
            "authorize_scopes": "openid",
            "attributes_request_method": "GET",
            **more,
        }


class _Handler(BaseHTTPRequestHandler):
    server: ScriptedProvider

    def do_GET(self) -> None:
        self.server.asked.append(self.path)
        time.sleep(self.server.delay)
        document = self.server.documents.get(self.path)
        body = document if isinstance(document, bytes) else json.dumps(document).encode()
        self.send_response(404 if document is None else 200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        with contextlib.suppress(OSError):  # whoever asked has given up
            self.wfile.write(body)

    def do_POST(self) -> None:
        self.rfile.read(int(self.headers["Content-Length"]))
        self.do_GET()

    def log_message(self, *_: Any) -> None:
        """Quiet."""


@contextmanager
def scripted_provider() -> Iterator[ScriptedProvider]:
    made = ScriptedProvider()
    threading.Thread(target=made.serve_forever, args=(0.01,), daemon=True).start()
    yield made
    made.shutdown()
    made.server_close()


def signed(claims: dict[str, Any], key: Any = KEY, **header: Any) -> str:
    """A JWT; claims that are None are left out."""
    head = {"alg": "RS256", "kid": "one", **header}
    said = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode(head, said, key, algorithms=[head["alg"]])


@dataclass
class Upstreams:
    """A world's pool and client, whose people come from scripted providers."""

    world: World
    pool_id: str
    client: TestClient
    names: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, world: World, pool_id: str, **request: Any) -> Upstreams:
        world.kernel.provide(federation.providers(world.kernel))
        return cls(world, pool_id, world.client(pool_id, confidential=True, **request))

    def add(self, name: str, details: dict[str, str], **request: Any) -> None:
        """A provider of type OIDC."""
        given = {
            "ProviderName": name,
            "ProviderType": "OIDC",
            "ProviderDetails": details,
            "AttributeMapping": {"email": "email", "email_verified": "email_verified"},
            **request,
        }

        def unit(session: Any) -> None:
            pool = session.get_one(UserPool, self.pool_id)
            identity_providers.create(session, self.world.kernel, pool, given, None)

        self.world.kernel.database.write(unit)
        self.names.append(name)
        self._let_client_use()

    def _let_client_use(self) -> None:
        def unit(session: Any) -> None:
            row = session.get_one(UserPoolClient, self.client.id)
            supported = ["COGNITO", *self.names]
            row.settings = {**row.settings, "SupportedIdentityProviders": supported}

        self.world.kernel.database.write(unit)

    def leave(self, browser: FlaskClient, name: str, **parameters: str) -> dict[str, str]:
        """To the provider: what it is asked."""
        asked = request_of(self.client, identity_provider=name, **parameters)
        answer = browser.get("/oauth2/authorize?" + urlencode(asked), base_url=ORIGIN)
        while answer.location.startswith("/"):
            answer = browser.get(answer.location, base_url=ORIGIN)
        return query_of(answer)

    def come_back(
        self,
        browser: FlaskClient,
        provider: ScriptedProvider,
        asked: dict[str, str],
        path: str = "/oauth2/idpresponse",
        key: Any = KEY,
        kid: str = "one",
        **claims: Any,
    ) -> TestResponse:
        """With an ID token of these claims; None leaves one out."""
        now = int(self.world.time.now)
        said = {
            "iss": provider.issuer,
            "aud": CLIENT_ID,
            "sub": "ada",
            "iat": now,
            "exp": now + 300,
            "nonce": asked["nonce"],
            **claims,
        }
        provider.documents["/token"] = {
            "access_token": "opaque",
            "id_token": signed(said, key, kid=kid),
        }
        provider.documents["/userinfo"] = {"sub": said["sub"]}
        answer = urlencode({"code": "c", "state": asked["state"]})
        mark = "&" if "?" in path else "?"
        return browser.get(f"{path}{mark}{answer}", base_url=ORIGIN)

    def sign_in(
        self, browser: FlaskClient, provider: ScriptedProvider, name: str, **claims: Any
    ) -> dict[str, Any]:
        """A whole sign-in: the tokens."""
        answer = self.come_back(browser, provider, self.leave(browser, name), **claims)
        tokens = self.world.redeem(self.client, query_of(answer)["code"])
        assert tokens.status_code == 200, tokens.text
        found: dict[str, Any] = tokens.get_json()
        return found

    def refresh(self, tokens: dict[str, Any]) -> TestResponse:
        return self.world.token(
            self.client.basic, grant_type="refresh_token", refresh_token=tokens["refresh_token"]
        )


@pytest.fixture
def provider() -> Iterator[ScriptedProvider]:
    with scripted_provider() as made:
        yield made


@pytest.fixture
def upstreams(world: World, provider: ScriptedProvider) -> Upstreams:
    """A pool with one provider."""
    made = Upstreams.of(world, world.pool())
    made.add(NAME, provider.details())
    return made
