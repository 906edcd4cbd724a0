"""Changes of keys, plans and domains that collide, on both databases: one wins, none is a 500."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from gateway.control.compiling.compiler import Compiler
from gateway.control.errors import Refused
from kernel.database import Database
from tests.gateway.control.caller import Caller, build_kernel
from tests.gateway.control.rest_rows import add_rest_api

AT_ONCE = 4
VALUE = "a-key-of-the-tests-1234567890"


@pytest.fixture
def caller(database: Database, tmp_path: Path) -> Caller:
    return Caller(build_kernel(database, tmp_path))


def at_once(work: Callable[[int], Any]) -> list[str]:
    def attempt(number: int) -> str:
        try:
            work(number)
        except Refused as refused:
            return type(refused).__name__
        return "ok"

    with ThreadPoolExecutor(AT_ONCE) as pool:
        return sorted(pool.map(attempt, range(AT_ONCE)))


def test_one_of_parallel_keys_gets_a_value(caller: Caller) -> None:
    results = at_once(lambda _: caller.rest("CreateApiKey", value=VALUE))

    assert results == ["Conflicting"] * (AT_ONCE - 1) + ["ok"]


def test_one_of_parallel_domains_gets_a_name(caller: Caller) -> None:
    results = at_once(
        lambda number: caller.elsewhere(account=f"{number:012d}")(
            "CreateDomainName", DomainName="api.example.com"
        )
    )

    assert results == ["Conflicting"] * (AT_ONCE - 1) + ["ok"]


def test_one_of_parallel_mappings_gets_a_path(caller: Caller) -> None:
    api_id = add_rest_api(caller.kernel.database)
    caller("CreateDomainName", DomainName="api.example.com")

    results = at_once(
        lambda _: caller.rest(
            "CreateBasePathMapping", domainName="api.example.com", restApiId=api_id, stage="prod"
        )
    )

    assert results == ["Conflicting"] * (AT_ONCE - 1) + ["ok"]


def test_a_key_joins_one_of_parallel_plans_of_a_stage(caller: Caller) -> None:
    rest, api_id = caller.rest, add_rest_api(caller.kernel.database)
    key_id = rest("CreateApiKey", name="ada", enabled=True)["id"]
    stages = [{"apiId": api_id, "stage": "prod"}]
    plans = [
        rest("CreateUsagePlan", name=f"p{number}", apiStages=stages)["id"]
        for number in range(AT_ONCE)
    ]

    results = at_once(
        lambda number: rest(
            "CreateUsagePlanKey", usagePlanId=plans[number], keyId=key_id, keyType="API_KEY"
        )
    )

    assert results == ["Conflicting"] * (AT_ONCE - 1) + ["ok"]
    (key,) = caller.kernel.database.read(Compiler().load).keys.values()
    assert len(key.plans) == 1


def test_parallel_changes_of_one_document_are_all_kept(caller: Caller) -> None:
    rest = caller.rest
    plan = rest("CreateUsagePlan", name="gold")["id"]
    arn = f"arn:aws:apigateway:us-east-1::/usageplans/{plan}"

    def change(number: int) -> None:
        if number % 2:
            rest("TagResource", resourceArn=arn, tags={str(number): "x"})
        else:
            path = "/throttle/rateLimit" if number else "/description"
            operation = {"op": "replace", "path": path, "value": "7"}
            rest("UpdateUsagePlan", usagePlanId=plan, patchOperations=[operation])

    for _ in range(5):
        assert at_once(change) == ["ok"] * AT_ONCE

    assert rest("GetUsagePlan", usagePlanId=plan) == {
        "id": plan,
        "name": "gold",
        "apiStages": [],
        "description": "7",
        "throttle": {"rateLimit": 7.0},
        "tags": {"1": "x", "3": "x"},
    }


def test_searches_and_usage_read_the_same_on_both(caller: Caller) -> None:
    rest, api_id = caller.rest, add_rest_api(caller.kernel.database)
    ids = [rest("CreateApiKey", name=name, customerId="c")["id"] for name in ("ada", "a%", "eve")]
    plan = rest(
        "CreateUsagePlan",
        name="gold",
        apiStages=[{"apiId": api_id, "stage": "prod"}],
        quota={"limit": 10, "period": "DAY"},
    )["id"]
    rest("CreateUsagePlanKey", usagePlanId=plan, keyId=ids[0], keyType="API_KEY")

    assert [key["name"] for key in rest("GetApiKeys", nameQuery="a%")["items"]] == ["a%"]
    assert len(rest("GetApiKeys", customerId="c")["items"]) == 3
    done = rest(
        "UpdateUsage",
        usagePlanId=plan,
        keyId=ids[0],
        patchOperations=[{"op": "replace", "path": "/remaining", "value": "3"}],
    )
    assert done["items"] == {ids[0]: [[0, 3]]}
    made = rest("GenerateClientCertificate")["clientCertificateId"]
    rest("DeleteClientCertificate", clientCertificateId=made)
    body = f"name,key\nada,{VALUE}\nshort,x\n".encode()
    assert len(rest("ImportApiKeys", body=body, format="csv")["warnings"]) == 1
