"""`poolgate serve` with the real application."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from typing import Any
from urllib.error import HTTPError
from urllib.request import urlopen

import pytest
import requests

from tests.servers.poolgate_server import Poolgate
from tests.servers.run import free_port
from tests.servers.tls_poolgate import mock_api
from tests.waiting import wait_until

StartPoolgate = Callable[..., Poolgate]


def get(url: str) -> tuple[int, str]:
    try:
        with urlopen(url, timeout=10) as answer:
            return answer.status, answer.read().decode()
    except HTTPError as error:
        return error.code, error.read().decode()


def test_an_empty_instance_is_initialised_and_holds_no_pool(
    start_poolgate: StartPoolgate,
) -> None:
    server = start_poolgate()
    assert get(f"{server.url}/health") == (200, '{"status":"ok"}\n')
    assert server.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"] == []
    assert (server.instance / "credentials").exists()
    assert server.stop() == 0


def test_a_restart_keeps_everything(start_poolgate: StartPoolgate) -> None:
    server = start_poolgate()
    made = server.client("cognito-idp").create_user_pool(PoolName="kept")["UserPool"]["Id"]
    server.restart()
    pools = server.client("cognito-idp").list_user_pools(MaxResults=10)["UserPools"]
    assert [pool["Id"] for pool in pools] == [made]


def test_two_workers_answer_and_a_killed_one_is_replaced(start_poolgate: StartPoolgate) -> None:
    port = free_port()
    server = start_poolgate("--workers", "2", metrics_port=str(port))
    wait_until(lambda: len(server.worker_pids()) == 2)
    victim = server.worker_pids()[0]
    os.kill(victim, signal.SIGKILL)
    wait_until(lambda: victim not in server.worker_pids() and len(server.worker_pids()) == 2)
    assert get(f"{server.url}/ready")[0] == 200
    status, metrics = get(f"http://127.0.0.1:{port}/metrics")
    assert status == 200
    assert "poolgate_requests_total" in metrics


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("sms_sender", "pigeon"),
        ("quotas", "clients_per_pool=3"),
        ("address_database", "/no/such.mmdb"),
    ],
)
def test_a_failing_start_is_one_sentence(
    start_poolgate: StartPoolgate, name: str, value: str
) -> None:
    with pytest.raises(RuntimeError) as failed:
        start_poolgate(**{name: value})
    _, *printed = str(failed.value).strip().splitlines()
    assert len(printed) == 1
    assert printed[0].startswith(f"poolgate: {name} ")


def test_a_reload_that_no_worker_could_start_with_leaves_them_as_they_are(
    start_poolgate: StartPoolgate,
) -> None:
    server = start_poolgate()
    before = server.worker_pids()
    (server.instance / "poolgate.toml").write_text('quotas = ["clients_per_pool=3"]\n')
    assert server.process is not None
    server.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "settings were not reloaded" in server.log.read_text())
    assert "quotas names clients_per_pool" in server.log.read_text()
    assert server.worker_pids() == before
    assert get(f"{server.url}/ready")[0] == 200


def test_the_log_names_a_call_of_an_api_as_its_client_does(start_poolgate: StartPoolgate) -> None:
    server = start_poolgate()
    rest, http = server.client("apigateway"), server.client("apigatewayv2")
    rest_id = mock_api(rest)
    http_id = http.create_api(Name="a", ProtocolType="HTTP", Target="http://127.0.0.1:9/")["ApiId"]

    replies = [
        requests.get(f"{server.url}/execute-api/{path}", timeout=10)
        for path in (f"{rest_id}/live", http_id, "unknown/live")
    ]

    wait_until(lambda: len(entries_of_apis(server)) == len(replies))
    calls = entries_of_apis(server)
    assert [each["event"] for each in calls] == ["request"] * 3
    assert [each.get("api") for each in calls] == [rest_id, http_id, None]
    ids = ("x-amz-apigw-id", "apigw-requestid", "apigw-requestid")
    told = [reply.headers[name] for reply, name in zip(replies, ids, strict=True)]
    assert [each["request_id"] for each in calls] == told
    assert calls[0]["amzn_request_id"] == replies[0].headers["x-amzn-RequestId"]
    (failure,) = [each for each in entries(server) if each["event"] == "api_request_failed"]
    assert failure["request_id"] == told[1]


def entries(server: Poolgate) -> list[dict[str, Any]]:
    lines = server.log.read_text().splitlines(keepends=True)
    return [json.loads(line) for line in lines if line[:1] == "{" and line.endswith("\n")]


def entries_of_apis(server: Poolgate) -> list[dict[str, Any]]:
    return [each for each in entries(server) if each.get("service") == "execute-api"]
