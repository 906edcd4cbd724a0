"""What the port answers to requests that no SDK sends."""

from __future__ import annotations

import io
import json
from types import SimpleNamespace
from typing import Any

import pytest
from werkzeug.test import TestResponse

from kernel.aws.authentication import DevelopmentAuthenticator
from kernel.aws.dispatch import Dispatcher
from kernel.aws.operations import OperationFamily
from kernel.aws.wire import JSON_BODY_LIMIT, REST_BODY_LIMIT
from tests.kernel.aws.conftest import Wire

JSON = "application/x-amz-json-1.1"
TARGET = "AWSCognitoIdentityProviderService.InitiateAuth"
SIGN_IN = {"ClientId": "1", "AuthFlow": "USER_PASSWORD_AUTH", "AuthParameters": {"USERNAME": "a"}}
AUTHORIZATION = "AWS4-HMAC-SHA256 Credential=K/20260101/us-east-1/{}/aws4_request"


@pytest.fixture
def post(wire: Wire) -> Any:
    def send(body: Any = SIGN_IN, **headers: str | None) -> TestResponse:
        data = body if isinstance(body, bytes) else json.dumps(body).encode()
        named = {"Content-Type": JSON, "X-Amz-Target": TARGET}
        named |= {name.replace("_", "-"): value for name, value in headers.items()}
        return wire.app.test_client().post(
            "/", data=data, headers={k: v for k, v in named.items() if v is not None}
        )

    return send


def assert_aws_error(answer: TestResponse, code: str, status: int) -> str:
    assert answer.status_code == status
    assert answer.content_type == JSON
    assert answer.headers["x-amzn-ErrorType"] == code
    assert len(answer.headers["x-amzn-RequestId"]) == 36
    said = json.loads(answer.data)
    assert said["__type"] == code
    message: str = said["message"]
    return message


def test_error_is_json_with_type_message_and_headers(post):
    message = assert_aws_error(post({}), "InvalidParameterException", 400)
    assert message.startswith("2 validation errors detected: Value null at 'authFlow'")


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (b"{", "The request body is not valid JSON."),
        (b"\xff\xfe", "The request body is not valid JSON."),
        (b"[" * 5000, "The request body is not valid JSON."),
        (b'"text"', "The request body must be a JSON object."),
        (b"[]", "The request body must be a JSON object."),
        (b"null", "The request body must be a JSON object."),
        (b'{"ClientId": 1}', "NUMBER_VALUE can not be converted to a String"),
        (b'{"ClientId": true}', "BOOLEAN_VALUE can not be converted to a String"),
        (b'{"ClientId": {}}', "Start of structure or map found where not expected."),
        (b'{"ClientId": []}', "Start of list found where not expected."),
        (b'{"AuthParameters": []}', "Expected map or null"),
        (b'{"ClientMetadata": {"a": 1}}', "NUMBER_VALUE can not be converted to a String"),
        (b'{"ClientId": "a\\u0000"}', "A string holds a NUL character."),
    ],
)
def test_malformed_body_is_a_serialization_exception(post, body, message):
    assert assert_aws_error(post(body), "SerializationException", 400) == message


def test_nulls_are_absent_and_unknown_members_are_ignored(post, wire):
    answer = post(
        {**SIGN_IN, "Unknown": 1, "ClientMetadata": {"a": None, "b": "c"}, "Session": None}
    )
    assert answer.status_code == 200
    assert wire.calls[-1][1] == {**SIGN_IN, "ClientMetadata": {"b": "c"}}


@pytest.mark.parametrize(
    "target",
    [
        "AWSCognitoIdentityProviderService.Nothing",
        "AWSCognitoIdentityProviderService.",
        "AWSCognitoIdentityProviderService",
        "DynamoDB_20120810.ListTables",
        "é\x07",
    ],
)
def test_unknown_target_is_an_unknown_operation(post, target):
    answer = post(X_Amz_Target=target)
    assert_aws_error(answer, "UnknownOperationException", 404 if "\x07" in target else 400)


def test_no_target_at_all_is_an_unknown_operation(post):
    assert_aws_error(post(X_Amz_Target=None), "UnknownOperationException", 404)


@pytest.mark.parametrize("content_type", ["text/plain", "application/json", "text/html", None])
def test_another_content_type_is_refused(post, content_type):
    assert_aws_error(post(Content_Type=content_type), "UnsupportedMediaTypeException", 415)


