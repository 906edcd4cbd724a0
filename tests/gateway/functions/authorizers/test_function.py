"""Lambda authorizers of both kinds of API, with functions that really run."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from gateway.snapshot import (
    AccessLog,
    FunctionAuthorizer,
    HttpProxyIntegration,
    RestIntegration,
    Route,
    Snapshot,
)
from tests.gateway.conftest import ok
from tests.gateway.plane import MOCK

POLICY = """
import json

def handler(event, context):
    print(json.dumps(event))
    token = event.get("authorizationToken") or (event.get("identitySource") or [""])[0]
    if token == "boom":
        raise ValueError("boom")
    if token == "Unauthorized":
        raise Exception("Unauthorized")
    if token == "odd":
        return {"principalId": "ada"}
    if token == "nested":
        about = {"nested": {"a": 1}}
    else:
        about = {"name": "Ada", "age": 36, "admin": True}
    effect = "Deny" if token == "deny" else "Allow"
    path = event["methodArn"].partition("/")[0]
    resource = f"{path}/prod/GET/pets" if token == "narrow" else f"{path}/*"
    statement = {"Effect": effect, "Action": "execute-api:Invoke", "Resource": resource}
    return {
        "principalId": "ada",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
        "context": about,
    }
"""

COUNTING = """
count = 0

def handler(event, context):
    global count
    count += 1
    return {"isAuthorized": count == 1, "context": {"count": count, "event": event}}
