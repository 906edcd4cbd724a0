from __future__ import annotations

from typing import Any

import pytest

from gateway.control.errors import Exceeded, Invalid, Missing
from gateway.snapshot import SnapshotHolder, UpstreamGroup
from tests.gateway.control.account.requests import patch
from tests.gateway.control.caller import Caller

ARN = "arn:aws:elasticloadbalancing:us-east-1:000000000000:loadbalancer/net/nlb/0123456789abcdef"
ORIGIN = "http://10.0.0.5:8080"


class TestRest:
    def test_a_link_leads_to_origins(self, rest: Caller, served: SnapshotHolder) -> None:
        tags = {"poolgate:targets": "http://b:1, https://[fd00::1]:2", "poolgate:health": "/up"}

        made = rest("CreateVpcLink", name="inner", targetArns=[ORIGIN], tags=tags)

        assert made == {
            "id": made["id"],
            "name": "inner",
            "targetArns": [ORIGIN],
            "tags": tags,
            "status": "AVAILABLE",
        }
        assert rest("GetVpcLink", vpcLinkId=made["id"]) == made
        assert rest("GetVpcLinks") == {"items": [made]}
        assert served.current.vpc_links == {
            made["id"]: UpstreamGroup(
                made["id"],
                "inner",
                (ORIGIN, "http://b:1", "https://[fd00::1]:2"),
                "/up",
                rest.account,
                rest.region,
            )
        }

    def test_a_load_balancer_alone_is_no_target(self, rest: Caller, served: SnapshotHolder) -> None:
        made = rest("CreateVpcLink", name="inner", targetArns=[ARN])

        assert made["status"] == "FAILED"
        assert "poolgate:targets" in made["statusMessage"]
        assert served.current.vpc_links[made["id"]].targets == ()
        arn = f"arn:aws:apigateway:us-east-1::/vpclinks/{made['id']}"
        rest("TagResource", resourceArn=arn, tags={"poolgate:targets": ORIGIN})
        assert rest("GetVpcLink", vpcLinkId=made["id"])["status"] == "AVAILABLE"
        assert served.current.vpc_links[made["id"]].targets == (ORIGIN,)
        with pytest.raises(Invalid):
            rest("TagResource", resourceArn=arn, tags={"poolgate:targets": "nonsense"})

    @pytest.mark.parametrize(
        "target",
        [
            "",
            "nonsense",
            "10.0.0.5:80",
            "ftp://10.0.0.5",
            "http://10.0.0.5/path",
            "http://10.0.0.5?x",
            "http://user@10.0.0.5",
            "http://10.0.0.5:0",
            "http://10.0.0.5:70000",
            "http://[::1",
            "http://a b",
            "http://",
            "http://169.254.169.254",
            "http://[fe80::1]",
            "http://0.0.0.0:80",
            "HTTP://10.0.0.5#x",
        ],
    )
    def test_what_is_no_origin_is_refused(self, rest: Caller, target: str) -> None:
        with pytest.raises(Invalid):
            rest("CreateVpcLink", name="inner", targetArns=[target])

    def test_patches_change_name_and_targets(self, rest: Caller) -> None:
        link = rest("CreateVpcLink", name="inner", targetArns=[ORIGIN])["id"]

        changed = rest(
            "UpdateVpcLink",
            vpcLinkId=link,
            patchOperations=[
                patch("/name", "other"),
                patch("/description", "text"),
                patch("/targetArns", "http://10.0.0.6", "add"),
                patch("/targetArns", ORIGIN, "remove"),
            ],
        )

        assert (changed["name"], changed["description"]) == ("other", "text")
        assert changed["targetArns"] == ["http://10.0.0.6"]
        for wrong in (patch("/name", ""), patch("/targetArns", "x", "add"), patch("/status", "x")):
            with pytest.raises(Invalid):
                rest("UpdateVpcLink", vpcLinkId=link, patchOperations=[wrong])

    def test_a_deleted_link_is_gone(self, rest: Caller, served: SnapshotHolder) -> None:
        link = rest("CreateVpcLink", name="inner", targetArns=[ORIGIN])["id"]
        with pytest.raises(Missing):
            rest.elsewhere(account="111111111111")("DeleteVpcLink", vpcLinkId=link)

        rest("DeleteVpcLink", vpcLinkId=link)

        assert served.current.vpc_links == {}
        with pytest.raises(Missing):
            rest("GetVpcLink", vpcLinkId=link)

    def test_an_account_has_a_quota_of_links(self, rest: Caller) -> None:
        for number in range(10):
            rest("CreateVpcLink", name=f"link {number}", targetArns=[ORIGIN])

        with pytest.raises(Exceeded):
            rest("CreateVpcLink", name="more", targetArns=[ORIGIN])


