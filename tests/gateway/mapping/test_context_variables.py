"""`$context` in an access log, a template and a mapping says the same."""

from __future__ import annotations

import json
from dataclasses import replace

from gateway.snapshot import (
    AccessLog,
    ApiKey,
    ApiMapping,
    IntegrationResponse,
    MethodResponse,
    RestIntegration,
    RestMethod,
    Route,
    Snapshot,
)
from tests.gateway.conftest import ok
from tests.gateway.plane import API_HOST, API_ID
from tests.waiting import wait_until

SAID = {
    "accountId": "000000000000",
    "apiId": API_ID,
    "deploymentId": "dep",
    "domainName": API_HOST,
    "domainPrefix": API_ID,
    "httpMethod": "GET",
    "identity.sourceIp": "127.0.0.1",
    "identity.userAgent": "tests",
    "path": "/prod/pets/7",
    "protocol": "HTTP/1.1",
    "resourceId": "res",
    "resourcePath": "/pets/{id}",
    "stage": "prod",
}
JSON = "application/json"


def _mock(template: str, **parameters: str) -> RestIntegration:
    return RestIntegration(
        "MOCK",
        request_templates={JSON: "{statusCode: 200}"},
        responses=(IntegrationResponse("200", templates={JSON: template}, parameters=parameters),),
    )


def test_a_name_says_the_same_everywhere(plane, server):
    template = json.dumps({name: f"$context.{name}" for name in SAID})
    mapped = {f"method.response.header.X-{name}": f"context.{name}" for name in SAID}
    method = RestMethod("res", responses={"200": MethodResponse(dict.fromkeys(mapped, False))})
    route = Route("GET /pets/{id}", _mock(template, **mapped), rest=method)
    plane.show_rest(route, access_log=AccessLog("log", template), deployment_id="dep")
    headers = {"Host": API_HOST, "User-Agent": "tests"}
    answer = server.get("/prod/pets/7", headers=headers)

    assert answer.json == SAID
    assert {name: answer.header(f"X-{name}") for name in SAID} == SAID
    assert json.loads(plane.lines[0][1]) == SAID


def test_a_custom_domain_shows_the_path_that_clients_know(plane, server):
    names = ("customDomain.basePathMatched", "domainName", "path")
    template = json.dumps({name: f"$context.{name}" for name in names})
    plane.show_rest(Route("GET /pets", _mock(template)), access_log=AccessLog("log", template))
    mapped = {"api.example.com": [ApiMapping("v1/a", API_ID, "prod")]}
    plane.holder.swap(Snapshot.of(list(plane.holder.current.apis.values()), mapped))
    answer = server.get("/v1/a/pets", headers={"Host": "api.example.com:8443"})

    said = dict(zip(names, ("v1/a", "api.example.com", "/v1/a/pets"), strict=True))
    assert answer.json == said
    assert json.loads(plane.lines[0][1]) == said


def test_requests_have_the_ids_that_their_replies_name(plane, server):
    template = '{"id": "$context.requestId", "extended": "$context.extendedRequestId"}'
    plane.show_rest(Route("GET /", _mock(template)), access_log=AccessLog("log", template))
    answer = server.get("/prod", headers={"Host": API_HOST})

    assert answer.json["id"] == answer.header("x-amzn-RequestId")
    assert answer.json["extended"] == answer.header("x-amz-apigw-id")
    assert json.loads(plane.lines[0][1]) == answer.json


def test_a_log_tells_why_a_request_was_refused_and_by_what_kind(plane, server):
    line = "$context.status $context.error.responseType $context.error.message"
    plane.show_rest(Route("GET /", _mock("")), access_log=AccessLog("log", line))
    server.get("/prod/none", headers={"Host": API_HOST})

    assert plane.lines == [("log", "403 MISSING_AUTHENTICATION_TOKEN Missing Authentication Token")]


def test_a_log_tells_what_the_integration_said(plane, server, upstream):
    target = upstream(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
    integration = RestIntegration(
        "HTTP", "GET", target.url, responses=(IntegrationResponse("200"),)
    )
    line = "$context.status $context.integration.status"
    plane.show_rest(Route("GET /", integration), access_log=AccessLog("log", line))
    server.get("/prod", headers={"Host": API_HOST})

    assert plane.lines == [("log", "200 404")]


def test_a_log_of_a_proxy_tells_both_statuses(plane, server, upstream):
    line = "$context.status $context.integration.status $context.responseLength"
    route = Route("GET /", RestIntegration("HTTP_PROXY", "GET", upstream(ok(b"four")).url))
    plane.show_rest(route, access_log=AccessLog("log", line))
    server.get("/prod", headers={"Host": API_HOST})

    # A reply that streams is logged at its end, when the client may have it already.
    wait_until(lambda: plane.lines)
    assert plane.lines == [("log", "200 200 4")]


def test_claims_and_an_authorizers_context_are_variables():
    from gateway.context import Address, Caller, Identified, Request
    from gateway.mapping.context_variables import variable, variables_tree
    from gateway.route_tree import Match
    from gateway.snapshot import Api, Stage

    route = Route("GET /", _mock(""))
    stage = Stage("prod", [route])
    api = Api(API_ID, "pets", {"prod": stage}, protocol="REST")
    context = Identified(
        Request("id", "GET", "https", "h", 1, "", {}, "::1"),
        Address(API_ID, "prod", "/"),
        Snapshot.of([api]),
        api,
        stage,
        Match(route, {}),
        {"sub": "someone", "cognito:groups": ["a", "b"], "email_verified": True},
        Caller("principal", {"tenant": "blue", "n": 1}),
    )

    assert variable(context, "authorizer.claims.sub") == "someone"
    assert variable(context, "authorizer.claims.cognito:groups") == "[a b]"
    assert variable(context, "authorizer.claims.email_verified") == "true"
    assert variable(context, "authorizer.claims.none") is None
    assert variable(context, "authorizer.principalId") == "principal"
    assert variable(context, "authorizer.tenant") == "blue"
    assert variable(context, "authorizer.none") is None
    assert variable(context, "__class__") is None
    key = replace(
        context, key=ApiKey("k1", "", "", True), caller=Caller(usage_key="of the authorizer")
    )
    assert variable(key, "identity.apiKey") == "of the authorizer"
    assert variables_tree(context)["authorizer"] == {
        "tenant": "blue",
        "n": 1,
        "claims": {"sub": "someone", "cognito:groups": "[a b]", "email_verified": "true"},
        "principalId": "principal",
    }
