"""Keys, quotas and throttles as callers of a REST API meet them, at a server of two workers."""

from __future__ import annotations

import http.client
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

import pytest

from tests.servers.poolgate_server import Poolgate

StartPoolgate = Callable[..., Poolgate]
VALUE = "a-key-of-the-tests-1234567890"


@dataclass
class Guarded:
    """A method that asks for an API key, and a key without a plan."""

    server: Poolgate
    gateway: Any
    api_id: str
    key_id: str

    def give(self, **plan: Any) -> str:
        """The id of a new plan, which has the key."""
        stages = [{"apiId": self.api_id, "stage": "prod"}]
        made: str = self.gateway.create_usage_plan(name="gold", apiStages=stages, **plan)["id"]
        self.gateway.create_usage_plan_key(usagePlanId=made, keyId=self.key_id, keyType="API_KEY")
        return made

    def status(self, key: str = VALUE) -> int:
        """Of a call over a connection of its own, to any of the workers."""
        connection = http.client.HTTPConnection("127.0.0.1", self.server.port, timeout=10)
        try:
            headers = {"Host": f"{self.api_id}.execute-api.localhost", "x-api-key": key}
            connection.request("GET", "/prod/pets", headers=headers)
            return connection.getresponse().status
        finally:
            connection.close()

    def statuses(self, count: int, at_once: int = 50) -> Counter[int]:
        with ThreadPoolExecutor(at_once) as pool:
            return Counter(pool.map(lambda _: self.status(), range(count)))

    def eventually(self, status: int, seconds: float = 3) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if self.status() == status:
                return True
            time.sleep(0.05)
        return False


@pytest.fixture
def guarded(valkey_url: str, start_poolgate: StartPoolgate) -> Guarded:
    return guard(start_poolgate("--workers", "2", valkey_url=valkey_url))


def guard(server: Poolgate) -> Guarded:
    """A REST API with `GET /pets` on a server, and a key."""
    gateway = server.client("apigateway")
    api_id = gateway.create_rest_api(name="pets")["id"]
    root = gateway.get_resources(restApiId=api_id)["items"][0]["id"]
    pets = gateway.create_resource(restApiId=api_id, parentId=root, pathPart="pets")["id"]
    method = {"restApiId": api_id, "resourceId": pets, "httpMethod": "GET"}
    gateway.put_method(**method, authorizationType="NONE", apiKeyRequired=True)
    gateway.put_method_response(**method, statusCode="200")
    template = {"application/json": '{"statusCode": 200}'}
    gateway.put_integration(**method, type="MOCK", requestTemplates=template)
    gateway.put_integration_response(**method, statusCode="200")
    gateway.create_deployment(restApiId=api_id, stageName="prod")
    key_id = gateway.create_api_key(name="ada", value=VALUE, enabled=True)["id"]
    return Guarded(server, gateway, api_id, key_id)


def test_a_quota_holds_for_all_workers_and_can_be_raised(
    database_url: str, valkey_url: str, start_poolgate: StartPoolgate
) -> None:
    settings = {"database_url": database_url, "valkey_url": valkey_url}
    guarded = guard(start_poolgate("--workers", "2", **settings))
    assert guarded.statuses(4) == {403: 4}
    plan = guarded.give(quota={"limit": 10, "period": "MONTH"})
    assert guarded.status("another-key-of-the-tests-123") == 403
    assert guarded.eventually(200)  # both workers know the plan within a second
    time.sleep(1)

    assert guarded.statuses(50) == {200: 9, 429: 41}

    today = time.strftime("%Y-%m-%d", time.gmtime())
    usage = guarded.gateway.get_usage(usagePlanId=plan, startDate=today, endDate=today)
    assert usage["items"] == {guarded.key_id: [[10, 0]]}
    guarded.gateway.update_usage(
        usagePlanId=plan,
        keyId=guarded.key_id,
        patchOperations=[{"op": "replace", "path": "/remaining", "value": "5"}],
    )
    time.sleep(1.1)
    assert guarded.statuses(20) == {200: 5, 429: 15}


def test_a_burst_is_shared_by_the_workers(guarded: Guarded) -> None:
    guarded.give(throttle={"rateLimit": 0.01, "burstLimit": 12})
    assert guarded.eventually(200)
    time.sleep(1)

    assert guarded.statuses(60)[200] == 11


def test_a_disabled_or_deleted_key_stops_within_a_second(guarded: Guarded) -> None:
    guarded.give()
    assert guarded.eventually(200)

    guarded.gateway.update_api_key(
        apiKey=guarded.key_id,
        patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}],
    )
    time.sleep(1)

    assert guarded.statuses(8) == {403: 8}
    guarded.gateway.delete_api_key(apiKey=guarded.key_id)
    assert guarded.status() == 403


def test_stopping_gives_back_what_was_not_spent(guarded: Guarded) -> None:
    plan = guarded.give(quota={"limit": 100_000, "period": "MONTH"})
    assert guarded.eventually(200)
    time.sleep(1)
    passed = 1 + guarded.statuses(99)[200]
    guarded.server.restart()

    today = time.strftime("%Y-%m-%d", time.gmtime())
    usage = guarded.server.client("apigateway").get_usage(
        usagePlanId=plan, startDate=today, endDate=today
    )
    ((used, left),) = usage["items"][guarded.key_id]
    assert (used, left) == (passed, 100_000 - passed)
