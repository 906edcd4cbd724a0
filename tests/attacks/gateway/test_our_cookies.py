"""APIs on the main host, where people sign in: their owners never see who is signed in, whichever
way a request reaches what they wrote."""

from __future__ import annotations

import io
import json
from typing import Any

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
from kernel.wsgi_extensions import FIELD_LINES
from tests.gateway.conftest import ok
from tests.gateway.plane import API_ID

SECRET = "secret-of-the-session"
COOKIES = [
    f"poolgate_session={SECRET}",
    f"theme=dark; poolgate_session={SECRET}",
    f"poolgate_session={SECRET}; theme=dark",
    f"__Host-poolgate_session={SECRET}; theme=dark",
    f"theme=dark;poolgate_console={SECRET}",
    f"theme=dark; POOLGATE_session={SECRET}",
    f"theme=dark;  __Secure-Poolgate-x={SECRET}; a=b",
]
ECHO = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""
GUARD = """
import json

def handler(event, context):
    seen = "secret" in json.dumps(event)
    statement = {"Effect": "Deny" if seen else "Allow", "Action": "*", "Resource": "*"}
    return {
        "principalId": "ada",
        "policyDocument": {"Version": "2012-10-17", "Statement": [statement]},
    }
"""
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:echo"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


@pytest.fixture
def ask(plane):
    """Call the API by a path of the main host, on a server that tells the fields as they came."""

    def call(cookie: str, *, with_lines: bool = True) -> tuple[str, bytes]:
        lines = ("Host: localhost", f"Cookie: {cookie}", "X-Some: a")
        environ: dict[str, Any] = {
            "REQUEST_METHOD": "GET",
            "SCRIPT_NAME": "",
            "PATH_INFO": f"/_aws/execute-api/{API_ID}/prod/pets",
            "QUERY_STRING": "",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "REMOTE_ADDR": "127.0.0.1",
            "wsgi.url_scheme": "http",
            "wsgi.input": io.BytesIO(),
            "HTTP_HOST": "localhost",
            "HTTP_COOKIE": cookie,
            "HTTP_X_SOME": "a",
            **({FIELD_LINES: lines} if with_lines else {}),
        }
        started: list[str] = []
        body = b"".join(plane.app(environ, lambda status, _: started.append(status)))
        return started[0], body

    return call


@pytest.mark.parametrize("with_lines", [True, False])
@pytest.mark.parametrize("cookie", COOKIES)
@pytest.mark.parametrize("kind", ["REST", "1.0", "2.0"])
def test_no_function_is_told_our_cookies(plane, ask, write_function, kind, cookie, with_lines):
    write_function("echo", ECHO)
    if kind == "REST":
        integration = RestIntegration("AWS_PROXY", "POST", INVOCATION)
        plane.show_rest(Route("GET /pets", integration, rest=RestMethod("r")))
    else:
        plane.show(Route("GET /pets", FunctionIntegration(FUNCTION, kind)), stage="prod")
    status, body = ask(cookie, with_lines=with_lines)
    assert status.startswith("200")
    assert SECRET not in body.decode()
    assert ("theme=dark" in json.dumps(json.loads(body))) == ("theme=dark" in cookie)


@pytest.mark.parametrize("cookie", COOKIES)
def test_no_authorizer_is_told_our_cookies(plane, ask, write_function, cookie):
    write_function("guard", GUARD)
    sources = ("method.request.header.X-Some",)
    guard = FunctionAuthorizer("a", "guard", "guard", "REQUEST", identity_sources=sources)
    integration = RestIntegration(
        "MOCK",
        request_templates={"application/json": '{"statusCode": 200}'},
        responses=(IntegrationResponse("200"),),
    )
    plane.show_rest(Route("GET /pets", integration, guard, rest=RestMethod("r")))
    assert ask(cookie)[0].startswith("200")


@pytest.mark.parametrize("cookie", COOKIES)
def test_no_backend_and_no_template_is_told_our_cookies(plane, ask, upstream, cookie):
    target = upstream(ok())
    plane.show(Route("GET /pets", HttpProxyIntegration(target.url)), stage="prod")
    assert ask(cookie)[0].startswith("200")
    assert SECRET not in target.heads()[0]
    template = {"application/json": "$input.params('Cookie') $input.params().header"}
    mock = RestIntegration(
        "MOCK",
        request_templates={"application/json": '{"statusCode": 200}'},
        responses=(IntegrationResponse("200", templates=template),),
    )
    plane.show_rest(Route("GET /pets", mock, rest=RestMethod("r")))
    status, body = ask(cookie)
    assert status.startswith("200")
    assert SECRET.encode() not in body
