from __future__ import annotations

from typing import Any

import pytest

from gateway.control.errors import Conflicting, Invalid, Missing
from tests.gateway.control.caller import Caller
from tests.gateway.control.rest.tree import Method, Tree

OK = {"statusCode": "200"}


@pytest.fixture
def method(caller: Caller) -> Method:
    return Tree.planted(caller).method()


def test_new_response_keeps_what_it_is_given(method: Method) -> None:
    given: dict[str, Any] = {
        "responseParameters": {"method.response.header.X-Total": True},
        "responseModels": {"application/json": "Empty"},
    }

    made = method("PutMethodResponse", **OK, **given)

    assert made == {"statusCode": "200", **given}
    assert method("GetMethodResponse", **OK) == made
    assert method("GetMethod")["methodResponses"] == {"200": made}


def test_response_may_be_empty(method: Method) -> None:
    assert method("PutMethodResponse", statusCode="404") == {"statusCode": "404"}
    assert method("PutMethodResponse", **OK, responseModels={}, responseParameters={}) == {
        "statusCode": "200",
        "responseModels": {},
        "responseParameters": {},
    }


def test_second_response_of_a_status_is_refused(method: Method) -> None:
    method("PutMethodResponse", **OK)

    with pytest.raises(Conflicting, match="Response already exists for this resource"):
        method("PutMethodResponse", **OK)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"responseModels": {"application/json": "Dog"}},
            "Invalid model identifier specified: Dog",
        ),
        ({"responseModels": {"json": "Empty"}}, "Invalid content type specified: json"),
        (
            {"responseParameters": {"method.request.header.a": True}},
            "Invalid mapping expression parameter specified: method.request.header.a",
        ),
        ({"responseParameters": {"method.response.querystring.a": True}}, "Invalid mapping"),
        ({"responseParameters": {"method.response.header.a b": True}}, "Invalid mapping"),
        (
            {"responseParameters": {"method.response.header.Transfer-Encoding": True}},
            "The header Transfer-Encoding is the gateway's own",
        ),
    ],
)
def test_what_no_response_can_be_is_refused(
    method: Method, members: dict[str, Any], message: str
) -> None:
    with pytest.raises(Invalid) as refusal:
        method("PutMethodResponse", **OK, **members)

    assert message in str(refusal.value)


def test_responses_are_patched(method: Method) -> None:
    method("PutMethodResponse", **OK)

    grown = method.patch(
        "UpdateMethodResponse",
        ("add", "/responseParameters/method.response.header.my-header", "true"),
        ("add", "/responseModels/application~1json", "Empty"),
        **OK,
    )
    changed = method.patch(
        "UpdateMethodResponse",
        ("replace", "/responseParameters/method.response.header.my-header", "false"),
        ("replace", "/responseModels/application~1json", "Error"),
        **OK,
    )
    shrunk = method.patch(
        "UpdateMethodResponse",
        ("remove", "/responseParameters/method.response.header.my-header"),
        ("remove", "/responseModels/application~1json"),
        **OK,
    )

    assert grown["responseParameters"] == {"method.response.header.my-header": True}
    assert changed["responseModels"] == {"application/json": "Error"}
    assert changed["responseParameters"] == {"method.response.header.my-header": False}
    assert shrunk == OK


@pytest.mark.parametrize(
    ("patch", "error", "message"),
    [
        (
            ("replace", "/responseParameters/method.response.header.a", "true"),
            Missing,
            "Invalid parameter name specified",
        ),
        (
            ("replace", "/responseModels/text~1xml", "Empty"),
            Missing,
            "Content-Type specified was not found",
        ),
        (
            ("add", "/wrong/method.response.header.a", "true"),
            Invalid,
            "Invalid patch path /wrong/method.response.header.a. Must be one of: [",
        ),
        (
            ("replace", "/statusCode", "201"),
            Invalid,
            "Invalid patch path /statusCode. Must be one of: [",
        ),
        (
            ("copy", "/responseModels/text~1xml"),
            Invalid,
            "Invalid patch operation specified. Must be one of: [add, replace, remove]",
        ),
    ],
)
def test_other_patches_are_refused_in_the_words_of_aws(
    method: Method, patch: tuple[str, ...], error: type[Exception], message: str
) -> None:
    method("PutMethodResponse", **OK)

    with pytest.raises(error) as refusal:
        method.patch("UpdateMethodResponse", patch, **OK)

    assert str(refusal.value).startswith(message)


def test_unknown_response_is_not_found(method: Method) -> None:
    for operation in ("GetMethodResponse", "UpdateMethodResponse", "DeleteMethodResponse"):
        with pytest.raises(Missing, match="Invalid Response status code specified"):
            method(operation, **OK)


def test_responses_of_an_unknown_method_are_not_found(method: Method) -> None:
    where = {**method.where, "httpMethod": "PUT"}

    for operation in ("Put", "Get", "Update", "Delete"):
        with pytest.raises(Missing, match="Invalid Method identifier specified"):
            method.tree(f"{operation}MethodResponse", **where, **OK)
        with pytest.raises(Missing, match="Invalid Resource identifier specified"):
            method.tree(f"{operation}MethodResponse", **{**where, "resourceId": "no"}, **OK)


def test_deleted_response_is_gone(method: Method) -> None:
    method("PutMethodResponse", **OK)

    method("DeleteMethodResponse", **OK)

    assert "methodResponses" not in method("GetMethod")
