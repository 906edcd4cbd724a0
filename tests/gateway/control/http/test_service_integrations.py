"""Integrations with a subtype: what CreateIntegration takes and refuses, and what is served."""

from __future__ import annotations

import pytest

from gateway.control.errors import Invalid
from gateway.snapshot import ServiceIntegration, SnapshotHolder
from kernel.database import Database
from tests.gateway.control.caller import Caller, build_kernel

ROLE = "arn:aws:iam::000000000000:role/queue"
MEMBERS = {
    "IntegrationType": "AWS_PROXY",
    "IntegrationSubtype": "SQS-SendMessage",
    "PayloadFormatVersion": "1.0",
    "RequestParameters": {"QueueUrl": "http://queue", "MessageBody": "$request.body"},
}


@pytest.fixture
def kernel(sqlite: Database, tmp_path):
    return build_kernel(
        sqlite,
        tmp_path,
        aws_endpoints="sqs=http://127.0.0.1:9324,states=http://127.0.0.1:9325",
        aws_access_key_id="AKIASERVICES",
        aws_secret_access_key="the-secret-of-services",
    )


def _create(caller: Caller, api_id: str, **members):
    return caller("CreateIntegration", ApiId=api_id, **{**MEMBERS, **members})


def test_an_integration_with_a_subtype_is_made_shown_and_served(
    caller: Caller, served: SnapshotHolder
) -> None:
    api_id = caller.create_api()
    made = _create(caller, api_id, CredentialsArn=ROLE)
    assert made["IntegrationSubtype"] == "SQS-SendMessage"
    assert made["CredentialsArn"] == ROLE
    caller.create_route(api_id, Target=f"integrations/{made['IntegrationId']}")
    caller("CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True)
    target = served.current.apis[api_id].stages["$default"].routes[0].target
    assert target == ServiceIntegration("SQS-SendMessage", MEMBERS["RequestParameters"], 30_000)


def test_an_update_changes_and_removes_single_parameters(caller: Caller) -> None:
    api_id = caller.create_api()
    made = _create(caller, api_id)

    def update(**parameters):
        return caller(
            "UpdateIntegration",
            ApiId=api_id,
            IntegrationId=made["IntegrationId"],
            RequestParameters=parameters,
        )["RequestParameters"]

    assert update(DelaySeconds="5")["DelaySeconds"] == "5"
    assert "DelaySeconds" not in update(DelaySeconds="")
    with pytest.raises(Invalid, match="needs the RequestParameters MessageBody"):
        update(MessageBody="")


@pytest.mark.parametrize(
    ("members", "why"),
    [
        ({"IntegrationSubtype": "SQS-Nothing"}, "Invalid IntegrationSubtype"),
        ({"IntegrationSubtype": "Kinesis-PutRecord"}, "needs the RequestParameters StreamName"),
        ({"IntegrationType": "HTTP_PROXY"}, "needs the IntegrationType AWS_PROXY"),
        ({"PayloadFormatVersion": "2.0"}, "must be 1.0"),
        ({"IntegrationUri": "arn:aws:lambda:x"}, "IntegrationUri is not for"),
        ({"IntegrationMethod": "POST"}, "IntegrationMethod is not for"),
        ({"CredentialsArn": "arn:aws:iam::*:user/*"}, "nobody can sign"),
        ({"ConnectionType": "VPC_LINK"}, "VPC_LINK"),
    ],
)
def test_members_that_do_not_fit_are_refused(caller: Caller, members, why) -> None:
    with pytest.raises(Invalid, match=why):
        _create(caller, caller.create_api(), **members)


@pytest.mark.parametrize(
    ("name", "text", "why"),
    [
        ("Colour", "blue", "takes no RequestParameters Colour"),
        ("MessageBody", "$request.bodies", "Invalid mapping expression"),
        ("MessageBody", "$request.body[?(", "Invalid mapping expression"),
        ("MessageBody", "${request.form.x}", "Invalid mapping expression"),
        ("MessageBody", "$context", "Invalid mapping expression"),
        ("MessageBody", "x" * 513, "characters"),
    ],
)
def test_parameters_that_nothing_evaluates_are_refused(caller: Caller, name, text, why) -> None:
    parameters = {**MEMBERS["RequestParameters"], name: text}
    with pytest.raises(Invalid, match=why):
        _create(caller, caller.create_api(), RequestParameters=parameters)


def test_a_service_that_the_operator_did_not_configure_is_refused(caller: Caller) -> None:
    parameters = {"Detail": "{}", "DetailType": "x", "Source": "y"}
    with pytest.raises(Invalid, match="no server for the service events is configured"):
        _create(
            caller,
            caller.create_api(),
            IntegrationSubtype="EventBridge-PutEvents",
            RequestParameters=parameters,
        )


def test_another_account_cannot_use_the_operators_key(caller: Caller) -> None:
    other = caller.elsewhere(account="111111111111")
    with pytest.raises(Invalid, match="only APIs of the account 000000000000"):
        _create(other, other.create_api())


def test_functions_and_http_backends_take_neither_role_nor_parameters(caller: Caller) -> None:
    api_id = caller.create_api()
    for member in ({"CredentialsArn": ROLE}, {"RequestParameters": {"a": "b"}}):
        with pytest.raises(Invalid, match=r"is not supported|Invalid parameter mapping"):
            caller.create_integration(api_id, **member)
