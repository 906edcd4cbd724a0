"""Attacks on the control plane of REST APIs: its tree, its methods, and what they map."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from flask import Flask

from gateway import quotas
from gateway.control.errors import Exceeded, Invalid, Missing, Refused
from gateway.control.rest import mapping_names
from gateway.control.rest.integration_uris import require_aws, require_http
from gateway.control.rest.resource_paths import require_part, require_path
from kernel import settings
from kernel.database import Base, Database
from tests.gateway.control.caller import Caller, build_kernel
from tests.gateway.control.rest.tree import Method, Tree

OF_APIS = ("GetRestApi", "UpdateRestApi", "DeleteRestApi", "GetResources")
OF_RESOURCES = ("GetResource", "UpdateResource", "DeleteResource")
OF_METHODS = ("PutMethod", "GetMethod", "UpdateMethod", "DeleteMethod")
OF_INTEGRATIONS = ("PutIntegration", "GetIntegration", "UpdateIntegration", "DeleteIntegration")
OF_RESPONSES = tuple(
    f"{verb}{kind}Response"
    for kind in ("Method", "Integration")
    for verb in ("Put", "Get", "Update", "Delete")
)


@pytest.fixture
def tree(tmp_path: Path) -> Iterator[Tree]:
    database = Database.attach(Flask("control"), settings.parse({"instance": str(tmp_path)}))
    Base.metadata.create_all(database.engine)
    yield Tree.planted(Caller(build_kernel(database, tmp_path)))
    database.engine.dispose()


@pytest.fixture
def method(tree: Tree) -> Method:
    made = tree.method(requestParameters={"method.request.header.a": False})
    made("PutMethodResponse", statusCode="200", responseParameters={_HEADER: True})
    made("PutIntegration", type="MOCK")
    made("PutIntegrationResponse", statusCode="200")
    return made


_HEADER = "method.response.header.a"
STRANGERS: tuple[dict[str, str], ...] = ({"account": "111111111111"}, {"region": "eu-west-1"})


@pytest.mark.parametrize("stranger", STRANGERS)
def test_no_operation_reaches_the_api_of_another_account_or_region(
    method: Method, stranger: dict[str, str]
) -> None:
    before = method("GetMethod")
    other = Tree(method.tree.caller.elsewhere(**stranger), method.tree.api, method.tree.root)
    where = {**method.where, "statusCode": "200", "type": "MOCK", "authorizationType": "NONE"}

    for operation in (*OF_APIS, *OF_RESOURCES, *OF_METHODS, *OF_INTEGRATIONS, *OF_RESPONSES):
        with pytest.raises(Missing):
            other(operation, **where, patchOperations=[])
    with pytest.raises(Missing):
        other("CreateResource", parentId=other.root, pathPart="pets")
    with pytest.raises(Missing):
        Tree.planted(other.caller, cloneFrom=method.tree.api)

    assert method("GetMethod") == before


@pytest.mark.parametrize(
    "value", ["'a\r\nSet-Cookie: b=c'", "'a\nb'", "'a\x00b'", "'a\x7fb'", "context.a\r\n"]
)
def test_mapping_cannot_split_a_message(method: Method, value: str) -> None:
    with pytest.raises(Refused):
        method(
            "PutIntegration",
            type="HTTP",
            integrationHttpMethod="GET",
            uri="https://backend.example",
            requestParameters={"integration.request.header.a": value},
        )
    with pytest.raises(Refused):
        method("PutIntegrationResponse", statusCode="200", responseParameters={_HEADER: value})
    with pytest.raises(Refused):
        method.patch(
            "UpdateIntegrationResponse",
            ("add", f"/responseParameters/{_HEADER}", value),
            statusCode="200",
        )


@pytest.mark.parametrize("header", ["Transfer-Encoding", "content-length", "TE", "Upgrade"])
def test_mapping_cannot_say_where_a_request_ends(method: Method, header: str) -> None:
    with pytest.raises(Invalid, match="is the gateway's own"):
        method(
            "PutIntegration",
            type="HTTP",
            integrationHttpMethod="POST",
            uri="https://backend.example",
            requestParameters={f"integration.request.header.{header}": "method.request.header.a"},
        )


@pytest.mark.parametrize("uri", ["https://{host}/", "https://a{b}.example/", "https://{a}:{b}@c/"])
def test_request_cannot_choose_the_backend_s_host(method: Method, uri: str) -> None:
    with pytest.raises(Invalid, match="Invalid HTTP endpoint specified for URI"):
        method("PutIntegration", type="HTTP_PROXY", integrationHttpMethod="ANY", uri=uri)


def test_private_api_is_refused_rather_than_served_to_everybody(tree: Tree) -> None:
    with pytest.raises(Invalid, match="PRIVATE is not supported"):
        Tree.planted(tree.caller, endpointConfiguration={"types": ["PRIVATE"]})
    with pytest.raises(Invalid, match="PRIVATE is not supported"):
        tree.patch("UpdateRestApi", ("replace", "/endpointConfiguration/types/EDGE", "PRIVATE"))


def test_clone_is_as_closed_as_its_source(tree: Tree) -> None:
    statement = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "execute-api:Invoke",
        "Resource": f"arn:aws:execute-api:us-east-1:000000000000:{tree.api}/*",
    }
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    tree.patch("UpdateRestApi", ("replace", "/policy", policy))

    clone = Tree.planted(tree.caller, cloneFrom=tree.api)

    assert clone.api in clone.stored()["policy"]
    assert tree.api not in clone.stored()["policy"]


def test_failed_update_leaves_nothing_behind(method: Method) -> None:
    before = method("GetMethod")

    with pytest.raises(Refused):
        method.patch(
            "UpdateMethod",
            ("replace", "/apiKeyRequired", "true"),
            ("replace", "/authorizationType", "CUSTOM"),
        )

    assert method("GetMethod") == before


def test_requests_without_bound_are_refused(method: Method) -> None:
    many = [("replace", "/apiKeyRequired", "true")] * 201
    with pytest.raises(Invalid, match="at most 200 patch operations"):
        method.patch("UpdateMethod", *many)
    large = {f"application/x{n}": "x" * 300_000 for n in range(5)}
    with pytest.raises(Invalid, match="A method has at most"):
        method("PutIntegration", type="MOCK", requestTemplates=large)
    headers = {f"method.response.header.h{n}": True for n in range(200)}
    with pytest.raises(Invalid, match="at most 100 entries"):
        method("PutMethodResponse", statusCode="201", responseParameters=headers)


def test_working_copy_grows_to_a_bound_and_small_methods_still_fit(
    method: Method, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quotas, "METHODS_BYTES_PER_API", 100_000)
    large = {"application/json": "x" * 40_000}
    method("PutIntegration", type="MOCK", requestTemplates=large)
    method("PutIntegration", type="MOCK", requestTemplates=large)
    method.tree.method(httpMethod="PUT")("PutIntegration", type="MOCK", requestTemplates=large)

    last = method.tree.method(httpMethod="POST")
    with pytest.raises(Exceeded, match="at most 100000 bytes together"):
        last("PutIntegration", type="MOCK", requestTemplates=large)
    last("PutIntegration", type="MOCK")
    method.patch("UpdateIntegration", ("replace", "/requestTemplates/application~1json", "{}"))
    last("PutIntegration", type="MOCK", requestTemplates=large)


@pytest.mark.parametrize(
    "path",
    [
        "/apiKeyRequired/deeper",
        "/requestParameters/method.request.header.a/deeper",
        "/methodIntegration",
        "/methodResponses/200/statusCode",
        "/httpMethod",
        "/",
        "//",
        "/__class__",
    ],
)
def test_no_patch_reaches_beside_its_paths(method: Method, path: str) -> None:
    before = method("GetMethod")

    for op in ("add", "replace", "remove", "copy", "move", "test"):
        with pytest.raises(Invalid):
            method.patch("UpdateMethod", (op, path, "true"))

    assert method("GetMethod") == before


LONG = 50_000


@pytest.mark.parametrize(
    ("rule", "text"),
    [
        (mapping_names.require_content_types, ["a/b" + ";a=b" * 500 + " "]),
        (mapping_names.require_content_types, ["a/b" + " ; a=b;" * 280]),
        (mapping_names.require_request_names, ["method.request.header." + "a" * 2000 + " "]),
        (mapping_names.require_response_names, ["method.response.header." + "a" * 2000 + " "]),
        (require_part, "{" + "a" * LONG),
        (require_part, "a" * LONG + "{"),
        (require_path, "/{a" * LONG),
        (require_http, "http://" + "{a" * LONG),
        (require_http, "http://a/" + "${stageVariables." * LONG),
        (lambda uri: require_aws(uri, proxy=True), "arn:aws" + "-a" * LONG + ":apigateway"),
        (
            lambda uri: require_aws(uri, proxy=True),
            "arn:aws:apigateway:a:lambda:path/2015-03-31/functions/" + "arn:aws" * LONG,
        ),
    ],
)
def test_rules_take_time_in_proportion_to_their_text(rule: Any, text: Any) -> None:
    begun = time.thread_time()

    with pytest.raises(Refused):
        rule(text)

    assert time.thread_time() - begun < 2
