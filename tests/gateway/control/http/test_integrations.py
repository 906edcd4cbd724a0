from __future__ import annotations

from pathlib import Path

import pytest

from gateway.control.compiling.compiler import Compiler
from gateway.control.errors import Conflicting, Invalid
from gateway.snapshot import FunctionIntegration, SnapshotHolder
from kernel.database import Database
from tests.gateway.control.caller import Caller, build_kernel


def test_new_integration_has_the_defaults_of_aws(caller: Caller) -> None:
    api_id = caller.create_api()

    made = caller(
        "CreateIntegration",
        ApiId=api_id,
        IntegrationType="HTTP_PROXY",
        IntegrationMethod="GET",
        IntegrationUri="https://backend.example/pets",
    )

    assert made == {
        "ConnectionType": "INTERNET",
        "IntegrationId": made["IntegrationId"],
        "IntegrationMethod": "GET",
        "IntegrationType": "HTTP_PROXY",
        "IntegrationUri": "https://backend.example/pets",
        "PayloadFormatVersion": "1.0",
        "TimeoutInMillis": 30000,
    }
    assert caller("GetIntegration", ApiId=api_id, IntegrationId=made["IntegrationId"]) == made


@pytest.mark.parametrize(
    "uri",
    [
        "http://127.0.0.1:9000",
        "https://backend.example/{proxy}",
        "https://${stageVariables.host}/v1/{pet}?x=1",
        "https://[::1]:8443/",
    ],
)
def test_http_urls_with_variables_are_taken(caller: Caller, uri: str) -> None:
    caller.create_integration(caller.create_api(), IntegrationUri=uri)


@pytest.mark.parametrize(
    "uri",
    [
        None,
        "backend.example",
        "/pets",
        "ftp://backend.example",
        "file:///etc/passwd",
        "https://",
        "https://user:secret@backend.example",
        "https://backend.example/#x",
        "https://backend.example/a b",
        "https://backend.example/\r\nX: y",
        "https://backend.example:99999",
        "https://[::1",
        "https://bäckend.example",
        "https://{tenant}.example/",
        "https://backend.example/${stageVariables.a-b}",
        "https://backend.example/{a",
    ],
)
def test_uri_that_is_no_full_url_is_refused(caller: Caller, uri: str | None) -> None:
    with pytest.raises(Invalid, match="Invalid HTTP endpoint specified for URI"):
        caller.create_integration(caller.create_api(), IntegrationUri=uri)


@pytest.mark.parametrize(
    "members",
    [
        {"IntegrationType": "AWS_PROXY"},
        {"IntegrationType": "MOCK"},
        {"IntegrationType": "HTTP"},
        {"IntegrationMethod": None},
        {"IntegrationMethod": "TRACE"},
        {"ConnectionType": "VPC_LINK"},
        {"ConnectionId": "link"},
        {"CredentialsArn": "arn:aws:iam::000000000000:role/x"},
        {"IntegrationSubtype": "SQS-SendMessage"},
        {"PayloadFormatVersion": "2.0"},
        {"RequestParameters": {"append:header.Authorization": "y"}},
        {"RequestParameters": {"add:header.x": "y"}},
        {"RequestParameters": {"append:path": "/y"}},
        {"RequestParameters": {"append:header.x": "$response.header.y"}},
        {"RequestParameters": {"append:header.x": "y" * 513}},
        {"RequestParameters": {"append:header.x\r\ny": "y"}},
        {"RequestParameters": {f"append:header.x{n}": "y" for n in range(101)}},
        {"ResponseParameters": {"200": {"append:header.x-amzn-y": "y"}}},
        {"ResponseParameters": {"200": {"append:querystring.x": "y"}}},
        {"ResponseParameters": {"200": {"append:header.x": "$request.header.y"}}},
        {"ResponseParameters": {"100": {"append:header.x": "y"}}},
        {"ResponseParameters": {"OK": {"append:header.x": "y"}}},
        {"RequestTemplates": {"application/json": "{}"}},
        {"TlsConfig": {"ServerNameToVerify": "a b"}},
        {"TlsConfig": {"ServerNameToVerify": "x"}, "IntegrationUri": "http://backend.example"},
    ],
)
def test_integration_that_nothing_serves_is_refused(
    caller: Caller, members: dict[str, object]
) -> None:
    api_id = caller.create_api()

    with pytest.raises(Invalid):
        caller.create_integration(api_id, **members)
    assert caller("GetIntegrations", ApiId=api_id) == {"Items": []}


def test_update_changes_what_is_given(caller: Caller) -> None:
    api_id = caller.create_api()
    made = caller.create_integration(api_id, Description="Old")

    changed = caller(
        "UpdateIntegration",
        ApiId=api_id,
        IntegrationId=made,
        TimeoutInMillis=500,
        Description="",
        TlsConfig={"ServerNameToVerify": "inner.example"},
    )

    assert changed["TimeoutInMillis"] == 500
    assert changed["TlsConfig"] == {"ServerNameToVerify": "inner.example"}
    assert changed["IntegrationUri"] == "https://backend.example/{proxy}"
    assert "Description" not in changed


