"""Leaving one API of a custom domain for another by spelling the path so that only one of the two
readers, the gateway or a backend, sees the base path."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from gateway.snapshot import (
    Api,
    ApiMapping,
    HeaderMatch,
    HttpProxyIntegration,
    JwtAuthorizer,
    Route,
    Routing,
    RoutingRule,
    Snapshot,
    Stage,
)
from tests.gateway.conftest import ISSUER, Served, ok
from tests.gateway.plane import Plane

DOMAIN = "api.example.com"
GUARD = JwtAuthorizer("people", ISSUER, frozenset({"client"}), "$request.header.Authorization")


def api_of(api_id: str, url: str, guard: JwtAuthorizer | None = None) -> Api:
    routes = [
        Route("ANY /", HttpProxyIntegration(url), guard),
        Route("ANY /{proxy+}", HttpProxyIntegration(f"{url}/{{proxy}}"), guard),
    ]
    return Api(api_id, api_id, {"prod": Stage("prod", routes)})


@pytest.fixture
def plane(tokens: Any) -> Iterator[Plane]:
    made = Plane(tokens)
    yield made
    made.pool.close()


@pytest.fixture
def backends(upstream: Any) -> dict[str, Any]:
    return {"open": upstream(ok(b"open")), "admin": upstream(ok(b"admin"))}


@pytest.fixture
def server(plane: Plane, serve: Any, backends: dict[str, Any]) -> Served:
    """`/shop` is open, `/shop/admin` asks for a token, and so does what a header sends there."""
    plane.holder.swap(
        Snapshot(
            apis={
                "open": api_of("open", backends["open"].url),
                "admin": api_of("admin", backends["admin"].url, GUARD),
            },
            domains={
                DOMAIN: [
                    ApiMapping("shop", "open", "prod"),
                    ApiMapping("shop/admin", "admin", "prod"),
                ],
                "rules.example.com": [ApiMapping("", "open", "prod")],
            },
            routing={
                "rules.example.com": Routing(
                    (
                        RoutingRule("admin", "prod", base_paths=("admin",)),
                        RoutingRule("admin", "prod", ((HeaderMatch("x-admin", "1*"),),)),
                    )
                )
            },
        )
    )
    return serve(plane.app)


TARGETS = [
    "/admin",
    "/admin/",
    "/admin/users",
    "/%61dmin/users",
    "/x/../admin/users",
    "/x/%2e%2e/admin/users",
    "/x/..%2fadmin/users",
    "/..;/admin/users",
    "/.;/admin/users",
    "//admin/users",
    "/admin%2fusers",
    "/admin%5cusers",
    "/admin;x=y/users",
    "/./admin/users",
    "/%2e/admin/users",
]


@pytest.mark.parametrize("target", TARGETS)
def test_no_spelling_reaches_a_guarded_mapping_or_hands_its_path_to_another(
    server: Served, backends: dict[str, Any], target: str
) -> None:
    answer = server.get(f"/shop{target}", headers={"Host": DOMAIN})

    assert backends["admin"].requests == []
    assert answer.status in {400, 401, 403, 404} or not _is_admin(backends["open"].heads()[0])


@pytest.mark.parametrize("target", TARGETS)
def test_no_spelling_gets_around_a_rule_by_path(
    server: Served, backends: dict[str, Any], target: str
) -> None:
    answer = server.get(target, headers={"Host": "rules.example.com"})

    assert backends["admin"].requests == []
    assert answer.status in {400, 401, 403, 404} or not _is_admin(backends["open"].heads()[0])


def _is_admin(head: str) -> bool:
    """Whether the backend of the open API got what a lenient reader takes for /admin."""
    path = head.split(" ")[1].lower().replace("%61", "a").replace("\\", "/")
    return path.startswith(("/admin/", "/admin?")) or path == "/admin"


@pytest.mark.parametrize(
    "headers",
    [{"X-Admin": "1"}, {"x-admin": "1.0"}, {"X-ADMIN": "1,2"}],
)
def test_the_case_of_a_headers_name_does_not_matter(
    server: Served, backends: dict[str, Any], headers: dict[str, str]
) -> None:
    answer = server.get("/anything", headers={"Host": "rules.example.com", **headers})

    assert answer.status == 401
    assert backends["open"].requests == []


def test_a_header_of_underscores_is_another_header(
    server: Served, backends: dict[str, Any]
) -> None:
    request = (
        b"GET /x HTTP/1.1\r\nHost: rules.example.com\r\nX_Admin: 1\r\nConnection: close\r\n\r\n"
    )

    assert b"open" in server.raw(request)
    assert backends["admin"].requests == []
