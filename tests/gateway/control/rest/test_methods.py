from __future__ import annotations

from typing import Any

import pytest

from gateway import quotas
from gateway.control.errors import Conflicting, Invalid, Missing
from gateway.control.rest.models import REQUEST_VALIDATOR
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree

NEEDS_AUTHORIZER = (
    "Invalid authorizer ID specified. Setting the authorization type to CUSTOM or "
    "COGNITO_USER_POOLS requires a valid authorizer."
)


@pytest.fixture
def tree(caller: Caller) -> Tree:
    return Tree.planted(caller)


def test_new_method_has_the_defaults_of_aws(tree: Tree) -> None:
    method = tree.method(httpMethod="ANY")

    assert method("GetMethod") == {
        "httpMethod": "ANY",
        "authorizationType": "NONE",
        "apiKeyRequired": False,
    }


@pytest.mark.parametrize(
    "verb", ["GET", "PUT", "POST", "DELETE", "PATCH", "OPTIONS", "HEAD", "ANY"]
)
def test_verbs_of_aws_are_taken(tree: Tree, verb: str) -> None:
    assert tree.method(httpMethod=verb)("GetMethod")["httpMethod"] == verb


@pytest.mark.parametrize("verb", ["TRACE", "get", "", "WRONG", "GET POST"])
def test_other_verbs_are_refused_in_the_words_of_aws(tree: Tree, verb: str) -> None:
    with pytest.raises(Invalid) as refusal:
        tree.method(httpMethod=verb)

    assert str(refusal.value) == (
        "Invalid HttpMethod specified. Valid options are GET,PUT,POST,DELETE,PATCH,OPTIONS,HEAD,ANY"
    )


def test_new_method_keeps_what_it_is_given(tree: Tree) -> None:
    validator = tree.add_part(REQUEST_VALIDATOR, "val001", "body", validateRequestBody=True)
    given: dict[str, Any] = {
        "authorizationType": "COGNITO_USER_POOLS",
        "authorizerId": tree.add_authorizer("COGNITO_USER_POOLS"),
        "authorizationScopes": ["pets/read"],
        "apiKeyRequired": True,
        "operationName": "ListPets",
        "requestParameters": {
            "method.request.header.X-Trace": False,
            "method.request.querystring.filter[kind]": True,
            "method.request.path.id": True,
        },
        "requestModels": {"application/json": "Empty", "text/xml; charset=utf-8": "Error"},
        "requestValidatorId": validator,
    }

    assert tree.method(**given)("GetMethod") == {"httpMethod": "GET", **given}


def test_second_method_of_a_verb_is_refused(tree: Tree) -> None:
    tree.method()

    with pytest.raises(Conflicting, match="Method already exists for this resource"):
        tree.method()


@pytest.mark.parametrize(
    ("members", "message"),
    [
        ({"authorizationType": "CUSTOM"}, NEEDS_AUTHORIZER),
        ({"authorizationType": "CUSTOM", "authorizerId": "nosuch"}, NEEDS_AUTHORIZER),
        ({"authorizationType": "COGNITO_USER_POOLS", "authorizerId": "auth01"}, NEEDS_AUTHORIZER),
        ({"authorizationType": "JWT", "authorizerId": "auth01"}, NEEDS_AUTHORIZER),
        ({"authorizationType": "MAGIC"}, "Invalid AuthorizationType specified."),
        ({"authorizationType": ""}, "Invalid AuthorizationType specified."),
        ({"authorizationScopes": ["a"]}, "Authorization scopes need the authorization type"),
        ({"requestValidatorId": "nosuch"}, "Invalid Request Validator identifier specified"),
        (
            {"requestModels": {"application/json": "petModel"}},
            "Invalid model identifier specified: petModel",
        ),
        ({"requestModels": {"123": "Empty"}}, "errors : [Invalid content type specified: 123]"),
        (
            {
                "requestParameters": {
                    "method.request.header.a": True,
                    "method.request.querystring.a": True,
                }
            },
            "Parameter names must be unique across querystring, header and path",
        ),
        (
            {"requestParameters": {"integration.request.header.a": True}},
            "Invalid mapping expression parameter specified: integration.request.header.a",
        ),
        (
            {"requestParameters": {"method.request.body": True}},
            "Invalid mapping expression parameter specified: method.request.body",
        ),
        ({"requestParameters": {"method.request.header.a\r\nb": True}}, "Invalid mapping"),
        ({"requestParameters": {"method.request.header.": True}}, "Invalid mapping"),
        ({"requestParameters": {"": True}}, "Invalid mapping expression parameter specified"),
        (
            {"requestParameters": {f"method.request.header.h{n}": True for n in range(101)}},
            "requestParameters has at most 100 entries",
        ),
        ({"operationName": "x" * 5000}, "operationName has at most 2048 characters"),
    ],
)
def test_what_no_method_can_be_is_refused(
    tree: Tree, members: dict[str, Any], message: str
) -> None:
    tree.add_authorizer("TOKEN")

    with pytest.raises(Invalid) as refusal:
        tree.method(**members)

    assert message in str(refusal.value)


