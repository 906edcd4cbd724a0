"""What AWS answered to operations on REST APIs when it was recorded, replayed line by line with
boto3 against the server as it is run; and what its functions were told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

from gateway.effects import CallFunction
from gateway.performers.functions import calling
from gateway.snapshot import FunctionIntegration, RestIntegration, RestMethod, Route
from tests.gateway.conftest import Answer, Served
from tests.gateway.functions.conftest import functions, write_function  # noqa: F401 - fixtures
from tests.gateway.plane import API_HOST, Plane
from tests.servers.poolgate_server import Poolgate

GATEWAY_RESPONSES = """
ACCESS_DENIED API_CONFIGURATION_ERROR AUTHORIZER_CONFIGURATION_ERROR AUTHORIZER_FAILURE
BAD_REQUEST_BODY BAD_REQUEST_PARAMETERS DEFAULT_4XX DEFAULT_5XX EXPIRED_TOKEN
INTEGRATION_FAILURE INTEGRATION_TIMEOUT INVALID_API_KEY INVALID_SIGNATURE
MISSING_AUTHENTICATION_TOKEN QUOTA_EXCEEDED REQUEST_TOO_LARGE RESOURCE_NOT_FOUND THROTTLED
UNAUTHORIZED UNSUPPORTED_MEDIA_TYPE WAF_FILTERED
"""
"""The 21 types of the developer guide, "Gateway response types"."""


@pytest.fixture(scope="module")
def rest(poolgate_server: Poolgate) -> Any:
    return poolgate_server.client("apigateway")


@pytest.fixture
def api(rest: Any) -> str:
    made: str = rest.create_rest_api(name="recorded")["id"]
    return made


@pytest.fixture
def method(rest: Any, api: str) -> dict[str, str]:
    root = rest.get_resources(restApiId=api)["items"][0]["id"]
    there = {"restApiId": api, "resourceId": root, "httpMethod": "GET"}
    rest.put_method(**there, authorizationType="NONE")
    return there


def test_twenty_one_gateway_responses_exist_on_a_new_api(rest, api):
    items = rest.get_gateway_responses(restApiId=api, limit=500)["items"]
    assert sorted(item["responseType"] for item in items) == sorted(GATEWAY_RESPONSES.split())
    template = {"application/json": '{"message":$context.error.messageString}'}
    assert all(item["responseTemplates"] == template for item in items)
    assert all(item["defaultResponse"] for item in items)


@pytest.mark.parametrize(
    ("default", "shown", "others"),
    [
        ("DEFAULT_4XX", "UNAUTHORIZED", "DEFAULT_5XX"),
        ("DEFAULT_5XX", "INTEGRATION_FAILURE", "DEFAULT_4XX"),
    ],
)
def test_defaults_show_through_on_every_type_that_is_not_set_itself(
    rest, api, default, shown, others
):
    template = {"application/json": "own"}
    rest.put_gateway_response(restApiId=api, responseType=default, responseTemplates=template)
    told = rest.get_gateway_response(restApiId=api, responseType=shown)
    assert told["responseTemplates"] == template
    assert told["defaultResponse"] is True
    other = rest.get_gateway_response(restApiId=api, responseType=others)
    assert other["responseTemplates"] != template


def test_integrations_always_carry_these(rest, method):
    rest.put_integration(**method, type="MOCK")
    integration = rest.get_integration(**method)
    carried = {"timeoutInMillis": 29000, "cacheNamespace": method["resourceId"]}
    carried |= {"cacheKeyParameters": [], "passthroughBehavior": "WHEN_NO_MATCH"}
    assert {name: integration[name] for name in carried} == carried


def test_a_new_stage_says_these_and_no_more(rest, method):
    rest.put_integration(**method, type="MOCK")
    rest.create_deployment(restApiId=method["restApiId"], stageName="prod")
    stage = rest.get_stage(restApiId=method["restApiId"], stageName="prod")
    assert stage["cacheClusterStatus"] == "NOT_AVAILABLE"
    assert stage["methodSettings"] == {}
    assert stage["tracingEnabled"] is False
    assert "variables" not in stage
    assert "description" not in stage


def test_a_stage_serves_its_deployment_and_never_the_live_resources(rest, method):
    rest.put_integration(**method, type="MOCK", requestTemplates={"application/json": "{}"})
    rest.create_deployment(restApiId=method["restApiId"], stageName="prod")
    rest.delete_method(**method)
    api = method["restApiId"]
    stage = rest.get_stage(restApiId=api, stageName="prod")
    summary = rest.get_deployment(
        restApiId=api, deploymentId=stage["deploymentId"], embed=["apisummary"]
    )["apiSummary"]
    assert "GET" in summary["/"]


def test_a_new_api_has_the_models_empty_and_error(rest, api):
    names = {item["name"] for item in rest.get_models(restApiId=api)["items"]}
    assert names == {"Empty", "Error"}


@pytest.mark.parametrize(
    ("length", "is_taken"), [(19, False), (20, True), (128, True), (129, False)]
)
def test_api_key_values_have_20_to_128_characters(rest, length, is_taken):
    value = f"recorded-{length}-".ljust(length, "x")
    if is_taken:
        assert rest.create_api_key(value=value)["value"] == value
    else:
        with pytest.raises(ClientError, match=r"should be at (least 20|most 128) characters"):
            rest.create_api_key(value=value)


def test_enum_faults_join(rest, api):
    with pytest.raises(ClientError) as refused:
        rest.update_rest_api(
            restApiId=api,
            patchOperations=[
                {"op": "dance", "path": "/name", "value": "x"},
                {"op": "sing", "path": "/name", "value": "x"},
            ],
        )
    message = refused.value.response["Error"]["Message"]
    assert message.startswith("2 validation errors detected: Value 'dance' at ")
    assert message.count("failed to satisfy constraint: Member must satisfy enum value set: [") == 2
    assert "; Value 'sing' at " in message


ECHO = """
import json

