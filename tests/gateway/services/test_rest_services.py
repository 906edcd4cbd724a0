"""AWS integrations of REST APIs with services, over sockets on both sides."""

from __future__ import annotations

import json

import pytest

from gateway.snapshot import IntegrationResponse, MethodResponse, RestIntegration, RestMethod, Route
from tests.gateway.plane import HOST

JSON = "application/json"
ARN = "arn:aws:apigateway:us-east-1"
ANSWERS = (IntegrationResponse("200"), IntegrationResponse("404", "404"))
FORM = "'application/x-www-form-urlencoded'"


@pytest.fixture
def show(plane):
    def put(uri: str, key: str = "ANY /{proxy+}", method: str = "POST", **options) -> None:
        target = RestIntegration("AWS", method=method, uri=uri, responses=ANSWERS, **options)
        declared = {status: MethodResponse() for status in ("200", "404")}
        route = Route(key, target, rest=RestMethod("r", responses=declared))
        plane.show_rest(route, variables={"bucket": "files"})

    return put


@pytest.fixture
def call(server):
    def send(method="POST", path="/x", body=None, **headers):
        return server.request(method, f"/prod{path}", body=body, headers={**HOST, **headers})

    return send


def test_an_object_is_put_and_read_under_a_key_that_only_s3_signs_this_way(show, call, services):
    path = {"integration.request.path.key": "method.request.path.proxy"}
    show(f"{ARN}:s3:path/${{stageVariables.bucket}}/{{key}}", method="ANY", request_parameters=path)
    key = "/a/b%20c%2Bd/%C3%A9~(1).txt"
    assert call("PUT", key, b"content", **{"Content-Type": "text/plain"}).status == 200
    assert services.objects == {"/files/a/b c+d/é~(1).txt": b"content"}
    answer = call("GET", key)
    assert (answer.status, answer.body) == (200, b"content")
    assert call("GET", "/missing").status == 404


def test_a_bucket_before_s3_leads_to_the_same_place(show, call, services):
    path = {"integration.request.path.key": "method.request.path.proxy"}
    show(f"{ARN}:files.s3:path/{{key}}", method="PUT", request_parameters=path)
    call(path="/one", body=b"1")
    assert services.objects == {"/files/one": b"1"}


def test_a_queues_path_takes_the_form_that_a_template_makes(show, call, services):
    show(
        f"{ARN}:sqs:path/000000000000/orders",
        request_parameters={"integration.request.header.Content-Type": FORM},
        request_templates={JSON: "Action=SendMessage&MessageBody=$util.urlEncode($input.body)"},
    )
    answer = call(body='{"a": "b&c"}', **{"Content-Type": JSON})
    assert answer.status == 200
    assert services.messages == ['{"a": "b&c"}']
    assert services.calls[0].path == "/000000000000/orders"


def test_a_query_action_is_a_form_with_the_mapped_parameters(show, call, services):
    show(
        f"{ARN}:sns:action/Publish",
        request_parameters={
            "integration.request.querystring.TopicArn": "'arn:topic'",
            "integration.request.querystring.Message": "method.request.querystring.m",
        },
    )
    answer = call(path="/x?m=h%C3%A9%26llo")
    assert answer.json == {"PublishResponse": "arn:topic"}
    assert services.calls[0].parameters == {
        "Action": "Publish",
        "Version": "2010-03-31",
        "TopicArn": "arn:topic",
        "Message": "hé&llo",
    }
    assert services.calls[0].query == ""


def test_a_query_action_with_get_has_them_in_its_query(show, call, services):
    show(f"{ARN}:sqs:action/PurgeQueue&QueueUrl={{queue}}", method="GET", request_parameters={
        "integration.request.path.queue": "method.request.header.X-Queue",
    })  # fmt: skip
    assert call(**{"X-Queue": "http://q/a&Action=SendMessage"}).status == 200
    sent = services.calls[0]
    assert (sent.method, sent.body) == ("GET", b"")
    assert sent.parameters["Action"] == "PurgeQueue"
    assert sent.parameters["QueueUrl"] == "http://q/a&Action=SendMessage"


def test_a_json_action_has_its_target_and_the_templates_body(show, call, services):
    show(
        f"{ARN}:states:action/StartExecution",
        request_templates={JSON: '{"stateMachineArn": "arn:machine", "input": "{}"}'},
        request_parameters={"integration.request.header.X-Amz-Target": "'Other.Action'"},
    )
    answer = call(body="{}", **{"Content-Type": JSON})
    assert answer.json == {"executionArn": "arn:execution"}
    headers = services.calls[0].headers
    assert headers["x-amz-target"] == "AWSStepFunctions.StartExecution"
    assert headers["content-type"] == "application/x-amz-json-1.0"


def test_the_answer_goes_through_response_templates(plane, call, services):
    responses = (
        IntegrationResponse("201", templates={JSON: "$input.json('$.executionArn')"}),
        IntegrationResponse("409", "4\\d{2}", templates={JSON: '{"why": $input.json("$.__type")}'}),
    )
    target = RestIntegration(
        "AWS",
        method="POST",
        uri=f"{ARN}:states:action/StartExecution",
        responses=responses,
        request_templates={JSON: "$input.body"},
    )
    plane.show_rest(Route("ANY /{proxy+}", target))
    answer = call(body='{"stateMachineArn": "x"}', **{"Content-Type": JSON})
    assert (answer.status, answer.body) == (201, b'"arn:execution"')
    answer = call(body='{"stateMachineArn": "arn:missing"}', **{"Content-Type": JSON})
    assert (answer.status, answer.json) == (409, {"why": "StateMachineDoesNotExist"})


def test_nothing_of_the_clients_is_sent_but_what_is_mapped(show, call, services):
    show(
        f"{ARN}:kinesis:action/PutRecord",
        request_templates={JSON: '{"Data": "aGk="}'},
        request_parameters={
            "integration.request.header.Authorization": "method.request.header.Authorization",
            "integration.request.header.X-Amz-Date": "'19700101T000000Z'",
            "integration.request.header.Host": "'evil.example'",
        },
    )
    answer = call(body="{}", **{"Content-Type": JSON, "Authorization": "mine", "Cookie": "c=1"})
    assert answer.status == 200
    headers = services.calls[0].headers
    assert headers["authorization"].startswith("AWS4-HMAC-SHA256 Credential=AKIASERVICES/")
    assert headers["host"] == services.url.removeprefix("http://")
    assert "cookie" not in headers
    assert json.loads(services.calls[0].body) == {"Data": "aGk="}


@pytest.mark.parametrize(
    "uri",
    [
        f"{ARN}:dynamodb:action/PutItem",
        f"{ARN}:s3:action/GetObject&Bucket=files&Key=x",
        f"{ARN}:${{stageVariables.none}}:path/x",
        "arn:aws:apigateway:nowhere:sqs:path/x",
        f"{ARN}:sqs:path/",
        f"{ARN}:sqs:other/x",
    ],
)
def test_a_service_that_nobody_configured_is_a_configuration_error(show, call, services, uri):
    show(uri)
    answer = call()
    assert (answer.status, answer.json) == (500, {"message": "Internal server error"})
    assert services.calls == []


def test_a_server_that_is_away_is_an_integration_failure(show, call, services):
    services.close()
    show(f"{ARN}:sqs:path/x", request_templates={JSON: "Action=PurgeQueue"})
    assert call().status == 504
