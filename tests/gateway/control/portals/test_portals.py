from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from tests.gateway.control.caller import NOON, Caller
from tests.gateway.control.portals.conftest import COLORS, PORTAL

POOL = {
    "AppClientId": "client",
    "UserPoolArn": "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc",
    "UserPoolDomain": "https://sign-in.example.com",
}


def test_portal_is_made_shown_listed_and_deleted(caller: Caller) -> None:
    made = caller("CreatePortal", **PORTAL, Tags={"team": "pets"}, LogoUri="s3://bucket/logo.png")

    assert made["PublishStatus"] == "DISABLED"
    assert made["LastModified"] == NOON
    assert made["PortalArn"].endswith(f":000000000000:/portals/{made['PortalId']}")
    assert made["EndpointConfiguration"]["PortalDefaultDomainName"]
    assert "LogoUri" not in made
    assert caller("GetPortal", PortalId=made["PortalId"]) == made
    assert caller("ListPortals") == {"Items": [made]}
    caller("DeletePortal", PortalId=made["PortalId"])
    caller("DeletePortal", PortalId=made["PortalId"])
    with pytest.raises(Missing, match="Invalid portal identifier specified"):
        caller("GetPortal", PortalId=made["PortalId"])


def test_update_keeps_what_it_does_not_name(caller: Caller, portal: str) -> None:
    changed = caller("UpdatePortal", PortalId=portal, Authorization={"CognitoConfig": POOL})

    assert changed["Authorization"] == {"CognitoConfig": POOL}
    assert changed["PortalContent"] == PORTAL["PortalContent"]


@pytest.mark.parametrize(
    "members",
    [
        {"Authorization": {}},
        {"Authorization": {"None": {}, "CognitoConfig": POOL}},
        {"Authorization": {"CognitoConfig": {**POOL, "UserPoolArn": "arn:aws:s3:::a-bucket-abc"}}},
        {"EndpointConfiguration": {"None": {}, "AcmManaged": {}}},
        {"EndpointConfiguration": {"AcmManaged": {"DomainName": "a b", "CertificateArn": "x"}}},
        {
            "EndpointConfiguration": {
                "AcmManaged": {"DomainName": "a.example", "CertificateArn": "arn:aws:acm:x"}
            }
        },
        {"LogoUri": "javascript:alert(1)"},
        {"RumAppMonitorName": "a b"},
        {"IncludedPortalProductArns": ["arn:aws:apigateway:us-east-1:000000000000:/x/abc"]},
        {
            "PortalContent": {
                "DisplayName": "Pets",
                "Theme": {"CustomColors": {**COLORS, "TextColor": "red;}"}},
            }
        },
    ],
)
def test_what_no_portal_could_show_is_refused(
    caller: Caller, portal: str, members: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        caller("CreatePortal", **{**PORTAL, **members})
    with pytest.raises(Invalid):
        caller("UpdatePortal", PortalId=portal, **members)


def test_when_a_logo_was_uploaded_is_not_for_clients_to_say(caller: Caller) -> None:
    theme = {"CustomColors": COLORS, "LogoLastUploaded": datetime(2026, 1, 1, tzinfo=UTC)}

    made = caller(
        "CreatePortal", **{**PORTAL, "PortalContent": {"DisplayName": "Pets", "Theme": theme}}
    )

    assert made["PortalContent"]["Theme"] == {"CustomColors": COLORS}


def test_publishing_fails_and_says_why(caller: Caller, portal: str) -> None:
    with pytest.raises(Conflicting, match="not published"):
        caller("DisablePortal", PortalId=portal)

    caller("PublishPortal", PortalId=portal, Description="first")
    caller("PreviewPortal", PortalId=portal)

    shown = caller("GetPortal", PortalId=portal)
    assert shown["PublishStatus"] == "PUBLISH_FAILED"
    assert "hosts no portals" in shown["StatusException"]["Message"]
    assert shown["Preview"]["PreviewStatus"] == "PREVIEW_FAILED"
    assert "LastPublished" not in shown
    caller("DisablePortal", PortalId=portal)
    assert caller("GetPortal", PortalId=portal)["PublishStatus"] == "DISABLED"
    with pytest.raises(Missing):
        caller("PublishPortal", PortalId="abcdefghij")


def test_portal_of_another_account_or_region_is_not_found(caller: Caller, portal: str) -> None:
    for elsewhere in ({"account": "111111111111"}, {"region": "eu-west-1"}):
        other = caller.elsewhere(**elsewhere)
        with pytest.raises(Missing):
            other("GetPortal", PortalId=portal)
        other("DeletePortal", PortalId=portal)
        assert other("ListPortals") == {"Items": []}
    assert caller("GetPortal", PortalId=portal)["PortalId"] == portal


def test_portals_are_as_many_as_the_quota(
    caller: Caller, portal: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "PORTALS_PER_ACCOUNT_AND_REGION", 1)

    with pytest.raises(Exceeded, match="Maximum number of portals"):
        caller("CreatePortal", **PORTAL)


def test_portals_and_products_are_tagged_by_arn(caller: Caller, portal: str, product: str) -> None:
    arns = [
        caller("GetPortal", PortalId=portal)["PortalArn"],
        caller("GetPortalProduct", PortalProductId=product)["PortalProductArn"],
    ]
    for arn in arns:
        caller("TagResource", ResourceArn=arn, Tags={"team": "pets"})
        assert caller("GetTags", ResourceArn=arn) == {"Tags": {"team": "pets"}}
        caller("UntagResource", ResourceArn=arn, TagKeys=["team"])
        assert caller("GetTags", ResourceArn=arn) == {"Tags": {}}
        with pytest.raises(Missing):
            caller("GetTags", ResourceArn=arn.replace("000000000000", "111111111111"))
        with pytest.raises(Missing):
            caller.elsewhere(account="111111111111")("TagResource", ResourceArn=arn, Tags={})
