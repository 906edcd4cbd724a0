"""Requests that the tests of an account's parts send, and what stands in them."""

from __future__ import annotations

from typing import Any

from tests.gateway.control.account.conftest import ARNS
from tests.gateway.control.caller import NOON, Caller
from tests.servers.authority import Authority

VALUE = "a-key-of-the-tests-1234567890"
CERTIFICATE, OTHER = ARNS
NAME = "api.example.com"
CONFIGURATION = {"CertificateArn": CERTIFICATE, "EndpointType": "REGIONAL"}


def patch(path: str, value: str | None = None, op: str = "replace") -> dict[str, str]:
    return {"op": op, "path": path, **({} if value is None else {"value": value})}


def http_domain(caller: Caller, name: str = NAME, **members: Any) -> dict[str, Any]:
    request = {"DomainNameConfigurations": [CONFIGURATION], **members}
    made: dict[str, Any] = caller("CreateDomainName", DomainName=name, **request)
    return made


def issued(days: float = 30, name: str = NAME) -> tuple[str, str]:
    """A certificate and its key."""
    made = Authority(now=NOON).server(name, days=days)
    return made.chain, made.private_key


def plan_of(rest: Caller, api_id: str, **members: Any) -> str:
    """A plan that opens the stage prod."""
    stages = [{"apiId": api_id, "stage": "prod"}]
    made: str = rest("CreateUsagePlan", **{"name": "gold", "apiStages": stages, **members})["id"]
    return made


def api_mapping(caller: Caller, api_id: str, key: str = "", **members: Any) -> dict[str, Any]:
    request = {"DomainName": NAME, "ApiId": api_id, "Stage": "prod", "ApiMappingKey": key}
    made: dict[str, Any] = caller("CreateApiMapping", **{**request, **members})
    return made