def handler(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:echo"
INVOCATION = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"


@pytest.fixture
def call(tokens, serve, functions, write_function) -> Callable[..., Answer]:  # noqa: F811 - fixtures
    """Call a route whose function answers with its event, or as `code` says."""
    plane = Plane(tokens, performers={CallFunction: calling(functions)})
    server: Served = serve(plane.app)

    def ask(kind: str, path: str, code: str = ECHO, **headers: str) -> Answer:
        write_function("echo", code)
        if kind == "REST":
            integration = RestIntegration("AWS_PROXY", "POST", INVOCATION)
            plane.show_rest(Route("ANY /{proxy+}", integration, rest=RestMethod("r")))
        else:
            plane.show(Route("ANY /{proxy+}", FunctionIntegration(FUNCTION, kind)))
        return server.get(path, headers={"Host": API_HOST, **headers})

    return ask


def test_an_event_of_version_1_has_null_for_what_is_empty_and_the_stage_in_one_path(call):
    event = call("REST", "/prod/pets").json
    assert event["queryStringParameters"] is None
    assert event["stageVariables"] is None
    assert event["path"] == "/pets"
    assert event["requestContext"]["path"] == "/prod/pets"


def test_an_event_of_version_2_joins_duplicates_and_keeps_what_was_written(call):
    answer = call("2.0", "/p%20ets?a=1&a=2&b=%20", Cookie="a=1; b=2")
    event = answer.json
    assert event["rawQueryString"] == "a=1&a=2&b=%20"
    assert event["queryStringParameters"] == {"a": "1,2", "b": " "}
    assert event["cookies"] == ["a=1", "b=2"]
    assert event["rawPath"] in {"/p ets", "/p%20ets"}


@pytest.mark.parametrize(
    "said",
    ['"text"', '{"statusCode": "x"}', '{"body": 7}', "[]", '{"statusCode": 200, "body": {}}'],
)
def test_a_malformed_answer_of_a_function_is_a_bad_gateway(call, said):
    code = f"import json\n\ndef handler(event, context):\n    return json.loads({said!r})\n"
    answer = call("REST", "/prod/pets", code)
    assert (answer.status, answer.json) == (502, {"message": "Internal server error"})
    assert answer.header("x-amzn-RequestId")


@pytest.mark.parametrize("path", ["/nowhere", "/pets"])
def test_http_apis_answer_404_to_what_they_do_not_have(tokens, serve, path):
    plane = Plane(tokens)
    plane.show(Route("POST /pets", FunctionIntegration(FUNCTION, "2.0")))
    answer = serve(plane.app).get(path, headers={"Host": API_HOST})
    assert (answer.status, answer.body) == (404, b'{"message":"Not Found"}')
