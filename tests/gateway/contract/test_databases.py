"""Two of everything are made, listed and taken away on each database."""

from __future__ import annotations

from pathlib import Path

from kernel.database import Database
from tests.gateway.contract.wire import Wire
from tests.gateway.contract.world import build
from tests.gateway.control.caller import build_kernel


def test_everything_is_made_and_taken_away(database: Database, tmp_path: Path) -> None:
    wire = Wire(build_kernel(database, tmp_path))
    world = build(wire)
    names = {**world.http, **world.websocket}
    api = {"ApiId": names["ApiId"]}
    product = {"PortalProductId": names["PortalProductId"]}
    pages = wire("apigatewayv2", "ListProductPages", **product, MaxResults="1")

    wire("apigatewayv2", "DeleteRoute", **api, RouteId=names["RouteId"])
    wire("apigatewayv2", "DeleteIntegration", **api, IntegrationId=names["IntegrationId"])
    wire("apigatewayv2", "DeletePortalProduct", **product)
    wire("apigatewayv2", "DeleteApi", **api)
    wire("apigateway", "DeleteUsagePlanKey", **_of(world.rest, "usagePlanId", "keyId"))
    wire("apigateway", "DeleteBasePathMapping", **_of(world.rest, "domainName", "basePath"))

    assert len(pages["Items"]) == 1
    assert len(wire("apigatewayv2", "ListPortalProducts")["Items"]) == 1
    assert len(wire("apigatewayv2", "GetApis")["Items"]) == 2


def _of(names: dict[str, str], *wanted: str) -> dict[str, str]:
    return {name: names[name] for name in wanted}
