"""First-class integrations of HTTP APIs, over sockets on both sides, each signature checked."""

from __future__ import annotations

import json

import pytest

from gateway.snapshot import Route, ServiceIntegration
from tests.gateway.plane import HOST

QUEUE = "https://sqs.us-east-1.amazonaws.com/000000000000/orders"


def _show(plane, subtype, parameters, key="POST /"):
    plane.show(Route(key, ServiceIntegration(subtype, parameters)), variables={"queue": QUEUE})


def _post(server, body="", target="/", **headers):
    return server.request("POST", target, body=body, headers={**HOST, **headers})


def test_a_message_is_sent_to_a_queue_and_the_answer_passed_back(plane, server, services):
    _show(
        plane,
        "SQS-SendMessage",
        {"QueueUrl": "$stageVariables.queue", "MessageBody": "$request.body", "DelaySeconds": "3"},
    )
    answer = _post(server, '{"order": "é&=+"}'.encode())
    assert answer.status == 200
    assert b"<MessageId>5fea7756</MessageId>" in answer.body
    assert answer.header("content-type") == "text/xml"
    assert services.messages == ['{"order": "é&=+"}']
    assert services.calls[0].parameters["QueueUrl"] == QUEUE
    assert services.calls[0].parameters["DelaySeconds"] == "3"
    assert services.calls[0].path == "/"


def test_messages_have_attributes(plane, server, services):
    _show(
        plane,
        "SQS-SendMessage",
        {
            "QueueUrl": QUEUE,
            "MessageBody": "$request.body.text",
            "MessageAttributes": "$request.body.attributes",
        },
    )
    attributes = {"kind": {"DataType": "String", "StringValue": "big"}}
    _post(server, json.dumps({"text": "hello", "attributes": attributes}))
    sent = services.calls[0].parameters
    assert sent["MessageAttribute.1.Name"] == "kind"
    assert sent["MessageAttribute.1.Value.StringValue"] == "big"


def test_messages_are_received_deleted_and_purged(plane, server, services):
    services.messages.append("first")
    _show(plane, "SQS-ReceiveMessage", {"QueueUrl": QUEUE, "AttributeNames": "All,SentTimestamp"})
    assert b"<Body>first</Body>" in _post(server).body
    assert services.calls[0].parameters["AttributeName.2"] == "SentTimestamp"
    _show(plane, "SQS-DeleteMessage", {"QueueUrl": QUEUE, "ReceiptHandle": "$request.header.x-r"})
    assert _post(server, **{"X-R": "handle/+="}).status == 200
    assert services.calls[1].parameters["ReceiptHandle"] == "handle/+="
    _show(plane, "SQS-PurgeQueue", {"QueueUrl": QUEUE})
    assert _post(server).status == 200
    assert services.messages == []


def test_records_are_put_into_a_stream(plane, server, services):
    _show(
        plane,
        "Kinesis-PutRecord",
        {
            "StreamName": "clicks",
            "Data": "$request.body.data",
            "PartitionKey": "$request.querystring.key",
        },
    )
    answer = _post(server, '{"data": "aGVsbG8="}', "/?key=k%20k")
    assert answer.json == {"SequenceNumber": "21", "ShardId": "0"}
    call = services.calls[0]
    assert call.headers["x-amz-target"] == "Kinesis_20131202.PutRecord"
    assert json.loads(call.body) == {
        "StreamName": "clicks",
        "Data": "aGVsbG8=",
        "PartitionKey": "k k",
    }


def test_events_are_put_on_a_bus(plane, server, services):
    _show(
        plane,
        "EventBridge-PutEvents",
        {
            "Detail": "$request.body",
            "DetailType": "order.${request.path.kind}",
            "Source": "shop",
            "Resources": "$request.body.resources",
            "Time": "2026-05-04T12:00:00Z",
            "Region": "eu-west-1",
        },
        "POST /{kind}",
    )
    answer = _post(server, '{"resources": ["arn:a", "arn:b"]}', "/new")
    assert answer.json["FailedEntryCount"] == 0
    call = services.calls[0]
    assert (call.region, call.headers["x-amz-target"]) == ("eu-west-1", "AWSEvents.PutEvents")
    assert json.loads(call.body)["Entries"] == [
        {
            "Detail": '{"resources": ["arn:a", "arn:b"]}',
            "DetailType": "order.new",
            "Source": "shop",
            "Resources": ["arn:a", "arn:b"],
            "Time": 1777896000.0,
        }
    ]


