"""REST APIs as documents: written and read back, and what is said of those that cannot be read."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.openapi.faults import Faults
from gateway.openapi.reading import read_document
from gateway.openapi.rest.reading import read_rest_api
from gateway.openapi.rest.values import Method, Model, Part, RestApi, Text
from gateway.openapi.rest.writing import Address, write_rest_api
from gateway.openapi.versions import Version
from gateway.openapi.writing import write_json, write_yaml

NAMES = st.from_regex(r"[A-Za-z][A-Za-z0-9]{0,8}", fullmatch=True)
WORDS = st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S"]), max_size=12)
SPOKEN = WORDS.filter(bool)
HEADERS = st.from_regex(r"X-[A-Za-z]{1,8}", fullmatch=True)
LAMBDA = (
    "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/"
    "arn:aws:lambda:us-east-1:000000000000:function:guard/invocations"
)


@st.composite
def integrations(draw: st.DrawFn) -> dict[str, Any]:
    kind = draw(st.sampled_from(["MOCK", "HTTP", "HTTP_PROXY", "AWS", "AWS_PROXY"]))
    members: dict[str, Any] = {"type": kind}
    if kind != "MOCK":
        members |= {"httpMethod": "POST", "uri": draw(SPOKEN)}
    optional = {
        "requestTemplates": st.just({"application/json": draw(WORDS)}),
        "requestParameters": st.just({"integration.request.header.X": "'1'"}),
        "passthroughBehavior": st.sampled_from(["NEVER", "WHEN_NO_MATCH", "WHEN_NO_TEMPLATES"]),
        "contentHandling": st.sampled_from(["CONVERT_TO_TEXT", "CONVERT_TO_BINARY"]),
        "cacheNamespace": NAMES,
        "cacheKeyParameters": st.just(["method.request.path.id"]),
        "timeoutInMillis": st.integers(50, 29000),
        "tlsConfig": st.just({"insecureSkipVerification": True}),
        "connectionType": st.sampled_from(["INTERNET", "VPC_LINK"]),
        "connectionId": NAMES,
        "credentials": SPOKEN,
        "responseTransferMode": st.just("STREAM"),
    }
    for name in draw(st.sets(st.sampled_from(sorted(optional)), max_size=4)):
        members[name] = draw(optional[name])
    return members


@st.composite
def methods(draw: st.DrawFn, path: str, verb: str, models: list[str]) -> Method:
    members: dict[str, Any] = {}
    authorizer = ""
    asks = draw(st.sampled_from(["NONE", "AWS_IAM", "CUSTOM"]))
    members["authorizationType"] = asks
    if asks == "CUSTOM":
        authorizer = "guard"
    if draw(st.booleans()):
        members["apiKeyRequired"] = True
    parameters = {
        f"method.request.{draw(st.sampled_from(['querystring', 'header']))}.{name}": required
        for name, required in draw(st.dictionaries(HEADERS, st.booleans(), max_size=2)).items()
    }
    if parameters:
        members["requestParameters"] = parameters
    if models and draw(st.booleans()):
        members["requestModels"] = {"application/json": draw(st.sampled_from(models))}
    responses = {}
    for status in draw(st.sets(st.sampled_from(["200", "201", "404"]), max_size=2)):
        response: dict[str, Any] = {}
        if draw(st.booleans()):
            response["responseParameters"] = {f"method.response.header.{draw(HEADERS)}": False}
        if models and draw(st.booleans()):
            response["responseModels"] = {"application/json": draw(st.sampled_from(models))}
        responses[status] = response
    integration = draw(st.none() | integrations())
    patterns = draw(st.lists(SPOKEN.filter(lambda p: p != "default"), unique=True, max_size=2))
    return Method(
        path=path,
        verb=verb,
        members=members,
        authorizer=authorizer,
        validator=draw(st.sampled_from(["", "everything"])),
        responses=responses,
        integration=integration,
        integration_responses={
            status: {"selectionPattern": pattern}
            for status, pattern in zip(("200", "404"), patterns, strict=False)
        }
        if integration
        else {},
    )


@st.composite
def apis(draw: st.DrawFn) -> RestApi:
    models = sorted(draw(st.sets(NAMES, max_size=3)))
    paths = ["/", *sorted(f"/{name}" for name in draw(st.sets(NAMES, max_size=3)))]
    verbs = st.sets(st.sampled_from(["GET", "POST", "ANY", "OPTIONS"]), max_size=2)
    api: dict[str, Any] = {"name": draw(SPOKEN), "version": draw(SPOKEN)}
    if draw(st.booleans()):
        api |= {"binaryMediaTypes": ["image/png"], "minimumCompressionSize": 0}
        api |= {"apiKeySource": "AUTHORIZER", "tags": {"team": draw(SPOKEN)}}
        api["endpointConfiguration"] = {"types": ["REGIONAL"]}
        api["disableExecuteApiEndpoint"] = True
    guard = {"name": "guard", "type": "TOKEN", "authorizerUri": LAMBDA}
    guard["identitySource"] = "method.request.header.Authorization"
    said = draw(SPOKEN)
    return RestApi(
        api=api,
        paths=tuple(paths),
        methods=tuple(
            draw(methods(path, verb, models)) for path in paths for verb in sorted(draw(verbs))
        ),
        models={
            name: Model(
                {"type": ["object", "null"], "properties": {"$ref": {"$ref": f"#/models/{name}"}}}
            )
            for name in models
        },
        authorizers={"guard": Part(guard)},
        validators={"everything": Part({"name": "everything", "validateRequestBody": True})},
        gateway_responses={"THROTTLED": Part({"statusCode": "429"})},
        documentation=(Text({"type": "RESOURCE", "path": "/"}, {"description": said}),),
    )


@given(apis(), st.booleans(), st.booleans())
def test_an_api_that_is_written_is_read_as_the_same(
    api: RestApi, is_swagger: bool, is_json: bool
) -> None:
    document = write_rest_api(api, Version(is_swagger=is_swagger), Address(host="a.example"))
    faults = Faults()
    text = write_json(document) if is_json else write_yaml(document)
    read = read_rest_api(read_document(text), faults)
    assert (faults.faults, faults.warnings) == ([], [])
    assert read == api


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(max_size=3),
        lambda inner: (
            st.lists(inner, max_size=3)
            | st.dictionaries(
                st.sampled_from(
                    [
                        "info", "title", "paths", "/a", "get", "parameters", "name", "in",
                        "$ref", "responses", "200", "schema", "content", "application/json",
                        "components", "schemas", "securitySchemes", "security", "servers", "url",
                        "x-amazon-apigateway-integration", "x-amazon-apigateway-authorizer",
                        "x-amazon-apigateway-request-validators", "tags", "type", "basePath",
                        "x-amazon-apigateway-documentation", "documentationParts", "location",
                    ]
                ),
                inner,
                max_size=6,
            )
        ),
        max_leaves=40,
    )
)  # fmt: skip
def test_whatever_a_document_holds_it_is_told_of_and_never_fails(value: Any) -> None:
    for version in ({"swagger": "2.0"}, {"openapi": "3.0.1"}):
        document = {**(value if isinstance(value, dict) else {"paths": value}), **version}
        for base_path in ("ignore", "prepend", "split"):
            read_rest_api(document, Faults(), base_path=base_path)


def _paths(document: dict[str, Any], how: str) -> tuple[str, ...]:
    return read_rest_api({"info": {"title": "a"}, **document}, Faults(), base_path=how).paths


@pytest.mark.parametrize(
    ("how", "path"), [("ignore", "/pets"), ("prepend", "/a/b/c/pets"), ("split", "/b/c/pets")]
)
def test_a_base_path_is_ignored_prepended_or_split(how: str, path: str) -> None:
    paths: dict[str, Any] = {"/pets": {"get": {}}}
    swagger = {"swagger": "2.0", "basePath": "/a/b/c", "paths": paths}
    server = {"url": "https://x.example/{base}/c", "variables": {"base": {"default": "a/b"}}}
    assert _paths(swagger, how) == (path,)
    assert _paths({"openapi": "3.0.0", "servers": [server], "paths": paths}, how) == (path,)


def _faults(document: dict[str, Any]) -> tuple[list[str], list[str]]:
    faults = Faults()
    read_rest_api({"openapi": "3.0.1", "info": {"title": "pets"}, **document}, faults)
    return faults.faults, faults.warnings


def test_another_version_of_openapi_is_refused() -> None:
    faults = Faults()
    read_rest_api({"openapi": "3.1.0", "info": {"title": "a"}, "paths": {}}, faults)
    assert "other versions" in faults.faults[0]


def test_a_security_scheme_without_an_authorizer_is_warned_of() -> None:
    operation = {"security": [{"petstore_auth": ["write"]}]}
    components = {"securitySchemes": {"petstore_auth": {"type": "oauth2"}}}
    faults, warnings = _faults({"paths": {"/a": {"get": operation}}, "components": components})
    assert faults == []
    assert len(warnings) == 1
    assert warnings[0].startswith("$.paths['/a'].get.security[0].petstore_auth")
    assert "does not protect the method" in warnings[0]


def test_a_security_scheme_that_is_not_there_is_a_fault() -> None:
    faults, _ = _faults({"paths": {"/a": {"get": {"security": [{"missing": []}]}}}})
    assert faults == [
        "$.paths['/a'].get.security[0].missing: there is no security scheme of this name"
    ]


def test_two_authorizers_of_a_method_are_a_fault() -> None:
    scheme = {"type": "apiKey", "name": "A", "in": "header"}
    authorizer = {"x-amazon-apigateway-authorizer": {"type": "token", "authorizerUri": LAMBDA}}
    schemes = {"one": scheme | authorizer, "two": scheme | authorizer}
    operation = {"security": [{"one": []}, {"two": []}]}
    faults, _ = _faults(
        {"paths": {"/a": {"get": operation}}, "components": {"securitySchemes": schemes}}
    )
    assert [fault.split(": ")[1] for fault in faults] == ["a method has one authorizer, or AWS_IAM"]


@pytest.mark.parametrize(
    ("reference", "reason"),
    [
        ("https://elsewhere.example/pet.json", "out of the document"),
        ("file:///etc/passwd", "out of the document"),
        ("other.yaml#/pet", "out of the document"),
        ("#/components/parameters/none", "nowhere"),
        ("#/components/parameters/loop", "in a circle"),
    ],
)
def test_references_stay_inside_of_the_document(reference: str, reason: str) -> None:
    loop = {"loop": {"$ref": "#/components/parameters/loop"}}
    operation = {"parameters": [{"$ref": reference}]}
    faults, _ = _faults({"paths": {"/a": {"get": operation}}, "components": {"parameters": loop}})
    assert reason in faults[0]


def test_a_schema_where_it_is_used_becomes_a_model_with_a_lasting_name() -> None:
    schema = {"type": "object", "nullable": True}
    content = {"content": {"application/json": {"schema": schema}}}
    document = {"paths": {"/a": {"post": {"requestBody": content}}}}
    api = read_rest_api({"openapi": "3.0.1", "info": {"title": "a"}, **document}, Faults())
    (name,) = api.models
    assert api.methods[0].members["requestModels"] == {"application/json": name}
    assert api.models[name].schema == {"type": ["object", "null"]}
    assert name.startswith("MODEL")
    again = read_rest_api({"openapi": "3.0.1", "info": {"title": "a"}, **document}, Faults())
    assert again == api
