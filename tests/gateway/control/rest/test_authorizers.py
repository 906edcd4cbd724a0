from __future__ import annotations

from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Exceeded, Invalid, Missing
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree

FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:guard"
URI = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{FUNCTION}/invocations"
POOL = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc123"
HEADER = "method.request.header.Authorization"
ISSUER = {"issuer": "https://issuer.example", "audiences": ["client"]}
JWT = {"issuers": [ISSUER], "defaultAlgorithms": ["RS256"]}
BY_TYPE: dict[str, dict[str, Any]] = {
    "TOKEN": {"authorizerUri": URI, "identitySource": HEADER},
    "REQUEST": {"authorizerUri": URI, "identitySource": f"{HEADER},stageVariables.a"},
    "COGNITO_USER_POOLS": {"providerARNs": [POOL], "identitySource": HEADER},
    "JWT": {"jwtConfiguration": JWT, "identitySource": HEADER},
}
SHOWN = {
    "TOKEN": {"authType": "custom", "authorizerResultTtlInSeconds": 300},
    "REQUEST": {"authType": "custom", "authorizerResultTtlInSeconds": 300},
    "COGNITO_USER_POOLS": {"authType": "cognito_user_pools"},
    "JWT": {},
}


@pytest.fixture
def tree(caller: Caller) -> Tree:
    return Tree.planted(caller)


def _authorizer(tree: Tree, kind: str = "TOKEN", name: str = "guard", **members: Any) -> Any:
    request = {"name": name, "type": kind, **BY_TYPE[kind], **members}
    return tree("CreateAuthorizer", **{k: v for k, v in request.items() if v is not None})


@pytest.mark.parametrize("kind", BY_TYPE)
def test_authorizer_of_each_type_is_made_read_and_deleted(tree: Tree, kind: str) -> None:
    made = _authorizer(tree, kind)

    assert made == {
        "id": made["id"],
        "name": "guard",
        "type": kind,
        **BY_TYPE[kind],
        **SHOWN[kind],
    }
    assert tree("GetAuthorizer", authorizerId=made["id"]) == made
    assert tree("GetAuthorizers") == {"items": [made]}
    tree("DeleteAuthorizer", authorizerId=made["id"])
    with pytest.raises(Missing, match="Invalid Authorizer identifier specified"):
        tree("GetAuthorizer", authorizerId=made["id"])


@pytest.mark.parametrize("ttl", [0, 3600])
def test_answers_are_kept_up_to_an_hour(tree: Tree, ttl: int) -> None:
    made = _authorizer(tree, authorizerResultTtlInSeconds=ttl)
    assert made["authorizerResultTtlInSeconds"] == ttl


@pytest.mark.parametrize("ttl", [-1, 3601])
def test_answers_are_kept_no_longer(tree: Tree, ttl: int) -> None:
    with pytest.raises(Invalid, match="from 0 to 3600"):
        _authorizer(tree, authorizerResultTtlInSeconds=ttl)


def test_request_authorizer_without_identity_source_keeps_no_answers(tree: Tree) -> None:
    with pytest.raises(Invalid, match="Identity source must be set if authorizer caching"):
        _authorizer(tree, "REQUEST", identitySource=None)
    made = _authorizer(tree, "REQUEST", identitySource=None, authorizerResultTtlInSeconds=0)
    assert "identitySource" not in made


@pytest.mark.parametrize(
    ("kind", "source"),
    [
        ("TOKEN", None),
        ("TOKEN", "Authorization"),
        ("TOKEN", "method.request.querystring.token"),
        ("TOKEN", f"{HEADER},method.request.header.b"),
        ("TOKEN", "method.request.header.a\r\nb"),
        ("COGNITO_USER_POOLS", None),
        ("JWT", "method.request.querystring.token"),
        ("REQUEST", "method.request.body.a"),
        ("REQUEST", "context.nothing"),
        ("REQUEST", ",".join([HEADER] * 11)),
    ],
)
def test_identity_source_that_finds_nothing_is_refused(
    tree: Tree, kind: str, source: str | None
) -> None:
    with pytest.raises(Invalid, match="identity source"):
        _authorizer(tree, kind, identitySource=source)


