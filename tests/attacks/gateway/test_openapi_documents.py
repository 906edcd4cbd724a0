"""Documents that are made to cost, to reach out, or to be read in two ways."""

from __future__ import annotations

import json
import socket
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gateway.openapi.faults import InvalidDocument
from gateway.openapi.reading import MOST_BYTES, read_document
from tests.gateway.control.caller import Caller

PATIENCE = 20.0
"""Far more than any of these takes, and far less than what each took without its bound."""
PROXY = {"type": "http_proxy", "httpMethod": "GET", "uri": "https://backend.example/"}
MOCK = {"type": "mock", "requestTemplates": {"application/json": '{"statusCode": 200}'}}
INTEGRATION = "x-amazon-apigateway-integration"
SCHEME = {"x": {"type": "apiKey", "name": "x-api-key", "in": "header"}}


@pytest.fixture(autouse=True)
def in_time() -> Iterator[None]:
    begun = time.thread_time()
    yield
    assert time.thread_time() - begun < PATIENCE


def _document(**members: Any) -> bytes:
    return json.dumps({"openapi": "3.0.1", "info": {"title": "pets"}, **members}).encode()


def _paths(count: int, integration: Any = MOCK) -> dict[str, Any]:
    return {f"/{number}": {"get": {INTEGRATION: integration}} for number in range(count)}


