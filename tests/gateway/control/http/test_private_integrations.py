"""Integrations through a VPC link: what CreateIntegration takes and refuses, and what is served."""

from __future__ import annotations

import pytest

from gateway.control.errors import Invalid
from gateway.snapshot import HttpProxyIntegration, SnapshotHolder
from tests.gateway.control.caller import Caller

LISTENER = "arn:aws:elasticloadbalancing:us-east-1:000000000000:listener/app/a/b/c"


def _link(caller: Caller, targets: str = "http://10.0.0.5:8080") -> str:
    tags = {"poolgate:targets": targets} if targets else {}
    link: str = caller("CreateVpcLink", Name="inner", SubnetIds=["subnet-1"], Tags=tags)[
        "VpcLinkId"
    ]
    return link


def _create(caller: Caller, api_id: str, **members):
    request = {
        "IntegrationType": "HTTP_PROXY",
        "IntegrationMethod": "ANY",
        "IntegrationUri": LISTENER,
        "ConnectionType": "VPC_LINK",
        **members,
    }
    return caller("CreateIntegration", ApiId=api_id, **request)


@pytest.mark.parametrize("uri", [LISTENER, "http://pets.internal/{proxy}"])
def test_an_integration_through_a_link_is_made_and_served(
    caller: Caller, served: SnapshotHolder, uri: str
) -> None:
    api_id, link = caller.create_api(), _link(caller)
    made = _create(caller, api_id, ConnectionId=link, IntegrationUri=uri)
    assert (made["ConnectionType"], made["ConnectionId"]) == ("VPC_LINK", link)
    target = f"integrations/{made['IntegrationId']}"
    caller.create_route(api_id, "ANY /{proxy+}", Target=target)
    caller("CreateStage", ApiId=api_id, StageName="$default", AutoDeploy=True)
    stage = served.current.apis[api_id].stages["$default"]
    assert stage.routes[0].target == HttpProxyIntegration(uri, "ANY", vpc_link=link)
    assert "ANY /{proxy+}" in stage.endpoints
    assert served.current.vpc_links[link].targets == ("http://10.0.0.5:8080",)


def test_an_integration_goes_back_to_the_internet(caller: Caller) -> None:
    api_id = caller.create_api()
    made = _create(caller, api_id, ConnectionId=_link(caller))
    with pytest.raises(Invalid, match="Invalid HTTP endpoint"):
        caller(
            "UpdateIntegration",
            ApiId=api_id,
            IntegrationId=made["IntegrationId"],
            ConnectionType="INTERNET",
        )
    changed = caller(
        "UpdateIntegration",
        ApiId=api_id,
        IntegrationId=made["IntegrationId"],
        ConnectionType="INTERNET",
        IntegrationUri="https://pets.example",
    )
    assert "ConnectionId" not in changed


def test_a_link_that_leads_nowhere_or_is_not_the_callers_is_refused(caller: Caller) -> None:
    api_id = caller.create_api()
    for link in (None, "missing", "../x", "x" * 40, _link(caller.elsewhere(account="1" * 12))):
        with pytest.raises(Invalid, match=r"ConnectionId|Invalid VpcLink"):
            _create(caller, api_id, ConnectionId=link)
    with pytest.raises(Invalid, match="is FAILED"):
        _create(caller, api_id, ConnectionId=_link(caller, ""))


@pytest.mark.parametrize(
    "members",
    [
        {"ConnectionType": "INTERNET"},
        {"IntegrationUri": "arn:aws:lambda:us-east-1:000000000000:function:f"},
        {"IntegrationType": "AWS_PROXY", "IntegrationMethod": "POST"},
        {"TlsConfig": {"ServerNameToVerify": "a b"}},
        {"IntegrationUri": "http://pets.internal", "TlsConfig": {"ServerNameToVerify": "pets"}},
    ],
)
def test_members_that_do_not_fit_a_link_are_refused(caller: Caller, members) -> None:
    link = _link(caller)
    with pytest.raises(Invalid):
        _create(caller, caller.create_api(), **{"ConnectionId": link, **members})
