"""Parameters of REST APIs, one source after another, and what values may never do."""

from __future__ import annotations

import contextlib
from urllib.parse import parse_qsl, unquote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.context import Address, Prepared, Request
from gateway.mapping.http_expressions import request_source, value_of
from gateway.mapping.parameters import (
    header_pairs,
    map_to_request,
    path_text,
    query_text,
)
from gateway.mapping.payloads import Payload
from gateway.mapping.wire_text import text_of, wire_of
from gateway.paths import RefusedPath, segments
from gateway.route_tree import Match
from gateway.snapshot import Api, RestIntegration, Route, Snapshot, Stage

ROUTE = Route("ANY /{proxy+}", RestIntegration("HTTP"))
STAGE = Stage("prod", [ROUTE], variables={"v": "one"})
API = Api("abc", "pets", {"prod": STAGE}, protocol="REST")
BODY = '{"pet": {"name": "Réx", "tags": [1, 2], "gone": null}}'.encode()


def _context(body: bytes = BODY) -> Prepared:
    headers = {"x-name": "Ada, Bob", "content-type": "application/json"}
    request = Request("id", "POST", "https", "h", 1, "q=1&q=%C3%A9&e=", headers, "::1")
    match = Match(ROUTE, {"proxy": "a%2Fb/c"})
    return Prepared(
        request,
        Address("abc", "prod", "/a%2Fb/c"),
        Snapshot.of([API]),
        API,
        STAGE,
        match,
        body=body,
    )


@pytest.mark.parametrize(
    ("source", "values"),
    [
        ("'static text'", ["static text"]),
        ("''", [""]),
        ("method.request.header.X-NAME", ["Ada, Bob"]),
        ("method.request.multivalueheader.x-name", ["Ada, Bob"]),
        ("method.request.querystring.q", ["Ã©"]),
        ("method.request.multivaluequerystring.q", ["1", "Ã©"]),
        ("method.request.querystring.e", [""]),
        ("method.request.path.proxy", ["a/b/c"]),
        ("method.request.body", [BODY.decode("latin-1")]),
        ("method.request.body.pet.name", ["RÃ©x"]),
        ("method.request.body.$.pet.tags[1]", ["2"]),
        ("method.request.body.pet.tags", ["[1,2]"]),
        ("stageVariables.v", ["one"]),
        ("context.identity.sourceIp", ["::1"]),
        ("method.request.header.none", None),
        ("method.request.querystring.none", None),
        ("method.request.body.none", None),
        ("method.request.body.pet.gone", None),
        ("method.request.body.$[", None),
        ("stageVariables.none", None),
        ("context.__class__", None),
        ("context.none", None),
        ("nonsense", None),
        ("'", None),
    ],
)
def test_a_source(source, values):
    mapped = map_to_request(_context(), {"integration.request.header.x": source}, Payload(BODY))
    assert mapped["header"].get("x") == values


def test_a_body_that_is_no_json_has_no_values():
    mappings = {"integration.request.header.x": "method.request.body.a"}
    assert map_to_request(_context(b"{"), mappings, Payload(b"{"))["header"] == {}


def test_a_destination_that_there_is_not_gets_nothing():
    mappings = {"integration.request.cookie.x": "'a'", "method.request.header.x": "'a'"}
    mapped = map_to_request(_context(), mappings, Payload(BODY))
    assert mapped == {"path": {}, "querystring": {}, "header": {}}


@pytest.mark.parametrize(
    ("expression", "value"),
    [
        ("plain", "plain"),
        ("$request.header.x-name", "Ada, Bob"),
        ("<${request.querystring.e}|$stageVariables.v>", "<|one>"),
        ("$request.path", "/a%2Fb/c"),
        ("$request.path.proxy", "a/b/c"),
        ("$request.body.pet.tags[0]", "1"),
        ("$context.stage-$context.none.", "prod-."),
        ("$request.header.none", None),
        ("$nothing.header.x", "$nothing.header.x"),
    ],
)
def test_an_expression_of_an_http_api(expression, value):
    assert value_of(expression, request_source(_context(), BODY)) == value


_WIRE = st.text(alphabet=st.characters(max_codepoint=255))


@settings(max_examples=200, deadline=None)
@given(_WIRE, _WIRE)
def test_headers_never_break_their_lines(name, value):
    for pair in header_pairs({name: [value]}):
        assert not set("".join(pair)) & {"\r", "\n", "\0"}


@settings(max_examples=200, deadline=None)
@given(st.lists(st.tuples(_WIRE.filter(bool), _WIRE)))
def test_a_query_reads_back_as_it_was_mapped(pairs):
    read = parse_qsl(query_text(pairs), keep_blank_values=True, encoding="latin-1")
    assert read == pairs


@settings(max_examples=300, deadline=None)
@given(_WIRE | st.text(alphabet="./\\%2eF;a"))
def test_a_path_value_is_one_segment_or_refused(value):
    with contextlib.suppress(RefusedPath):
        spelled = path_text(value)
        assert len(segments(f"/x/{spelled}/y")) == 3
        assert unquote(spelled, "latin-1") == value
        assert spelled not in {".", ".."}


@settings(max_examples=100, deadline=None)
@given(st.text(alphabet=st.characters(exclude_categories=["Cs"])))
def test_text_survives_the_wire(text):
    assert text_of(wire_of(text)) == text
