"""Each family as boto3 sees it: signed requests over a socket, answers by the model."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import datetime
from typing import Any

import pytest
from botocore.exceptions import ClientError

from kernel.runtime import Kernel
from tests.gateway.control.account.requests import CERTIFICATE, NAME, VALUE, issued, patch
from tests.gateway.control.signed import signing_clients


@pytest.fixture
def client(kernel: Kernel) -> Iterator[Callable[[str], Any]]:
    """boto3 clients of a server of this test's own, by service."""
    with signing_clients(kernel) as connect:
        yield connect


@pytest.fixture
def rest(client: Callable[[str], Any]) -> Any:
    return client("apigateway")


@pytest.fixture
def http(client: Callable[[str], Any]) -> Any:
    return client("apigatewayv2")


def code_of(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int]:
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"]


def test_keys_plans_and_usage(rest: Any, api_id: str) -> None:
    key = rest.create_api_key(name="ada", value=VALUE, enabled=True, tags={"a": "b"})
    assert isinstance(key["createdDate"], datetime)
    assert rest.get_api_key(apiKey=key["id"], includeValue=True)["value"] == VALUE
    assert "value" not in rest.get_api_key(apiKey=key["id"])
    assert rest.get_api_keys(includeValues=True, nameQuery="a")["items"][0]["value"] == VALUE
    plan = rest.create_usage_plan(
        name="gold",
        apiStages=[{"apiId": api_id, "stage": "prod"}],
        throttle={"rateLimit": 1.5, "burstLimit": 2},
        quota={"limit": 100, "period": "DAY"},
    )["id"]
    made = rest.create_usage_plan_key(usagePlanId=plan, keyId=key["id"], keyType="API_KEY")
    assert (made["type"], made["name"]) == ("API_KEY", "ada")
    assert rest.get_usage_plan_key(usagePlanId=plan, keyId=key["id"])["id"] == key["id"]
    assert len(rest.get_usage_plan_keys(usagePlanId=plan)["items"]) == 1
    changed = rest.update_usage_plan(
        usagePlanId=plan,
        patchOperations=[
            patch(f"/apiStages/{api_id}:prod/throttle/~1pets/GET/rateLimit", "2"),
            patch("/quota/limit", "50"),
        ],
    )
    assert changed["apiStages"][0]["throttle"] == {"/pets/GET": {"rateLimit": 2.0}}
    assert rest.get_usage_plan(usagePlanId=plan)["quota"]["limit"] == 50
    day = "2026-05-04"
    usage = rest.get_usage(usagePlanId=plan, startDate=day, endDate=day)
    assert usage["items"] == {key["id"]: [[0, 50]]}
    remaining = rest.update_usage(
        usagePlanId=plan, keyId=key["id"], patchOperations=[patch("/remaining", "7")]
    )
    assert remaining["items"] == {key["id"]: [[0, 7]]}
    rest.delete_usage_plan_key(usagePlanId=plan, keyId=key["id"])
    off = [patch("/apiStages", f"{api_id}:prod", "remove")]
    rest.update_usage_plan(usagePlanId=plan, patchOperations=off)
    rest.delete_usage_plan(usagePlanId=plan)
    assert rest.update_api_key(apiKey=key["id"], patchOperations=[patch("/enabled", "false")])
    rest.delete_api_key(apiKey=key["id"])
    assert rest.get_api_keys()["items"] == rest.get_usage_plans()["items"] == []


def test_keys_are_imported_and_paginated(rest: Any) -> None:
    lines = [f"key {number},{VALUE}-{number},,true" for number in range(30)]
    body = "\n".join(["name,key,description,enabled", *lines]).encode()

    done = rest.import_api_keys(body=body, format="csv", failOnWarnings=True)

    assert (len(done["ids"]), done["warnings"]) == (30, [])
    pages = list(rest.get_paginator("get_api_keys").paginate())
    assert [len(page["items"]) for page in pages] == [25, 5]
    assert {key["id"] for page in pages for key in page["items"]} == set(done["ids"])


