from __future__ import annotations

import pytest

from gateway import quotas
from gateway.control.errors import Invalid, Missing
from tests.gateway.control.caller import Caller


def test_tags_are_added_and_removed_by_arn(caller: Caller) -> None:
    api_id = caller.create_api(Tags={"team": "a"})
    caller("CreateStage", ApiId=api_id, StageName="$default")

    for resource in ("", "/stages/$default"):
        arn = f"arn:aws:apigateway:us-east-1::/apis/{api_id}{resource}"
        caller("TagResource", ResourceArn=arn, Tags={"team": "b", "cost": "1"})
        caller("UntagResource", ResourceArn=arn, TagKeys=["team", "unknown"])
        assert caller("GetTags", ResourceArn=arn) == {"Tags": {"cost": "1"}}

    assert caller("GetApi", ApiId=api_id)["Tags"] == {"cost": "1"}
    assert caller("GetStage", ApiId=api_id, StageName="$default")["Tags"] == {"cost": "1"}


def test_arn_that_names_nothing_is_refused(caller: Caller) -> None:
    api_id = caller.create_api()
    good = f"arn:aws:apigateway:us-east-1::/apis/{api_id}"

    for arn in ("", api_id, f"{good}/routes/x", good.replace("apis", "restapis"), f"{good}\x00"):
        with pytest.raises((Invalid, Missing)):
            caller("GetTags", ResourceArn=arn)
    for arn in (good.replace("us-east-1", "eu-west-1"), f"{good}x", f"{good}/stages/none"):
        with pytest.raises(Missing):
            caller("GetTags", ResourceArn=arn)
    with pytest.raises(Missing):
        caller.elsewhere(account="111111111111")("GetTags", ResourceArn=good)


def test_resource_has_at_most_its_quota_of_tags(caller: Caller) -> None:
    arn = f"arn:aws:apigateway:us-east-1::/apis/{caller.create_api()}"
    most = {f"k{number}": "v" for number in range(quotas.TAGS_PER_RESOURCE)}
    caller("TagResource", ResourceArn=arn, Tags=most)

    with pytest.raises(Invalid, match="at most 50 tags"):
        caller("TagResource", ResourceArn=arn, Tags={"one": "more"})
    for tags in ({"": "v"}, {"k" * 129: "v"}, {"k0": "v" * 257}, {"AWS:x": "v"}):
        with pytest.raises(Invalid, match=r"[Tt]ag"):
            caller("TagResource", ResourceArn=arn, Tags=tags)
