"""Whatever the operations on a REST API's tree are given, they answer or refuse: nothing breaks."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from gateway.control.errors import Refused
from gateway.control.rest import (
    api_patches,
    integration_responses,
    integrations,
    method_responses,
    methods,
    resources,
)
from kernel import settings
from kernel.aws.contract import Shape, service
from kernel.database import Base, Database
from tests.gateway.control.caller import Caller, build_kernel
from tests.gateway.control.rest.tree import Method, Tree

PATCHED = {
    "UpdateRestApi": api_patches.PATCHES,
    "UpdateResource": resources.PATCHES,
    "UpdateMethod": methods.PATCHES,
    "UpdateMethodResponse": method_responses.PATCHES,
    "UpdateIntegration": integrations.PATCHES,
    "UpdateIntegrationResponse": integration_responses.PATCHES,
}
GIVEN = (
    "CreateRestApi",
    "CreateResource",
    "PutMethod",
    "PutMethodResponse",
    "PutIntegration",
    "PutIntegrationResponse",
)
NAMED = frozenset({"restApiId", "resourceId", "httpMethod", "statusCode", "cloneFrom"})
WORDS = st.sampled_from(
    [
        "",
        "/",
        "~",
        "{a}",
        "{a+}",
        "..",
        "a/b",
        "application/json",
        "true",
        "null",
        "-1",
        "29000",
        "method.request.header.a",
        "integration.request.header.a",
        "method.response.header.a",
        "integration.response.body.a[*].b",
        "method.request.body.$..a",
        "'x'",
        "context.a",
        "[",
        "(",
        "#if(",
        "$!{a",
        "http://a/{b}",
        "https://${stageVariables.a}",
        "MOCK",
        "AWS",
        "VPC_LINK",
        "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/a/invocations",
        "arn:aws:iam::000000000000:role/a",
        '{"Statement": {}}',
        '{"Statement": [[]]}',
        "\ud800",
        "\0",
    ]
)
TEXTS = WORDS | st.text(max_size=12)


@pytest.fixture(scope="module")
def method(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Method]:
    folder: Path = tmp_path_factory.mktemp("inputs")
    database = Database.attach(Flask("control"), settings.parse({"instance": str(folder)}))
    Base.metadata.create_all(database.engine)
    tree = Tree.planted(Caller(build_kernel(database, folder)))
    made = tree.method(requestParameters={"method.request.header.a": True})
    made("PutMethodResponse", statusCode="200")
    made("PutIntegration", type="HTTP", integrationHttpMethod="GET", uri="http://a")
    made("PutIntegrationResponse", statusCode="200")
    yield made
    database.engine.dispose()


def _values(shape: Shape) -> st.SearchStrategy[Any]:
    """Values of a shape's type, whatever else it asks for."""
    if shape.type == "structure":
        members = {name: _values(each.shape) for name, each in shape.members.items()}
        return st.fixed_dictionaries({}, optional=members)
    if shape.type == "list":
        assert shape.element is not None
        return st.lists(_values(shape.element), max_size=3)
    if shape.type == "map":
        assert shape.value is not None
        return st.dictionaries(TEXTS, _values(shape.value), max_size=3)
    if shape.type == "boolean":
        return st.booleans()
    if shape.type == "integer":
        return st.integers(-(2**31), 2**31 - 1)
    return TEXTS


def _members(operation: str) -> st.SearchStrategy[dict[str, Any]]:
    shape = service("apigateway").operation(operation).input
    assert shape is not None
    required = {"name", "parentId", "pathPart", "authorizationType", "type"} & set(shape.members)
    chosen = {n: _values(m.shape) for n, m in shape.members.items() if n not in NAMED}
    return st.fixed_dictionaries(
        {name: chosen.pop(name) for name in sorted(required)}, optional=chosen
    )


def _patches(operation: str) -> st.SearchStrategy[list[dict[str, Any]]]:
    paths = st.sampled_from([rule.path for rule in PATCHED[operation].rules]) | TEXTS
    filled = st.tuples(paths, TEXTS).map(lambda pair: _filled(*pair))
    return st.lists(
        st.fixed_dictionaries(
            {"op": st.sampled_from(["add", "remove", "replace", "move", "copy", "test"])},
            optional={"path": filled, "value": TEXTS, "from": TEXTS},
        ),
        max_size=4,
    )


def _filled(path: str, text: str) -> str:
    head, brace, _ = path.partition("{")
    return head + text.replace("~", "~0").replace("/", "~1") if brace else path


def _call(method: Method, operation: str, request: dict[str, Any]) -> None:
    with suppress(Refused):
        method.tree.caller.rest(operation, **{**_where(method, operation), **request})


def _where(method: Method, operation: str) -> dict[str, str]:
    if operation == "CreateRestApi":
        return {}
    where = {"restApiId": method.tree.api, "statusCode": "200", **method.where}
    if operation == "PutMethod":
        where["httpMethod"] = "PUT"
    return {**where, "statusCode": "201"} if operation == "PutMethodResponse" else where


@pytest.mark.parametrize("operation", GIVEN)
def test_nothing_that_is_given_breaks_an_operation(method: Method, operation: str) -> None:
    @hypothesis_settings(max_examples=60, deadline=None)
    @given(request=_members(operation))
    def attack(request: dict[str, Any]) -> None:
        _call(method, operation, request)

    attack()


@pytest.mark.parametrize("operation", PATCHED)
def test_no_patch_breaks_an_operation(method: Method, operation: str) -> None:
    @hypothesis_settings(max_examples=60, deadline=None)
    @given(patches=_patches(operation))
    def attack(patches: list[dict[str, Any]]) -> None:
        _call(method, operation, {"patchOperations": patches})

    attack()
