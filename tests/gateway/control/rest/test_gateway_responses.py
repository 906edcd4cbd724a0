from __future__ import annotations

from typing import Any

import pytest

from gateway.control.errors import Invalid, Missing
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Tree

TEMPLATES = {"application/json": '{"message":$context.error.messageString}'}
CORS = {"gatewayresponse.header.Access-Control-Allow-Origin": "'*'"}


@pytest.fixture
def tree(caller: Caller) -> Tree:
    return Tree.planted(caller)


def _put(tree: Tree, kind: str, **members: Any) -> Any:
    return tree("PutGatewayResponse", responseType=kind, **members)


def _all(tree: Tree) -> dict[str, Any]:
    return {each["responseType"]: each for each in tree("GetGatewayResponses")["items"]}


def test_new_api_has_the_21_types_with_their_defaults(tree: Tree) -> None:
    shown = _all(tree)

    assert len(shown) == 21
    assert shown["MISSING_AUTHENTICATION_TOKEN"] == {
        "responseType": "MISSING_AUTHENTICATION_TOKEN",
        "defaultResponse": True,
        "responseParameters": {},
        "responseTemplates": TEMPLATES,
        "statusCode": "403",
    }
    assert "statusCode" not in shown["DEFAULT_4XX"]
    assert shown["INTEGRATION_FAILURE"]["statusCode"] == "504"
    assert all(each["responseTemplates"] == TEMPLATES for each in shown.values())


def test_response_is_put_and_reset(tree: Tree) -> None:
    put = _put(tree, "THROTTLED", statusCode="420", responseParameters=CORS)

    assert put == {
        "responseType": "THROTTLED",
        "defaultResponse": False,
        "responseParameters": CORS,
        "responseTemplates": TEMPLATES,
        "statusCode": "420",
    }
    assert tree("GetGatewayResponse", responseType="THROTTLED") == put
    tree("DeleteGatewayResponse", responseType="THROTTLED")
    assert tree("GetGatewayResponse", responseType="THROTTLED")["defaultResponse"] is True
    with pytest.raises(Missing, match="Gateway response type not defined on api"):
        tree("DeleteGatewayResponse", responseType="THROTTLED")


def test_default_shows_through_on_every_type_that_is_not_set(tree: Tree) -> None:
    template = {"application/json": "{}"}
    _put(tree, "DEFAULT_5XX", statusCode="599", responseTemplates=template, responseParameters=CORS)
    _put(tree, "AUTHORIZER_FAILURE", responseParameters={})

    shown = _all(tree)

    through = shown["INTEGRATION_TIMEOUT"]
    assert (through["statusCode"], through["responseTemplates"]) == ("599", template)
    assert (through["responseParameters"], through["defaultResponse"]) == (CORS, True)
    assert shown["AUTHORIZER_FAILURE"]["statusCode"] == "500"
    assert shown["AUTHORIZER_FAILURE"]["responseTemplates"] == TEMPLATES
    assert shown["ACCESS_DENIED"]["responseTemplates"] == TEMPLATES
    assert shown["DEFAULT_4XX"]["defaultResponse"] is True


def test_update_of_a_type_that_was_not_set_sets_it(tree: Tree) -> None:
    changed = tree.patch(
        "UpdateGatewayResponse", ("replace", "/statusCode", "444"), responseType="DEFAULT_4XX"
    )
    assert changed == {
        "responseType": "DEFAULT_4XX",
        "defaultResponse": False,
        "responseParameters": {},
        "responseTemplates": TEMPLATES,
        "statusCode": "444",
    }
    assert _all(tree)["UNAUTHORIZED"]["statusCode"] == "444"


def test_entries_are_added_replaced_and_removed(tree: Tree) -> None:
    _put(tree, "THROTTLED", responseParameters=CORS)
    header = "/responseParameters/gatewayresponse.header.Access-Control-Allow-Origin"

    changed = tree.patch(
        "UpdateGatewayResponse",
        ("replace", header, "'https://app.example'"),
        ("add", "/responseParameters/gatewayresponse.header.x", "method.request.header.Accept"),
        ("add", "/responseTemplates/application~1xml", "<e>$context.error.message</e>"),
        ("remove", "/responseTemplates/application~1json"),
        responseType="THROTTLED",
    )

    assert changed["responseParameters"] == {
        "gatewayresponse.header.Access-Control-Allow-Origin": "'https://app.example'",
        "gatewayresponse.header.x": "method.request.header.Accept",
    }
    assert set(changed["responseTemplates"]) == {"application/xml"}


@pytest.mark.parametrize(
    ("patch", "refusal", "why"),
    [
        (("add", "/statusCode", "400"), Invalid, "^Invalid patch path /statusCode. Must be one"),
        (("remove", "/statusCode"), Invalid, "^Invalid patch path /statusCode. Must be one of"),
        (("replace", "/wrongPath", "x"), Invalid, "^Invalid .* Must be one of: .*/statusCode"),
        (
            ("replace", "/responseParameters/gatewayresponse.header.y", "'z'"),
            Missing,
            "Invalid parameter name specified",
        ),
        (
            ("add", "/responseTemplates/application~1xml"),
            Invalid,
            "Invalid null or empty value in responseTemplates",
        ),
        (
            ("add", "/responseParameters/gatewayresponse.header.y", ""),
            Invalid,
            "Invalid null or empty value in responseParameters",
        ),
        (("replace", "/statusCode", "200\r\n"), Invalid, "Invalid status code"),
        (("replace", "/statusCode", "101"), Invalid, "Invalid status code"),
    ],
)
def test_other_patches_of_a_response_are_refused(
    tree: Tree, patch: tuple[str, ...], refusal: type[Exception], why: str
) -> None:
    with pytest.raises(refusal, match=why):
        tree.patch("UpdateGatewayResponse", patch, responseType="THROTTLED")


@pytest.mark.parametrize(
    "parameters",
    [
        {"method.response.header.x": "'a'"},
        {"gatewayresponse.header.a b": "'a'"},
        {"gatewayresponse.header.": "'a'"},
        {"gatewayresponse.header.x": "a"},
        {"gatewayresponse.header.x": "'a\r\nset-cookie: b=c'"},
        {"gatewayresponse.header.x": "method.request.body"},
        {"gatewayresponse.header.x": ""},
    ],
)
def test_parameters_that_are_no_mapping_are_refused(tree: Tree, parameters: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        _put(tree, "THROTTLED", responseParameters=parameters)


@pytest.mark.parametrize(
    "templates", [{"json": "{}"}, {"a/b": ""}, {"a/b": "x" * (300 * 1024 + 1)}, {"a/b\r\n": "x"}]
)
def test_templates_are_bounded(tree: Tree, templates: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        _put(tree, "THROTTLED", responseTemplates=templates)


def test_entries_are_bounded(tree: Tree) -> None:
    headers = {f"gatewayresponse.header.x{number}": "'a'" for number in range(51)}
    with pytest.raises(Invalid, match="at most 50 headers"):
        _put(tree, "THROTTLED", responseParameters=headers)


def test_list_has_one_page(tree: Tree) -> None:
    assert "position" not in tree("GetGatewayResponses", limit=1)
    with pytest.raises(Invalid, match="Invalid position parameter"):
        tree("GetGatewayResponses", position="x")
    with pytest.raises(Invalid, match="limit"):
        tree("GetGatewayResponses", limit=0)
