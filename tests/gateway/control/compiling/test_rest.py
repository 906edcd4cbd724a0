"""What the documents of a REST API become in the data plane."""

from __future__ import annotations

from typing import Any

import pytest

from gateway import snapshot
from gateway.control.compiling.method_settings import route_key_of
from gateway.control.compiling.rest import compile_stage

MOCK = {"type": "MOCK"}
FUNCTION = "arn:aws:apigateway:us-east-1:lambda:path/2015-03-31/functions/guard/invocations"


def _definition(method: dict[str, Any] | None = None, **members: Any) -> dict[str, Any]:
    get = {"httpMethod": "GET", "authorizationType": "NONE", "methodIntegration": MOCK}
    resource = {"id": "r1", "path": "/pets", "methods": {"GET": {**get, **(method or {})}}}
    empty: dict[str, Any] = {
        "api": {"name": "pets"},
        "resources": [resource],
        "authorizers": {},
        "validators": {},
        "models": {},
        "gatewayResponses": {},
    }
    return {**empty, **members}


def _route(definition: dict[str, Any]) -> snapshot.Route:
    (route,) = compile_stage("dev", {}, definition, lambda pool: f"https://idp/{pool}").routes
    return route


def _authorizer(**document: Any) -> snapshot.Authorizer | None:
    document = {
        "id": "a1",
        "name": "guard",
        "identitySource": "method.request.header.A",
        **document,
    }
    kind = "COGNITO_USER_POOLS" if document["type"] == "COGNITO_USER_POOLS" else "CUSTOM"
    method = {"authorizationType": kind, "authorizerId": "a1"}
    return _route(_definition(method, authorizers={"a1": document})).authorizer


@pytest.mark.parametrize(
    ("setting", "key"),
    [
        ("*/*", ""),
        ("~1/GET", "GET /"),
        ("/GET", "GET /"),
        ("pets/GET", "GET /pets"),
        ("pets/{id}/ANY", "ANY /pets/{id}"),
        ("~1pets~1{id}/GET", "GET /pets/{id}"),
        ("{proxy+}/POST", "POST /{proxy+}"),
    ],
)
def test_setting_names_a_route(setting: str, key: str) -> None:
    assert route_key_of(setting) == key


def test_user_pools_are_known_by_their_issuers() -> None:
    arn = "arn:aws:cognito-idp:us-east-1:000000000000:userpool/us-east-1_abc"
    assert _authorizer(
        type="COGNITO_USER_POOLS",
        providerARNs=[arn],
        identityValidationExpression="app-.*",
    ) == snapshot.CognitoAuthorizer(
        id="a1",
        name="guard",
        issuers=("https://idp/us-east-1_abc",),
        identity_source="method.request.header.A",
        validation_expression="app-.*",
    )


def test_function_authorizer_keeps_answers_for_five_minutes() -> None:
    assert _authorizer(
        type="REQUEST",
        authorizerUri=FUNCTION,
        identitySource="method.request.header.A, context.path",
    ) == snapshot.FunctionAuthorizer(
        id="a1",
        name="guard",
        function=FUNCTION,
        kind="REQUEST",
        identity_sources=("method.request.header.A", "context.path"),
        result_ttl=300,
    )


def test_jwt_authorizer_trusts_each_issuer_for_its_own_audiences() -> None:
    claim = {"claimName": "tenant", "format": "SINGLE_STRING", "expectedValues": ["a"]}
    issuers = [
        {"issuer": "https://a.example", "audiences": ["x"], "additionalClaims": [claim]},
        {"issuer": "https://b.example", "audiences": ["y"]},
    ]
    authorizer = _authorizer(
        type="JWT", jwtConfiguration={"issuers": issuers, "defaultAlgorithms": ["ES256"]}
    )
    assert authorizer == snapshot.TrustedIssuersAuthorizer(
        id="a1",
        name="guard",
        trusted=(
            snapshot.TrustedIssuer(
                "https://a.example",
                frozenset({"x"}),
                (snapshot.ClaimRule("tenant", False, ("a",)),),
            ),
            snapshot.TrustedIssuer("https://b.example", frozenset({"y"})),
        ),
        algorithms=frozenset({"ES256"}),
        identity_source="method.request.header.A",
    )
    assert authorizer is not None
    assert authorizer.issuers == ("https://a.example", "https://b.example")


def test_signed_requests_need_no_authorizer_of_the_api() -> None:
    route = _route(_definition({"authorizationType": "AWS_IAM"}))
    assert route.authorizer == snapshot.IamAuthorizer()


def test_method_validates_by_its_models() -> None:
    method = {
        "requestValidatorId": "v1",
        "requestModels": {"application/json": "Pet", "application/xml": "Xml", "text/plain": "No"},
        "requestParameters": {"method.request.querystring.q": True},
    }
    models = {
        "Pet": {"name": "Pet", "contentType": "application/json", "schema": '{"type":"object"}'},
        "Xml": {"name": "Xml", "contentType": "application/xml", "schema": "<schema/>"},
    }
    validators = {"v1": {"validateRequestBody": True, "validateRequestParameters": False}}

    rest = _route(_definition(method, models=models, validators=validators)).rest

    assert rest is not None
    assert (rest.validates_body, rest.validates_parameters) == (True, False)
    assert rest.request_models == {"application/json": {"type": "object"}, "application/xml": {}}
    assert rest.request_parameters == {"method.request.querystring.q": True}


def test_method_of_a_missing_authorizer_is_no_open_method() -> None:
    with pytest.raises(KeyError):
        _route(_definition({"authorizationType": "CUSTOM", "authorizerId": "gone"}))


def test_gateway_responses_reach_the_stage() -> None:
    response = {
        "responseType": "THROTTLED",
        "statusCode": "420",
        "responseParameters": {"gatewayresponse.header.x": "'a'"},
        "responseTemplates": {"application/json": "{}"},
    }
    stage = compile_stage("dev", {}, _definition(gatewayResponses={"THROTTLED": response}), str)
    assert stage.rest is not None
    assert stage.rest.gateway_responses == {
        "THROTTLED": snapshot.GatewayResponse(
            "420", {"gatewayresponse.header.x": "'a'"}, {"application/json": "{}"}
        )
    }


def test_canary_without_a_deployment_is_none() -> None:
    document = {"canarySettings": {"percentTraffic": 50.0}}
    stage = compile_stage("dev", document, _definition(), str)
    assert (stage.canary, stage.canary_stage) == (None, None)