@pytest.mark.parametrize(
    "uri",
    [
        None,
        FUNCTION,
        "https://guard.example",
        URI.replace("/invocations", ""),
        URI.replace("guard", "a/../b"),
        URI.replace("lambda:path", "sqs:path"),
        URI.replace("guard", "x" * 3000),
        URI + "\n",
    ],
)
def test_uri_that_names_no_function_is_refused(tree: Tree, uri: str | None) -> None:
    with pytest.raises(Invalid, match="Invalid Authorizer URI"):
        _authorizer(tree, authorizerUri=uri)


@pytest.mark.parametrize("name", ["${stageVariables.guard}", "guard:live", "guard:$LATEST"])
def test_function_has_a_qualifier_or_comes_from_a_stage_variable(tree: Tree, name: str) -> None:
    assert _authorizer(tree, authorizerUri=URI.replace("guard", name))["type"] == "TOKEN"


@pytest.mark.parametrize(
    ("kind", "members"),
    [
        ("TOKEN", {"providerARNs": [POOL]}),
        ("TOKEN", {"jwtConfiguration": JWT}),
        ("COGNITO_USER_POOLS", {"authorizerUri": URI}),
        ("REQUEST", {"identityValidationExpression": "a"}),
        ("JWT", {"authorizerResultTtlInSeconds": 300}),
        ("JWT", {"providerARNs": [POOL]}),
    ],
)
def test_member_of_another_type_is_refused(tree: Tree, kind: str, members: dict[str, Any]) -> None:
    with pytest.raises(Invalid, match=f"is not for authorizers of the type {kind}"):
        _authorizer(tree, kind, **members)


@pytest.mark.parametrize(
    "pools", [[], ["us-east-1_abc123"], [POOL, "arn:aws:s3:::a"], [POOL] * 101]
)
def test_user_pools_are_named_by_their_arns(tree: Tree, pools: list[str]) -> None:
    with pytest.raises(Invalid):
        _authorizer(tree, "COGNITO_USER_POOLS", providerARNs=pools)


@pytest.mark.parametrize("expression", ["(", "x" * 1025])
def test_validation_expression_is_a_regular_expression(tree: Tree, expression: str) -> None:
    with pytest.raises(Invalid, match="identity validation expression"):
        _authorizer(tree, identityValidationExpression=expression)


def _claim(name: str, **members: Any) -> dict[str, Any]:
    return {"additionalClaims": [{"claimName": name, "format": "SINGLE_STRING", **members}]}


@pytest.mark.parametrize(
    "configuration",
    [
        {},
        {"issuers": [], "defaultAlgorithms": ["RS256"]},
        {"issuers": [ISSUER], "defaultAlgorithms": []},
        {**JWT, "issuers": [ISSUER, ISSUER]},
        {**JWT, "issuers": [{**ISSUER, "issuer": "http://issuer.example"}]},
        {**JWT, "issuers": [{**ISSUER, "issuer": "https://a@issuer.example"}]},
        {**JWT, "issuers": [{**ISSUER, "issuer": "https://issuer.example?a"}]},
        {**JWT, "issuers": [{**ISSUER, "audiences": []}]},
        {**JWT, "issuers": [{**ISSUER, "audiences": ["a", ""]}]},
        {**JWT, "issuers": [{**ISSUER, **_claim("aud")}]},
        {**JWT, "issuers": [{**ISSUER, **_claim("")}]},
        {**JWT, "issuers": [{**ISSUER, **_claim("tenant", expectedValues=[""])}]},
    ],
)
def test_jwt_configuration_that_trusts_nobody_well_is_refused(
    tree: Tree, configuration: dict[str, Any]
) -> None:
    with pytest.raises(Invalid):
        _authorizer(tree, "JWT", jwtConfiguration=configuration)


def test_two_authorizers_cannot_have_one_name(tree: Tree) -> None:
    _authorizer(tree)
    with pytest.raises(Conflicting, match="Authorizer guard already exists"):
        _authorizer(tree)


@pytest.mark.parametrize("name", ["", " ", "x" * 129])
def test_name_of_an_authorizer_is_bounded(tree: Tree, name: str) -> None:
    with pytest.raises(Invalid, match="1 to 128 characters"):
        _authorizer(tree, name=name)


