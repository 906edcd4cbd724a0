"""Which requests a canary serves."""

from __future__ import annotations

import pytest

from gateway.handlers.canary import is_chosen
from gateway.snapshot import (
    AccessLog,
    Canary,
    IntegrationResponse,
    MethodSettings,
    RestIntegration,
    RestSettings,
    Route,
    Stage,
)
from kernel.telemetry.request_ids import new_short_id
from tests.gateway.plane import API_ID, HOST, Plane


def _mock(status: int) -> Route:
    template = {"application/json": f'{{"statusCode": {status}}}'}
    responses = (IntegrationResponse(str(status)),)
    return Route("GET /", RestIntegration("MOCK", request_templates=template, responses=responses))


def _release(plane: Plane, percent: float, **options) -> None:
    canary = Stage("prod", (_mock(201),), rest=RestSettings(), is_canary=True, **options)
    plane.show_rest(_mock(200), canary=Canary(percent, "d2", {}), canary_stage=canary, **options)


@pytest.mark.parametrize(("percent", "status"), [(0.0, 200), (100.0, 201)])
def test_canary_of_everything_or_nothing(plane, server, percent, status):
    _release(plane, percent)
    assert {server.get("/prod", headers=HOST).status for _ in range(20)} == {status}


def test_canary_gets_its_share():
    chosen = sum(is_chosen(new_short_id(), 10.0) for _ in range(20_000))
    assert 1_700 < chosen < 2_300


@pytest.mark.parametrize("percent", [0.0, 100.0])
def test_bounds_of_the_share_are_exact(percent):
    assert {is_chosen(str(number), percent) for number in range(1000)} == {percent == 100.0}


def test_same_request_is_served_alike():
    assert len({is_chosen("KyRkhjX3oAMESvQ=", 50.0) for _ in range(100)}) == 1


def test_larger_share_keeps_the_requests_of_a_smaller_one():
    ids = [new_short_id() for _ in range(1000)]
    small = {each for each in ids if is_chosen(each, 10.0)}
    assert small <= {each for each in ids if is_chosen(each, 20.0)}


def test_header_of_a_client_does_not_choose(plane, server):
    _release(plane, 0.0)
    headers = {**HOST, "x-amzn-requestid": "0", "apigw-requestid": "0", "x-request-id": "0"}
    assert server.get("/prod", headers=headers).status == 200


@pytest.mark.parametrize(("percent", "mark"), [(0.0, "false"), (100.0, "true")])
def test_access_log_tells_who_served(plane, server, percent, mark):
    log = AccessLog("log", "$context.requestId $context.isCanaryRequest $context.status")
    _release(plane, percent, access_log=log)
    status = server.get("/prod", headers=HOST).status
    assert plane.lines[-1][1].endswith(f" {mark} {status}")


def test_a_canarys_lines_are_in_its_own_group_and_in_its_stages(plane, server):
    group = "arn:aws:logs:us-east-1:000000000000:log-group:pets"
    settings = {"": MethodSettings(logging_level="INFO")}
    log = AccessLog(f"{group}/Canary", "$context.requestId")
    _release(plane, 100.0, access_log=log, settings=settings)
    server.get("/prod", headers=HOST)

    execution = group.replace("pets", f"API-Gateway-Execution-Logs_{API_ID}/prod")
    told = [destination for destination, _ in plane.lines]
    assert sorted(told) == sorted([group, f"{group}/Canary", execution, f"{execution}/Canary"])


def test_access_log_says_nothing_where_there_is_no_canary(plane, server):
    plane.show_rest(_mock(200), access_log=AccessLog("log", "$context.isCanaryRequest"))
    server.get("/prod", headers=HOST)
    assert plane.lines[-1][1] == "-"
