"""A pool with a SAML provider, and whoever comes from there with a response in hand."""

from __future__ import annotations

import base64
import time
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

import pytest
from flask.testing import FlaskClient
from lxml import etree
from werkzeug.test import TestResponse

import federation
from idp.models import User, UserPool
from idp.user_pools.services import identity_providers, saml_certificates
from idp.user_pools.services.saml_certificates import Certified
from tests.attacks.saml.identity_provider import SAML, Asked, metadata, packed, signing_key
from tests.idp.oauth.world import ORIGIN, TestClient, World, query_of, request_of

NAME = "Office"
ANSWER = "/saml2/idpresponse"


@dataclass
class Journey:
    """A pool, a client of it, and the browser of one person."""

    world: World
    client: TestClient
    certificate: str
    """What assertions are encrypted to."""
    browser: FlaskClient = field(init=False)

    def __post_init__(self) -> None:
        self.browser = self.world.browser()

    def leave(self, **parameters: str) -> Asked:
        """Be sent to the provider."""
        location = self.location(**parameters)
        query = dict(parse_qsl(urlsplit(location).query))
        root: Any = etree.fromstring(zlib.decompress(base64.b64decode(query["SAMLRequest"]), -15))
        return Asked(
            root.get("ID"),
            root.get("AssertionConsumerServiceURL"),
            root.findtext(f"{SAML}Issuer"),
            query["RelayState"],
        )

    def location(self, **parameters: str) -> str:
        asked = request_of(self.client, identity_provider=NAME, **parameters)
        sent = self.browser.get(f"/oauth2/authorize?{urlencode(asked)}", base_url=ORIGIN)
        while sent.status_code in {302, 303} and not sent.location.startswith("https://"):
            sent = self.browser.get(sent.location, base_url=ORIGIN)
        assert sent.status_code in {302, 303}, sent.text
        return str(sent.location)

    def come(
        self, asked: Asked, document: Any, browser: FlaskClient | None = None, **more: str
    ) -> TestResponse:
        form = {"SAMLResponse": packed(document), "RelayState": asked.relay_state, "relayed": "1"}
        return (browser or self.browser).post(ANSWER, data={**form, **more}, base_url=ORIGIN)

    def usernames(self) -> list[str]:
        return [user.username for user in self.world.rows(User)]

    def admits(self, asked: Asked, document: Any) -> None:
        parameters = query_of(self.come(asked, document))
        assert "code" in parameters, parameters

    def refuses(self, asked: Asked, document: Any, reason: str = "") -> None:
        """The client gets an error, and no user is made."""
        parameters = query_of(self.come(asked, document))
        assert parameters["error"] == "access_denied"
        assert "code" not in parameters
        assert reason in parameters["error_description"]
        assert self.usernames() == []


def add_provider(world: World, pool_id: str, name: str, **details: str) -> Certified:
    """What its assertions are encrypted to."""
    request = {
        "ProviderName": name,
        "ProviderType": "SAML",
        "ProviderDetails": details,
        "AttributeMapping": {"email": "mail"},
    }
    key = signing_key("people")
    certified = Certified(key.private_pem, key.certificate)

    def unit(session: Any) -> None:
        pool = session.get_one(UserPool, pool_id)
        identity_providers.create(session, world.kernel, pool, request, certified)

    world.kernel.database.write(unit)
    return certified


def make_journey(world: World, **details: str) -> Journey:
    pool_id = world.pool()
    if "MetadataURL" not in details:
        details = {"MetadataFile": metadata(), **details}
    certified = add_provider(world, pool_id, NAME, **details)
    client = world.client(pool_id, confidential=True, SupportedIdentityProviders=[NAME])
    world.relax_pkce(client)
    return Journey(world, client, certified.certificate)


@cache
def _key(number: int) -> Certified:
    key = signing_key(f"pool {number}")
    return Certified(key.private_pem, key.certificate)


@pytest.fixture
def saml_world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """Its clock is the real one, for the toolkit reads no other. Keys are made once for all."""
    turn = count()
    monkeypatch.setattr(saml_certificates, "make", lambda *_: _key(next(turn)))
    made = World(tmp_path, upstream_allow="127.0.0.0/8")
    made.time.now = time.time()
    made.kernel.provide(federation.providers(made.kernel))
    yield made
    made.close()


@pytest.fixture
def journey(saml_world: World) -> Journey:
    return make_journey(saml_world)
