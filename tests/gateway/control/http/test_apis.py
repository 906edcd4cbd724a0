from __future__ import annotations

from pathlib import Path

import pytest

from gateway import quotas
from gateway.control.errors import Invalid, Missing
from kernel.database import Database
from kernel.runtime import Kernel
from tests.gateway.control.caller import NOON, Caller, build_kernel


def test_new_api_has_the_defaults_of_aws(caller: Caller) -> None:
    made = caller("CreateApi", Name="pets", ProtocolType="HTTP")

    assert made == {
        "ApiEndpoint": f"http://{made['ApiId']}.execute-api.localhost:8080",
        "ApiId": made["ApiId"],
        "ApiKeySelectionExpression": "$request.header.x-api-key",
        "CreatedDate": NOON,
        "DisableExecuteApiEndpoint": False,
        "IpAddressType": "ipv4",
        "Name": "pets",
        "ProtocolType": "HTTP",
        "RouteSelectionExpression": "$request.method $request.path",
        "Tags": {},
    }
    assert len(made["ApiId"]) == 10


def test_api_is_read_as_it_was_made(caller: Caller) -> None:
    made = caller(
        "CreateApi", Name="pets", ProtocolType="HTTP", Description="All pets", Tags={"team": "a"}
    )

    assert caller("GetApi", ApiId=made["ApiId"]) == made


def test_endpoint_is_a_path_where_the_public_host_is_a_number(
    sqlite: Database, tmp_path: Path
) -> None:
    caller = Caller(build_kernel(sqlite, tmp_path, public_url="http://127.0.0.1:8400"))
    made = caller("CreateApi", Name="pets", ProtocolType="HTTP")

    assert made["ApiEndpoint"] == f"http://127.0.0.1:8400/execute-api/{made['ApiId']}"


@pytest.mark.parametrize("change", [{"account": "111111111111"}, {"region": "eu-west-1"}])
@pytest.mark.parametrize("operation", ["GetApi", "UpdateApi", "DeleteApi", "GetRoutes"])
def test_api_of_another_account_or_region_does_not_exist(
    caller: Caller, change: dict[str, str], operation: str
) -> None:
    api_id = caller.create_api()
    stranger = caller.elsewhere(**change)

    with pytest.raises(Missing, match=f"identifier specified {stranger.account}:{api_id}"):
        stranger(operation, ApiId=api_id)
    assert stranger("GetApis") == {"Items": []}
    assert caller("GetApi", ApiId=api_id)["Name"] == "pets"


@pytest.mark.parametrize("api_id", ["", "no such", "a\x00b", "é", "x" * 10_000, "%"])
def test_id_that_no_api_can_have_is_not_found(caller: Caller, api_id: str) -> None:
    with pytest.raises(Missing):
        caller("GetApi", ApiId=api_id)


def test_update_changes_what_is_given_and_clears_what_is_empty(caller: Caller) -> None:
    api_id = caller.create_api(Description="All pets", Version="1")

    changed = caller("UpdateApi", ApiId=api_id, Name="animals", Description="")

    assert changed["Name"] == "animals"
    assert changed["Version"] == "1"
    assert "Description" not in changed


def test_deleted_api_is_gone_with_all_its_parts(caller: Caller) -> None:
    api_id = caller.create_api(Target="https://backend.example")
    caller.create_route(
        api_id, AuthorizationType="JWT", AuthorizerId=caller.create_authorizer(api_id)
    )

    caller("DeleteApi", ApiId=api_id)

    for operation in ("GetApi", "GetRoutes", "GetStages", "GetDeployments", "GetAuthorizers"):
        with pytest.raises(Missing):
            caller(operation, ApiId=api_id)


def test_apis_are_listed_in_pages(caller: Caller) -> None:
    made = {caller.create_api() for _ in range(5)}

    listed, request = set(), {}
    for size in (2, 2, 1):
        page = caller("GetApis", MaxResults="2", **request)
        assert len(page["Items"]) == size
        listed |= {api["ApiId"] for api in page["Items"]}
        request = {"NextToken": page.get("NextToken")}

    assert listed == made
    assert request == {"NextToken": None}


def test_page_token_of_another_caller_or_list_is_refused(caller: Caller) -> None:
    api_id = caller.create_api()
    caller.create_api()
    token = caller("GetApis", MaxResults="1")["NextToken"]

    for forged in (token[:-2], "x", token + "\x00"):
        with pytest.raises(Invalid, match="NextToken"):
            caller("GetApis", NextToken=forged)
    with pytest.raises(Invalid, match="NextToken"):
        caller.elsewhere(account="111111111111")("GetApis", NextToken=token)
    with pytest.raises(Invalid, match="NextToken"):
        caller("GetRoutes", ApiId=api_id, NextToken=token)


