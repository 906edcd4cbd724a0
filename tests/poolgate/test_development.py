"""`--dev`: the store can be emptied and messages read, from this machine and by nobody's page."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask
from werkzeug.test import Client

from app import FAMILIES, create_app
from idp.user_pools.services.issuers import issuer
from idp.user_pools.services.signing_keys import SigningKeys
from kernel import settings
from kernel.aws.operations import Call
from kernel.messaging.message import Message
from kernel.tokens.errors import InvalidToken
from kernel.tokens.signing import sign
from kernel.tokens.verification import Verifier
from poolgate import instance as instance_folder

RESET = "/_poolgate/reset"


def start(instance: Path, **values) -> Flask:
    """An application on an empty instance."""
    chosen = settings.parse({"instance": str(instance), **values})
    instance_folder.initialise(chosen)
    return create_app(chosen)


@pytest.fixture(scope="module")
def application(tmp_path_factory) -> Iterator[Flask]:
    made = start(tmp_path_factory.mktemp("development") / "instance", dev=True)
    yield made
    made.extensions["poolgate"].close()


@pytest.fixture
def client(application) -> Client:
    return Client(application)


@pytest.fixture
def make_pool(application):
    kernel = application.extensions["poolgate"]
    handlers = {name: each for family in FAMILIES for name, each in family.handlers.items()}

    def call(operation: str, **request):
        context = Call(kernel, "cognito-idp", operation, "000000000000", "us-east-1", "test")
        return handlers[operation](context, request)

    return call


def test_reset_empties_the_store(client, make_pool):
    make_pool("CreateUserPool", PoolName="gone soon")
    assert client.post(RESET).status_code == 200
    assert make_pool("ListUserPools", MaxResults=10) == {"UserPools": []}


def test_reset_ends_the_tokens_of_the_pools(client, application, make_pool):
    kernel = application.extensions["poolgate"]
    pool_id = make_pool("CreateUserPool", PoolName="gone soon")["UserPool"]["Id"]
    now = int(kernel.clock.time())
    claims = {"iss": issuer(kernel.settings, pool_id), "iat": now, "exp": now + 600, "sub": "x"}
    token = sign(claims, kernel.of(SigningKeys).signer(pool_id))
    assert kernel.of(Verifier).verify(token)["sub"] == "x"
    client.post(RESET)
    with pytest.raises(InvalidToken):
        kernel.of(Verifier).verify(token)


def test_outbox_shows_the_messages(client, application):
    message = Message("email", "jane@example.com", "Code", "Your code is 123456.", "123456")
    application.extensions["poolgate"].messenger.send(message)
    shown = client.get("/_poolgate/outbox").json["messages"]
    assert [each["code"] for each in shown] == ["123456"]


@pytest.mark.parametrize("origin", ["https://attacker.example", "null", "http://10.0.0.1:8080"])
def test_a_foreign_page_cannot_empty_the_store(client, make_pool, origin):
    make_pool("CreateUserPool", PoolName=origin)
    assert client.post(RESET, headers={"Origin": origin}).status_code == 403
    kept = make_pool("ListUserPools", MaxResults=60)["UserPools"]
    assert origin in [pool["Name"] for pool in kept]


@pytest.mark.parametrize("host", ["attacker.example", "attacker.example:8080", "127.0.0.1.nip.io"])
@pytest.mark.parametrize("path", ["/", "/health", "/_poolgate/outbox"])
def test_a_rebound_name_reaches_nothing(client, host, path):
    assert client.get(path, headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost:8080", "127.0.0.1", "[::1]:8080", "abc.localhost"])
def test_loopback_names_are_served(client, host):
    assert client.get("/health", headers={"Host": host}).status_code == 200


def test_without_dev_there_is_no_reset(tmp_path: Path):
    made = start(tmp_path / "instance")
    assert Client(made).post(RESET).status_code in (404, 405)
    made.extensions["poolgate"].close()