@pytest.mark.parametrize(
    ("subtype", "parameters", "target", "body"),
    [
        (
            "StepFunctions-StartExecution",
            {"StateMachineArn": "arn:machine", "Input": "$request.body"},
            "AWSStepFunctions.StartExecution",
            {"stateMachineArn": "arn:machine", "input": "{}"},
        ),
        (
            "StepFunctions-StartSyncExecution",
            {"StateMachineArn": "arn:machine", "TraceHeader": "Root=1"},
            "AWSStepFunctions.StartSyncExecution",
            {"stateMachineArn": "arn:machine", "traceHeader": "Root=1"},
        ),
        (
            "StepFunctions-StopExecution",
            {"ExecutionArn": "arn:execution", "Cause": "enough"},
            "AWSStepFunctions.StopExecution",
            {"executionArn": "arn:execution", "cause": "enough"},
        ),
    ],
)
def test_state_machines_start_and_stop(plane, server, services, subtype, parameters, target, body):
    _show(plane, subtype, parameters)
    assert _post(server, "{}").json == {"executionArn": "arn:execution"}
    call = services.calls[0]
    assert call.headers["x-amz-target"] == target
    assert json.loads(call.body) == body


def test_configuration_is_fetched_by_names_that_cannot_change_the_path(plane, server, services):
    _show(
        plane,
        "AppConfig-GetConfiguration",
        {
            "Application": "$request.querystring.app",
            "Environment": "prod",
            "Configuration": "main",
            "ClientId": "me",
        },
    )
    assert _post(server, target="/?app=a/b%3Fc").json == {"colour": "blue"}
    path = "/applications/a%2Fb%3Fc/environments/prod/configurations/main"
    assert services.calls[0].path == path
    assert services.calls[0].query == "client_id=me"
    assert _post(server, target="/?app=..").status == 400


def test_a_services_refusal_is_passed_back(plane, server):
    _show(plane, "StepFunctions-StartExecution", {"StateMachineArn": "arn:missing"})
    answer = _post(server)
    assert (answer.status, answer.json) == (400, {"__type": "StateMachineDoesNotExist"})


@pytest.mark.parametrize(
    ("parameters", "body"),
    [
        ({"QueueUrl": QUEUE, "MessageBody": "$request.body.text"}, "{}"),
        ({"QueueUrl": QUEUE, "MessageBody": "$request.body.text"}, "no JSON"),
        ({"QueueUrl": QUEUE, "MessageBody": "$request.body"}, ""),
        ({"QueueUrl": QUEUE, "MessageBody": "x", "MessageAttributes": "$request.body"}, "[1]"),
        ({"QueueUrl": QUEUE, "MessageBody": "x", "Region": "$request.body"}, "evil.example"),
    ],
)
def test_a_request_without_usable_values_is_a_bad_request(
    plane, server, services, parameters, body
):
    _show(plane, "SQS-SendMessage", parameters)
    assert _post(server, body).status == 400
    assert services.calls == []


def test_an_api_of_another_account_cannot_use_the_operators_key(plane, server, services):
    _show(plane, "SQS-PurgeQueue", {"QueueUrl": QUEUE})
    api = plane.holder.current.apis["abc123"]
    from dataclasses import replace

    from gateway.snapshot import Snapshot

    plane.holder.swap(Snapshot.of([replace(api, account="111111111111")]))
    assert _post(server).status == 500
    assert services.calls == []


def test_a_server_that_is_away_is_a_service_unavailable(plane, server, services):
    services.close()
    _show(plane, "SQS-PurgeQueue", {"QueueUrl": QUEUE})
    assert _post(server).status == 503
