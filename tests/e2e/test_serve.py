"""`poolgate serve` as an operator sees it."""

from __future__ import annotations

import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from urllib.request import urlopen

import pytest

from tests.servers.application import create_application
from tests.servers.poolgate_server import Poolgate

StartPoolgate = Callable[..., Poolgate]


def test_sign_in_survives_a_restart(database_url: str, start_poolgate: StartPoolgate) -> None:
    server = start_poolgate(database_url=database_url)
    application = create_application(server)
    person = application.sign_up()
    before = application.sign_in(person)
    server.restart()
    seen = application.cognito.get_user(AccessToken=before["AccessToken"])
    assert seen["Username"] == person.sub
    refreshed = application.cognito.initiate_auth(
        ClientId=application.client_id,
        AuthFlow="REFRESH_TOKEN_AUTH",
        AuthParameters={"REFRESH_TOKEN": before["RefreshToken"]},
    )
    assert refreshed["AuthenticationResult"]["AccessToken"]


def test_workers_share_one_truth(database_url: str, start_poolgate: StartPoolgate) -> None:
    application = create_application(start_poolgate("--workers", "2", database_url=database_url))
    people = [application.sign_up() for _ in range(3)]
    for person in people * 2:  # each boto3 client opens a connection of its own: to any worker
        assert application.sign_in(person)["IdToken"]


def test_valkey_that_does_not_answer_stops_the_start(start_poolgate: StartPoolgate) -> None:
    with pytest.raises(RuntimeError, match="valkey_url names a server that does not answer"):
        start_poolgate(valkey_url="redis://127.0.0.1:1")


def test_valkey_is_used_when_named(valkey_url: str, start_poolgate: StartPoolgate) -> None:
    application = create_application(start_poolgate("--workers", "2", valkey_url=valkey_url))
    assert application.sign_in(application.sign_up())["IdToken"]


def test_sigterm_finishes_the_request_in_flight(
    http_echo: str, start_poolgate: StartPoolgate
) -> None:
    server = start_poolgate()
    application = create_application(server)
    api_id = application.protected_api(http_echo).split("//")[1].split(".")[0]
    token = application.sign_in(application.sign_up())["AccessToken"]
    statuses: list[int] = []

    def call() -> None:
        request = (
            f"GET /_aws/execute-api/{api_id}/$default/hello?wait=2 HTTP/1.1\r\n"
            f"Host: localhost:{server.port}\r\nAuthorization: Bearer {token}\r\n"
            "Connection: close\r\n\r\n"
        )
        with socket.create_connection(("127.0.0.1", server.port)) as connection:
            connection.sendall(request.encode())
            answer = connection.makefile("rb").readline()
        statuses.append(int(answer.split()[1]))

    caller = threading.Thread(target=call)
    caller.start()
    time.sleep(1)
    assert server.stop() == 0
    caller.join()
    assert statuses == [200]


def test_sighup_keeps_the_server_up(start_poolgate: StartPoolgate) -> None:
    server = start_poolgate()
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)
    for _ in range(20):
        with urlopen(f"http://127.0.0.1:{server.port}/health") as answer:
            assert answer.status == 200
        time.sleep(0.05)


def test_wrong_setting_stops_the_start_with_one_sentence(tmp_path: Path) -> None:
    program = Path(sys.executable).with_name("poolgate")
    done = subprocess.run(
        [program, "serve", "--instance", tmp_path / "instance", "--port", "0"],
        env={"POOLGATE_REGION": "mars"},
        capture_output=True,
        text=True,
        timeout=30,
    )
    assert done.returncode != 0
    sentence = done.stderr.strip()
    assert len(sentence.splitlines()) == 1
    assert "port" in sentence or "region" in sentence


@pytest.mark.parametrize("path", ["/health", "/ready"])
def test_health_answers(poolgate_server: Poolgate, path: str) -> None:
    with urlopen(f"http://127.0.0.1:{poolgate_server.port}{path}") as answer:
        assert answer.status == 200