@pytest.mark.parametrize("size", ["0", "-1", "ten", "1.5", "²", "9" * 5000])
def test_page_size_must_be_a_positive_number(caller: Caller, size: str) -> None:
    with pytest.raises(Invalid, match="MaxResults"):
        caller("GetApis", MaxResults=size)


@pytest.mark.parametrize(
    "members",
    [
        {"ProtocolType": "WEBSOCKET"},
        {"CredentialsArn": "arn:aws:iam::000000000000:role/x"},
        {"DisableSchemaValidation": True},
        {"IpAddressType": "dualstack"},
        {"ApiKeySelectionExpression": "$context.authorizer.usageIdentifierKey"},
        {"RouteSelectionExpression": "$request.body.action"},
        {"RouteKey": "GET /pets"},
        {"Name": ""},
        {"Name": "x" * 129},
        {"Name": "\ud800"},
        {"Description": "x" * 1025},
        {"Tags": {"aws:x": "y"}},
        {"Tags": {f"k{n}": "" for n in range(quotas.TAGS_PER_RESOURCE + 1)}},
        {"Target": "arn:aws:s3:::pets"},
        {"Target": "ftp://backend.example"},
    ],
)
def test_api_with_a_setting_that_nothing_acts_on_is_refused(
    caller: Caller, members: dict[str, object]
) -> None:
    with pytest.raises(Invalid):
        caller.create_api(**members)

    assert caller("GetApis") == {"Items": []}


def test_quick_create_makes_an_api_that_is_served(caller: Caller) -> None:
    api_id = caller.create_api(Target="https://backend.example/base")

    (integration,) = caller("GetIntegrations", ApiId=api_id)["Items"]
    (route,) = caller("GetRoutes", ApiId=api_id)["Items"]
    (stage,) = caller("GetStages", ApiId=api_id)["Items"]
    assert integration["IntegrationUri"] == "https://backend.example/base"
    assert integration["IntegrationType"] == "HTTP_PROXY"
    assert route["RouteKey"] == "$default"
    assert route["Target"] == f"integrations/{integration['IntegrationId']}"
    assert stage["StageName"] == "$default"
    assert stage["AutoDeploy"] is True
    assert stage["DeploymentId"]
    assert all(part["ApiGatewayManaged"] for part in (integration, route, stage))


def test_quick_create_takes_a_route_key_which_update_changes_with_the_target(
    caller: Caller,
) -> None:
    api_id = caller.create_api(Target="https://backend.example", RouteKey="GET /pets")

    caller("UpdateApi", ApiId=api_id, RouteKey="GET /animals", Target="https://other.example")

    assert caller("GetRoutes", ApiId=api_id)["Items"][0]["RouteKey"] == "GET /animals"
    (integration,) = caller("GetIntegrations", ApiId=api_id)["Items"]
    assert integration["IntegrationUri"] == "https://other.example"
    assert integration["ApiGatewayManaged"] is True


def test_target_of_an_api_that_was_not_quickly_created_cannot_change(caller: Caller) -> None:
    api_id = caller.create_api()

    with pytest.raises(Invalid, match="quick create"):
        caller("UpdateApi", ApiId=api_id, Target="https://other.example")
    with pytest.raises(Invalid, match="quick create"):
        caller("UpdateApi", ApiId=api_id, RouteKey="GET /pets")


def test_account_may_not_make_apis_without_end(
    kernel: Kernel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "APIS_PER_ACCOUNT_AND_REGION", 1)
    caller = Caller(kernel)
    caller.create_api()

    with pytest.raises(Exception, match="The limit is 1"):
        caller.create_api()
    caller.elsewhere(account="111111111111").create_api()


def test_quick_create_with_a_function_calls_it_with_version_two(caller: Caller) -> None:
    arn = "arn:aws:lambda:us-east-1:000000000000:function:pets"
    api_id = caller.create_api(Target=arn)

    (integration,) = caller("GetIntegrations", ApiId=api_id)["Items"]
    assert integration["IntegrationType"] == "AWS_PROXY"
    assert integration["IntegrationUri"] == arn
    assert integration["PayloadFormatVersion"] == "2.0"