def test_authorizer_changes(tree: Tree) -> None:
    where = {"authorizerId": _authorizer(tree)["id"]}
    changed = tree.patch(
        "UpdateAuthorizer",
        ("replace", "/name", "keeper"),
        ("replace", "/authorizerResultTtlInSeconds", "60"),
        ("replace", "/authorizerUri", URI.replace("guard", "keeper")),
        ("replace", "/identitySource", "method.request.header.Token"),
        ("add", "/identityValidationExpression", "Bearer .*"),
        ("replace", "/authType", "mine"),
        **where,
    )
    assert changed == {
        "id": where["authorizerId"],
        "name": "keeper",
        "type": "TOKEN",
        "authType": "mine",
        "authorizerResultTtlInSeconds": 60,
        "authorizerUri": URI.replace("guard", "keeper"),
        "identitySource": "method.request.header.Token",
        "identityValidationExpression": "Bearer .*",
    }
    assert tree("GetAuthorizer", **where) == changed


def test_user_pools_are_added_and_removed(tree: Tree) -> None:
    where = {"authorizerId": _authorizer(tree, "COGNITO_USER_POOLS")["id"]}
    other = POOL.replace("abc123", "def456")

    both = tree.patch("UpdateAuthorizer", ("add", "/providerARNs", other), **where)
    assert both["providerARNs"] == [POOL, other]
    one = tree.patch("UpdateAuthorizer", ("remove", "/providerARNs", POOL), **where)
    assert one["providerARNs"] == [other]
    with pytest.raises(Invalid, match="At least one user pool"):
        tree.patch("UpdateAuthorizer", ("remove", "/providerARNs", other), **where)


@pytest.mark.parametrize(
    ("patch", "why"),
    [
        (("replace", "/authorizerResultTtlInSeconds", "3601"), "from 0 to 3600"),
        (("replace", "/authorizerResultTtlInSeconds", "soon"), "whole number"),
        (("replace", "/type", "OTHER"), "must be one of"),
        (("replace", "/id", "x"), "Invalid patch path  '/id' specified for op 'replace'"),
        (("remove", "/name"), "Invalid patch path  '/name' specified for op 'remove'"),
        (("replace", "/authorizerUri", "https://a.example"), "Invalid Authorizer URI"),
    ],
)
def test_other_patches_of_an_authorizer_are_refused(
    tree: Tree, patch: tuple[str, ...], why: str
) -> None:
    where = {"authorizerId": _authorizer(tree)["id"]}
    with pytest.raises(Invalid, match=why):
        tree.patch("UpdateAuthorizer", patch, **where)


def test_authorizer_that_a_method_names_is_neither_deleted_nor_of_another_type(tree: Tree) -> None:
    made = _authorizer(tree)
    method = tree.method(authorizationType="CUSTOM", authorizerId=made["id"])
    where = {"authorizerId": made["id"]}

    with pytest.raises(Conflicting, match="'guard', is referenced in method: //GET"):
        tree("DeleteAuthorizer", **where)
    with pytest.raises(Conflicting, match="is referenced in method: //GET"):
        tree.patch("UpdateAuthorizer", ("replace", "/type", "REQUEST"), **where)
    method("DeleteMethod")
    assert tree.patch("UpdateAuthorizer", ("replace", "/type", "REQUEST"), **where)
    tree("DeleteAuthorizer", **where)


def test_authorizers_are_bounded(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "AUTHORIZERS_PER_API", 1)
    _authorizer(tree)
    with pytest.raises(Exceeded, match="The limit is 1"):
        _authorizer(tree, name="more")


def test_authorizers_come_in_pages(tree: Tree) -> None:
    made = {_authorizer(tree, name=str(number))["id"] for number in range(3)}
    first = tree("GetAuthorizers", limit=2)
    second = tree("GetAuthorizers", limit=2, position=first["position"])
    assert {each["id"] for each in first["items"] + second["items"]} == made


def test_a_pool_of_another_account_is_taken_and_one_of_two_regions_refused(tree: Tree) -> None:
    elsewhere = POOL.replace("000000000000", "111122223333")
    made = _authorizer(tree, "COGNITO_USER_POOLS", providerARNs=[elsewhere])
    assert made["providerARNs"] == [elsewhere]
    torn = POOL.replace("us-east-1:", "eu-west-1:")
    with pytest.raises(Invalid, match="it says the region eu-west-1, and the pool is of us-east-1"):
        _authorizer(tree, "COGNITO_USER_POOLS", providerARNs=[torn])