@pytest.mark.parametrize(
    ("authorization", "kind"),
    [("CUSTOM", "TOKEN"), ("CUSTOM", "REQUEST"), ("JWT", "JWT")],
)
def test_authorizer_fits_the_authorization_type(tree: Tree, authorization: str, kind: str) -> None:
    authorizer = tree.add_authorizer(kind)

    method = tree.method(authorizationType=authorization, authorizerId=authorizer)

    assert method("GetMethod")["authorizerId"] == authorizer


def test_authorizer_of_another_api_is_refused(caller: Caller, tree: Tree) -> None:
    authorizer = Tree.planted(caller).add_authorizer("TOKEN")

    with pytest.raises(Invalid, match="Invalid authorizer ID specified"):
        tree.method(authorizationType="CUSTOM", authorizerId=authorizer)


@pytest.mark.parametrize(
    "scopes", [["a b"], ["é"], [""], ["x" * 300], [f"s{n}" for n in range(11)]]
)
def test_malformed_scopes_are_refused(tree: Tree, scopes: list[str]) -> None:
    authorizer = tree.add_authorizer("COGNITO_USER_POOLS")

    with pytest.raises(Invalid, match="authorization scope"):
        tree.method(
            authorizationType="COGNITO_USER_POOLS",
            authorizerId=authorizer,
            authorizationScopes=scopes,
        )


def test_unknown_api_resource_and_method_are_named_as_aws_names_them(
    caller: Caller, tree: Tree
) -> None:
    method = tree.method()
    where = {"resourceId": tree.root, "httpMethod": "GET"}
    strange = Tree(caller, "nosuchapi0", tree.root)

    for operation in ("GetMethod", "UpdateMethod", "DeleteMethod"):
        with pytest.raises(Missing, match="Invalid Resource identifier specified"):
            strange(operation, **where)
        with pytest.raises(Missing, match="Invalid Resource identifier specified"):
            tree(operation, **{**where, "resourceId": "nosuch"})
        with pytest.raises(Missing, match="Invalid Method identifier specified"):
            tree(operation, **{**where, "httpMethod": "POST"})
    with pytest.raises(Missing, match="Invalid Resource identifier specified"):
        strange.method()
    assert method("GetMethod")


@pytest.mark.parametrize(
    ("patches", "changed"),
    [
        ([("replace", "/apiKeyRequired", "true")], {"apiKeyRequired": True}),
        ([("replace", "/authorizationType", "AWS_IAM")], {"authorizationType": "AWS_IAM"}),
        (
            [
                ("replace", "/authorizationType", "CUSTOM"),
                ("replace", "/authorizerId", "auth01"),
            ],
            {"authorizationType": "CUSTOM", "authorizerId": "auth01"},
        ),
        ([("replace", "/operationName", "Named")], {"operationName": "Named"}),
        ([("replace", "/requestValidatorId", "val001")], {"requestValidatorId": "val001"}),
        (
            [("add", "/requestModels/application~1json", "Empty")],
            {"requestModels": {"application/json": "Empty"}},
        ),
        (
            [
                ("add", "/requestParameters/method.request.querystring.q", "true"),
                ("replace", "/requestParameters/method.request.querystring.q", "false"),
            ],
            {"requestParameters": {"method.request.querystring.q": False}},
        ),
    ],
)
def test_each_path_changes_its_member(
    tree: Tree, patches: list[tuple[str, ...]], changed: dict[str, Any]
) -> None:
    tree.add_authorizer("REQUEST")
    tree.add_part(REQUEST_VALIDATOR, "val001", "body")
    method = tree.method()
    before = method("GetMethod")

    assert method.patch("UpdateMethod", *patches) == {**before, **changed}
    assert method("GetMethod") == {**before, **changed}


