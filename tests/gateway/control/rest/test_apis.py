from __future__ import annotations

import json
from typing import Any

import pytest

from gateway import quotas
from gateway.control.account.models import Domain, DomainMapping
from gateway.control.errors import Exceeded, Invalid, Missing
from gateway.snapshot import SnapshotHolder
from tests.gateway.control.caller import NOON, Caller
from tests.gateway.control.rest.tree import Tree, checked

POLICY = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": "*",
            "Action": "execute-api:Invoke",
            "Resource": "execute-api:/dev/GET/pets",
        }
    ],
}


def test_new_api_says_what_aws_says(caller: Caller) -> None:
    made = checked(caller, "CreateRestApi", name="pets", description="All of them", version="7")

    assert made == {
        "id": made["id"],
        "name": "pets",
        "description": "All of them",
        "version": "7",
        "createdDate": NOON,
        "apiKeySource": "HEADER",
        "apiStatus": "AVAILABLE",
        "endpointConfiguration": {"types": ["EDGE"], "ipAddressType": "ipv4"},
        "disableExecuteApiEndpoint": False,
        "rootResourceId": made["rootResourceId"],
    }
    assert checked(caller, "GetRestApi", restApiId=made["id"]) == made


def test_new_api_keeps_what_it_is_given(caller: Caller) -> None:
    given: dict[str, Any] = {
        "binaryMediaTypes": ["image/png", "*/*"],
        "minimumCompressionSize": 0,
        "apiKeySource": "AUTHORIZER",
        "endpointConfiguration": {"types": ["REGIONAL"], "ipAddressType": "dualstack"},
        "tags": {"team": "a"},
        "disableExecuteApiEndpoint": True,
        "securityPolicy": "TLS_1_2",
    }

    made = checked(caller, "CreateRestApi", name="pets", **given)

    assert {name: made[name] for name in given} == given


def test_empty_members_say_nothing(caller: Caller) -> None:
    bare = checked(caller, "CreateRestApi", name="pets")
    endpoint = {"types": ["EDGE"], "vpcEndpointIds": []}

    made = checked(
        caller, "CreateRestApi", name="pets", binaryMediaTypes=[], tags={}, version="", policy="",
        endpointConfiguration=endpoint,
    )  # fmt: skip

    assert set(made) == set(bare)
    assert made["endpointConfiguration"] == bare["endpointConfiguration"]


def test_new_api_has_a_root_resource_and_two_models(caller: Caller) -> None:
    tree = Tree.planted(caller)

    assert tree("GetResources")["items"] == [{"id": tree.root, "path": "/"}]
    method = tree.method(requestModels={"application/json": "Empty", "text/xml": "Error"})
    assert method("GetMethod")["requestModels"]["text/xml"] == "Error"


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"name": ""}, "Name cannot be an empty string"),
        ({"name": "x" * 2000}, "Name has at most"),
        ({"description": ""}, "Description cannot be an empty string"),
        ({"description": "x" * 5000}, "description has at most"),
        ({"minimumCompressionSize": -1}, "Invalid minimum compression size, must be between 0"),
        ({"minimumCompressionSize": 10485761}, "Invalid minimum compression size"),
        ({"binaryMediaTypes": ["png"]}, "Invalid content type specified: png"),
        ({"binaryMediaTypes": ["a/b"] * 200}, "at most 100 binary media types"),
        ({"endpointConfiguration": {"types": []}}, "cannot be both DISABLED"),
        (
            {"endpointConfiguration": {"types": ["EDGE", "REGIONAL"]}},
            "Cannot create an api with multiple Endpoint Types.",
        ),
        ({"endpointConfiguration": {"types": ["PRIVATE"]}}, "PRIVATE is not supported"),
        ({"endpointConfiguration": {"vpcEndpointIds": ["vpce-1"]}}, "vpcEndpointIds is not"),
        ({"securityPolicy": "TLS_1_0"}, "securityPolicy TLS_1_0 is not supported"),
        ({"endpointAccessMode": "BASIC"}, "endpointAccessMode is not supported"),
        ({"policy": "{"}, "Invalid policy document"),
        ({"tags": {"aws:team": "a"}}, "Tag keys that start with aws: are reserved"),
        ({"description": "\x00"}, "cannot be stored"),
    ],
)
def test_what_no_api_can_be_is_refused(
    caller: Caller, members: dict[str, Any], message: str
) -> None:
    with pytest.raises(Invalid, match=message):
        Tree.planted(caller, **members)

    assert checked(caller, "GetRestApis")["items"] == []