"""

URI = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:${stageVariables.guard}/invocations"
)
VARIABLES = {"guard": "guard"}


def token_authorizer(**changes) -> FunctionAuthorizer:
    members = {
        "id": "a1",
        "name": "guard",
        "function": URI,
        "kind": "TOKEN",
        "identity_sources": ("method.request.header.Authorization",),
        **changes,
    }
    return FunctionAuthorizer(**members)


def routes(target: str, authorizer: FunctionAuthorizer) -> list[Route]:
    return [
        Route(key, HttpProxyIntegration(target), authorizer) for key in ("GET /pets", "GET /cats")
    ]


@pytest.fixture
def rest(plane, write_function):
    write_function("guard", POLICY)

    def show(**changes):
        authorizer = token_authorizer(**changes)
        methods = [Route(key, MOCK, authorizer) for key in ("GET /pets", "GET /cats")]
        plane.show_rest(*methods, variables=VARIABLES)

    show()
    return show


def test_a_policy_that_allows_the_request_opens_it(rest, call):
    assert call("/prod/pets", Authorization="let me in").status == 200


@pytest.mark.parametrize(
    ("token", "kind"),
    [
        ("Unauthorized", "UNAUTHORIZED"),
        ("boom", "AUTHORIZER_FAILURE"),
        ("odd", "AUTHORIZER_CONFIGURATION_ERROR"),
        ("nested", "AUTHORIZER_CONFIGURATION_ERROR"),
        ("deny", "ACCESS_DENIED"),
    ],
)
def test_what_a_function_answers_decides_the_refusal(rest, call, token, kind):
    expected = {"UNAUTHORIZED": 401, "ACCESS_DENIED": 403}.get(kind, 500)

    assert call("/prod/pets", Authorization=token).status == expected


def test_a_missing_token_is_unauthorized_and_no_function_is_called(rest, call, write_function):
    write_function("guard", "raise RuntimeError('called')")

    assert call("/prod/pets").status == 401


def test_a_kept_policy_is_evaluated_for_each_request(rest, call, write_function):
    assert call("/prod/pets", Authorization="narrow").status == 200
    write_function("guard", "raise RuntimeError('called')")

    assert call("/prod/pets", Authorization="narrow").status == 200
    assert call("/prod/cats", Authorization="narrow").status == 403


def test_an_answer_is_kept_for_its_time_only(rest, call, clock, write_function):
    assert call("/prod/pets", Authorization="x").status == 200
    write_function("guard", POLICY.replace('"Allow"', '"Deny"'))
    clock[0] = 299.9
    assert call("/prod/pets", Authorization="x").status == 200
    clock[0] = 300.1

    assert call("/prod/pets", Authorization="x").status == 403


def test_a_time_to_live_of_nothing_keeps_nothing(rest, call, write_function):
    rest(result_ttl=0)
    assert call("/prod/pets", Authorization="x").status == 200
    write_function("guard", POLICY.replace('"Allow"', '"Deny"'))

    assert call("/prod/pets", Authorization="x").status == 403


def test_a_token_that_does_not_fit_the_expression_reaches_no_function(rest, call, write_function):
    rest(validation_expression="Bearer [a-z]+")
    assert call("/prod/pets", Authorization="Bearer abc").status == 200
    write_function("guard", "raise RuntimeError('called')")

    assert call("/prod/pets", Authorization="Bearer ABC").status == 401


def test_an_expression_that_backtracks_without_end_refuses_in_time(rest, call):
    rest(validation_expression="(a+)+b")

    assert call("/prod/pets", Authorization="a" * 5_000).status == 401


def test_a_function_that_does_not_exist_is_a_failure(rest, call):
    rest(function=URI.replace("${stageVariables.guard}", "nobody"))

    assert call("/prod/pets", Authorization="x").status == 500


def test_parts_of_an_identity_cannot_be_shifted_into_each_other(
    plane, upstream, write_function, call
):
    write_function("guard", COUNTING)
    sources = ("$request.header.a", "$request.header.b")
    authorizer = token_authorizer(
        kind="REQUEST", identity_sources=sources, payload_version="2.0", simple_responses=True
    )
    plane.show(*routes(upstream(ok()).url, authorizer), variables=VARIABLES)

    assert call("/pets", a="x1:", b="y").status == 200
    assert call("/pets", a="x", b="1:y").status == 403


def test_an_http_api_takes_simple_answers_and_its_event_is_of_version_two(
    plane, upstream, write_function, call
):
    write_function("guard", COUNTING)
    target = upstream(ok())
    authorizer = token_authorizer(
        kind="REQUEST",
        identity_sources=("$request.header.x-token", "$context.routeKey"),
        payload_version="2.0",
        simple_responses=True,
    )
    plane.show(*routes(target.url, authorizer), variables=VARIABLES)

    assert call("/pets", x_token="t", Cookie="a=1; b=2").status == 200
    assert call("/cats", x_token="t").status == 403  # the route key is part of the identity
    assert call("/pets").status == 401


def test_the_request_event_of_version_two_says_what_aws_says(
    plane, upstream, write_function, call, tmp_path
):
    write_function(
        "guard",
        "import json\ndef handler(event, context):\n"
        "    return {'isAuthorized': False, 'context': event} if event.get('x') else "
        "{'isAuthorized': event['rawPath'] == '/pets' and event['identitySource'] == ['t'] and "
        "event['routeKey'] == 'GET /pets' and event['version'] == '2.0' and "
        "event['requestContext']['http']['method'] == 'GET' and event['cookies'] == ['a=1'] and "
        "event['queryStringParameters'] == {'q': '1,2'} and event['routeArn'].endswith("
        "':abc123/$default/GET/pets')}",
    )
    authorizer = token_authorizer(
        kind="REQUEST",
        identity_sources=("$request.header.x-token",),
        payload_version="2.0",
        simple_responses=True,
    )
    plane.show(*routes(upstream(ok()).url, authorizer), variables=VARIABLES)

    assert call("/pets?q=1&q=2", x_token="t", Cookie="a=1").status == 200


def test_policies_of_http_apis_are_version_one(plane, upstream, write_function, call):
    write_function("guard", POLICY)
    authorizer = token_authorizer(
        kind="REQUEST", identity_sources=("$request.header.authorization",)
    )
    plane.show(*routes(upstream(ok()).url, authorizer), variables=VARIABLES)

    assert call("/pets", Authorization="x").status == 200
    refused = call("/pets", Authorization="deny")
    assert (refused.status, json.loads(refused.body)) == (403, {"message": "Forbidden"})


def test_the_event_tells_who_the_authorizer_said_it_is(plane, call, rest, write_function):
    write_function(
        "echo",
        "import json\ndef handler(event, context):\n"
        "    said = event['requestContext']['authorizer']\n"
        "    return {'statusCode': 200, 'body': json.dumps(said)}\n",
    )
    rest()
    (api,) = plane.holder.current.apis.values()
    target = RestIntegration("AWS_PROXY", "POST", URI.replace("${stageVariables.guard}", "echo"))
    plane.show_rest(
        Route("GET /pets", target, api.stages["prod"].routes[0].authorizer), variables=VARIABLES
    )
    said = call("/prod/pets", Authorization="good").json

    assert said.pop("integrationLatency") >= 0
    assert said == {"principalId": "ada", "name": "Ada", "age": "36", "admin": "true"}


def test_the_log_tells_how_the_authorizer_did(plane, call, rest):
    names = ("status", "error", "latency", "requestId")
    line = json.dumps({name: f"$context.authorizer.{name}" for name in names})
    rest()
    (api,) = plane.holder.current.apis.values()
    stage = replace(api.stages["prod"], access_log=AccessLog("log", line))
    plane.holder.swap(Snapshot.of([replace(api, stages={"prod": stage})]))
    for token in ("good", "good", "boom"):
        call("/prod/pets", Authorization=token)

    asked, kept, failed = (json.loads(line) for _, line in plane.lines)
    assert (asked["status"], asked["error"]) == ("200", "-")
    assert asked["latency"].isdigit()
    assert len(asked["requestId"]) == 36
    assert kept == {"status": "200", "error": "-", "latency": "0", "requestId": "-"}
    assert failed.pop("requestId") == "-"
    assert failed == {"status": "500", "error": "Internal Server Error", "latency": "-"}