def test_integration_in_use_cannot_be_deleted(caller: Caller) -> None:
    api_id = caller.create_api()
    made = caller.create_integration(api_id)
    route = caller.create_route(api_id, Target=f"integrations/{made}")

    with pytest.raises(Conflicting, match=rf"following Routes with Ids: \[{route}\]"):
        caller("DeleteIntegration", ApiId=api_id, IntegrationId=made)
    caller("DeleteRoute", ApiId=api_id, RouteId=route)
    caller("DeleteIntegration", ApiId=api_id, IntegrationId=made)
    assert caller("GetIntegrations", ApiId=api_id) == {"Items": []}


def test_managed_integration_goes_only_with_its_api(caller: Caller) -> None:
    api_id = caller.create_api(Target="https://backend.example")
    (route,) = caller("GetRoutes", ApiId=api_id)["Items"]
    (integration,) = caller("GetIntegrations", ApiId=api_id)["Items"]
    caller("DeleteRoute", ApiId=api_id, RouteId=route["RouteId"])

    with pytest.raises(Conflicting, match="goes only with its API"):
        caller("DeleteIntegration", ApiId=api_id, IntegrationId=integration["IntegrationId"])


def test_a_function_integration_is_served(caller: Caller, served: SnapshotHolder) -> None:
    api_id = caller.create_api()
    arn = "arn:aws:lambda:us-east-1:000000000000:function:${stageVariables.name}"
    made = caller(
        "CreateIntegration",
        ApiId=api_id,
        IntegrationType="AWS_PROXY",
        IntegrationUri=arn,
        PayloadFormatVersion="2.0",
        TimeoutInMillis=1000,
    )
    caller("CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True)
    caller.create_route(api_id, Target=f"integrations/{made['IntegrationId']}")

    assert made["IntegrationMethod"] == "POST"
    (route,) = served.current.apis[api_id].stages["$default"].routes
    assert route.target == FunctionIntegration(arn, "2.0", 1000)


@pytest.mark.parametrize(
    "members",
    [
        {"IntegrationUri": "https://backend.example"},
        {"IntegrationUri": "arn:aws:s3:::bucket"},
        {"IntegrationMethod": "GET"},
        {"PayloadFormatVersion": "3.0"},
        {"TlsConfig": {"ServerNameToVerify": "backend.example"}},
        {"CredentialsArn": "arn:aws:iam::000000000000:role/x"},
        {"IntegrationSubtype": "SQS-SendMessage"},
    ],
)
def test_a_function_integration_that_could_not_work_is_refused(
    caller: Caller, members: dict[str, object]
) -> None:
    request = {
        "IntegrationType": "AWS_PROXY",
        "IntegrationUri": "arn:aws:lambda:us-east-1:000000000000:function:pets",
        "PayloadFormatVersion": "2.0",
        **members,
    }
    with pytest.raises(Invalid):
        caller("CreateIntegration", ApiId=caller.create_api(), **request)


def test_parameter_mappings_are_stored_and_updated_one_by_one(caller: Caller) -> None:
    api_id = caller.create_api()
    made = caller.create_integration(
        api_id,
        RequestParameters={"append:header.x": "1", "overwrite:path": "/$request.path.id"},
        ResponseParameters={
            "200": {"overwrite:statuscode": "201"},
            "404": {"remove:header.y": "''"},
        },
    )
    changed = caller(
        "UpdateIntegration",
        ApiId=api_id,
        IntegrationId=made,
        RequestParameters={"append:header.x": "", "append:querystring.q": "2"},
        ResponseParameters={"404": {"remove:header.y": ""}},
    )

    assert changed["RequestParameters"] == {
        "overwrite:path": "/$request.path.id",
        "append:querystring.q": "2",
    }
    assert changed["ResponseParameters"] == {"200": {"overwrite:statuscode": "201"}}
    assert caller("GetIntegration", ApiId=api_id, IntegrationId=made) == changed


@pytest.mark.parametrize("milliseconds", [0, 49, 30_001, 900_000])
def test_time_out_beyond_those_of_aws_is_refused(caller: Caller, milliseconds: int) -> None:
    api_id = caller.create_api()
    known = caller.create_integration(api_id)
    with pytest.raises(Invalid, match="TimeoutInMillis must be between 50 and 30000"):
        caller.create_integration(api_id, TimeoutInMillis=milliseconds)
    with pytest.raises(Invalid, match="TimeoutInMillis must be between 50 and 30000"):
        caller("UpdateIntegration", ApiId=api_id, IntegrationId=known, TimeoutInMillis=milliseconds)


def test_operator_lets_integrations_of_http_apis_wait_longer(
    sqlite: Database, tmp_path: Path
) -> None:
    patient = Caller(build_kernel(sqlite, tmp_path, integration_timeout=600_000))
    api_id = patient.create_api()
    made = patient.create_integration(api_id, TimeoutInMillis=600_000)
    patient.create_route(api_id, "GET /slow", Target=f"integrations/{made}")
    patient("CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True)
    with pytest.raises(Invalid, match=r"between 50 and 600000.*the setting integration_timeout"):
        patient.create_integration(api_id, TimeoutInMillis=600_001)
    shown = patient.kernel.database.read(Compiler().load)
    (route,) = shown.apis[api_id].stages["$default"].routes
    assert route.target.timeout_ms == 600_000