def test_errors_have_their_codes(rest: Any) -> None:
    rest.create_api_key(name="ada", value=VALUE)
    for call, expected in (
        (lambda: rest.get_api_key(apiKey="nobody"), ("NotFoundException", 404)),
        (lambda: rest.create_api_key(value=VALUE), ("ConflictException", 409)),
        (lambda: rest.create_api_key(value="short"), ("BadRequestException", 400)),
        (lambda: rest.get_api_keys(position="x"), ("BadRequestException", 400)),
    ):
        with pytest.raises(ClientError) as error:
            call()
        assert code_of(error) == expected


def test_quotas_have_their_code(rest: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.quotas.API_KEYS_PER_ACCOUNT_AND_REGION", 0)

    with pytest.raises(ClientError) as error:
        rest.create_api_key(name="ada")

    assert code_of(error) == ("LimitExceededException", 429)


def test_the_account(rest: Any) -> None:
    assert rest.get_account()["throttleSettings"] == {"burstLimit": 5000, "rateLimit": 10000.0}
    operations = [patch("/throttleSettings/burstLimit", "7")]
    changed = rest.update_account(patchOperations=operations)
    assert changed["throttleSettings"]["burstLimit"] == 7


def test_client_certificates(rest: Any) -> None:
    made = rest.generate_client_certificate(description="ours", tags={"a": "b"})
    assert (made["expirationDate"] - made["createdDate"]).days == 365
    shown = rest.get_client_certificate(clientCertificateId=made["clientCertificateId"])
    assert shown["pemEncodedCertificate"].startswith("-----BEGIN CERTIFICATE-----")
    assert len(rest.get_client_certificates()["items"]) == 1
    rest.update_client_certificate(
        clientCertificateId=made["clientCertificateId"],
        patchOperations=[patch("/description", "x")],
    )
    rest.delete_client_certificate(clientCertificateId=made["clientCertificateId"])


def test_vpc_links_of_both_planes(rest: Any, http: Any) -> None:
    link = rest.create_vpc_link(name="inner", targetArns=["http://10.0.0.5:8080"])["id"]
    assert rest.get_vpc_link(vpcLinkId=link)["status"] == "AVAILABLE"
    rest.update_vpc_link(vpcLinkId=link, patchOperations=[patch("/name", "x")])
    assert rest.get_vpc_links()["items"][0]["name"] == "x"
    rest.delete_vpc_link(vpcLinkId=link)
    tags = {"poolgate:targets": "http://10.0.0.5"}
    made = http.create_vpc_link(Name="inner", SubnetIds=["subnet-1"], Tags=tags)
    assert isinstance(made["CreatedDate"], datetime)
    link = made["VpcLinkId"]
    assert http.get_vpc_link(VpcLinkId=link)["VpcLinkStatus"] == "AVAILABLE"
    assert http.update_vpc_link(VpcLinkId=link, Name="x")["Name"] == "x"
    assert len(http.get_vpc_links()["Items"]) == 1
    http.delete_vpc_link(VpcLinkId=link)


def test_domains_of_both_planes(rest: Any, http: Any, api_id: str) -> None:
    body, private_key = issued()
    made = rest.create_domain_name(
        domainName=NAME,
        certificateBody=body,
        certificatePrivateKey=private_key,
        endpointConfiguration={"types": ["REGIONAL"]},
        tags={"a": "b"},
    )
    assert isinstance(made["certificateUploadDate"], datetime)
    shown = http.get_domain_name(DomainName=NAME)
    assert isinstance(shown["DomainNameConfigurations"][0]["CertificateUploadDate"], datetime)
    assert "PRIVATE" not in repr((made, shown))
    modes = [patch("/routingMode", "ROUTING_RULE_THEN_BASE_PATH_MAPPING")]
    rest.update_domain_name(domainName=NAME, patchOperations=modes)
    rest.create_base_path_mapping(domainName=NAME, basePath="v1", restApiId=api_id, stage="prod")
    assert rest.get_base_path_mapping(domainName=NAME, basePath="v1")["stage"] == "prod"
    rest.update_base_path_mapping(
        domainName=NAME, basePath="v1", patchOperations=[patch("/stage", "dev")]
    )
    (mapping,) = http.get_api_mappings(DomainName=NAME)["Items"]
    assert (mapping["ApiMappingKey"], mapping["Stage"]) == ("v1", "dev")
    made = http.create_api_mapping(
        DomainName=NAME, ApiId=api_id, Stage="prod", ApiMappingKey="orders/v2"
    )["ApiMappingId"]
    which = {"DomainName": NAME, "ApiMappingId": made}
    http.update_api_mapping(**which, ApiId=api_id, Stage="dev")
    assert http.get_api_mapping(**which)["Stage"] == "dev"
    assert len(rest.get_base_path_mappings(domainName=NAME)["items"]) == 2
    http.delete_api_mapping(**which)
    rest.delete_base_path_mapping(domainName=NAME, basePath="v1")
    assert rest.get_domain_names()["items"][0]["tags"] == {"a": "b"}
    rest.delete_domain_name(domainName=NAME)
    assert http.get_domain_names()["Items"] == []


def test_routing_rules(http: Any, api_id: str) -> None:
    http.create_domain_name(
        DomainName=NAME,
        DomainNameConfigurations=[{"CertificateArn": CERTIFICATE, "EndpointType": "REGIONAL"}],
        RoutingMode="ROUTING_RULE_ONLY",
    )
    http.update_domain_name(DomainName=NAME, RoutingMode="ROUTING_RULE_THEN_API_MAPPING")
    rule = {
        "DomainName": NAME,
        "Actions": [{"InvokeApi": {"ApiId": api_id, "Stage": "prod", "StripBasePath": True}}],
        "Conditions": [
            {"MatchHeaders": {"AnyOf": [{"Header": "x-version", "ValueGlob": "b*"}]}},
            {"MatchBasePaths": {"AnyOf": ["shop"]}},
        ],
        "Priority": 7,
    }
    made = http.create_routing_rule(**rule)["RoutingRuleId"]
    which = {"DomainName": NAME, "RoutingRuleId": made}
    assert http.get_routing_rule(**which)["Conditions"] == rule["Conditions"]
    assert http.put_routing_rule(**{**which, **rule, "Priority": 8})["Priority"] == 8
    assert [each["Priority"] for each in http.list_routing_rules(DomainName=NAME)["RoutingRules"]]
    http.delete_routing_rule(**which)
    http.delete_domain_name(DomainName=NAME)


def test_private_domains_are_off(rest: Any) -> None:
    assert rest.get_domain_name_access_associations()["items"] == []
    with pytest.raises(ClientError) as error:
        rest.create_domain_name_access_association(
            domainNameArn="arn:aws:apigateway:us-east-1::/domainnames/x",
            accessAssociationSourceType="VPCE",
            accessAssociationSource="vpce-1",
        )
    assert code_of(error) == ("BadRequestException", 400)
    with pytest.raises(ClientError) as error:
        rest.delete_domain_name_access_association(domainNameAccessAssociationArn="arn")
    assert code_of(error) == ("NotFoundException", 404)
    with pytest.raises(ClientError) as error:
        rest.reject_domain_name_access_association(
            domainNameAccessAssociationArn="arn", domainNameArn="arn"
        )
    assert code_of(error) == ("NotFoundException", 404)


def test_tags(rest: Any, http: Any, api_id: str) -> None:
    arn = f"arn:aws:apigateway:us-east-1::/restapis/{api_id}/stages/prod"
    rest.tag_resource(resourceArn=arn, tags={"team": "a"})
    assert rest.get_tags(resourceArn=arn)["tags"] == {"team": "a"}
    rest.untag_resource(resourceArn=arn, tagKeys=["team"])
    assert rest.get_tags(resourceArn=arn)["tags"] == {}
    made = http.create_domain_name(DomainName=NAME)
    http.tag_resource(ResourceArn=made["DomainNameArn"], Tags={"a": "b"})
    assert http.get_tags(ResourceArn=made["DomainNameArn"])["Tags"] == {"a": "b"}
