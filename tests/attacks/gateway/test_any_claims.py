"""Whatever an issuer puts into a token, it is claims: they open what they should and break nothing
on their way into headers, templates, logs and events."""

from __future__ import annotations

import io
import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.effects import CallFunction, FunctionReply
from gateway.snapshot import (
    AccessLog,
    Api,
    FunctionIntegration,
    HttpProxyIntegration,
    IntegrationResponse,
    JwtAuthorizer,
    RestIntegration,
    RestMethod,
    RestSettings,
    Route,
    Snapshot,
    Stage,
    TrustedIssuer,
    TrustedIssuersAuthorizer,
)
from kernel.tokens import signing
from tests.gateway.conftest import CLIENT, ISSUER, ok
from tests.gateway.plane import ACCOUNT, Plane

TEMPLATE = """
{"sub": "$context.authorizer.claims.sub", "principal": "$context.authorizer.principalId",
 "one": "$util.escapeJavaScript($context.authorizer.claims.c)", "all": "$context.authorizer.claims"}
"""
LOG = AccessLog(
    "log", '{"sub":"$context.authorizer.claims.sub","c":"$context.authorizer.claims.c"}'
)
SCOPES = frozenset({"read"})
FUNCTION = "arn:aws:lambda:us-east-1:000000000000:function:echo"

_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=12),
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=8,
)
_TEXT = st.sampled_from(
    ["a\r\nX-Evil: 1", "\0", '"}', "${jndi}", "é", "\u2028", "read", "x" * 3000]
)
NAMES = "sub c scope scp cognito:groups token_use jti nonce auth_time"
_CLAIMS = st.dictionaries(st.sampled_from(NAMES.split()), _JSON | _TEXT, max_size=5)


def snapshot(backend: str) -> Snapshot:
    jwt = JwtAuthorizer("jwt", ISSUER, frozenset({CLIENT}))
    mapped = HttpProxyIntegration(
        backend,
        request_parameters={
            "overwrite:header.x-claim": "$context.authorizer.claims.c",
            "overwrite:path": "/p/$context.authorizer.claims.sub",
            "append:querystring.q": "$context.authorizer.claims.c",
        },
    )
    http = Stage(
        "$default",
        (
            Route("GET /mapped", mapped, jwt),
            Route("GET /scoped", mapped, jwt, SCOPES),
            Route("GET /v1", FunctionIntegration(FUNCTION, "1.0"), jwt),
            Route("GET /v2", FunctionIntegration(FUNCTION, "2.0"), jwt),
        ),
        access_log=LOG,
    )
    mock = RestIntegration(
        "MOCK",
        request_templates={"application/json": '{"statusCode": 200}'},
        responses=(IntegrationResponse("200", templates={"application/json": TEMPLATE}),),
    )
    trusted = TrustedIssuersAuthorizer(
        "t", "trusted", (TrustedIssuer(ISSUER, frozenset({CLIENT})),), frozenset({"RS256"})
    )
    rest = Stage(
        "prod",
        (Route("GET /mock", mock, trusted, rest=RestMethod("r")),),
        rest=RestSettings(),
        access_log=LOG,
    )
    return Snapshot.of(
        [
            Api("http", "http", {"$default": http}, account=ACCOUNT, region="us-east-1"),
            Api("rest", "rest", {"prod": rest}, "REST", account=ACCOUNT, region="us-east-1"),
        ]
    )


@pytest.fixture(scope="module")
def events() -> list[str]:
    return []


@pytest.fixture
def plane(tokens, upstream, events):
    def call(effect: CallFunction) -> FunctionReply:
        events.append(json.dumps(effect.event))
        return FunctionReply({"statusCode": 200})

    target = upstream(ok())
    made = Plane(tokens, performers={CallFunction: call})
    made.holder.swap(snapshot(target.url))
    yield made, target
    made.pool.close()


def ask(plane: Plane, host: str, path: str, token: str) -> tuple[int, list[tuple[str, str]]]:
    environ: dict[str, Any] = {
        "REQUEST_METHOD": "GET",
        "SCRIPT_NAME": "",
        "PATH_INFO": path,
        "QUERY_STRING": "",
        "SERVER_PROTOCOL": "HTTP/1.1",
        "REMOTE_ADDR": "127.0.0.1",
        "wsgi.url_scheme": "http",
        "wsgi.input": io.BytesIO(),
        "HTTP_HOST": f"{host}.execute-api.localhost",
        "HTTP_AUTHORIZATION": f"Bearer {token}",
    }
    started: list[tuple[str, Any]] = []
    b"".join(plane.app(environ, lambda status, fields: started.append((status, fields))))
    [(status, fields)] = started
    return int(status[:3]), fields


def test_any_claims_are_claims(plane, tokens, events):
    served, target = plane
    seen: set[tuple[str, int]] = set()

    @settings(max_examples=150, deadline=None)
    @given(claims=_CLAIMS)
    def check(claims: dict[str, Any]) -> None:
        try:
            token = signing.sign(
                {"iss": ISSUER, "aud": CLIENT, "exp": 4_000_000_000, **claims}, tokens.key
            )
        except (TypeError, ValueError):
            return  # what no JSON of a token can say
        target.requests.clear()
        statuses = {}
        for host, path in (
            ("http", "/mapped"),
            ("http", "/scoped"),
            ("http", "/v1"),
            ("http", "/v2"),
            ("rest", "/prod/mock"),
        ):
            statuses[path], fields = ask(served, host, path, token)
            assert statuses[path] in {200, 400, 401, 403, 431}
            assert not any(set(f"{n}{v}") & {"\r", "\n", "\0"} for n, v in fields)
        seen.update(statuses.items())
        may_read = any("read" in _scopes(claims.get(name)) for name in ("scope", "scp"))
        assert may_read or statuses["/scoped"] != 200
        for head in target.heads():
            line, *rest = head.split("\r\n")
            assert line.startswith("GET /p/")
            assert line.endswith(" HTTP/1.1")
            assert len(line.split(" ")) == 3
            assert not any(each.lower().startswith("x-evil") for each in rest)
        assert not any("\n" in line or "\r" in line for _, line in served.lines)
        served.lines.clear()
        events.clear()

    check()
    assert {path for path, status in seen if status == 200} >= {"/mapped", "/v1", "/v2"}
    assert {("/prod/mock", 200), ("/scoped", 403), ("/scoped", 200)} <= seen


def _scopes(value: Any) -> list[str]:
    if isinstance(value, str):
        return value.split()
    return [each for each in value if isinstance(each, str)] if isinstance(value, list) else []