class TestHttp:
    def make(self, caller: Caller, **members: Any) -> dict[str, Any]:
        request = {"Name": "inner", "SubnetIds": ["subnet-1"], **members}
        made: dict[str, Any] = caller("CreateVpcLink", **request)
        return made

    def test_tags_name_the_targets(self, caller: Caller, served: SnapshotHolder) -> None:
        tags = {"poolgate:targets": ORIGIN, "poolgate:targets:2": "http://10.0.0.6"}

        made = self.make(caller, SecurityGroupIds=["sg-1"], Tags=tags)

        assert made == {
            "Name": "inner",
            "SubnetIds": ["subnet-1"],
            "SecurityGroupIds": ["sg-1"],
            "Tags": tags,
            "CreatedDate": made["CreatedDate"],
            "VpcLinkId": made["VpcLinkId"],
            "VpcLinkStatus": "AVAILABLE",
            "VpcLinkVersion": "V2",
        }
        link = made["VpcLinkId"]
        assert caller("GetVpcLink", VpcLinkId=link) == made
        assert caller("GetVpcLinks") == {"Items": [made]}
        assert served.current.vpc_links[link].targets == (ORIGIN, "http://10.0.0.6")
        arn = f"arn:aws:apigateway:us-east-1::/vpclinks/{link}"
        caller("UntagResource", ResourceArn=arn, TagKeys=list(tags))
        assert caller("GetVpcLink", VpcLinkId=link)["VpcLinkStatus"] == "FAILED"
        assert served.current.vpc_links[link].targets == ()

    @pytest.mark.parametrize(
        "members",
        [
            {"SubnetIds": ["nonsense"]},
            {"SubnetIds": [f"subnet-{number}" for number in range(11)]},
            {"SecurityGroupIds": ["nonsense"]},
            {"SecurityGroupIds": [f"sg-{number}" for number in range(11)]},
            {"Name": "x" * 129},
            {"Tags": {"poolgate:targets": "http://169.254.169.254"}},
            {"Tags": {"poolgate:health": "no path"}},
        ],
    )
    def test_what_could_not_be_used_is_refused(
        self, caller: Caller, members: dict[str, Any]
    ) -> None:
        with pytest.raises(Invalid):
            self.make(caller, **members)

    def test_a_link_is_renamed_and_deleted(self, caller: Caller) -> None:
        link = self.make(caller)["VpcLinkId"]

        assert caller("UpdateVpcLink", VpcLinkId=link, Name="other")["Name"] == "other"
        caller("DeleteVpcLink", VpcLinkId=link)

        for operation in ("GetVpcLink", "UpdateVpcLink", "DeleteVpcLink"):
            with pytest.raises(Missing):
                caller(operation, VpcLinkId=link)

    def test_each_plane_has_links_of_its_own(self, caller: Caller, rest: Caller) -> None:
        link = self.make(caller)["VpcLinkId"]

        assert rest("GetVpcLinks") == {"items": []}
        with pytest.raises(Missing):
            rest("GetVpcLink", vpcLinkId=link)
