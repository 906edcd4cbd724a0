"""What the operations set, as callers of the APIs meet it: real rows, a real backend, a socket."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from gateway.addresses import PoolgateAddresses
from gateway.control.account.key_values import fingerprint_of
from gateway.effects import FingerprintKey, SpendQuota, TakeToken, VerifyToken
from gateway.integrations.pool import UpstreamPool
from gateway.performers import Performers
from gateway.performers.api_keys import fingerprinting
from gateway.performers.quotas import QuotaCounter
from gateway.performers.tokens import taking
from gateway.snapshot import SnapshotHolder
from gateway.wsgi import DataPlane
from kernel.outbound import AddressGuard
from kernel.shared_state.in_process import InProcess
from tests.gateway.conftest import Answer, Served, ok
from tests.gateway.control.account.requests import (
    NAME,
    VALUE,
    api_mapping,
    http_domain,
    patch,
    plan_of,
)
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest_rows import add_rest_api

REFUSALS = {403, 404, 429}


@pytest.fixture
def server(
    caller: Caller, served: SnapshotHolder, serve: Callable[[Any], Served]
) -> Iterator[Served]:
    """A worker of the caller's instance."""
    kernel = caller.kernel
    counter = QuotaCounter(kernel.database, kernel.clock)
    pool = UpstreamPool(AddressGuard(), trusted=True)
    performers = {
        FingerprintKey: fingerprinting(lambda value: fingerprint_of(kernel.sealer, value)),
        SpendQuota: counter,
        TakeToken: taking(InProcess()),
        VerifyToken: lambda _effect: None,
    }
    plane = DataPlane(
        served,
        PoolgateAddresses(path_addresses=False),
        Performers(performers),
        pool,
        lambda _destination, _line: None,
    )
    yield serve(plane)
    pool.close()
    counter.close()


def call(server: Served, host: str, path: str, **headers: str) -> Answer:
    sent = {name.replace("_", "-"): value for name, value in headers.items()}
    return server.get(path, headers={"Host": host, **sent})


def http_api(caller: Caller, url: str, stage: str = "$default") -> str:
    api_id = caller.create_api()
    target = caller.create_integration(api_id, IntegrationUri=f"{url}/{{proxy}}")
    caller.create_route(api_id, "ANY /{proxy+}", Target=f"integrations/{target}")
    caller("CreateStage", ApiId=api_id, StageName=stage, AutoDeploy=True)
    return api_id


def test_a_rest_method_opens_by_key_and_plan_alone(
    rest: Caller, api_id: str, server: Served
) -> None:
    host, path = f"{api_id}.execute-api.localhost", "/prod/pets"
    plan = plan_of(rest, api_id, quota={"limit": 3, "period": "DAY"})
    key = rest("CreateApiKey", value=VALUE)["id"]

    def status() -> int:
        return call(server, host, path, x_api_key=VALUE).status

    assert call(server, host, path).status == 403
    assert status() == 403
    rest("CreateUsagePlanKey", usagePlanId=plan, keyId=key, keyType="API_KEY")
    assert status() == 403  # it is not enabled
    rest("UpdateApiKey", apiKey=key, patchOperations=[patch("/enabled", "true")])
    assert call(server, host, "/dev/pets", x_api_key=VALUE).status == 403
    assert all(status() not in REFUSALS for _ in range(3))
    assert status() == 429
    usage = rest("GetUsage", usagePlanId=plan, startDate="2026-05-04", endDate="2026-05-04")
    assert usage["items"] == {key: [[3, 0]]}
    rest("DeleteApiKey", apiKey=key)
    assert status() == 403


def test_a_stage_named_in_the_key_is_open_without_a_plan(
    rest: Caller, api_id: str, server: Served
) -> None:
    stages = [{"restApiId": api_id, "stageName": "prod"}]
    rest("CreateApiKey", value=VALUE, enabled=True, stageKeys=stages)
    host = f"{api_id}.execute-api.localhost"

    assert call(server, host, "/prod/pets", x_api_key=VALUE).status not in REFUSALS
    assert call(server, host, "/dev/pets", x_api_key=VALUE).status == 403


def test_an_accounts_throttle_holds_for_all_of_its_apis(
    caller: Caller, rest: Caller, server: Served, upstream: Any
) -> None:
    url = upstream(ok()).url
    first, second = http_api(caller, url), http_api(caller, url)
    theirs = http_api(caller.elsewhere(account="111111111111"), url)
    operations = [
        patch("/throttleSettings/rateLimit", "0.001"),
        patch("/throttleSettings/burstLimit", "2"),
    ]
    rest("UpdateAccount", patchOperations=operations)

    statuses = [
        call(server, f"{api}.execute-api.localhost", "/x").status for api in (first, second) * 2
    ]

    assert statuses == [200, 200, 429, 429]
    assert call(server, f"{theirs}.execute-api.localhost", "/x").status == 200


def test_a_domain_serves_its_mappings_at_every_level(
    caller: Caller, server: Served, upstream: Any
) -> None:
    one, two = upstream(ok(b"one")), upstream(ok(b"two"))
    http_domain(caller)
    api_mapping(caller, http_api(caller, one.url), "shop", Stage="$default")
    api_mapping(caller, http_api(caller, two.url, "dev"), "shop/v2", Stage="dev")

    assert call(server, NAME, "/shop/pets").body == b"one"
    assert call(server, NAME, "/shop/v2/pets/1").body == b"two"
    assert call(server, f"{NAME}:443", "/shop/v20/pets").body == b"one"
    assert two.heads()[0].startswith("GET /pets/1 ")
    for path in ("/", "/shopping/pets", "/SHOP/pets"):
        assert call(server, NAME, path).status == 404
    caller("DeleteDomainName", DomainName=NAME)
    assert call(server, NAME, "/shop/pets").status == 404


def test_rules_send_requests_by_header_and_path(
    caller: Caller, rest: Caller, api_id: str, server: Served, upstream: Any
) -> None:
    mapped = upstream(ok(b"mapped"))
    http_domain(caller, RoutingMode="ROUTING_RULE_THEN_API_MAPPING")
    api_mapping(caller, http_api(caller, mapped.url), Stage="$default")
    open_api = add_rest_api(
        caller.kernel.database, "open1234567", "prod", methods={"GET": {"apiKeyRequired": False}}
    )
    for priority, target, strips in ((2, api_id, False), (1, open_api, True)):
        caller(
            "CreateRoutingRule",
            DomainName=NAME,
            Priority=priority,
            Actions=[{"InvokeApi": {"ApiId": target, "Stage": "prod", "StripBasePath": strips}}],
            Conditions=[
                {"MatchHeaders": {"AnyOf": [{"Header": "X-Version", "ValueGlob": f"{priority}*"}]}},
                {"MatchBasePaths": {"AnyOf": ["v", "pets"]}},
            ],
        )

    assert call(server, NAME, "/pets").body == b"mapped"
    assert call(server, NAME, "/other", X_Version="1").body == b"mapped"
    # Not stripped, the path is that of a method which asks for a key; stripped, there is a method
    # that does not.
    assert call(server, NAME, "/pets", X_Version="2.0").status == 403
    assert call(server, NAME, "/v/pets", x_version="1").status not in REFUSALS