def test_scopes_are_added_and_removed_by_value(tree: Tree) -> None:
    method = tree.method(
        authorizationType="COGNITO_USER_POOLS",
        authorizerId=tree.add_authorizer("COGNITO_USER_POOLS"),
        authorizationScopes=["a", "b"],
    )

    changed = method.patch(
        "UpdateMethod",
        ("add", "/authorizationScopes", "c"),
        ("remove", "/authorizationScopes", "a"),
    )

    assert changed["authorizationScopes"] == ["b", "c"]
    with pytest.raises(Invalid, match="there is nothing to remove"):
        method.patch("UpdateMethod", ("remove", "/authorizationScopes", "a"))
    none = method.patch("UpdateMethod", ("remove", "/authorizationScopes"))
    assert "authorizationScopes" not in none


def test_what_is_emptied_is_gone(tree: Tree) -> None:
    method = tree.method(
        operationName="Named",
        requestModels={"application/json": "Empty"},
        requestParameters={"method.request.header.a": True},
    )

    changed = method.patch(
        "UpdateMethod",
        ("replace", "/operationName", ""),
        ("remove", "/requestModels/application~1json"),
        ("remove", "/requestParameters/method.request.header.a"),
    )

    assert changed == {"httpMethod": "GET", "authorizationType": "NONE", "apiKeyRequired": False}


def test_method_that_opens_up_drops_its_authorizer_and_scopes(tree: Tree) -> None:
    method = tree.method(
        authorizationType="COGNITO_USER_POOLS",
        authorizerId=tree.add_authorizer("COGNITO_USER_POOLS"),
        authorizationScopes=["a"],
    )

    changed = method.patch("UpdateMethod", ("replace", "/authorizationType", "NONE"))

    assert "authorizerId" not in changed
    assert "authorizationScopes" not in changed


def test_authorizer_of_an_open_method_is_passed_over(tree: Tree) -> None:
    method = tree.method()

    assert "authorizerId" not in method.patch("UpdateMethod", ("replace", "/authorizerId", "abc"))


@pytest.mark.parametrize(
    ("patch", "error", "message"),
    [
        (
            ("add", "/operationName", "x"),
            Invalid,
            "Invalid patch operation specified. Must be one of: [replace]",
        ),
        (
            ("remove", "/operationName"),
            Invalid,
            "Invalid patch operation specified. Must be one of: [replace]",
        ),
        (("replace", "/httpMethod", "PUT"), Invalid, "Invalid patch path /httpMethod"),
        (("replace", "/requestParameters", "x"), Invalid, "Invalid patch path /requestParameters"),
        (
            ("add", "/requestModels/application/json", "Empty"),
            Invalid,
            "Invalid patch path /requestModels/application/json",
        ),
        (
            ("replace", "/methodIntegration/uri", "x"),
            Invalid,
            "Invalid patch path /methodIntegration/uri",
        ),
        (("replace", "/apiKeyRequired", "perhaps"), Invalid, "it must be true or false"),
        (("replace", "/authorizationType", "CUSTOM"), Invalid, NEEDS_AUTHORIZER),
        (("replace", "/authorizationType"), Invalid, "Missing value for the patch path"),
        (("replace", "/apiKeyRequired"), Invalid, "Missing value for the patch path"),
        (("replace", "/authorizationType", ""), Invalid, "Invalid AuthorizationType specified"),
        (
            ("replace", "/requestValidatorId", "nosuch"),
            Invalid,
            "Invalid Request Validator identifier specified",
        ),
        (
            ("replace", "/requestParameters/method.request.header.a", "true"),
            Missing,
            "Invalid parameter name specified",
        ),
        (
            ("remove", "/requestModels/text~1xml"),
            Missing,
            "Content-Type specified was not found",
        ),
        (("add", "/requestModels/text~1xml", "petModel"), Invalid, "Invalid model identifier"),
        (("add", "/requestParameters/header.a", "true"), Invalid, "Invalid mapping expression"),
    ],
)
def test_other_patches_are_refused_in_the_words_of_aws(
    tree: Tree, patch: tuple[str, ...], error: type[Exception], message: str
) -> None:
    method = tree.method()
    before = method("GetMethod")

    with pytest.raises(error) as refusal:
        method.patch("UpdateMethod", ("replace", "/apiKeyRequired", "true"), patch)

    assert message in str(refusal.value)
    assert method("GetMethod") == before


def test_deleted_method_is_gone_and_others_stay(tree: Tree) -> None:
    method, other = tree.method(), tree.method(httpMethod="POST")

    method("DeleteMethod")

    with pytest.raises(Missing, match="Invalid Method identifier specified"):
        method("GetMethod")
    assert other("GetMethod")


def test_method_is_bounded_with_all_it_holds(tree: Tree, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(quotas, "METHOD_BYTES", 500)

    with pytest.raises(Invalid, match="A method has at most 500 bytes"):
        tree.method(requestParameters={f"method.request.header.h{n}": True for n in range(50)})
