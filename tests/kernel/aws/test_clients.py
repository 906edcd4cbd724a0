"""boto3 and the AWS CLI, unmodified, over a socket."""

from __future__ import annotations

import os
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest
import requests
from botocore import UNSIGNED
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from tests.kernel.aws import toys
from tests.kernel.aws.conftest import ACCOUNT, KEY_ID, SECRET, SESSION_TOKEN, TEMPORARY_ID

POOL = "eu-central-1_abc"


def code_and_status(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    response = error.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_signed_json_call_reaches_its_handler_with_account_and_region(client, wire):
    answer = client("cognito-idp").describe_user_pool(UserPoolId=POOL)
    (call, request), (principal, action, arns, context) = wire.calls[-1], wire.policy.asked[-1]
    assert answer["UserPool"]["CreationDate"].astimezone(UTC) == toys.MOMENT
    assert (call.account, call.region, request) == (ACCOUNT, "eu-central-1", {"UserPoolId": POOL})
    assert principal == call.principal
    assert action == "cognito-idp:DescribeUserPool"
    assert arns == (f"arn:aws:cognito-idp:eu-central-1:{ACCOUNT}:userpool/{POOL}",)
    assert context["aws:SourceIp"] == "127.0.0.1"
    assert answer["ResponseMetadata"]["RequestId"] == call.request_id


def test_unsigned_call_belongs_to_the_account_and_region_of_the_settings(client, wire, kernel):
    service = client("cognito-idp", config=Config(signature_version=UNSIGNED))
    answer = service.initiate_auth(
        ClientId="1example", AuthFlow="USER_PASSWORD_AUTH", AuthParameters={"USERNAME": "a"}
    )
    call, _ = wire.calls[-1]
    assert answer["AuthenticationResult"]["AccessToken"] == "a"
    assert (call.account, call.region) == (kernel.settings.account_id, kernel.settings.region)
    assert call.principal is None


def test_operation_without_output_answers_an_empty_body(client):
    answer = client("cognito-idp").delete_user_pool(UserPoolId=POOL)
    assert answer["ResponseMetadata"]["HTTPHeaders"]["content-length"] == "0"


def test_domain_error_is_the_code_of_the_familys_table_and_keeps_its_message(client):
    with pytest.raises(ClientError) as error:
        client("cognito-idp").forgot_password(ClientId="1example", Username="x")
    assert code_and_status(error) == ("ResourceNotFoundException", 400)
    assert error.value.response["Error"]["Message"] == "User pool x does not exist."


def test_members_of_an_error_arrive(client):
    with pytest.raises(ClientError) as error:
        client("cognito-idp").confirm_forgot_password(
            ClientId="1example", Username="x", ConfirmationCode="1", Password="Passw0rd!"
        )
    assert error.value.response["reasonCode"] == "because"


def test_unexpected_exception_is_an_internal_error_that_shows_nothing(client, capsys):
    with pytest.raises(ClientError) as error:
        client("cognito-idp").confirm_sign_up(
            ClientId="1example", Username="x", ConfirmationCode="123456"
        )
    assert code_and_status(error) == ("InternalErrorException", 500)
    logged = capsys.readouterr().out
    assert "hunter2" not in str(error.value.response) + logged
    assert error.value.response["ResponseMetadata"]["RequestId"] in logged
    assert "ZeroDivisionError" in logged


def test_output_that_the_model_does_not_know_is_an_internal_error(client):
    with pytest.raises(ClientError) as error:
        client("cognito-idp").change_password(AccessToken="a", ProposedPassword="b")
    assert code_and_status(error) == ("InternalErrorException", 500)


def test_operation_without_a_handler_is_named_in_a_501(client):
    with pytest.raises(ClientError) as error:
        client("cognito-idp").list_groups(UserPoolId=POOL)
    assert code_and_status(error) == ("NotImplementedException", 501)
    assert "cognito-idp:ListGroups" in error.value.response["Error"]["Message"]


def test_denied_action_and_resource_are_named(client, wire):
    wire.policy.denied.add("cognito-idp:DescribeUserPool")
    with pytest.raises(ClientError) as error:
        client("cognito-idp").describe_user_pool(UserPoolId=POOL)
    assert code_and_status(error) == ("AccessDeniedException", 400)
    assert error.value.response["Error"]["Message"] == (
        f"User: arn:aws:iam::{ACCOUNT}:user/tester is not authorized to perform: "
        "cognito-idp:DescribeUserPool on resource: "
        f"arn:aws:cognito-idp:eu-central-1:{ACCOUNT}:userpool/{POOL}"
    )
    assert not wire.calls


def test_rest_json_of_http_apis(client, wire):
    service = client("apigatewayv2")
    created = service.create_api(Name="n", ProtocolType="HTTP", Tags={"a": "b"})
    assert created["CreatedDate"] == toys.MOMENT.replace(microsecond=0)
    assert created["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert wire.calls[-1][1] == {"Name": "n", "ProtocolType": "HTTP", "Tags": {"a": "b"}}
    assert wire.policy.asked[-1][1:3] == (
        "apigateway:POST",
        ("arn:aws:apigateway:eu-central-1::/apis",),
    )
    deleted = service.delete_api(ApiId="abc")
    assert deleted["ResponseMetadata"]["HTTPStatusCode"] == 204
    arn = "arn:aws:apigateway:eu-central-1::/apis/a b"
    service.untag_resource(ResourceArn=arn, TagKeys=["x&y", "z"])
    assert wire.calls[-1][1] == {"ResourceArn": arn, "TagKeys": ["x&y", "z"]}


def test_rest_json_error_has_its_models_status_and_members(client):
    with pytest.raises(ClientError) as error:
        client("apigatewayv2").get_api(ApiId="none")
    assert code_and_status(error) == ("NotFoundException", 404)
    assert error.value.response["Error"]["Message"] == "No API."
    assert error.value.response["ResourceType"] == "A"


def test_rest_json_error_member_in_a_header(client):
    with pytest.raises(ClientError) as error:
        client("apigateway").update_usage(usagePlanId="p", keyId="k")
    assert code_and_status(error) == ("TooManyRequestsException", 429)
    headers = error.value.response["ResponseMetadata"]["HTTPHeaders"]
    assert headers["retry-after"] == "7"


def test_rest_json_of_rest_apis(client, wire):
    service = client("apigateway")
    assert service.get_rest_api(restApiId="abc")["createdDate"].astimezone(UTC) == toys.MOMENT
    assert service.create_rest_api(name="x")["id"] == "created"
    imported = service.import_rest_api(body=b'{"openapi": "3.0.1"}', parameters={"basepath": "x"})
    assert imported["id"] == "imported"
    assert wire.calls[-1][1] == {
        "body": b'{"openapi": "3.0.1"}',
        "parameters": {"basepath": "x"},
    }
    exported = service.get_export(restApiId="a", stageName="s", exportType="oas30")
    assert exported["body"].read() == b"openapi: 3.0.1\n"
    assert exported["contentType"] == "application/yaml"


def test_rest_json_validation_names_members_below_the_input(client):
    with pytest.raises(ClientError) as error:
        client("apigateway").put_integration(
            restApiId="a", resourceId="r", httpMethod="GET", type="FOO"
        )
    assert code_and_status(error) == ("ValidationException", 400)
    assert error.value.response["Error"]["Message"] == (
        "1 validation error detected: Value 'FOO' at 'putIntegrationInput.type' failed to satisfy "
        "constraint: Member must satisfy enum value set: [HTTP, AWS, MOCK, HTTP_PROXY, AWS_PROXY]"
    )


def test_connections_below_the_path_of_a_stage(client, wire):
    origin = client("apigatewaymanagementapi").meta.endpoint_url
    service = client("apigatewaymanagementapi", endpoint_url=f"{origin}/_aws/execute-api/api1/dev")
    service.post_to_connection(ConnectionId="L0SM9cOFvHcCIhw=", Data=b"\x00\xff")
    call, request = wire.calls[-1]
    assert request == {"ConnectionId": "L0SM9cOFvHcCIhw=", "Data": b"\x00\xff"}
    assert call.base_path == "/_aws/execute-api/api1/dev"
    assert wire.policy.asked[-1][1:3] == (
        "execute-api:ManageConnections",
        (
            f"arn:aws:execute-api:eu-central-1:{ACCOUNT}:api1/dev/POST/@connections/"
            "L0SM9cOFvHcCIhw=",
        ),
    )


def test_the_query_protocol_carries_texts_times_and_lists(client, wire):
    answer = client("sts").get_caller_identity()
    assert (answer["Arn"], answer["UserId"]) == ("arn:aws:iam::1:user/x & <y>", "u")
    assert not wire.policy.asked
    role = f"arn:aws:iam::{ACCOUNT}:role/visitor"
    tags = [{"Key": "a", "Value": "b c"}, {"Key": "d", "Value": "é+"}]
    assumed = client("sts").assume_role(RoleArn=role, RoleSessionName="me", Tags=tags)
    assert assumed["Credentials"]["Expiration"] == toys.MOMENT.replace(microsecond=0)
    assert wire.calls[-1][1]["Tags"] == tags
    assert wire.policy.asked[-1][1:3] == ("sts:AssumeRole", (role,))


def test_the_query_protocol_carries_errors(client):
    service = client("iam", region_name="us-east-1")
    assert service.list_user_tags(UserName="u")["Tags"] == [{"Key": "a", "Value": "b"}]
    with pytest.raises(service.exceptions.EntityAlreadyExistsException) as error:
        service.create_role(RoleName="x", AssumeRolePolicyDocument="{}")
    assert code_and_status(error) == ("EntityAlreadyExists", 409)
    assert error.value.response["Error"]["Message"] == "Role x & y exists."


CALLS = {
    "cognito-idp": lambda client: client.delete_user_pool(UserPoolId=POOL),
    "apigatewayv2": lambda client: client.delete_api(ApiId="a"),
    "sts": lambda client: client.get_caller_identity(),
}
REFUSALS = {
    "unknown key": (
        {"aws_access_key_id": "AKIDNOBODY0000000000"},
        ("UnrecognizedClientException", "InvalidClientTokenId"),
        "The security token included in the request is invalid.",
    ),
    "disabled key": (
        {"aws_access_key_id": "AKIDDISABLED00000000"},
        ("UnrecognizedClientException", "InvalidClientTokenId"),
        "The security token included in the request is invalid.",
    ),
    "wrong secret": (
        {"aws_secret_access_key": "wrong"},
        ("InvalidSignatureException", "SignatureDoesNotMatch"),
        "The request signature we calculated does not match the signature you provided.",
    ),
    "no signature": (
        {"config": Config(signature_version=UNSIGNED)},
        ("MissingAuthenticationTokenException", "MissingAuthenticationToken"),
        "Missing Authentication Token",
    ),
}


@pytest.mark.parametrize("service", CALLS)
@pytest.mark.parametrize("what", REFUSALS)
def test_each_protocol_refuses_a_caller_in_its_own_form(client, wire, service, what):
    options, (code, query_code), message = REFUSALS[what]
    with pytest.raises(ClientError) as error:
        CALLS[service](client(service, **options))
    status = 400 if service == "cognito-idp" else 403
    assert code_and_status(error) == (query_code if service == "sts" else code, status)
    assert error.value.response["Error"]["Message"].startswith(message)
    assert not wire.calls


def test_temporary_key_needs_its_session_token(client, wire):
    temporary = {"aws_access_key_id": TEMPORARY_ID}
    answer = client("cognito-idp", **temporary, aws_session_token=SESSION_TOKEN)
    answer.describe_user_pool(UserPoolId=POOL)
    assert wire.calls[-1][0].principal.arn.endswith("assumed-role/visitor/session")
    for wrong in ({}, {"aws_session_token": "another"}):
        with pytest.raises(ClientError) as error:
            client("cognito-idp", **temporary, **wrong).describe_user_pool(UserPoolId=POOL)
        assert code_and_status(error) == ("UnrecognizedClientException", 400)
    with pytest.raises(ClientError) as error:
        client("sts", aws_session_token=SESSION_TOKEN).get_caller_identity()
    assert code_and_status(error) == ("InvalidClientTokenId", 403)


def test_presigned_url_of_botocore_works_until_it_expires(client, wire, kernel):
    presign = client("sts").generate_presigned_url
    url = presign("get_caller_identity", ExpiresIn=60, HttpMethod="GET")
    answer = requests.get(url, timeout=5)
    assert answer.status_code == 200, answer.text
    assert "<Account>111122223333</Account>" in answer.text
    altered = requests.get(url.replace("GetCallerIdentity", "GetSessionToken"), timeout=5)
    assert (altered.status_code, "SignatureDoesNotMatch" in altered.text) == (403, True)
    longer = requests.get(url.replace("Expires=60", "Expires=600"), timeout=5)
    assert longer.status_code == 403
    later = datetime.now(UTC).timestamp() + 61
    object.__setattr__(kernel.clock, "time", lambda: later)
    expired = requests.get(url, timeout=5)
    assert expired.status_code == 403
    assert "Signature expired: " in expired.text


def test_presigned_post_covers_its_empty_body(client):
    url = client("sts").generate_presigned_url("get_caller_identity", HttpMethod="POST")
    assert requests.post(url, timeout=5).status_code == 200
    answer = requests.post(url, data={"Action": "GetSessionToken"}, timeout=5)
    assert (answer.status_code, "SignatureDoesNotMatch" in answer.text) == (403, True)


def test_altered_body_is_refused(client):
    origin = client("cognito-idp").meta.endpoint_url
    headers = {
        "Content-Type": "application/x-amz-json-1.1",
        "X-Amz-Target": "AWSCognitoIdentityProviderService.DescribeUserPool",
    }
    request = AWSRequest("POST", f"{origin}/", headers=headers, data=b'{"UserPoolId":"a_b"}')
    SigV4Auth(Credentials(KEY_ID, SECRET), "cognito-idp", "eu-central-1").add_auth(request)
    sent = request.prepare()
    answer = requests.post(sent.url, data=sent.body, headers=dict(sent.headers), timeout=5)
    assert answer.status_code == 200, answer.text
    answer = requests.post(
        sent.url, data=b'{"UserPoolId":"a_c"}', headers=dict(sent.headers), timeout=5
    )
    assert answer.status_code == 400
    assert answer.json()["__type"] == "InvalidSignatureException"


def test_the_aws_cli_reads_an_answer(client, tmp_path):
    origin = client("sts").meta.endpoint_url
    command = [sys.executable, str(Path(sys.executable).with_name("aws"))]
    options = ["--endpoint-url", origin, "--region", "eu-central-1", "--output", "text"]
    options += ["cognito-idp", "describe-user-pool", "--user-pool-id", POOL]
    options += ["--query", "UserPool.Name"]
    answer = subprocess.run(
        [*command, *options],
        env={
            "PATH": os.environ["PATH"],
            "HOME": str(tmp_path),
            "AWS_ACCESS_KEY_ID": KEY_ID,
            "AWS_SECRET_ACCESS_KEY": SECRET,
        },
        capture_output=True,
        text=True,
        check=False,
    )
    assert (answer.stdout, answer.returncode) == ("people\n", 0), answer.stderr
