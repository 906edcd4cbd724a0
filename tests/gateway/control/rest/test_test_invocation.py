"""TestInvokeMethod and TestInvokeAuthorizer on the working copy, with real backends."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest

from gateway.control.errors import Invalid, Missing
from gateway.control.rest.invocation import Invoker
from gateway.effects import CallFunction, FunctionReply, FunctionStream, Send, VerifyToken
from gateway.integrations.errors import UpstreamBroken
from gateway.integrations.pool import UpstreamPool
from gateway.performers import Performers
from gateway.performers.tokens import verifying
from gateway.performers.upstreams import sending
from gateway.snapshot import Snapshot
from kernel.outbound import AddressGuard
from kernel.runtime import Kernel
from kernel.tokens.revocations import RevocationSet
from kernel.tokens.verification import Verifier
from tests.gateway.conftest import Tokens
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
def events() -> list[Any]:
    """What functions were called with."""
    return []


@pytest.fixture
def tree(caller: Caller, kernel: Kernel, tokens: Tokens, events: list[Any]) -> Iterator[Tree]:
    def guard(call: CallFunction) -> FunctionReply:
        events.append(call.event)
        return _guard(call)

    pool = UpstreamPool(AddressGuard(), trusted=True)
    verifier = Verifier(tokens.issuers(), RevocationSet(lambda: 0))
    performers = Performers(
        {Send: sending(pool), CallFunction: guard, VerifyToken: verifying(verifier)}
    )
    kernel.provide(Invoker(performers, Snapshot, "https://idp.test/{}".format))
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


def test_a_pools_token_shows_its_claims(tree: Tree, tokens: Tokens) -> None:
    pool = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_Test"
    authorizer = tree(
        "CreateAuthorizer",
        name="people",
        type="COGNITO_USER_POOLS",
        providerARNs=[pool],
        identitySource="method.request.header.X-Who",
    )["id"]
    token = tokens.id()

    answer = tree("TestInvokeAuthorizer", authorizerId=authorizer, headers={"X-Who": token})
    refused = tree("TestInvokeAuthorizer", authorizerId=authorizer, headers={"X-Who": "none"})

    assert (answer["clientStatus"], answer["principalId"]) == (0, "someone")
    assert answer["claims"]["token_use"] == "id"
    assert (refused["clientStatus"], refused.get("claims")) == (401, None)
    assert re.search(
        r"Unauthorized request: [0-9a-f-]{36}: the token is malformed\n", refused["log"]
    )
    assert token not in answer["log"]


def test_an_authorizer_of_requests_reads_query_and_variables(tree: Tree) -> None:
    authorizer = tree(
        "CreateAuthorizer",
        name="guard",
        type="REQUEST",
        authorizerUri=FUNCTION,
        identitySource="method.request.querystring.who, stageVariables.colour",
    )["id"]
    where = {"authorizerId": authorizer, "pathWithQueryString": "/x?who=Ada-Lovelace"}

    asked = tree("TestInvokeAuthorizer", stageVariables={"colour": "red"}, **where)
    unasked = tree("TestInvokeAuthorizer", **where)

    assert (asked["clientStatus"], unasked["clientStatus"]) == (403, 401)
    assert "Authorizer result body before parsing: " in asked["log"]
    assert "The client is not authorized to perform this operation." in asked["log"]
    assert "Ada-Lovelace" not in asked["log"]


def test_additional_context_reaches_identity_sources_and_the_event(
    tree: Tree, events: list[Any]
) -> None:
    authorizer = tree(
        "CreateAuthorizer",
        name="guard",
        type="REQUEST",
        authorizerUri=FUNCTION,
        identitySource="context.identity.userAgent, context.identity.sourceIp",
    )["id"]
    said = {
        "domainName": "api.example.com",
        "httpMethod": "DELETE",
        "identity.sourceIp": "2001:DB8::1",
        "identity.userAgent": "probe/1",
        "protocol": "HTTP/2",
    }

    asked = tree("TestInvokeAuthorizer", authorizerId=authorizer, additionalContext=said)
    unasked = tree("TestInvokeAuthorizer", authorizerId=authorizer)

    assert (asked["clientStatus"], unasked["clientStatus"]) == (403, 401)
    (event,) = events
    assert event["httpMethod"] == "DELETE"
    told = event["requestContext"]
    assert (told["domainName"], told["protocol"]) == ("api.example.com", "HTTP/2")
    assert told["identity"]["sourceIp"] == "2001:db8::1"
    assert told["identity"]["userAgent"] == "probe/1"


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ({"accountId": "1"}, "Must be one of: .domainName, httpMethod, identity.sourceIp"),
        ({"httpMethod": "ANY"}, "httpMethod"),
        ({"identity.sourceIp": "here"}, "identity.sourceIp"),
        ({"identity.userAgent": "a\r\nb: c"}, "identity.userAgent"),
        ({"protocol": "x" * 1025}, "protocol"),
        ({"domainName": ""}, "domainName"),
    ],
)
def test_additional_context_that_no_request_decides_is_refused(
    tree: Tree, said: dict[str, str], why: str
) -> None:
    authorizer = _authorizer(tree)
    with pytest.raises(Invalid, match=why):
        tree("TestInvokeAuthorizer", authorizerId=authorizer, additionalContext=said)


def test_a_test_keeps_no_answer_and_finds_none(tree: Tree) -> None:
    """Without performers of `Keep` and `Recall`, either would fail."""
    authorizer = _authorizer(tree)
    for token, status in (("please", 0), ("no", 403), ("please", 0)):
        answer = tree(
            "TestInvokeAuthorizer", authorizerId=authorizer, headers={"Authorization": token}
        )
        assert answer["clientStatus"] == status


def test_a_guarded_method_is_tested_without_its_guard(tree: Tree) -> None:
    method = mock(tree, authorizationType="CUSTOM", authorizerId=_authorizer(tree))
    method.patch("UpdateMethod", ("replace", "/apiKeyRequired", "true"))

    assert method("TestInvokeMethod")["status"] == 200


def test_a_body_that_fits_no_model_is_refused_in_a_test(tree: Tree) -> None:
    tree("CreateModel", name="Pet", contentType=JSON, schema='{"required": ["name"]}')
    validator = tree("CreateRequestValidator", name="body", validateRequestBody=True)["id"]
    method = mock(
        tree, httpMethod="POST", requestModels={JSON: "Pet"}, requestValidatorId=validator
    )

    answer = method("TestInvokeMethod", body="{}")

    assert answer["status"] == 400
    assert (
        "Request body does not match model schema for content type application/json"
        in (answer["log"])
    )


def test_values_of_one_header_stay_apart(tree: Tree, http_echo: str) -> None:
    method = _http(tree, http_echo)

    answer = method("TestInvokeMethod", multiValueHeaders={"X-Many": ["a", "b"]})

    sent = dict(json.loads(answer["body"])["headers"])
    assert sent["x-many"] == "a,b"
    assert answer["headers"]["content-type"] == JSON
    assert answer["multiValueHeaders"]["content-type"] == [JSON]


def test_a_reply_that_would_stream_is_shown_whole(tree: Tree, http_echo: str) -> None:
    method = tree.method()
    method(
        "PutIntegration",
        type="HTTP_PROXY",
        integrationHttpMethod="GET",
        uri=http_echo,
        responseTransferMode="STREAM",
    )

    assert json.loads(method("TestInvokeMethod")["body"])["method"] == "GET"


def _pieces(breaks: bool) -> Iterator[bytes]:
    yield b"data: 1\n\n"
    if breaks:
        raise UpstreamBroken("the function's answer broke off")
    yield b"data: 2\n\n"


@pytest.mark.parametrize("breaks", [False, True])
def test_the_stream_of_a_function_is_shown_as_far_as_it_comes(
    caller: Caller, kernel: Kernel, breaks: bool
) -> None:
    def stream(_call: CallFunction) -> FunctionReply:
        return FunctionReply(FunctionStream(b'{"statusCode": 201}', _pieces(breaks)))

    kernel.provide(Invoker(Performers({CallFunction: stream}), Snapshot, str))
    method = Tree.planted(caller).method()
    uri = FUNCTION.replace("2015-03-31", "2021-11-15")
    method(
        "PutIntegration",
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=uri.replace("/invocations", "/response-streaming-invocations"),
        responseTransferMode="STREAM",
    )
    answer = method("TestInvokeMethod")
    assert answer["status"] == 201
    assert answer["body"] == "data: 1\n\n" + ("" if breaks else "data: 2\n\n")
    assert "[a stream]" in answer["log"]
