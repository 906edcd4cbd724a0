"""Mappings of HTTP APIs, whatever clients and backends say in the parameters that they move."""

from __future__ import annotations

import contextlib
import time
from urllib.parse import unquote

from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.context import Address, Identified, Request
from gateway.mapping.http_mappings import InvalidMapping, check_request, check_response
from gateway.mapping.http_parameters import map_request, map_response
from gateway.paths import RefusedPath, canonical
from gateway.route_tree import Match
from gateway.snapshot import Api, HttpProxyIntegration, Route, Snapshot, Stage

ROUTE = Route("ANY /{proxy+}", HttpProxyIntegration("https://backend.example/{proxy}"))
STAGE = Stage("prod", (ROUTE,), variables={"v": "a\r\nX-Evil: 1"})
API = Api("abc", "pets", {"prod": STAGE})

_WIRE = st.text(alphabet=st.characters(max_codepoint=255), max_size=30)
_NAMES = st.sampled_from(["x-some", "X-Some", "authorization", "host", "x-amzn-trace-id", "te"])
_DESTINATIONS = st.sampled_from(
    [
        "append:header.x-some",
        "overwrite:header.X-SOME",
        "remove:header.x-some",
        "overwrite:path",
        "remove:path",
        "append:querystring.q",
        "overwrite:querystring.q",
        "remove:querystring.q",
        "overwrite:statuscode",
        "overwrite:header.host",
        "append:header.x-forwarded-for",
        "overwrite:header.Connection",
        "append:header.x-amzn-evil",
        "append:header.a b",
    ]
)
_SOURCES = st.sampled_from(
    [
        "$request.header.x-some",
        "${request.querystring.q}",
        "$request.path",
        "$request.path.proxy",
        "$request.body.a",
        "$request.body.a[0][1].b",
        "$context.requestId",
        "$context.__class__",
        "$stageVariables.v",
        "$response.body.a.b",
        "$response.header.x-some",
        "/",
        "..",
        "$",
        "${",
        "%2f",
        "\r\n",
        "\0",
        "200",
        "999",
    ]
)
_EXPRESSIONS = st.lists(_SOURCES | st.text(max_size=5), max_size=4).map("".join)
_MAPPINGS = st.dictionaries(_DESTINATIONS, _EXPRESSIONS, max_size=6)


def _context(value: str, query: str, path: str) -> Identified:
    headers = {"x-some": value, "authorization": value, "host": "api.example"}
    request = Request("id", "POST", "https", "api.example", 1, query, headers, "::1")
    match = Match(ROUTE, {"proxy": path[1:]})
    snapshot = Snapshot.of([API])
    return Identified(request, Address("abc", "prod", path), snapshot, API, STAGE, match)


def _breaks_nothing(
    pairs: tuple[tuple[str, str], ...], before: tuple[tuple[str, str], ...]
) -> bool:
    new = [pair for pair in pairs if pair not in before]
    return not any(set(f"{name}{value}") & {"\r", "\n", "\0"} for name, value in new)


@settings(max_examples=300, deadline=None)
@given(_MAPPINGS, _WIRE, _WIRE, _WIRE, st.binary(max_size=60))
def test_a_mapped_request_is_one_request_with_one_path(mappings, value, query, tail, body):
    with contextlib.suppress(InvalidMapping, RefusedPath):
        check_request(mappings)
        path = canonical(f"/{tail}")
        headers = (("x-some", "before"), ("accept", "*/*"))
        started = time.thread_time()
        mapped = map_request(_context(value, query, path), mappings, headers, body)
        assert time.thread_time() - started < 1
        assert _breaks_nothing(mapped.headers, headers)
        assert ("accept", "*/*") in mapped.headers
        assert {name.lower() for name, _ in mapped.headers} <= {"x-some", "accept"}
        if mapped.path is not None:
            assert canonical(mapped.path) == mapped.path
            assert not {".", ".."} & set(unquote(mapped.path, "latin-1").split("/"))


@settings(max_examples=200, deadline=None)
@given(_MAPPINGS, _NAMES, _WIRE, st.integers(200, 599), st.binary(max_size=60))
def test_a_mapped_reply_is_one_reply(mappings, name, value, status, body):
    with contextlib.suppress(InvalidMapping):
        check_response({str(status): mappings})
        headers = ((name, value), ("content-type", "a/b"))
        changed, pairs = map_response(_context("a", "", "/a"), mappings, status, headers, body)
        assert 200 <= changed <= 599
        assert _breaks_nothing(pairs, headers)
        assert ("content-type", "a/b") in pairs


@settings(max_examples=300, deadline=None)
@given(st.dictionaries(st.text(max_size=30), st.text(max_size=30), max_size=5))
def test_any_mappings_are_taken_or_refused_by_name(mappings):
    for check in (check_request, lambda given: check_response({"200": given})):
        with contextlib.suppress(InvalidMapping):
            check(mappings)
