"""Keys, plans, domains and links by the AWS CLI, as the pages for operators print its commands."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.authority import hold
from tests.servers.command_line import CommandLine

VALUE = "a-key-of-the-command-line-1234"
DOMAIN = "cli.example.com"
CERTIFICATE = "arn:aws:acm:us-east-1:000000000000:certificate/0123-4567"


@pytest.fixture
def api_id(aws: CommandLine) -> Iterator[str]:
    """A REST API with a stage, `prod`."""
    rest = aws.server.client("apigateway")
    made = rest.create_rest_api(name="pets")["id"]
    root = rest.get_resources(restApiId=made)["items"][0]["id"]
    method = {"restApiId": made, "resourceId": root, "httpMethod": "GET"}
    rest.put_method(**method, authorizationType="NONE")
    rest.put_integration(**method, type="MOCK")
    rest.create_deployment(restApiId=made, stageName="prod")
    yield made
    rest.delete_rest_api(restApiId=made)


def test_keys_and_plans(aws: CommandLine, api_id: str, tmp_path: Path) -> None:
    plan = aws(
        *("apigateway", "create-usage-plan", "--name", "gold"),
        *("--api-stages", f"apiId={api_id},stage=prod"),
        *("--throttle", "rateLimit=10,burstLimit=5", "--quota", "limit=100,period=DAY"),
    )["id"]
    file = tmp_path / "keys.csv"
    file.write_text(f"name,key,enabled,usageplanids\ncli,{VALUE},true,{plan}\n")
    body = ("--body", f"fileb://{file}")
    imported = aws("apigateway", "import-api-keys", *body, "--format", "csv", "--fail-on-warnings")
    (key,) = imported["ids"]
    shown = aws("apigateway", "get-api-key", "--api-key", key, "--include-value")
    assert (shown["value"], shown["enabled"]) == (VALUE, True)
    path = f"/apiStages/{api_id}:prod/throttle/~1/GET/rateLimit"
    changed = aws(
        *("apigateway", "update-usage-plan", "--usage-plan-id", plan),
        *("--patch-operations", f"op=replace,path={path},value=2"),
    )
    assert changed["apiStages"][0]["throttle"] == {"//GET": {"rateLimit": 2.0}}
    remaining = "op=replace,path=/remaining,value=7"
    which = ("--usage-plan-id", plan, "--key-id", key)
    used = aws("apigateway", "update-usage", *which, "--patch-operations", remaining)
    assert used["items"] == {key: [[0, 7]]}
    aws("apigateway", "delete-api-key", "--api-key", key)


def test_domains_and_mappings(aws: CommandLine, api_id: str) -> None:
    hold(aws.server.instance, CERTIFICATE, DOMAIN)
    configuration = f"CertificateArn={CERTIFICATE},EndpointType=REGIONAL"
    which = ("--domain-name", DOMAIN)
    aws(
        *("apigatewayv2", "create-domain-name", *which),
        *("--domain-name-configurations", configuration),
    )
    mapping = ("--api-id", api_id, "--stage", "prod", "--api-mapping-key", "orders/v2")
    aws("apigatewayv2", "create-api-mapping", *which, *mapping)
    shown = aws("apigateway", "get-base-path-mapping", *which, "--base-path", "orders/v2")
    assert shown == {"basePath": "orders/v2", "restApiId": api_id, "stage": "prod"}
    action = f'[{{"InvokeApi":{{"ApiId":"{api_id}","Stage":"prod"}}}}]'
    rule = ("--actions", action, "--conditions", "[]", "--priority", "10")
    assert aws("apigatewayv2", "create-routing-rule", *which, *rule)["Priority"] == 10
    aws("apigateway", "delete-domain-name", *which)


def test_links_and_their_tags(aws: CommandLine) -> None:
    origins = ("http://10.0.0.5:8080", "http://10.0.0.6:8080")
    link = aws("apigateway", "create-vpc-link", "--name", "inner", "--target-arns", *origins)
    assert (link["status"], link["targetArns"]) == ("AVAILABLE", list(origins))
    made = aws(
        *("apigatewayv2", "create-vpc-link", "--name", "inner", "--subnet-ids", "subnet-1"),
        *("--tags", f"poolgate:targets={' '.join(origins)}"),
    )
    assert (made["VpcLinkStatus"], made["Tags"]) == (
        "AVAILABLE",
        {"poolgate:targets": " ".join(origins)},
    )
    arn = f"arn:aws:apigateway:us-east-1::/vpclinks/{link['id']}"
    tags = ("--resource-arn", arn, "--tags", "poolgate:health=/health")
    aws("apigateway", "tag-resource", *tags)
    assert aws("apigateway", "get-tags", "--resource-arn", arn)["tags"] == {
        "poolgate:health": "/health"
    }
