"""Headers in which gateways speak to backends: a client's own never arrive as the gateway's."""

from __future__ import annotations

import json

import pytest

from gateway.snapshot import (
    FunctionAuthorizer,
    FunctionIntegration,
    HttpProxyIntegration,
    IntegrationResponse,
    RestIntegration,
    RestMethod,
    Route,
)
from tests.gateway.conftest import ok

LIES = {
    "Forwarded": "for=10.6.6.6",
    "True-Client-IP": "10.6.6.6",
    "X-Amzn-Apigateway-Api-Id": "10.6.6.6",
    "X-Amzn-Oidc-Identity": "10.6.6.6",
    "X-Amzn-Trace-Id": "10.6.6.6",
    "X-Amzn-Vpc-Id": "10.6.6.6",
    "X-Client-IP": "10.6.6.6",
    "X-Forwarded-Client-Cert": "10.6.6.6",
    "X-Forwarded-For": "10.6.6.6",
    "X-Forwarded-Host": "10.6.6.6",
    "X-Forwarded-Port": "10666",
    "X-Forwarded-Prefix": "/10.6.6.6",
    "X-Forwarded-Proto": "10.6.6.6",
    "X-Forwarded-User": "10.6.6.6",
    "X-Original-URL": "/10.6.6.6",
    "X-Real-IP": "10.6.6.6",
    "X-Rewrite-URL": "/10.6.6.6",
    "x_forwarded_for": "10.6.6.6",
    "Connection": "close, X-Secret",
    "X-Secret": "10.6.6.6",
}
ECHO = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""
GUARD = """
import json

def handler(event, context):
    seen = json.dumps(event)
    statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    return {
        "principalId": "seen" if "10.6.6.6" in seen or "10666" in seen else "nothing",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }
"""
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:echo"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


def assert_no_lie(text: str) -> None:
    assert "10.6.6.6" not in text
    assert "10666" not in text


def test_an_http_api_does_not_pass_them_to_its_upstream(plane, send, upstream):
    target = upstream(ok())
    plane.show(Route("GET /pets", HttpProxyIntegration(target.url)))
    assert send("/pets", headers=LIES).status == 200
    assert_no_lie(target.heads()[0])
    assert "x-forwarded-for: 127.0.0.1" in target.heads()[0]


@pytest.mark.parametrize("kind", ["HTTP_PROXY", "HTTP"])
def test_a_rest_api_does_not_pass_them_to_its_upstream(plane, send, upstream, kind):
    target = upstream(ok())
    responses = (IntegrationResponse("200"),)
    integration = RestIntegration(kind, "GET", target.url, responses=responses)
    plane.show_rest(Route("GET /pets", integration, rest=RestMethod("r")))
    assert send("/prod/pets", headers=LIES).status == 200
    assert_no_lie(target.heads()[0])


@pytest.mark.parametrize("version", ["1.0", "2.0"])
def test_an_http_api_does_not_pass_them_to_its_function(plane, send, write_function, version):
    write_function("echo", ECHO)
    plane.show(Route("GET /pets", FunctionIntegration(FUNCTION, version)))
    answer = send("/pets", headers=LIES)
    assert answer.status == 200
    assert_no_lie(answer.body.decode())
    assert answer.json["headers"]


def test_a_rest_api_does_not_pass_them_to_its_function(plane, send, write_function):
    write_function("echo", ECHO)
    integration = RestIntegration("AWS_PROXY", "POST", INVOCATION)
    plane.show_rest(Route("GET /pets", integration, rest=RestMethod("r")))
    answer = send("/prod/pets", headers=LIES)
    assert answer.status == 200
    assert_no_lie(answer.body.decode())
    assert answer.json["headers"]["X-Forwarded-For"] == "127.0.0.1"
    assert answer.json["multiValueHeaders"]["X-Forwarded-For"] == ["127.0.0.1"]


def test_an_authorizer_is_not_told_them(plane, send, write_function):
    write_function("guard", GUARD)
    guard = FunctionAuthorizer(
        "a1", "guard", "guard", "REQUEST", identity_sources=("method.request.header.X-Who",)
    )
    answer = {"application/json": '{"who": "$context.authorizer.principalId"}'}
    integration = RestIntegration(
        "MOCK",
        request_templates={"application/json": '{"statusCode": 200}'},
        responses=(IntegrationResponse("200", templates=answer),),
    )
    plane.show_rest(Route("GET /pets", integration, guard, rest=RestMethod("r")))
    told = send("/prod/pets", headers={**LIES, "X-Who": "me"})
    assert json.loads(told.body) == {"who": "nothing"}


def test_a_connection_header_takes_nothing_of_the_gateways_away(plane, send, upstream):
    target = upstream(ok())
    plane.show(Route("GET /pets", HttpProxyIntegration(target.url)))
    names = "close, X-Forwarded-For, X-Forwarded-Host, Via, Host, Content-Length"
    assert send("/pets", headers={"Connection": names}).status == 200
    head = target.heads()[0]
    for name in ("x-forwarded-for: 127.0.0.1", "x-forwarded-host: ", "via: ", "host: "):
        assert name in head


def test_the_templates_of_a_mock_see_the_connections_own_address(plane, send):
    template = {"application/json": '{"from": "$context.identity.sourceIp"}'}
    integration = RestIntegration(
        "MOCK",
        request_templates={"application/json": '{"statusCode": 200}'},
        responses=(IntegrationResponse("200", templates=template),),
    )
    plane.show_rest(Route("GET /pets", integration, rest=RestMethod("r")))
    assert json.loads(send("/prod/pets", headers=LIES).body) == {"from": "127.0.0.1"}
