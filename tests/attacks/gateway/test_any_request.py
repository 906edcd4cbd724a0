"""Whatever a client sends, the gateway answers by itself: no request makes an exception of its
own, a 500 of the server, or an answer that is none."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from gateway.effects import Compress, Decompress, FingerprintKey
from gateway.performers.compressing import compress, decompress
from gateway.snapshot import (
    AccessLog,
    Api,
    Cors,
    HttpProxyIntegration,
    IntegrationResponse,
    JwtAuthorizer,
    MethodResponse,
    RestIntegration,
    RestMethod,
    RestSettings,
    Route,
    Snapshot,
    Stage,
    TrustedIssuer,
    TrustedIssuersAuthorizer,
)
from tests.gateway.conftest import CLIENT, ISSUER
from tests.gateway.plane import ACCOUNT, Plane

TEMPLATE = """
#set($all = $input.params())
{"body": $input.json('$'), "some": "$util.escapeJavaScript($input.params('some'))",
 "path": "$context.path", "ip": "$context.identity.sourceIp", "agent":
 "$util.urlEncode($context.identity.userAgent)", "decoded": "$util.urlDecode($input.params('q'))",
 "parsed": "$util.parseJson($input.body).a", "base": "$util.base64Decode($input.params('b'))",
#foreach($name in $all.header.keySet()) "$name": "$util.escapeJavaScript($all.header.get($name))",
#end "end": 1}
"""
JSON = "application/json"
PARAMETERS = {
    "method.request.querystring.q": True,
    "method.request.header.x-some": False,
    "method.request.path.id": True,
}
MOCK = RestIntegration(
    "MOCK",
    request_templates={JSON: '{"statusCode": 200}', "text/plain": TEMPLATE},
    responses=(
        IntegrationResponse(
            "200",
            templates={JSON: TEMPLATE},
            parameters={"method.response.header.x-b": "integration.response.header.x-b"},
        ),
    ),
    passthrough="WHEN_NO_TEMPLATES",
)
VALID = RestMethod(
    "r",
    validates_parameters=True,
    validates_body=True,
    request_parameters=PARAMETERS,
    request_models={JSON: {"type": "object", "properties": {"a": {"type": "string"}}}},
    responses={"200": MethodResponse({"method.response.header.x-b": False})},
)
TRUSTED = TrustedIssuersAuthorizer(
    "t", "trusted", (TrustedIssuer(ISSUER, frozenset({CLIENT})),), frozenset({"RS256"})
)
LOG = AccessLog(
    "log", '{"p":"$context.path","a":"$context.identity.userAgent","r":"$context.requestId"}'
)


def snapshot() -> Snapshot:
    rest = Stage(
        "prod",
        (
            Route("ANY /mock/{id}", MOCK, rest=VALID),
            Route("ANY /open/{proxy+}", MOCK, rest=RestMethod("o")),
            Route("GET /guarded", MOCK, TRUSTED, rest=RestMethod("g")),
            Route("GET /keyed", MOCK, rest=RestMethod("k"), api_key_required=True),
        ),
        rest=RestSettings(minimum_compression_size=10, binary_media_types=("image/*",)),
        access_log=LOG,
    )
    backend = HttpProxyIntegration("http://127.0.0.1:1/{proxy}", timeout_ms=100)
    jwt = JwtAuthorizer("jwt", ISSUER, frozenset({CLIENT}), "$request.querystring.token")
    http = Stage("$default", (Route("ANY /{proxy+}", backend, jwt),), access_log=LOG)
    cors = Cors(("https://a.example", "https://*"), ("GET",), allow_credentials=True)
    return Snapshot.of(
        [
            Api("rest", "rest", {"prod": rest}, "REST", account=ACCOUNT, region="us-east-1"),
            Api("http", "http", {"$default": http}, cors=cors, account=ACCOUNT),
        ]
    )


_WIRE = st.text(alphabet=st.characters(max_codepoint=255), max_size=25)
_PATHS = st.one_of(
    st.sampled_from(
        ["/prod/mock/1", "/prod/open/a/b", "/prod/guarded", "/prod/keyed", "/a", "/", "*"]
    ),
    _WIRE.map("/prod/mock/{}".format),
    _WIRE.map("/prod/open/{}".format),
    _WIRE,
)
NAMES = (
    "ACCEPT ACCEPT_ENCODING AUTHORIZATION CACHE_CONTROL CONNECTION CONTENT_ENCODING COOKIE EXPECT "
    "ORIGIN ACCESS_CONTROL_REQUEST_METHOD ACCESS_CONTROL_REQUEST_HEADERS USER_AGENT X_API_KEY "
    "X_SOME X_FORWARDED_FOR X_AMZN_TRACE_ID TRAILER UPGRADE VIA IF_NONE_MATCH RANGE"
)
_NAMES = st.sampled_from(NAMES.split())
VALUES = (
    "gzip deflate;q=0 *;q=1 100-continue https://x GET a=b;c application/json image/png ,;,; "
    "max-age=0 Bearer Basic"
)
_VALUES = _WIRE | st.sampled_from([*VALUES.split(), "Bearer a.b.c", "x" * 3000])
_BODIES = st.one_of(
    st.binary(max_size=60),
    st.sampled_from(
        [b"", b"{}", b"[" * 5000, b'{"a": 1}', b'{"a": "b"}', b"\xff", b"null", b"1e999"]
    ),
)
_TYPES = st.sampled_from(["", JSON, "text/plain", "image/png", "application/json; charset=x", ";;"])


@pytest.fixture(scope="module")
def plane(tokens):
    performers = {Compress: compress, Decompress: decompress, FingerprintKey: lambda _: "x"}
    made = Plane(tokens, performers=performers)
    made.holder.swap(snapshot())
    yield made
    made.pool.close()


@settings(
    max_examples=300,
    deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(
    kind=st.sampled_from(["rest", "http", "nobody"]),
    method=st.sampled_from(["GET", "POST", "HEAD", "OPTIONS", "DELETE", "TRACE", "get", "X"]),
    path=_PATHS,
    query=_WIRE | st.sampled_from(["q=1&some=%ff&b=%00", "q", "token=a.b.c", "&&==", "q=1" * 50]),
    headers=st.dictionaries(_NAMES, _VALUES, max_size=6),
    body=_BODIES,
    content_type=_TYPES,
)
def test_any_request_is_answered(plane, kind, method, path, query, headers, body, content_type):
    environ: dict[str, Any] = {
        "REQUEST_METHOD": method,
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "RAW_URI": f"{path}?{query}",
        "QUERY_STRING": query,
        "SERVER_NAME": "x",
        "SERVER_PORT": "80",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "CONTENT_TYPE": content_type,
        "CONTENT_LENGTH": str(len(body)),
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(body),
        "HTTP_HOST": f"{kind}.execute-api.localhost",
        **{f"HTTP_{name}": value for name, value in headers.items()},
    }
    started: list[tuple[str, Any]] = []
    answer = b"".join(plane.app(environ, lambda status, fields: started.append((status, fields))))

    [(status, fields)] = started
    assert re.fullmatch(r"[1-5]\d\d .+", status)
    assert not any(set(f"{name}{value}") & {"\r", "\n", "\0"} for name, value in fields)
    if status.startswith("500"):  # a template of a REST API that cannot do it, told as such
        assert kind == "rest"
        assert b"Internal server error" in answer or method == "HEAD"
    assert b"Traceback" not in answer
    assert not any("\n" in line or "\r" in line for _, line in plane.lines)
    plane.lines.clear()
