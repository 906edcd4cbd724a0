"""What an operator raises, and what AWS answers to one thing too many."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway import quotas
from gateway.control.errors import Exceeded, Full, Invalid
from gateway.raised_quotas import RAISABLE, check, default, most
from kernel import settings
from kernel.aws.contract import service
from kernel.database import Database
from kernel.settings import SettingError
from tests.gateway.contract.wire import Wire
from tests.gateway.control.caller import Caller, build_kernel


def parsed(tmp_path: Path, **values: object) -> settings.Settings:
    return settings.parse({"instance": str(tmp_path), **values})


@pytest.mark.parametrize("name", RAISABLE)
def test_every_quota_is_the_default_until_it_is_raised(tmp_path: Path, name: str) -> None:
    raised = parsed(tmp_path, gateway_quotas=f"{name}={default(name) + 1}")
    check(raised)

    assert most(name, parsed(tmp_path)) == default(name)
    assert most(name, raised) == default(name) + 1


@pytest.mark.parametrize(
    ("words", "message"),
    [
        ("integrations_per_api=400", "names integrations_per_api, which is none of"),
        ("routes_per_api=299", "routes_per_api must be from 300 to 3000"),
        ("routes_per_api=3001", "routes_per_api must be from 300 to 3000"),
    ],
)
def test_what_cannot_be_raised_is_refused_at_start(
    tmp_path: Path, words: str, message: str
) -> None:
    with pytest.raises(SettingError, match=message):
        check(parsed(tmp_path, gateway_quotas=words))


@pytest.fixture
def raised(sqlite: Database, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Caller:
    """A control plane with quotas of two, raised from one."""
    for constant in RAISABLE.values():
        monkeypatch.setattr(quotas, constant, 1)
    words = ",".join(f"{name}=2" for name in RAISABLE)
    return Caller(build_kernel(sqlite, tmp_path, gateway_quotas=words))


def test_raised_quotas_of_an_http_api_are_held(raised: Caller) -> None:
    api_id = raised.create_api()
    for number in (1, 2):
        raised.create_route(api_id, f"GET /{number}")
        raised.create_authorizer(api_id, Name=f"a{number}")
        raised("CreateStage", ApiId=api_id, StageName=f"s{number}")

    with pytest.raises(Full, match="Maximum number of Routes for this API has been reached"):
        raised.create_route(api_id, "GET /3")
    with pytest.raises(Full, match="Maximum number of Authorizers for this API has been reached"):
        raised.create_authorizer(api_id, Name="a3")
    with pytest.raises(Full, match="Maximum number of Stages for this API has been reached"):
        raised("CreateStage", ApiId=api_id, StageName="s3")


def test_raised_quotas_of_a_rest_api_are_held(raised: Caller) -> None:
    rest = raised.rest
    api_id = rest("CreateRestApi", name="pets")["id"]
    uri = (
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
        "arn:aws:lambda:us-east-1:000000000000:function:guard/invocations"
    )
    source = "method.request.header.Authorization"
    guard = {"restApiId": api_id, "type": "TOKEN", "authorizerUri": uri, "identitySource": source}
    root = rest("GetResources", restApiId=api_id)["items"][0]["id"]
    method = {"restApiId": api_id, "resourceId": root, "httpMethod": "GET"}
    rest("PutMethod", **method, authorizationType="NONE")
    rest("PutIntegration", **method, type="MOCK")
    deployment = rest("CreateDeployment", restApiId=api_id)["id"]
    stage = {"restApiId": api_id, "deploymentId": deployment}
    for number in (1, 2):
        rest("CreateAuthorizer", **guard, name=f"a{number}")
        rest("CreateStage", **stage, stageName=f"s{number}")

    with pytest.raises(Exceeded, match="Maximum number of Authorizers"):
        rest("CreateAuthorizer", **guard, name="a3")
    with pytest.raises(Exceeded, match="Maximum number of Stages"):
        rest("CreateStage", **stage, stageName="s3")


def test_raised_quotas_of_an_account_are_held(raised: Caller) -> None:
    for number in (1, 2):
        raised("CreateVpcLink", Name=f"l{number}", SubnetIds=["subnet-1", "subnet-2"])
        raised("CreateDomainName", DomainName=f"d{number}.example.com")

    with pytest.raises(Invalid, match="SubnetIds has at most 2"):
        raised("CreateVpcLink", Name="l3", SubnetIds=["subnet-1", "subnet-2", "subnet-3"])
    with pytest.raises(Exceeded, match="Maximum number of"):
        raised("CreateVpcLink", Name="l3", SubnetIds=["subnet-1"])
    with pytest.raises(Exceeded, match="Maximum number of custom domain names"):
        raised("CreateDomainName", DomainName="d3.example.com")


def test_one_too_many_is_answered_as_aws_answers_it(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "APIS_PER_ACCOUNT_AND_REGION", 0)
    operation = service("apigatewayv2").operation("CreateApi")
    assert operation is not None

    answer = Wire(caller.kernel).send(operation, {"Name": "pets", "ProtocolType": "HTTP"})

    assert (answer.status, answer.code) == (429, "ConflictException")
    assert answer.message.startswith("Maximum number of APIs for this account has been reached")


def test_integrations_of_an_http_api_are_as_many_as_the_quota(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "INTEGRATIONS_PER_API", 2)
    api_id = caller.create_api()
    for _ in range(2):
        caller.create_integration(api_id)

    with pytest.raises(Full, match="Maximum number of Integrations for this API has been reached"):
        caller.create_integration(api_id)
