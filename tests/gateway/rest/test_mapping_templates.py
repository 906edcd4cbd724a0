"""Templates and overrides in the chain, over a socket."""

from __future__ import annotations

import pytest

from gateway.snapshot import MethodResponse, RestIntegration, RestMethod
from tests.gateway.rest.conftest import JSON


def test_a_request_template_reads_body_and_parameters(rest):
    rest.mock(
        "#if($input.path('$.ok') && $input.params('q') == 'é'){statusCode: 200}#end", body="fine"
    )

    assert rest.call("POST", "/x?q=%C3%A9", body='{"ok": true}').body == b"fine"
    assert rest.call("POST", "/x?q=e", body='{"ok": true}').status == 500


def test_a_response_template_reads_the_request_and_its_context(rest):
    rest.mock(
        body='{"path": "$context.path", "id": "$input.params(\'proxy\')", "v": "$stageVariables.v",'
        ' "resource": "$context.resourcePath", "agent": "$context.identity.userAgent"}',
        variables={"v": "1"},
        method=RestMethod("abc"),
    )
    answer = rest.call(path="/a/b", headers={"User-Agent": "tests"})

    assert answer.json == {
        "path": "/prod/a/b",
        "id": "a/b",
        "v": "1",
        "resource": "/{proxy+}",
        "agent": "tests",
    }
    assert answer.header("content-type") == JSON


def test_a_response_template_overrides_status_and_headers(rest):
    rest.mock(
        body="#set($context.responseOverride.status = 418)"
        "#set($context.responseOverride.header.X-Own = 'mine')short"
    )
    answer = rest.call()

    assert (answer.status, answer.header("x-own"), answer.body) == (418, "mine", b"short")


def test_a_request_template_overrides_the_response_too(rest):
    rest.mock("{statusCode: 200}#set($context.responseOverride.status = 202)")

    assert rest.call().status == 202


def test_a_template_that_fails_is_an_internal_error(rest):
    rest.mock(body="#foreach($x in [1..2000])x#end")

    assert rest.call().json == {"message": "Internal server error"}


def test_a_body_that_is_no_json_is_the_clients_mistake_where_a_template_reads_it(rest):
    rest.mock("{statusCode: 200, x: $input.json('$')}")
    answer = rest.call("POST", body="{no json")

    assert answer.status == 400
    assert answer.json["message"].startswith("Could not parse request body into json")


@pytest.mark.parametrize(
    ("passthrough", "templates", "content_type", "status"),
    [
        ("WHEN_NO_MATCH", {JSON: "{statusCode: 200}"}, "text/plain", 200),
        ("WHEN_NO_TEMPLATES", {JSON: "{statusCode: 200}"}, "text/plain", 415),
        ("WHEN_NO_TEMPLATES", {JSON: "{statusCode: 200}"}, "application/json; charset=utf-8", 200),
        ("WHEN_NO_TEMPLATES", {}, "text/plain", 200),
        ("NEVER", {JSON: "{statusCode: 200}"}, "text/plain", 415),
        ("NEVER", {}, JSON, 415),
        ("NEVER", {JSON: "{statusCode: 200}"}, JSON, 200),
    ],
)
def test_content_types_without_a_template(rest, passthrough, templates, content_type, status):
    from gateway.snapshot import IntegrationResponse

    rest.show(
        RestIntegration(
            "MOCK",
            request_templates=templates,
            passthrough=passthrough,
            responses=(IntegrationResponse("200"),),
        )
    )
    answer = rest.call("POST", headers={"Content-Type": content_type}, body="{statusCode: 200}")

    assert answer.status == status
    if status == 415:
        assert answer.json == {"message": "Unsupported Media Type"}


def test_headers_of_a_response_are_those_that_the_method_declares(rest):
    declared = MethodResponse({"method.response.header.X-One": True})
    rest.mock(
        response={
            "parameters": {
                "method.response.header.X-One": "'one'",
                "method.response.header.X-Two": "'two'",
            }
        },
        method=RestMethod("abc", responses={"200": declared}),
    )
    answer = rest.call()

    assert (answer.header("x-one"), answer.header("x-two")) == ("one", None)


def test_response_headers_come_from_request_context_and_stage(rest):
    rest.mock(
        response={
            "parameters": {
                "method.response.header.X-Stage": "context.stage",
                "method.response.header.X-Variable": "stageVariables.v",
                "method.response.header.X-Static": "'a b'",
                "method.response.header.X-None": "stageVariables.none",
            }
        },
        variables={"v": "1"},
    )
    answer = rest.call()

    assert [answer.header(f"x-{name}") for name in ("stage", "variable", "static", "none")] == [
        "prod",
        "1",
        "a b",
        None,
    ]


def test_options_by_mock_answer_a_preflight(rest):
    rest.mock(
        response={
            "parameters": {
                "method.response.header.Access-Control-Allow-Origin": "'*'",
                "method.response.header.Access-Control-Allow-Methods": "'GET,OPTIONS'",
            }
        }
    )
    answer = rest.call("OPTIONS")

    assert answer.status == 200
    assert answer.header("access-control-allow-origin") == "*"
    assert answer.header("access-control-allow-methods") == "GET,OPTIONS"
