from __future__ import annotations

import pytest

from gateway.control.errors import Invalid, Missing
from tests.gateway.control.account.requests import NAME, http_domain
from tests.gateway.control.caller import Caller


@pytest.fixture
def resources(caller: Caller, rest: Caller, api_id: str) -> list[str]:
    http_domain(caller)
    return [
        f"restapis/{api_id}",
        f"restapis/{api_id}/stages/prod",
        f"apikeys/{rest('CreateApiKey', name='ada')['id']}",
        f"usageplans/{rest('CreateUsagePlan', name='gold')['id']}",
        f"clientcertificates/{rest('GenerateClientCertificate')['clientCertificateId']}",
        f"vpclinks/{rest('CreateVpcLink', name='x', targetArns=['http://10.0.0.5'])['id']}",
        f"domainnames/{NAME}",
    ]


def test_everything_taggable_is_tagged_by_its_arn(rest: Caller, resources: list[str]) -> None:
    for resource in resources:
        arn = f"arn:aws:apigateway:us-east-1::/{resource}"
        rest("TagResource", resourceArn=arn, tags={"team": "a", "cost": "1"})
        rest("TagResource", resourceArn=arn.replace("/", "%2F"), tags={"team": "b"})
        assert rest("GetTags", resourceArn=arn) == {"tags": {"team": "b", "cost": "1"}}
        rest("UntagResource", resourceArn=arn, tagKeys=["cost", "unknown"])
        assert rest("GetTags", resourceArn=arn) == {"tags": {"team": "b"}}


def test_both_planes_show_one_domains_tags(caller: Caller, rest: Caller) -> None:
    arn = http_domain(caller)["DomainNameArn"]

    rest("TagResource", resourceArn=arn, tags={"a": "b"})

    assert caller("GetTags", ResourceArn=arn) == {"Tags": {"a": "b"}}
    caller("UntagResource", ResourceArn=arn, TagKeys=["a"])
    assert rest("GetDomainName", domainName=NAME)["tags"] == {}


def test_tags_of_what_is_anothers_are_missing(rest: Caller, resources: list[str]) -> None:
    for stranger in (rest.elsewhere(account="111111111111"), rest.elsewhere(region="eu-west-1")):
        for resource in resources:
            with pytest.raises(Missing):
                stranger("GetTags", resourceArn=f"arn:aws:apigateway:us-east-1::/{resource}")


@pytest.mark.parametrize(
    "arn",
    [
        "",
        "nonsense",
        "arn:aws:apigateway:us-east-1::/restapis/",
        "arn:aws:apigateway:us-east-1::/apikeys/x/stages/prod",
        "arn:aws:apigateway:us-east-1::/apis/x",
        "arn:aws:s3:us-east-1::/restapis/x",
    ],
)
def test_an_arn_of_nothing_taggable_is_refused(rest: Caller, arn: str) -> None:
    with pytest.raises(Invalid):
        rest("GetTags", resourceArn=arn)


def test_tags_keep_their_quota(rest: Caller, api_id: str) -> None:
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api_id}"
    rest("TagResource", resourceArn=arn, tags={str(number): "x" for number in range(50)})

    for tags in ({"more": "x"}, {"aws:x": "y"}):
        with pytest.raises(Invalid):
            rest("TagResource", resourceArn=arn, tags=tags)
