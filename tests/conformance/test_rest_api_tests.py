"""TestInvokeMethod and TestInvokeAuthorizer by boto3, over functions in the instance's folder."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.servers.poolgate_server import Poolgate

GUARD = """
def handler(event, context):
    if event["authorizationToken"] == "broken-on-purpose":
        raise RuntimeError("broken")
    effect = "Allow" if event["authorizationToken"] == "let-me-in" else "Deny"
    statement = {"Action": "execute-api:Invoke", "Effect": effect, "Resource": event["methodArn"]}
    policy = {"Version": "2012-10-17", "Statement": [statement]}
    return {"principalId": "ada", "policyDocument": policy}
"""
PETS = """
import json
def handler(event, context):
    seen = {name: event[name] for name in ("httpMethod", "path", "body", "stageVariables")}
    stage, trace = event["requestContext"]["stage"], event["headers"]["X-Amzn-Trace-Id"]
    return {
        "statusCode": 201,
        "multiValueHeaders": {"X-Two": ["a", "b"]},
        "body": json.dumps({**seen, "stage": stage, "trace": trace}),
    }
"""

STREAM = """
def handler(event, context):
    yield {"statusCode": 200, "headers": {"Content-Type": "text/event-stream"}}
    for number in range(3):
        yield f"data: {number};"
"""

ENDLESS = """
import time
def handler(event, context):
    yield {"statusCode": 200}
    while True:
        yield "more;"
        time.sleep(0.1)
"""


def _uri(name: str) -> str:
    function = f"arn:aws:lambda:us-east-1:000000000000:function:{name}"
    return f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"


@pytest.fixture
def client(poolgate_server: Poolgate) -> Any:
    folder = poolgate_server.instance / "functions"
    folder.mkdir(exist_ok=True)
    (folder / "tested_guard.py").write_text(GUARD)
    (folder / "tested_pets.py").write_text(PETS)
    (folder / "tested_stream.py").write_text(STREAM)
    (folder / "tested_endless.py").write_text(ENDLESS)
    return poolgate_server.client("apigateway")


@pytest.fixture
def api(client: Any) -> Any:
    made = client.create_rest_api(name="tested")
    yield made["id"], made["rootResourceId"]
    client.delete_rest_api(restApiId=made["id"])


def test_a_method_of_a_function_is_called(client: Any, api: tuple[str, str]) -> None:
    where = {"restApiId": api[0], "resourceId": api[1], "httpMethod": "POST"}
    client.put_method(**where, authorizationType="AWS_IAM", apiKeyRequired=True)
    client.put_integration(
        **where, type="AWS_PROXY", integrationHttpMethod="POST", uri=_uri("tested_pets")
    )

    answer = client.test_invoke_method(
        **where, body="hello", stageVariables={"colour": "red"}, headers={"X-Own": "1"}
    )

    assert answer["status"] == 201
    assert answer["multiValueHeaders"]["x-two"] == ["a", "b"]
    seen = json.loads(answer["body"])
    assert seen["trace"] == answer["headers"]["x-amzn-trace-id"]
    assert {name: seen[name] for name in ("httpMethod", "path", "body", "stage")} == {
        "httpMethod": "POST",
        "path": "/",
        "body": "hello",
        "stage": "test-invoke-stage",
    }
    assert seen["stageVariables"] == {"colour": "red"}
    assert "Method request body before transformations: hello" in answer["log"]
    assert answer["log"].endswith("Method completed with status: 201\n")
    assert answer["latency"] > 0


def test_a_function_that_streams_is_shown_whole(client: Any, api: tuple[str, str]) -> None:
    where = {"restApiId": api[0], "resourceId": api[1], "httpMethod": "POST"}
    client.put_method(**where, authorizationType="NONE")
    uri = _uri("tested_stream").replace("/invocations", "/response-streaming-invocations")
    client.put_integration(
        **where,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=uri.replace("2015-03-31", "2021-11-15"),
        responseTransferMode="STREAM",
    )

    answer = client.test_invoke_method(**where)

    assert (answer["status"], answer["body"]) == (200, "data: 0;data: 1;data: 2;")
    assert "Endpoint response body before transformations: [a stream]" in answer["log"]


def test_a_stream_without_an_end_ends_with_its_time(client: Any, api: tuple[str, str]) -> None:
    where = {"restApiId": api[0], "resourceId": api[1], "httpMethod": "POST"}
    client.put_method(**where, authorizationType="NONE")
    uri = _uri("tested_endless").replace("/invocations", "/response-streaming-invocations")
    client.put_integration(
        **where,
        type="AWS_PROXY",
        integrationHttpMethod="POST",
        uri=uri.replace("2015-03-31", "2021-11-15"),
        responseTransferMode="STREAM",
        timeoutInMillis=1000,
    )

    answer = client.test_invoke_method(**where)

    assert answer["status"] == 200
    assert answer["body"].startswith("more;more;")
    assert "Execution failed: " in answer["log"]
    assert answer["latency"] < 10_000


@pytest.mark.parametrize(
    ("token", "status"), [("let-me-in", 0), ("let-me-out", 403), ("broken-on-purpose", 500)]
)
def test_an_authorizer_is_asked(client: Any, api: tuple[str, str], token: str, status: int) -> None:
    authorizer = client.create_authorizer(
        restApiId=api[0],
        name="guard",
        type="TOKEN",
        authorizerUri=_uri("tested_guard"),
        identitySource="method.request.header.X-Pass",
    )["id"]

    answer = client.test_invoke_authorizer(
        restApiId=api[0], authorizerId=authorizer, headers={"X-Pass": token}
    )

    assert answer["clientStatus"] == status
    assert token not in answer["log"]
    assert ("policy" in answer) == (status != 500)
    if status == 0:
        assert answer["principalId"] == "ada"
        assert "Successfully completed authorizer execution" in answer["log"]


def test_what_is_not_there_is_not_found(client: Any, api: tuple[str, str]) -> None:
    missing = client.exceptions.NotFoundException
    with pytest.raises(missing, match="Invalid Method identifier"):
        client.test_invoke_method(restApiId=api[0], resourceId=api[1], httpMethod="GET")
    with pytest.raises(missing, match="Invalid Authorizer identifier"):
        client.test_invoke_authorizer(restApiId=api[0], authorizerId="nobody")