def _repeated(piece: bytes, before: bytes = b"", after: bytes = b"") -> bytes:
    room = MOST_BYTES - len(before) - len(after)
    return before + piece * (room // len(piece)) + after


@pytest.mark.parametrize(
    "body",
    [
        pytest.param(_repeated(b"[", b'{"a":'), id="nested JSON"),
        pytest.param(_repeated(b"["), id="nested YAML"),
        pytest.param(_repeated(b"- "), id="nested lists"),
        pytest.param(_repeated(b"? "), id="nested keys"),
        pytest.param(_repeated(b"a,", b"a: [", b"]"), id="many values"),
        pytest.param(_repeated(b"a", b"", b": 1"), id="a long key"),
        pytest.param(_repeated(b"---\n"), id="many documents"),
        pytest.param(_repeated(b"x") + b"x", id="a document that is too large"),
        pytest.param(
            b"".join(b"%%TAG !%d! tag:x,2000:\n" % n for n in range(200_000)) + b"---\na: 1",
            id="many directives",
        ),
        pytest.param(
            b"a: 1\n...\n" + b"\r".join(b"%%TAG !%d! tag:x:" % n for n in range(100_000)),
            id="directives behind the document",
        ),
        pytest.param(
            b"{" + b",".join(b'"%d":1' % n for n in range(380_000)) + b',"379999":2}',
            id="a key twice among many",
        ),
        pytest.param(
            b"a: &a [x, x, x, x, x, x, x, x, x]\n"
            + b"".join(
                b"%c: &%c [%s]\n" % (n, n, b", ".join([b"*%c" % (n - 1)] * 9))
                for n in range(ord("b"), ord("k"))
            ),
            id="a billion laughs",
        ),
        pytest.param(b"a: &a\n  b: *a\n", id="a circle of aliases"),
        pytest.param(b"a: &a {b: 1}\nc:\n  <<: *a\n", id="a merge key"),
        pytest.param(b"a: !!python/object/apply:os.system [id]\n", id="a tag that makes objects"),
        pytest.param(b"a: !!binary aGVsbG8=\n", id="a tag of YAML"),
        pytest.param(b"a: 1\na: 2\n", id="a key twice"),
        pytest.param(b'{"a": NaN}', id="a number that JSON does not have"),
        pytest.param(b'{"a": 1e999}', id="a number without end"),
        pytest.param(b'{"a": ' + b"9" * 10_000 + b"}", id="a long number"),
        pytest.param(b'{"a": "\\u0000"}', id="NUL"),
        pytest.param(b'{"a": "\\ud800"}', id="half a character"),
    ],
)
def test_a_bomb_is_refused_soon(body: bytes) -> None:
    with pytest.raises(InvalidDocument):
        read_document(body)


def _refusal(caller: Caller, body: bytes) -> str:
    """What both control planes say; neither keeps anything."""
    told = []
    with pytest.raises(InvalidDocument) as raised:
        caller.rest("ImportRestApi", body=body)
    told.append(str(raised.value))
    with pytest.raises(InvalidDocument) as raised:
        caller("ImportApi", Body=body.decode())
    told.append(str(raised.value))
    assert caller.rest("GetRestApis")["items"] == []
    assert caller("GetApis")["Items"] == []
    return "\n".join(told)


def test_nothing_is_fetched_for_a_reference(caller: Caller, tmp_path: Path) -> None:
    secret = tmp_path / "secret.json"
    secret.write_text(json.dumps(PROXY))
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.settimeout(0.2)
        port = listener.getsockname()[1]
        references = [
            f"http://127.0.0.1:{port}/doc.json",
            f"//127.0.0.1:{port}/doc.json#/a",
            secret.as_uri(),
            str(secret),
            f"{secret.name}#/a",
            "",
        ]
        items: dict[str, Any] = {
            f"/{n}": {"get": {INTEGRATION: {"$ref": each}}} for n, each in enumerate(references)
        }
        items["/item"] = {"$ref": references[0]}
        told = _refusal(caller, _document(paths=items))
        assert told.count("leads out of the document") >= 2 * len(references)
        schema = {"schema": {"$ref": references[0]}}
        operation = {INTEGRATION: MOCK, "requestBody": {"content": {"application/json": schema}}}
        with pytest.raises(InvalidDocument, match="leads to no schema"):
            caller.rest("ImportRestApi", body=_document(paths={"/": {"post": operation}}))
        with pytest.raises(TimeoutError):
            listener.accept()


def test_references_in_a_circle_end(caller: Caller) -> None:
    integrations = {"a": {"$ref": "#/components/i/b"}, "b": {"$ref": "#/components/i/a"}}
    item = {"get": {INTEGRATION: {"$ref": "#/components/i/a"}}}
    told = _refusal(caller, _document(paths={"/": item}, components={"i": integrations}))
    assert "leads in a circle" in told


def test_what_many_places_refer_to_is_paid_for_by_each(caller: Caller) -> None:
    templates = {f"text/{number}": "x" for number in range(10_000)}
    shared = {**PROXY, "requestTemplates": templates, "requestParameters": templates}
    items = _paths(300, {"$ref": "#/components/i/shared"})
    told = _refusal(caller, _document(paths=items, components={"i": {"shared": shared}}))
    assert told.count("references repeat more than") == 2


def test_what_all_operations_inherit_is_paid_for_by_each(caller: Caller) -> None:
    body = _document(
        paths=_paths(300, PROXY),
        security=[{"x": []}] * 50_000,
        components={"securitySchemes": SCHEME},
    )
    assert _refusal(caller, body).count("references repeat more than") == 2
    swagger = {
        "swagger": "2.0",
        "info": {"title": "pets"},
        "produces": ["a/b"] * 50_000,
        "paths": {
            path: {"get": {**item["get"], "responses": {"200": {"schema": {"type": "object"}}}}}
            for path, item in _paths(300).items()
        },
    }
    with pytest.raises(InvalidDocument, match="references repeat more than"):
        caller.rest("ImportRestApi", body=json.dumps(swagger).encode())


def test_more_than_an_api_can_hold_is_refused_before_it_is_tried(caller: Caller) -> None:
    assert "more than 1000 paths" in _refusal(caller, _document(paths=_paths(30_000, PROXY)))
    deep = {"/a" * 500_000: {"get": {INTEGRATION: PROXY}}}
    assert "at most 2048 characters" in _refusal(caller, _document(paths=deep))
    token = {"type": "apiKey", "x-amazon-apigateway-authorizer": {"type": "token"}}
    schemes = {"securitySchemes": {f"s{number}": token for number in range(20_000)}}
    told = _refusal(caller, _document(paths=_paths(1, PROXY), components=schemes))
    assert "and 150 more" in told


def test_more_parts_than_an_api_can_hold_are_refused_before_they_are_tried(caller: Caller) -> None:
    for extension in ("request-validators", "gateway-responses"):
        members = {f"x-amazon-apigateway-{extension}": {f"k{n}": {} for n in range(50_000)}}
        with pytest.raises(InvalidDocument):
            caller.rest("ImportRestApi", body=_document(paths={}, **members))
    models = {"schemas": {f"M{number}": {"type": "object"} for number in range(20_000)}}
    with pytest.raises(InvalidDocument, match="Maximum number of Models"):
        caller.rest("ImportRestApi", body=_document(paths={}, components=models))


def test_a_base_path_does_not_grow_paths_without_end(caller: Caller) -> None:
    variable = {"url": "https://a.example/{a}", "variables": {"a": {"default": "b/" * 3000}}}
    for server in ({"url": "https://a.example/" + "b/" * 3000}, variable):
        body = _document(paths=_paths(300), servers=[server])
        with pytest.raises(InvalidDocument, match="at most 2048 characters"):
            caller.rest("ImportRestApi", body=body, parameters={"basepath": "prepend"})