def test_content_type_may_have_parameters(post):
    assert post(Content_Type=JSON + "; charset=utf-8").status_code == 200


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE", "PATCH"])
def test_a_target_with_another_method_than_post_is_refused(wire, method):
    answer = wire.app.test_client().open("/", method=method, headers={"X-Amz-Target": TARGET})
    assert_aws_error(answer, "UnknownOperationException", 400)


def test_oversized_body_is_refused_unread(wire):
    class Untouchable(io.BytesIO):
        def read(self, *_args: Any) -> bytes:
            raise AssertionError("the body was read")

    answer = wire.app.test_client().post(
        "/",
        input_stream=Untouchable(),
        headers={"X-Amz-Target": TARGET, "Content-Type": JSON},
        environ_overrides={"CONTENT_LENGTH": str(JSON_BODY_LIMIT + 1)},
    )
    assert_aws_error(answer, "RequestEntityTooLargeException", 413)


def test_oversized_body_of_unknown_length_is_cut_off(wire):
    answer = wire.app.test_client().post(
        "/v2/apis",
        input_stream=io.BytesIO(b" " * (REST_BODY_LIMIT + 10)),
        environ_overrides={"wsgi.input_terminated": True},
    )
    assert answer.status_code == 413
    assert answer.headers["x-amzn-ErrorType"] == "RequestEntityTooLargeException"


def test_body_at_the_limit_is_read(post):
    filler = json.dumps(SIGN_IN).encode()
    assert post(filler + b" " * (JSON_BODY_LIMIT - len(filler))).status_code == 200


def test_a_signature_on_an_unsigned_operation_is_ignored(post):
    answer = post(Authorization="AWS4-HMAC-SHA256 nonsense")
    assert answer.status_code == 200


def test_get_client_token_takes_no_signature_and_get_derived_token_may(post, wire):
    prefix = "AWSCognitoIdentityProviderService."
    client_token = {"ClientId": "1", "ClientSecret": "s", "GrantType": "client_credentials"}
    answer = post(client_token, X_Amz_Target=prefix + "GetClientToken")
    assert answer.headers.get("x-amzn-ErrorType") != "MissingAuthenticationTokenException"
    derived = post({}, X_Amz_Target=prefix + "GetDerivedToken")
    assert derived.headers["x-amzn-ErrorType"] == "InvalidParameterException"
    signed = post({}, X_Amz_Target=prefix + "GetDerivedToken", Authorization="AWS4-HMAC-SHA256 x")
    assert signed.headers["x-amzn-ErrorType"] == "IncompleteSignatureException"


def test_thirty_five_operations_of_user_pools_take_no_signature():
    from kernel.aws.contract import service

    operations = list(service("cognito-idp").operations())
    assert sum(each.is_unsigned for each in operations) == 35
    assert [each.name for each in operations if each.is_optionally_signed] == ["GetDerivedToken"]


def test_preflight_allows_the_headers_of_sdks_by_name(wire):
    answer = wire.app.test_client().options(
        "/",
        headers={
            "Origin": "https://app.example",
            "Access-Control-Request-Method": "POST",
            "Access-Control-Request-Headers": "content-type,x-amz-target",
        },
    )
    assert answer.status_code == 200
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    allowed = answer.headers["Access-Control-Allow-Headers"].split(", ")
    assert {"content-type", "x-amz-target", "authorization", "amz-sdk-request"} <= set(allowed)
    assert "*" not in allowed


def test_answers_and_errors_may_be_read_by_pages(post):
    for answer in (post(Origin="https://app.example"), post({}, Origin="https://app.example")):
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert "x-amzn-errortype" in answer.headers["Access-Control-Expose-Headers"]
    assert "Access-Control-Allow-Origin" not in post().headers


def test_other_paths_are_left_to_the_application(wire):
    client = wire.app.test_client()
    assert client.get("/").text == "home"
    assert client.get("/login").text == "sign in"
    for path in (
        "/nothing",
        "/restapis/abc/prod/_user_request_/pets",
        "/restapis/abc/stages/_user_request_",
        "/us-east-1_abc/.well-known/jwks.json",
        "/v2",
        "/v2/apis/",
        "/v2/apis/a/../b",
        "/_aws/execute-api/a/dev/@connections/x",
    ):
        assert client.get(path).headers.get("x-amzn-RequestId") is None, path


