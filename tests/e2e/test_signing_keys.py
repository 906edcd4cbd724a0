"""Signing keys that are rotated from outside while two workers serve."""

from __future__ import annotations

import json
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from http.client import HTTPConnection
from urllib.request import urlopen

import jwt
import pytest

from tests.servers.application import Application, create_application
from tests.servers.poolgate_server import Poolgate

StartPoolgate = Callable[..., Poolgate]

CONNECTIONS = 12
"""New connections: enough for both workers to get some."""


@pytest.fixture
def application(database_url: str, start_poolgate: StartPoolgate) -> Application:
    server = start_poolgate("--workers", "2", database_url=database_url)
    return create_application(server)


def at_once(server: Poolgate, path: str, token: str) -> Counter[int]:
    """What as many new connections are answered, before which worker they may come."""

    def ask(_number: int) -> int:
        connection = HTTPConnection("127.0.0.1", server.port, timeout=10)
        connection.request("GET", path, headers={"Authorization": f"Bearer {token}"})
        status = connection.getresponse().status
        connection.close()
        return status

    with ThreadPoolExecutor(CONNECTIONS) as pool:
        return Counter(pool.map(ask, range(CONNECTIONS)))


def kids(application: Application) -> list[str]:
    with urlopen(f"{application.issuer}/.well-known/jwks.json", timeout=10) as answer:
        return [key["kid"] for key in json.load(answer)["keys"]]


def rotate(application: Application, *words: str) -> str:
    pool = ("--pool", application.pool_id)
    done = application.server.command("keys", "rotate-signing", *pool, *words)
    assert done.returncode == 0, done.stderr
    return done.stdout


def gateway_path(application: Application, upstream: str) -> str:
    api = application.protected_api(upstream).split("//")[1].split(".")[0]
    return f"/_aws/execute-api/{api}/$default/hello"


def until(expected: Counter[int], seconds: float, ask: Callable[[], Counter[int]]) -> None:
    """The promise is a second; a machine that runs the whole suite at once gets more."""
    deadline = time.monotonic() + seconds
    while (seen := ask()) != expected:
        assert time.monotonic() < deadline, seen
        time.sleep(0.05)


def test_a_rotation_refuses_nobody(application: Application, http_echo: str) -> None:
    server, person = application.server, application.sign_up()
    path, good = gateway_path(application, http_echo), Counter({200: CONNECTIONS})
    old = application.sign_in(person)["AccessToken"]
    until(good, 5, lambda: at_once(server, path, old))
    first, second = kids(application)
    rotate(application, "--now")
    for _ in range(4):  # each sign-in comes to any worker
        token = application.sign_in(person)["AccessToken"]
        assert jwt.get_unverified_header(token)["kid"] == second
        assert at_once(server, path, token) == good
        assert application.cognito.get_user(AccessToken=token)["Username"] == person.sub
    assert at_once(server, path, old) == good
    published = kids(application)
    assert (published[0], published[-1], len(published)) == (second, first, 3)


def test_a_leaked_key_fails_in_every_worker_within_a_second(
    application: Application, http_echo: str
) -> None:
    server, person = application.server, application.sign_up()
    path = gateway_path(application, http_echo)
    tokens = application.sign_in(person)
    until(Counter({200: CONNECTIONS}), 5, lambda: at_once(server, path, tokens["AccessToken"]))
    (leaked,) = kids(application)[:1]
    told = rotate(application, "--leaked")
    assert f"Withdrawn: {leaked}." in told
    assert f"{application.issuer}/.well-known/jwks.json" in told
    refused = Counter({401: CONNECTIONS})
    until(refused, 5, lambda: at_once(server, path, tokens["AccessToken"]))
    for _ in range(4):
        with pytest.raises(application.cognito.exceptions.NotAuthorizedException):
            application.cognito.get_user(AccessToken=tokens["AccessToken"])
    assert leaked not in kids(application)
    answer = application.cognito.initiate_auth(
        ClientId=application.client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": tokens["RefreshToken"]},
    )
    renewed = answer["AuthenticationResult"]["AccessToken"]
    assert at_once(server, path, renewed) == Counter({200: CONNECTIONS})


def test_operators_who_rotate_at_the_same_time_make_one_signer(application: Application) -> None:
    """Two nodes' worth of it: processes that share nothing but the database."""
    with ThreadPoolExecutor(2) as pool:
        outputs = list(pool.map(lambda _: rotate(application, "--now"), range(2)))
    published = kids(application)
    assert len(published) == len(set(published)) == 4  # each --now is an order of its own
    assert sum(output.count(" signs") for output in outputs) == 2
    token = application.sign_in(application.sign_up())["IdToken"]
    assert jwt.get_unverified_header(token)["kid"] == published[0]
