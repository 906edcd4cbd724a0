"""What the server has acknowledged is there after kill -9."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import count

import pytest
from botocore.exceptions import BotoCoreError, ClientError

from tests.servers.application import PASSWORD, Application, create_application, new_address
from tests.servers.poolgate_server import Poolgate

VISITORS = 4
ACKNOWLEDGED_BEFORE_THE_KILL = 12
ACKNOWLEDGED_AFTER_THE_KILL = 12


class SignUps:
    """People who sign up, again and again, until told to stop."""

    def __init__(self, application: Application) -> None:
        self.application = application
        self.acknowledged: list[str] = []
        self._stopped = threading.Event()

    def visitor(self) -> None:
        cognito = self.application.cognito
        while not self._stopped.is_set():
            email = new_address()
            attributes = [{"Name": "email", "Value": email}]
            try:
                cognito.sign_up(
                    ClientId=self.application.client_id,
                    Username=email,
                    Password=PASSWORD,
                    UserAttributes=attributes,
                )
            except (BotoCoreError, ClientError):
                time.sleep(0.05)  # not acknowledged: the person would try again
            else:
                self.acknowledged.append(email)

    def wait_for(self, more: int) -> None:
        """Until `more` further people are acknowledged."""
        goal, deadline = len(self.acknowledged) + more, time.monotonic() + 25
        while len(self.acknowledged) < goal:
            assert time.monotonic() < deadline, "sign-ups came to a stop"
            time.sleep(0.02)

    def stop(self) -> None:
        self._stopped.set()


@pytest.fixture
def server(database_url: str, start_poolgate: Callable[..., Poolgate]) -> Poolgate:
    """Two workers on each kind of database."""
    return start_poolgate("--workers", "2", database_url=database_url)


@pytest.fixture
def sign_ups(server: Poolgate) -> Iterator[SignUps]:
    people = SignUps(create_application(server))
    with ThreadPoolExecutor(VISITORS) as visitors:
        running = [visitors.submit(people.visitor) for _ in range(VISITORS)]
        yield people
        people.stop()
    for visitor in running:
        visitor.result()


def assert_everyone_is_there(application: Application, emails: list[str]) -> None:
    cognito = application.server.client("cognito-idp")
    pages = cognito.get_paginator("list_users").paginate(UserPoolId=application.pool_id)
    people = [person for page in pages for person in page["Users"]]
    addresses = {
        one["Value"] for person in people for one in person["Attributes"] if one["Name"] == "email"
    }
    assert set(emails) <= addresses


@pytest.mark.timeout(120)
def test_killed_worker_loses_no_acknowledged_sign_up(server: Poolgate, sign_ups: SignUps) -> None:
    sign_ups.wait_for(ACKNOWLEDGED_BEFORE_THE_KILL)
    before = server.worker_pids()
    assert len(before) == 2
    os.kill(before[0], signal.SIGKILL)
    sign_ups.wait_for(ACKNOWLEDGED_AFTER_THE_KILL)
    sign_ups.stop()
    assert_everyone_is_there(sign_ups.application, list(sign_ups.acknowledged))
    wait_until(lambda: len(set(server.worker_pids()) - {before[0]}) == 2)


@pytest.mark.timeout(120)
def test_killed_server_loses_no_acknowledged_sign_up(server: Poolgate, sign_ups: SignUps) -> None:
    sign_ups.wait_for(ACKNOWLEDGED_BEFORE_THE_KILL)
    server.kill()
    sign_ups.stop()
    server.start()
    assert_everyone_is_there(sign_ups.application, list(sign_ups.acknowledged))


def wait_until(condition: Callable[[], bool], seconds: float = 10) -> None:
    for attempt in count():
        if condition():
            return
        assert attempt * 0.05 < seconds
        time.sleep(0.05)
