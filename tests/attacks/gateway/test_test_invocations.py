"""Tests of methods reach nothing that requests of clients would not, and show no credentials."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask import Flask

from gateway.control.errors import Invalid, Missing
from gateway.control.rest.invocation import Invoker
from gateway.effects import CallFunction, FunctionReply, Send
from gateway.integrations.pool import UpstreamPool
from gateway.performers import Performers
from gateway.performers.upstreams import sending
from gateway.snapshot import Snapshot
from kernel import settings
from kernel.database import Base, Database
from kernel.outbound import AddressGuard
from kernel.runtime import Kernel
from tests.gateway.control.caller import Caller, build_kernel
from tests.gateway.control.rest.release import mock
from tests.gateway.control.rest.tree import Method, Tree
from tests.servers.echo import http_echo

__all__ = ["http_echo"]

SECRET = "Zq7-the-secret-of-this-test"


@pytest.fixture
def kernel(tmp_path: Path) -> Iterator[Kernel]:
    database = Database.attach(Flask("control"), settings.parse({"instance": str(tmp_path)}))
    Base.metadata.create_all(database.engine)
    yield build_kernel(database, tmp_path)
    database.engine.dispose()


@pytest.fixture
def tree(kernel: Kernel) -> Iterator[Tree]:
    """An API whose tests call backends as strangers' requests do: by the guard's rules."""
    pool = UpstreamPool(AddressGuard())
    performers = Performers(
        {Send: sending(pool), CallFunction: lambda call: FunctionReply({"event": call.event})}
    )
    kernel.provide(Invoker(performers, Snapshot, str))
    yield Tree.planted(Caller(kernel))
    pool.close()


def _http(tree: Tree, uri: str) -> Method:
    method = tree.method()
    method("PutIntegration", type="HTTP_PROXY", integrationHttpMethod="GET", uri=uri)
    return method


@pytest.mark.parametrize(
    "host",
    ["127.0.0.1", "localhost", "[::1]", "169.254.169.254", "10.0.0.1", "[::ffff:127.0.0.1]"],
)
def test_a_test_calls_no_private_address(tree: Tree, http_echo: str, host: str) -> None:
    port = http_echo.rpartition(":")[2]

    answer = _http(tree, f"http://{host}:{port}/latest/meta-data")("TestInvokeMethod")

    assert answer["status"] >= 500
    assert '"method"' not in answer["body"]
    assert "Received response" not in answer["log"]


def test_a_stage_variable_leads_to_no_private_address(tree: Tree, http_echo: str) -> None:
    method = _http(tree, "http://${stageVariables.host}/")

    answer = method("TestInvokeMethod", stageVariables={"host": http_echo.removeprefix("http://")})

    assert answer["status"] >= 500
    assert "Received response" not in answer["log"]


def test_a_host_header_leads_nowhere_else(tree: Tree, http_echo: str) -> None:
    method = _http(tree, "http://192.0.2.1:9/")
    method.patch("UpdateIntegration", ("replace", "/timeoutInMillis", "100"))

    answer = method("TestInvokeMethod", headers={"Host": http_echo.removeprefix("http://")})

    assert answer["status"] >= 500


@pytest.mark.parametrize(
    "path",
    ["/../admin", "/a/%2e%2e/%2e%2e/b", "//evil.example/", "/a\r\nHost: x", "/a\x00", "http://x/"],
)
def test_a_path_that_is_none_of_the_resource_is_refused(tree: Tree, path: str) -> None:
    with pytest.raises(Invalid):
        mock(tree)("TestInvokeMethod", pathWithQueryString=path)


@pytest.mark.parametrize(
    "headers",
    [
        {"a": "b\r\nx: y"},
        {"a\r\nx": "y"},
        {"a": "b\x00"},
        {"": "b"},
        {"a": "x" * 11_000},
        {f"h{n}": "x" * 200 for n in range(60)},
        {f"h{n}": "" for n in range(200)},
    ],
)
def test_headers_that_no_client_could_send_are_refused(tree: Tree, headers: dict[str, str]) -> None:
    with pytest.raises(Invalid):
        mock(tree)("TestInvokeMethod", headers=headers)
    many = {name: [value, value] for name, value in headers.items()}
    with pytest.raises(Invalid):
        tree("TestInvokeMethod", resourceId=tree.root, httpMethod="GET", multiValueHeaders=many)


@pytest.mark.parametrize("verb", ["GET /admin HTTP/1.1\r\nX: y", "GET x", "get", "TRACE", ""])
def test_a_method_that_is_none_is_not_found(tree: Tree, verb: str) -> None:
    method = tree.method(httpMethod="ANY")
    uri = "http://192.0.2.1:9/"
    method("PutIntegration", type="HTTP_PROXY", integrationHttpMethod="ANY", uri=uri)

    with pytest.raises(Missing):
        tree("TestInvokeMethod", resourceId=tree.root, httpMethod=verb)


def test_a_body_has_a_bound(tree: Tree) -> None:
    with pytest.raises(Invalid, match="at most"):
        mock(tree)("TestInvokeMethod", body="x" * (10 * 1024 * 1024 + 1))


@pytest.mark.parametrize("path", [None, "/pets/7"])
def test_a_path_variable_without_a_value_is_no_crash(tree: Tree, path: str | None) -> None:
    pets = tree.resource("pets", "{id}")
    method = tree.method(resourceId=pets)
    uri = "http://192.0.2.1:9/{id}/{other}"
    method("PutIntegration", type="HTTP_PROXY", integrationHttpMethod="GET", uri=uri)
    method.patch("UpdateIntegration", ("replace", "/timeoutInMillis", "100"))

    answer = method("TestInvokeMethod", **({"pathWithQueryString": path} if path else {}))

    assert answer["status"] >= 500


def test_another_account_tests_nothing_of_this_one(tree: Tree) -> None:
    where = mock(tree).where
    stranger = tree.caller.elsewhere(account="999999999999").rest

    with pytest.raises(Missing):
        stranger("TestInvokeMethod", restApiId=tree.api, **where)
    with pytest.raises(Missing):
        stranger("TestInvokeAuthorizer", restApiId=tree.api, authorizerId="guard")


def test_credentials_of_a_test_are_in_no_log(tree: Tree) -> None:
    method = tree.method(httpMethod="POST")
    function = "arn:aws:lambda:us-east-1:000000000000:function:echo"
    uri = f"arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/{function}/invocations"
    method("PutIntegration", type="AWS_PROXY", integrationHttpMethod="POST", uri=uri)

    answer = method(
        "TestInvokeMethod",
        headers={"Authorization": f"Bearer {SECRET}", "Cookie": f"id={SECRET}"},
        pathWithQueryString=f"/?access_token={SECRET}",
        body=json.dumps({"password": SECRET}),
    )

    assert "Endpoint request body after transformations" in answer["log"]
    assert SECRET not in answer["log"]


def test_a_test_forges_no_line_of_its_log(tree: Tree) -> None:
    answer = mock(tree)(
        "TestInvokeMethod",
        headers={"X-A": "a\x85b\u2028c"},
        pathWithQueryString="/?q=%0aMon%20May%2004%20:%20Method%20completed",
    )

    for line in answer["log"].split("\n")[1:-1]:
        assert line.isprintable()
        assert line.startswith("Mon May 04 12:00:00 UTC 2026 : ")
