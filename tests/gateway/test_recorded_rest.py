"""What AWS answered when its REST APIs were recorded, replayed line by line.

Each case is a method, a call of it, and what came back. `backend` stands for the address of a
server that answers as the case says.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from gateway.snapshot import (
    GatewayResponse,
    IntegrationResponse,
    MethodResponse,
    RestIntegration,
    RestMethod,
    RestSettings,
    Route,
)
from tests.gateway.conftest import Answer, ok
from tests.gateway.plane import API_HOST, API_ID, Plane

JSON = "application/json"
BODY = '{"foo": "bar", "list": [1, "a"], "none": null}'


def _mock(request: str = '{"statusCode": 200}', reply: str = "", **members: Any) -> RestIntegration:
    """A mock that answers 200, and 404 and 500 where its status is such a one."""
    templates = {JSON: reply} if reply else {}
    responses = (
        IntegrationResponse("200", templates=templates),
        IntegrationResponse("404", "404"),
        IntegrationResponse("500", "5\\d{2}"),
    )
    return RestIntegration(
        "MOCK", request_templates={JSON: request}, responses=responses, **members
    )


def _http(kind: str, backend: str, **members: Any) -> RestIntegration:
    return RestIntegration(
        kind, "POST", f"{backend}/pets", responses=(IntegrationResponse("200"),), **members
    )


@dataclass(frozen=True)
class Case:
    line: str
    integration: Callable[[str], RestIntegration] = lambda _backend: _mock()
    key: str = "ANY /pets"
    method: RestMethod | None = None
    settings: RestSettings = field(default_factory=RestSettings)
    call: tuple[str, str] = ("GET", "/prod/pets")
    headers: dict[str, str] = field(default_factory=dict)
    sent: str | None = None
    backend_says: bytes = field(default_factory=ok)
    status: int = 200
    body: str | None = None
    has: dict[str, str | None] = field(default_factory=dict)
    """Headers of the reply; None for one that must not be there."""
    backend_hears: tuple[str, ...] = ()
    backend_does_not_hear: tuple[str, ...] = ()


MISSING_TOKEN = {"x-amzn-ErrorType": "MissingAuthenticationTokenException"}
VALIDATED = RestMethod(
    "res",
    validates_parameters=True,
    validates_body=True,
    request_parameters={
        "method.request.querystring.query": True,
        "method.request.path.path": True,
        "method.request.header.header": True,
    },
    request_models={JSON: {"type": "object", "required": ["name"]}},
)


def _printed(template: str, body: str) -> Case:
    def integration(_backend: str) -> RestIntegration:
        return _http("HTTP", _backend, request_templates={JSON: template})

    return Case(
        f"VTL: {template}",
        integration,
        call=("POST", "/prod/pets"),
        sent=BODY,
        backend_hears=(f"\r\n\r\n{body}",),
    )


CASES = [
    Case(
        "An unknown path: 403 Missing Authentication Token",
        call=("GET", "/prod/nowhere"),
        status=403,
        body='{"message":"Missing Authentication Token"}',
        has=MISSING_TOKEN,
    ),
    Case(
        "A known path with another method: the same",
        key="GET /pets",
        call=("POST", "/prod/pets"),
        status=403,
        body='{"message":"Missing Authentication Token"}',
        has=MISSING_TOKEN,
    ),
    Case(
        "An integration fault: 500 Internal server error with the request's names",
        lambda _: RestIntegration("MOCK", request_templates={JSON: "#if("}),
        status=500,
        body='{"message":"Internal server error"}',
        has={"content-type": JSON},
    ),
    Case(
        "Missing parameters, header first, then path, then query",
        method=VALIDATED,
        status=400,
        body='{"message":"Missing required request parameters: [header, path, query]"}',
    ),
    Case(
        "A body that fails its model: 400 Invalid request body",
        method=RestMethod("res", validates_body=True, request_models=VALIDATED.request_models),
        call=("POST", "/prod/pets"),
        sent="{}",
        status=400,
        body='{"message":"Invalid request body"}',
    ),
    _printed("$input.path('$')", '{foo=bar, list=[1,"a"], none=null}'),
    _printed("$input.path('$.list')", '[1,"a"]'),
    _printed("<$input.path('$.missing')>", "<>"),
    _printed("$input.body", BODY),
    _printed("$util.urlEncode('a b')", "a+b"),
    Case(
        "VTL: an empty $input.body is {}",
        lambda _: _mock(reply="$input.body"),
        body="{}",
    ),
    Case(
        "A response template may set $context.responseOverride.*",
        lambda _: _mock(
            reply="#set($context.responseOverride.status = 418)"
            "#set($context.responseOverride.header.x-own = 'mine')"
        ),
        status=418,
        has={"x-own": "mine"},
    ),
    Case(
        "A request template may set $context.requestOverride.*",
        lambda backend: _http(
            "HTTP",
            backend,
            request_templates={
                JSON: "#set($context.requestOverride.header.x-own = 'mine')"
                "#set($context.requestOverride.querystring.q = '1')"
            },
        ),
        backend_hears=("x-own: mine", "POST /pets?q=1 "),
    ),
    Case(
        "MOCK picks its response by statusCode", lambda _: _mock('{"statusCode": 404}'), status=404
    ),
    Case("MOCK takes the unquoted key", lambda _: _mock("{statusCode: 500}"), status=500),
    Case(
        "HTTP sends only what is mapped, and names itself",
        lambda backend: _http(
            "HTTP",
            backend,
            request_parameters={"integration.request.header.x-mapped": "method.request.header.x-a"},
        ),
        headers={"X-A": "a", "X-B": "b"},
        backend_hears=(
            "POST /pets ",
            "x-mapped: a",
            f"user-agent: AmazonAPIGateway_{API_ID}",
            f"x-amzn-apigateway-api-id: {API_ID}",
        ),
        backend_does_not_hear=("x-a:", "x-b:"),
    ),
    Case(
        "HTTP_PROXY passes the client's headers and calls its own method",
        lambda backend: _http("HTTP_PROXY", backend),
        headers={"X-A": "a", "User-Agent": "client"},
        backend_hears=("POST /pets ", "x-a: a", "user-agent: client"),
    ),
    *(
        Case(
            f"{name} of a backend comes back renamed",
            lambda backend: _http("HTTP_PROXY", backend),
            backend_says=ok(b"ok", f"{name}: theirs"),
            has={f"x-amzn-Remapped-{name}": "theirs"},
        )
        for name in ("Date", "Server", "Authorization", "Host", "WWW-Authenticate")
    ),
    Case(
        "The length of a backend's body comes back renamed",
        lambda backend: _http("HTTP_PROXY", backend),
        has={"x-amzn-Remapped-Content-Length": "2", "content-length": "2"},
    ),
    Case(
        "DEFAULT_4XX shows through on a type that is not set itself",
        settings=RestSettings(
            gateway_responses={
                "DEFAULT_4XX": GatewayResponse("404", {"gatewayresponse.header.X-Own": "'1'"})
            }
        ),
        call=("GET", "/prod/nowhere"),
        status=404,
        body='{"message":"Missing Authentication Token"}',
        has={"x-own": "1"},
    ),
    Case(
        "DEFAULT_5XX shows through too",
        lambda _: RestIntegration("MOCK"),
        settings=RestSettings(gateway_responses={"DEFAULT_5XX": GatewayResponse("503")}),
        status=503,
        body='{"message":"Internal server error"}',
    ),
    Case(
        "An unknown stage is forbidden",
        call=("GET", "/nostage/pets"),
        status=403,
        body='{"message":"Forbidden"}',
        has={"x-amzn-ErrorType": "ForbiddenException"},
    ),
    Case(
        "A header that the method does not declare is not sent",
        lambda _: RestIntegration(
            "MOCK",
            request_templates={JSON: "{statusCode: 200}"},
            responses=(
                IntegrationResponse(
                    "200",
                    parameters={
                        "method.response.header.x-a": "'a'",
                        "method.response.header.x-b": "'b'",
                    },
                ),
            ),
        ),
        method=RestMethod(
            "res", responses={"200": MethodResponse({"method.response.header.x-a": False})}
        ),
        has={"x-a": "a", "x-b": None},
    ),
]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.line)
def test_what_was_recorded(case: Case, plane: Plane, serve, upstream):
    backend = upstream(case.backend_says)
    route = Route(case.key, case.integration(backend.url), rest=case.method)
    plane.show_rest(route, rest=case.settings)
    headers = {"Host": API_HOST, **case.headers}
    answer = serve(plane.app).request(*case.call, headers=headers, body=case.sent)

    _check_reply(case, answer)
    heard = backend.requests[0].decode() if backend.requests else ""
    assert [each for each in case.backend_hears if each not in heard] == []
    assert [each for each in case.backend_does_not_hear if each in heard] == []


def _check_reply(case: Case, answer: Answer) -> None:
    assert answer.status == case.status
    if case.body is not None:
        assert answer.body.decode() == case.body
    assert {name: answer.header(name) for name in case.has} == case.has
    assert len(answer.header("x-amzn-RequestId") or "") == 36
    assert answer.header("x-amz-apigw-id")
