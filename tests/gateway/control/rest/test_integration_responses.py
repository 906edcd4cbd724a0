from __future__ import annotations

from typing import Any

import pytest

from gateway.control.errors import Invalid, Missing
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Method, Tree

OK = {"statusCode": "200"}
TOTAL = "method.response.header.X-Total"


@pytest.fixture
def bare(caller: Caller) -> Method:
    """A method that has no integration yet."""
    return Tree.planted(caller).method()


@pytest.fixture
def method(bare: Method) -> Method:
    bare("PutIntegration", type="MOCK")
    bare("PutMethodResponse", **OK, responseParameters={TOTAL: True})
    return bare


def test_new_response_keeps_what_it_is_given(method: Method) -> None:
    given: dict[str, Any] = {
        "selectionPattern": "2\\d{2}",
        "responseParameters": {TOTAL: "integration.response.header.Total"},
        "responseTemplates": {"application/json": '{"ok": true}', "text/xml": ""},
        "contentHandling": "CONVERT_TO_TEXT",
    }

    made = method("PutIntegrationResponse", **OK, **given)

    assert made == {"statusCode": "200", **given}
    assert method("GetIntegrationResponse", **OK) == made
    assert method("GetIntegration")["integrationResponses"] == {"200": made}


def test_put_again_replaces_the_response(method: Method) -> None:
    method("PutIntegrationResponse", **OK, selectionPattern="", contentHandling="CONVERT_TO_TEXT")

    again = method("PutIntegrationResponse", **OK, selectionPattern="ok")

    assert method("GetIntegrationResponse", **OK) == again == {**OK, "selectionPattern": "ok"}


@pytest.mark.parametrize(
    "source",
    [
        "integration.response.header.Total",
        "integration.response.multivalueheader.Total",
        "integration.response.body",
        "integration.response.body.pets[0].name",
        "context.requestId",
        "stageVariables.total",
        "'*'",
        "'default-src 'self''",
    ],
)
def test_sources_of_the_guide_are_taken(method: Method, source: str) -> None:
    made = method("PutIntegrationResponse", **OK, responseParameters={TOTAL: source})

    assert made["responseParameters"] == {TOTAL: source}


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"responseParameters": {"method.response.header.Undeclared": "'1'"}},
            "Invalid mapping expression parameter specified: method.response.header.Undeclared",
        ),
        ({"responseParameters": {TOTAL: "1"}}, "Invalid mapping expression specified: 1]"),
        ({"responseParameters": {TOTAL: "method.request.header.a"}}, "Invalid mapping"),
        ({"responseParameters": {TOTAL: "'a\r\nSet-Cookie: b'"}}, "Invalid mapping"),
        ({"responseParameters": {"header.a": "'1'"}}, "Invalid mapping expression parameter"),
        ({"responseTemplates": {"123": "{}"}}, "Invalid content type specified: 123"),
        ({"responseTemplates": {"text/xml": "#foreach("}}, "Invalid mapping template specified"),
        ({"responseParameters": {TOTAL: "integration.response.body.["}}, "Invalid mapping"),
        ({"selectionPattern": "(?=ahead)"}, "Invalid selection pattern specified: (?=ahead)"),
        ({"selectionPattern": "(open"}, "Invalid selection pattern specified: (open"),
        ({"selectionPattern": "x" * 3000}, "selectionPattern has at most 2048 characters"),
    ],
)
def test_what_no_response_can_be_is_refused(
    method: Method, members: dict[str, Any], message: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        method("PutIntegrationResponse", **OK, **members)

    assert message in str(refusal.value)


def test_headers_are_those_declared_for_the_same_status(method: Method) -> None:
    with pytest.raises(Invalid, match="Invalid mapping expression parameter specified"):
        method("PutIntegrationResponse", statusCode="404", responseParameters={TOTAL: "'1'"})


def test_responses_are_patched(method: Method) -> None:
    method("PutIntegrationResponse", **OK, selectionPattern="")

    grown = method.patch(
        "UpdateIntegrationResponse",
        ("replace", "/selectionPattern", "2.."),
        ("replace", "/contentHandling", "CONVERT_TO_BINARY"),
        ("add", f"/responseParameters/{TOTAL}", "'1'"),
        ("add", "/responseTemplates/application~1json"),
        **OK,
    )
    shrunk = method.patch(
        "UpdateIntegrationResponse",
        ("replace", "/selectionPattern", ""),
        ("replace", "/contentHandling", ""),
        ("remove", f"/responseParameters/{TOTAL}"),
        ("remove", "/responseTemplates/application~1json"),
        **OK,
    )

    assert grown == {
        "statusCode": "200",
        "selectionPattern": "2..",
        "contentHandling": "CONVERT_TO_BINARY",
        "responseParameters": {TOTAL: "'1'"},
        "responseTemplates": {"application/json": ""},
    }
    assert shrunk == {"statusCode": "200", "selectionPattern": ""}


@pytest.mark.parametrize(
    ("patch", "error", "message"),
    [
        (
            ("replace", f"/responseParameters/{TOTAL}", "'1'"),
            Missing,
            "Invalid parameter name specified",
        ),
        (
            ("remove", "/responseTemplates/text~1xml"),
            Missing,
            "Content-Type specified was not found",
        ),
        (("replace", "/statusCode", "201"), Invalid, "Invalid patch path /statusCode"),
        (("add", "/selectionPattern", "x"), Invalid, "Must be one of: [replace]"),
        (("replace", "/selectionPattern", "["), Invalid, "Invalid selection pattern specified"),
        (("replace", "/contentHandling", "x"), Invalid, "Invalid ContentHandling specified."),
    ],
)
def test_other_patches_are_refused(
    method: Method, patch: tuple[str, ...], error: type[Exception], message: str
) -> None:
    before = method("PutIntegrationResponse", **OK)

    with pytest.raises(error) as refusal:
        method.patch("UpdateIntegrationResponse", patch, **OK)

    assert message in str(refusal.value)
    assert method("GetIntegrationResponse", **OK) == before


def test_method_without_an_integration_has_no_responses(bare: Method) -> None:
    for operation in ("Put", "Get", "Update", "Delete"):
        with pytest.raises(Missing, match="Invalid Integration identifier specified"):
            bare(f"{operation}IntegrationResponse", **OK)


def test_unknown_response_is_not_found(method: Method) -> None:
    for operation in ("Get", "Update", "Delete"):
        with pytest.raises(Missing, match="Invalid Response status code specified"):
            method(f"{operation}IntegrationResponse", **OK)


def test_responses_of_an_unknown_method_are_named_as_aws_names_them(method: Method) -> None:
    where = {**method.where, "httpMethod": "PUT"}

    for operation in ("Put", "Get", "Update"):
        with pytest.raises(Missing, match="Invalid Method identifier specified"):
            method.tree(f"{operation}IntegrationResponse", **where, **OK)
    with pytest.raises(Missing, match="Invalid Integration identifier specified"):
        method.tree("DeleteIntegrationResponse", **where, **OK)
    with pytest.raises(Missing, match="Invalid Resource identifier specified"):
        method.tree("DeleteIntegrationResponse", **{**where, "resourceId": "nosuch"}, **OK)


def test_deleted_response_is_gone(method: Method) -> None:
    before = method("GetIntegration")
    method("PutIntegrationResponse", **OK)

    method("DeleteIntegrationResponse", **OK)

    assert method("GetIntegration") == before
