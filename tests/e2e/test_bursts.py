"""Limits across two workers that share a PostgreSQL and a Valkey, called over kept connections.

A token bucket gives `burst` at once and `rate` a second, whoever asks; a quota gives what it says.
The bound by which leases may overshoot is that of `kernel.shared_state.leases`.
"""

from __future__ import annotations

import os
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from kernel.shared_state.buckets import LEASE_SECONDS
from tests.servers.poolgate_server import Poolgate
from tests.servers.postgres import create_database

CONNECTIONS = 24
MOCK = {"application/json": '{"statusCode": 200}'}


@dataclass
class Workers:
    """Two workers, and connections that are open to both."""

    server: Poolgate
    sockets: list[socket.socket]

    def at_once(self, count: int, head: bytes) -> Counter[int]:
        """Send some requests at the same moment, spread over the connections."""
        shares = [
            count // CONNECTIONS + (n < count % CONNECTIONS) for n in range(len(self.sockets))
        ]
        barrier, statuses = threading.Barrier(len(self.sockets)), Counter[int]()

        def send(connection: socket.socket, share: int) -> None:
            barrier.wait()
            connection.sendall(head * share)
            for status in _answers(connection, share):
                statuses[status] += 1

        threads = [
            threading.Thread(target=send, args=pair)
            for pair in zip(self.sockets, shares, strict=True)
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert statuses.total() == count
        return statuses

    def evenly(self, count: int, per_second: int, head: bytes) -> tuple[Counter[int], float]:
        """Send requests at even times, over one connection after the other; how long it took."""
        statuses, started = Counter[int](), time.monotonic()
        for number in range(count):
            time.sleep(max(0.0, started + number / per_second - time.monotonic()))
            connection = self.sockets[number % len(self.sockets)]
            connection.sendall(head)
            statuses.update(_answers(connection, 1))
        return statuses, time.monotonic() - started


def _answers(connection: socket.socket, count: int) -> Iterator[int]:
    """The statuses of the next answers, which have a Content-Length."""
    received = b""
    while count:
        end = received.find(b"\r\n\r\n") + 4
        length = re.search(rb"(?i)content-length: (\d+)", received[:end]) if end > 3 else None
        if length is None or len(received) < end + int(length[1]):
            data = connection.recv(65536)
            assert data, "the server closed the connection"
            received += data
            continue
        yield int(received[9:12])
        received, count = received[end + int(length[1]) :], count - 1
    assert not received


@pytest.fixture(scope="module")
def server(
    postgres_server: str, valkey_url: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Poolgate]:
    settings = {
        "POOLGATE_DATABASE_URL": create_database(postgres_server, f"bursts_{os.getpid()}"),
        "POOLGATE_VALKEY_URL": valkey_url,
    }
    folder = tmp_path_factory.mktemp("bursts")
    made = Poolgate(folder / "instance", settings, ("--workers", "2")).start()
    yield made
    made.stop()


@pytest.fixture
def workers(server: Poolgate) -> Iterator[Workers]:
    """Connections of which each worker has accepted a quarter at least."""
    pids = server.worker_pids()
    assert len(pids) == 2
    deadline = time.monotonic() + 20
    while True:
        with ExitStack() as stack:
            made = [stack.enter_context(_connect(server.port)) for _ in range(CONNECTIONS)]
            for connection in made:
                connection.sendall(b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 3)
            for connection in made:
                assert list(_answers(connection, 3)) == [200] * 3
            if min(_connections(pid, server.port) for pid in pids) >= CONNECTIONS // 4:
                yield Workers(server, made)
                return
        assert time.monotonic() < deadline, "one worker accepts nearly all connections"


def _connect(port: int) -> socket.socket:
    connection = socket.create_connection(("127.0.0.1", port))
    connection.settimeout(20)
    return connection


def _connections(pid: int, port: int) -> int:
    """How many established connections to a port a process holds."""
    row = re.compile(rf": \w+:{port:04X} \w+:\w{{4}} 01 (?:\S+ ){{5}}(\d+)")
    table = re.sub(r" +", " ", Path(f"/proc/{pid}/net/tcp").read_text())
    inodes = {f"socket:[{inode}]" for inode in row.findall(table)}
    return sum(_link(each) in inodes for each in Path(f"/proc/{pid}/fd").iterdir())


def _link(path: Path) -> str:
    try:
        return os.readlink(path)
    except OSError:
        return ""


@dataclass
class Limited:
    """A REST API that answers by itself: `GET /` is limited, `GET /free` is not."""

    workers: Workers
    api: str

    @classmethod
    def make(cls, workers: Workers, *, needs_key: bool = False) -> Limited:
        gateway = workers.server.client("apigateway")
        api = gateway.create_rest_api(name="limited")["id"]
        root = gateway.get_resources(restApiId=api)["items"][0]["id"]
        free = gateway.create_resource(restApiId=api, parentId=root, pathPart="free")["id"]
        for resource, is_keyed in ((root, needs_key), (free, False)):
            there = {"restApiId": api, "resourceId": resource, "httpMethod": "GET"}
            gateway.put_method(**there, authorizationType="NONE", apiKeyRequired=is_keyed)
            gateway.put_integration(**there, type="MOCK", requestTemplates=MOCK)
            gateway.put_method_response(**there, statusCode="200")
            gateway.put_integration_response(**there, statusCode="200")
        gateway.create_deployment(restApiId=api, stageName="prod")
        return cls(workers, api)

    def throttle(self, rate: float, burst: int) -> bytes:
        """Limit the method; the request that calls it."""
        limits = {"rateLimit": rate, "burstLimit": burst}
        self.workers.server.client("apigateway").update_stage(
            restApiId=self.api,
            stageName="prod",
            patchOperations=[
                {"op": "replace", "path": f"/~1/GET/throttling/{name}", "value": str(value)}
                for name, value in limits.items()
            ],
        )
        return self._ready(self.request("/prod"))

    def plan(self, **plan: Any) -> bytes:
        """Let a new key in by a usage plan; the request that sends it."""
        gateway = self.workers.server.client("apigateway")
        stages = [{"apiId": self.api, "stage": "prod"}]
        plan_id = gateway.create_usage_plan(name="plan", apiStages=stages, **plan)["id"]
        key = gateway.create_api_key(name="key", enabled=True)
        gateway.create_usage_plan_key(usagePlanId=plan_id, keyId=key["id"], keyType="API_KEY")
        return self._ready(self.request("/prod", f"X-Api-Key: {key['value']}\r\n"))

    def request(self, path: str, fields: str = "") -> bytes:
        host = f"{self.api}.execute-api.localhost"
        return f"GET {path} HTTP/1.1\r\nHost: {host}\r\n{fields}\r\n".encode()

    def _ready(self, request: bytes) -> bytes:
        """Once both workers serve what came last, which is a stage."""
        gateway = self.workers.server.client("apigateway")
        gateway.create_deployment(restApiId=self.api, stageName="ready")
        deadline, ready = time.monotonic() + 5, self.request("/ready/free")
        while self.workers.at_once(CONNECTIONS, ready) != {200: CONNECTIONS}:
            assert time.monotonic() < deadline
        return request


def test_a_burst_in_the_first_millisecond_gets_exactly_the_burst_through(workers: Workers) -> None:
    request = Limited.make(workers).throttle(rate=0.05, burst=40)
    assert workers.at_once(400, request) == {200: 40, 429: 360}
    assert workers.at_once(100, request) == {429: 100}


def test_a_burst_of_a_clients_own_is_as_exact(workers: Workers) -> None:
    throttle = {"rateLimit": 0.05, "burstLimit": 25}
    request = Limited.make(workers, needs_key=True).plan(throttle=throttle)
    assert workers.at_once(400, request) == {200: 25, 429: 375}


def test_a_large_burst_is_given_in_blocks_and_none_is_given_twice(workers: Workers) -> None:
    """A worker's last block may lapse: at most a sixteenth of the burst each."""
    request = Limited.make(workers).throttle(rate=500, burst=1000)
    started = time.monotonic()
    passed = workers.at_once(3000, request)[200]
    seconds = time.monotonic() - started
    assert 1000 - 2 * 1000 // 16 <= passed <= 1000 + 500 * (seconds + LEASE_SECONDS)


def test_an_even_second_gets_the_rate_through(workers: Workers) -> None:
    request = Limited.make(workers).throttle(rate=50, burst=1)
    statuses, seconds = workers.evenly(400, 200, request)
    assert 50 * seconds * 0.75 <= statuses[200] <= 1 + 50 * (seconds + LEASE_SECONDS)


def test_all_of_an_even_second_within_the_rate_gets_through(workers: Workers) -> None:
    request = Limited.make(workers).throttle(rate=200, burst=20)
    statuses, _ = workers.evenly(300, 150, request)
    assert statuses == {200: 300}


def test_a_small_quota_is_counted_to_the_request(workers: Workers) -> None:
    request = Limited.make(workers, needs_key=True).plan(quota={"limit": 150, "period": "DAY"})
    assert workers.at_once(400, request) == {200: 150, 429: 250}


def test_a_quota_is_never_exceeded_and_little_of_it_is_held_back(workers: Workers) -> None:
    """Each worker holds a hundredth of what is left at most, and gives it back in seconds."""
    request = Limited.make(workers, needs_key=True).plan(quota={"limit": 2000, "period": "MONTH"})
    first = workers.at_once(1500, request)
    assert first == {200: 1500}
    passed = 1500 + sum(workers.at_once(300, request)[200] for _ in range(3))
    assert 2000 - 2 * 2000 // 100 <= passed <= 2000