def test_signed_calls_of_an_api_are_the_gateways(wire):
    headers = {"Authorization": AUTHORIZATION.format("execute-api")}
    client = wire.app.test_client()
    assert "x-amzn-RequestId" not in client.get("/pets", headers=headers).headers
    answer = client.get("/a/@connections/x", headers=headers)
    assert answer.headers["x-amzn-ErrorType"] == "IncompleteSignatureException"


@pytest.mark.parametrize("path", ["/v3/apis", "/v2/apis/a/b/c/d", "/restapis/a/../b"])
def test_signed_path_that_is_no_operation(wire, path):
    headers = {"Authorization": AUTHORIZATION.format("apigateway")}
    answer = wire.app.test_client().get(path, headers=headers)
    assert answer.status_code == 403
    assert answer.json == {"message": "Unable to determine service/operation name to be authorized"}


@pytest.mark.parametrize("method", ["PATCH", "OPTIONS", "HEAD"])
def test_known_rest_path_with_another_method(wire, method):
    answer = wire.app.test_client().open("/v2/apis", method=method)
    assert answer.status_code == 403
    assert answer.headers["x-amzn-ErrorType"] == "AccessDeniedException"


def test_unsigned_rest_call_is_refused_as_json(wire):
    answer = wire.app.test_client().get("/v2/apis/abc")
    assert answer.status_code == 403
    assert answer.json == {"message": "Missing Authentication Token"}


def test_unknown_action_is_answered_in_xml(wire):
    client = wire.app.test_client()
    for form in ({"Action": "Nothing"}, {"Action": "GetCallerIdentity", "Version": "2000-01-01"}):
        answer = client.post("/", data=form)
        assert answer.status_code == 400
        assert answer.content_type.startswith("text/xml")
        assert "<Code>InvalidAction</Code>" in answer.text
    assert "<Code>InvalidAction</Code>" in client.get("/?Action=%00%3Cx%3E").text


@pytest.mark.parametrize(
    "form",
    [
        b"Action=AssumeRole&Action.x=1",
        b"Action=\xff\xfe",
        b"&".join(b"a%d=1" % n for n in range(1001)),
    ],
)
def test_a_malformed_form_gets_an_error_in_xml(wire, form):
    answer = wire.app.test_client().post(
        "/", data=form, headers={"Content-Type": "application/x-www-form-urlencoded"}
    )
    assert answer.status_code in (400, 403, 404)
    assert answer.text.startswith("<ErrorResponse")


def test_a_failing_key_store_is_an_internal_error_in_aws_form(kernel, capsys):
    class Broken:
        def find(self, access_key_id: str) -> None:
            raise ConnectionError("postgresql://user:password@host")

    dispatcher = Dispatcher(
        kernel, [], DevelopmentAuthenticator(Broken(), SimpleNamespace(), kernel.settings)
    )
    scope = AUTHORIZATION.format("cognito-idp").replace("20260101", "20261102")
    reply = dispatcher.answer(
        {
            "REQUEST_METHOD": "POST",
            "PATH_INFO": "/",
            "HTTP_HOST": "localhost",
            "HTTP_X_AMZ_TARGET": "AWSCognitoIdentityProviderService.ListUserPools",
            "HTTP_X_AMZ_DATE": "20261102T010203Z",
            "HTTP_AUTHORIZATION": scope + ", SignedHeaders=host, Signature=x",
            "CONTENT_TYPE": JSON,
        }
    )
    assert (reply.status, json.loads(reply.body)["__type"]) == (500, "InternalErrorException")
    assert "password" not in capsys.readouterr().out


def test_an_operation_that_aws_does_not_have_cannot_be_registered(kernel):
    family = OperationFamily("cognito-idp", handlers={"CreateUserPoll": lambda *_: None})
    with pytest.raises(ValueError, match="has no operation CreateUserPoll"):
        Dispatcher(kernel, [family], SimpleNamespace())


def test_two_handlers_for_one_operation_cannot_be_registered(kernel):
    families = [OperationFamily("cognito-idp", handlers={"SignUp": print}) for _ in range(2)]
    with pytest.raises(ValueError, match="two handlers"):
        Dispatcher(kernel, families, SimpleNamespace())
