"""HTTP APIs as documents: whatever one is, it is written and read back as the same."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.openapi.faults import Faults
from gateway.openapi.http.reading import read_http_api
from gateway.openapi.http.values import HttpApi, Part, Route
from gateway.openapi.http.writing import write_http_api
from gateway.openapi.reading import read_document
from gateway.openapi.writing import write_json, write_yaml

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
TEXTS = st.text(st.characters(exclude_categories=["Cs", "Cc"]), min_size=1, max_size=12)
LAMBDA = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:guard/invocations"
)


@st.composite
def integrations(draw: st.DrawFn) -> Part:
    kind = draw(st.sampled_from(["HTTP_PROXY", "AWS_PROXY"]))
    members: dict[str, Any] = {"integrationType": kind, "integrationUri": draw(TEXTS)}
    optional = {
        "connectionId": NAMES,
        "connectionType": st.sampled_from(["INTERNET", "VPC_LINK"]),
        "credentialsArn": TEXTS,
        "integrationMethod": st.sampled_from(["ANY", "GET", "POST"]),
        "integrationSubtype": st.just("SQS-SendMessage"),
        "payloadFormatVersion": st.sampled_from(["1.0", "2.0"]),
        "requestParameters": st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=2),
        "responseParameters": st.just({"200": {"overwrite:header.a": "b"}}),
        "timeoutInMillis": st.integers(50, 30000),
        "tlsConfig": st.just({"serverNameToVerify": "backend.example"}),
    }
    for name in draw(st.sets(st.sampled_from(sorted(optional)), max_size=5)):
        members[name] = draw(optional[name])
    return Part(members)


@st.composite
def authorizers(draw: st.DrawFn, name: str) -> Part:
    sources = draw(st.lists(st.from_regex(r"\$request\.header\.[A-Z]{1,5}", fullmatch=True)))
    members: dict[str, Any] = {"name": name, **({"identitySource": sources} if sources else {})}
    if draw(st.booleans()):
        audience = draw(st.lists(TEXTS, min_size=1, max_size=2))
        configuration = {"issuer": "https://issuer.example", "audience": audience}
        return Part({**members, "authorizerType": "JWT", "jwtConfiguration": configuration})
    function = {
        "authorizerUri": LAMBDA,
        "authorizerPayloadFormatVersion": "2.0",
        "authorizerResultTtlInSeconds": draw(st.integers(0, 3600)),
        "enableSimpleResponses": draw(st.booleans()),
    }
    return Part({**members, "authorizerType": "REQUEST", **function})


@st.composite
def routes(draw: st.DrawFn, key: str, known: dict[str, Part]) -> Route:
    members: dict[str, Any] = {"authorizationType": draw(st.sampled_from(["NONE", "AWS_IAM"]))}
    authorizer = draw(st.sampled_from(["", *sorted(known)]))
    if authorizer:
        is_jwt = known[authorizer].members["authorizerType"] == "JWT"
        members["authorizationType"] = "JWT" if is_jwt else "CUSTOM"
        scopes = draw(st.lists(TEXTS, max_size=2, unique=True))
        if scopes:
            members["authorizationScopes"] = scopes
    if draw(st.booleans()):
        members["operationName"] = draw(TEXTS)
    return Route(key, members, authorizer, draw(integrations()))


@st.composite
def apis(draw: st.DrawFn) -> HttpApi:
    members: dict[str, Any] = {"name": draw(TEXTS), "version": draw(TEXTS)}
    optional = {
        "description": TEXTS,
        "corsConfiguration": st.just({"allowOrigins": ["*"], "maxAge": 0}),
        "disableExecuteApiEndpoint": st.just(True),
        "tags": st.dictionaries(TEXTS, TEXTS, min_size=1, max_size=2),
    }
    for name in draw(st.sets(st.sampled_from(sorted(optional)))):
        members[name] = draw(optional[name])
    known = {name: draw(authorizers(name)) for name in sorted(draw(st.sets(NAMES, max_size=2)))}
    verbs = st.sampled_from(["ANY", "GET", "POST", "DELETE"])
    paths = st.lists(st.sampled_from(["/a", "/{b}", "/{c+}", "/b-c"]), min_size=1, max_size=3)
    keys = {f"{draw(verbs)} {path}" for path in draw(paths)} | draw(
        st.sampled_from([set(), {"$default"}])
    )
    found = tuple(draw(routes(key, known)) for key in sorted(keys, key=_order))
    return HttpApi(members, found, known)


def _order(key: str) -> tuple[str, str]:
    verb, _, path = key.partition(" ")
    return path, verb


@given(api=apis(), write=st.sampled_from([write_json, write_yaml]))
def test_a_document_is_read_back_as_what_was_written(api: HttpApi, write: Any) -> None:
    document = write_http_api(api, "https://a.execute-api.localhost", "prod")
    faults = Faults()
    again = read_http_api(read_document(write(document)), faults)
    assert (faults.faults, faults.warnings) == ([], [])
    assert again.api == api.api
    assert sorted(again.routes, key=lambda route: _order(route.key)) == sorted(
        api.routes, key=lambda route: _order(route.key)
    )
    assert dict(again.authorizers) == dict(api.authorizers)


@pytest.mark.parametrize(
    ("how", "key"),
    [("ignore", "GET /pets"), ("prepend", "GET /shop/v1/pets"), ("split", "GET /v1/pets")],
)
def test_a_base_path_is_taken_as_is_asked(how: str, key: str) -> None:
    integration = {"type": "http_proxy", "httpMethod": "GET", "uri": "https://backend.example/"}
    document = {
        "openapi": "3.0.1",
        "info": {"title": "a"},
        "servers": [
            {"url": "https://a.example/{base}", "variables": {"base": {"default": "shop/v1"}}}
        ],
        "paths": {"/pets": {"get": {"x-amazon-apigateway-integration": integration}}},
    }
    assert [route.key for route in read_http_api(document, Faults(), base_path=how).routes] == [key]