def test_unknown_apis_and_those_of_others_are_not_found(caller: Caller) -> None:
    tree = Tree.planted(caller)
    http = caller.create_api()

    for stranger, api in [
        (caller, "nosuchapi0"),
        (caller, http),
        (caller, tree.api.upper()),
        (caller, "x" * 500),
        (caller.elsewhere(account="111111111111"), tree.api),
        (caller.elsewhere(region="eu-west-1"), tree.api),
    ]:
        for operation in ("GetRestApi", "UpdateRestApi", "DeleteRestApi", "GetResources"):
            with pytest.raises(Missing) as missing:
                checked(stranger, operation, restApiId=api)
            assert str(missing.value) == (
                f"Invalid API identifier specified {stranger.account}:{api}"
            )


def test_list_holds_the_caller_s_rest_apis_alone_and_has_pages(caller: Caller) -> None:
    caller.create_api()
    mine = sorted(Tree.planted(caller).api for _ in range(3))
    Tree.planted(caller.elsewhere(account="111111111111"))

    first = checked(caller, "GetRestApis", limit=2)
    second = checked(caller, "GetRestApis", limit=2, position=first["position"])

    assert [item["id"] for item in first["items"] + second["items"]] == mine
    assert "position" not in second


def test_deleted_api_is_gone_with_all_it_held(caller: Caller) -> None:
    tree = Tree.planted(caller)
    tree.method(resourceId=tree.resource("a", "b"))

    tree("DeleteRestApi")

    with pytest.raises(Missing):
        tree("GetRestApi")
    assert checked(caller, "GetRestApis")["items"] == []


def test_api_that_a_domain_leads_to_is_not_deleted(caller: Caller) -> None:
    tree = Tree.planted(caller)
    domain = Domain(
        name="api.example",
        account=caller.account,
        region=caller.region,
        document={},
        sealed=None,
        created=NOON,
    )
    mapping = DomainMapping(
        domain="api.example", id="map001", prefix="", api_id=tree.api, stage="dev"
    )
    caller.kernel.database.write(lambda session: session.add_all([domain, mapping]))

    with pytest.raises(Invalid) as refusal:
        tree("DeleteRestApi")

    assert str(refusal.value) == (
        f"Deleting RestApi {tree.api} failed. Please remove all base path mappings related to the "
        "RestApi in your domains: api.example"
    )


def test_accounts_have_so_many_apis_and_no_more(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "APIS_PER_ACCOUNT_AND_REGION", 1)
    Tree.planted(caller)
    Tree.planted(caller.elsewhere(region="eu-west-1"))

    with pytest.raises(Exceeded, match="Maximum number of REST APIs"):
        Tree.planted(caller)


def test_clone_has_the_working_copy_of_the_other(caller: Caller) -> None:
    source = Tree.planted(caller, binaryMediaTypes=["image/png"], policy=json.dumps(POLICY))
    authorizer = source.add_authorizer("TOKEN")
    pets = source.resource("pets")
    source.method(resourceId=pets, authorizationType="CUSTOM", authorizerId=authorizer)

    clone = Tree.planted(caller, name="copy", cloneFrom=source.api)

    assert clone.api != source.api
    assert clone.paths() == ["/", "/pets"]
    assert clone("GetMethod", resourceId=pets, httpMethod="GET")["authorizerId"] == authorizer
    assert clone("GetRestApi")["binaryMediaTypes"] == ["image/png"]
    source("DeleteResource", resourceId=pets)
    assert clone.paths() == ["/", "/pets"]


def test_policy_of_a_clone_is_about_the_clone(caller: Caller) -> None:
    source = Tree.planted(caller, policy=json.dumps(POLICY))

    clone = Tree.planted(caller, cloneFrom=source.api)

    resource = f"arn:aws:execute-api:us-east-1:000000000000:{clone.api}/dev/GET/pets"
    assert json.loads(clone.stored()["policy"])["Statement"][0]["Resource"] == [resource]


def test_api_of_another_account_cannot_be_cloned(caller: Caller) -> None:
    source = Tree.planted(caller.elsewhere(account="111111111111"))

    with pytest.raises(Missing, match="Invalid API identifier specified"):
        Tree.planted(caller, cloneFrom=source.api)


def test_disabled_endpoint_is_served_at_once(caller: Caller, served: SnapshotHolder) -> None:
    tree = Tree.planted(caller)
    assert served.current.apis[tree.api].execute_api_endpoint

    tree.patch("UpdateRestApi", ("replace", "/disableExecuteApiEndpoint", "true"))

    assert not served.current.apis[tree.api].execute_api_endpoint
    tree("DeleteRestApi")
    assert tree.api not in served.current.apis
