"""TestInvokeMethod and TestInvokeAuthorizer on the working copy, with real backends."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.control.errors import Invalid, Missing
from gateway.control.rest.invocation import Invoker
from gateway.effects import CallFunction, FunctionReply, Send
from gateway.integrations.pool import UpstreamPool
from gateway.performers import Performers
from gateway.performers.upstreams import sending
from gateway.snapshot import Snapshot
from kernel.outbound import AddressGuard
from kernel.runtime import Kernel
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.release import JSON, mock
from tests.gateway.control.rest.tree import Method, Tree

FUNCTION = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:guard/invocations"
)


def _policy(effect: str) -> dict[str, Any]:
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": "*"}
    return {"Version": "2012-10-17", "Statement": [statement]}


def _guard(call: CallFunction) -> FunctionReply:
    if call.event.get("authorizationToken") == "broken":
        return FunctionReply({"errorMessage": "no"}, "failed")
    effect = "Allow" if call.event.get("authorizationToken") == "please" else "Deny"
    return FunctionReply({"principalId": "ada", "policyDocument": _policy(effect)})


@pytest.fixture
def tree(caller: Caller, kernel: Kernel) -> Iterator[Tree]:
    pool = UpstreamPool(AddressGuard(), trusted=True)
    performers = Performers({Send: sending(pool), CallFunction: _guard})
    kernel.provide(Invoker(performers, Snapshot, str))
    yield Tree.planted(caller)
    pool.close()


def _http(tree: Tree, uri: str, kind: str = "HTTP_PROXY", **where: Any) -> Method:
    method = tree.method(**where)
    method("PutIntegration", type=kind, integrationHttpMethod="ANY", uri=uri)
    return method


def test_a_mock_method_is_tested_before_any_deployment(tree: Tree) -> None:
    method = mock(tree, 200)

    answer = method("TestInvokeMethod")

    assert answer["status"] == 200
    log = answer["log"].splitlines()
    assert log[0].startswith("Execution log for request ")
    assert "Starting execution for request: " in log[1]
    assert any("HTTP Method: GET, Resource Path: /" in line for line in log)
    assert log[-2].endswith("Successfully completed execution")
    assert log[-1].endswith("Method completed with status: 200")
    assert answer["headers"]["x-amzn-trace-id"].startswith("Root=1-")
    assert answer["latency"] >= 0


def test_a_proxied_method_calls_its_backend_for_real(tree: Tree, http_echo: str) -> None:
    pets = tree.resource("pets", "{id}")
    method = _http(tree, f"{http_echo}/animals/{{id}}", resourceId=pets)
    method.patch("UpdateMethod", ("add", "/requestParameters/method.request.path.id", "true"))
    method.patch(
        "UpdateIntegration",
        ("add", "/requestParameters/integration.request.path.id", "method.request.path.id"),
    )

    answer = method(
        "TestInvokeMethod",
        pathWithQueryString="/pets/7?q=1",
        headers={"Authorization": "Bearer a-long-secret", "X-Plain": "seen"},
    )

    sent = json.loads(answer["body"])
    assert answer["status"] == 200
    assert sent["path"] == "/animals/7?q=1"
    assert "a-long-secret" not in answer["log"]
    assert "X-Plain=seen".lower() in answer["log"].lower()
    assert f"Endpoint request URI: {http_echo}/animals/7?q=1" in answer["log"]
    assert "Method request path: {id=7}" in answer["log"]


def test_passwords_in_bodies_stay_out_of_the_log(tree: Tree, http_echo: str) -> None:
    method = _http(tree, http_echo, httpMethod="POST")
    body = json.dumps({"user": "ada", "password": "Correct-horse-7"})

    answer = method("TestInvokeMethod", body=body, headers={"Content-Type": JSON})

    assert "Correct-horse-7" not in answer["log"]
    assert '"user":"ada"' in answer["log"]


def test_an_unreachable_backend_is_told_as_the_client_would_see_it(tree: Tree) -> None:
    method = _http(tree, "http://127.0.0.1:1/")

    answer = method("TestInvokeMethod")

    assert answer["status"] >= 500
    assert "Execution failed due to a network error communicating with endpoint" in answer["log"]
    assert json.loads(answer["body"]) == {"message": "Network error communicating with endpoint"}


def test_gateway_responses_of_the_working_copy_tell_a_refusal(tree: Tree) -> None:
    method = _http(tree, "http://127.0.0.1:1/")
    tree(
        "PutGatewayResponse",
        responseType="INTEGRATION_FAILURE",
        statusCode="418",
        responseTemplates={JSON: '{"own": $context.error.messageString}'},
    )

    answer = method("TestInvokeMethod")

    assert answer["status"] == 418
    assert "own" in json.loads(answer["body"])


def test_stage_variables_of_the_test_are_filled_in(tree: Tree, http_echo: str) -> None:
    method = _http(tree, "http://${stageVariables.host}/")
    host = http_echo.removeprefix("http://")

    assert method("TestInvokeMethod", stageVariables={"host": host})["status"] == 200


@pytest.mark.parametrize(
    ("members", "error"),
    [
        ({"httpMethod": "PUT"}, Missing),
        ({"resourceId": "none"}, Missing),
        ({"pathWithQueryString": "/dogs"}, Invalid),
        ({"pathWithQueryString": "/../x"}, Invalid),
        ({"headers": {"a b": "c"}}, Invalid),
        ({"headers": {"a": "b\r\nc: d"}}, Invalid),
        ({"stageVariables": {"a b": "c"}}, Invalid),
        ({"clientCertificateId": "none"}, Invalid),
    ],
)
def test_a_test_that_names_what_is_not_there_is_refused(
    tree: Tree, members: dict[str, Any], error: type[Exception]
) -> None:
    method = mock(tree)
    with pytest.raises(error):
        tree("TestInvokeMethod", **{**method.where, **members})


def test_a_method_without_integration_cannot_be_tested(tree: Tree) -> None:
    with pytest.raises(Invalid, match="No integration"):
        tree.method()("TestInvokeMethod")


def _authorizer(tree: Tree) -> str:
    made = tree(
        "CreateAuthorizer",
        name="guard",
        type="TOKEN",
        authorizerUri=FUNCTION,
        identitySource="method.request.header.Authorization",
    )
    identifier: str = made["id"]
    return identifier


def test_an_authorizer_that_allows_says_who_and_what(tree: Tree) -> None:
    answer = tree(
        "TestInvokeAuthorizer",
        authorizerId=_authorizer(tree),
        headers={"Authorization": "please"},
    )

    assert answer["clientStatus"] == 0
    assert answer["principalId"] == "ada"
    assert json.loads(answer["policy"]) == _policy("Allow")
    assert "please" not in answer["log"]


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Authorization": "no"}, 403), ({}, 401), ({"Authorization": "broken"}, 500)],
)
def test_an_authorizer_that_refuses_tells_the_clients_status(
    tree: Tree, headers: dict[str, str], status: int
) -> None:
    answer = tree("TestInvokeAuthorizer", authorizerId=_authorizer(tree), headers=headers)

    assert answer["clientStatus"] == status


def test_an_unknown_authorizer_is_not_found(tree: Tree) -> None:
    with pytest.raises(Missing):
        tree("TestInvokeAuthorizer", authorizerId="nobody")
