"""A deployment of a REST API into what the data plane serves.

The definition that a deployment keeps is by the service model's own shapes:

    {"api": RestApi members that a deployment captures,
     "resources": [{"id", "path", "methods": {"GET": Method}}],
     "authorizers": {id: Authorizer}, "validators": {id: RequestValidator},
     "models": {name: Model}, "gatewayResponses": {type: GatewayResponse}}
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from gateway import quotas, snapshot
from gateway.control.compiling.method_settings import MethodSettings
from gateway.control.compiling.stage_settings import access_log_of
from gateway.control.models import Api
from gateway.log_destinations import of_canary

Document = Mapping[str, Any]
IssuerOf = Callable[[str], str]
"""Of a user pool's id: whose tokens an authorizer with that pool takes."""
WITHOUT_CACHE = {"cacheClusterEnabled": False}


def compile_api(api: Api, stages: Mapping[str, snapshot.Stage]) -> snapshot.Api:
    """An API with the stages that serve a deployment."""
    return snapshot.Api(
        api_id=api.id,
        name=api.document["name"],
        stages=stages,
        protocol=api.protocol,
        execute_api_endpoint=not api.document.get("disableExecuteApiEndpoint", False),
        account=api.account,
        region=api.region,
    )


def compile_stage(
    name: str,
    document: Document,
    definition: Document,
    issuer_of: IssuerOf,
    *,
    deployment_id: str = "",
    canary_definition: Document | None = None,
) -> snapshot.Stage:
    """A stage that serves a definition under its own settings, and a share of it as a canary."""
    more: dict[str, Any] = {"deployment_id": deployment_id}
    canary = _canary(document.get("canarySettings"))
    if canary is not None and canary_definition is not None:
        more["canary"] = canary
        more["canary_stage"] = _stage(
            name,
            _canary_document(document, canary),
            canary_definition,
            issuer_of,
            deployment_id=canary.deployment_id,
            is_canary=True,
        )
    return _stage(name, document, definition, issuer_of, **more)


def _canary_document(document: Document, canary: snapshot.Canary) -> Document:
    """The stage as its canary has it: variables of its own, and a cache only if it says so."""
    variables = {**document.get("variables", {}), **canary.variables}
    cache = {} if canary.use_stage_cache else WITHOUT_CACHE
    return {**document, **cache, "variables": variables}


def _stage(
    name: str, document: Document, definition: Document, issuer_of: IssuerOf, **more: Any
) -> snapshot.Stage:
    routes = tuple(compile_routes(definition, issuer_of))
    settings = MethodSettings(document)
    access_log = document.get("accessLogSettings") or {}
    destination = access_log.get("destinationArn")
    if destination and more.get("is_canary"):
        destination = of_canary(destination)
    return snapshot.Stage(
        name=name,
        routes=routes,
        variables=document.get("variables", {}),
        route_throttles=settings.throttles(route.key for route in routes),
        access_log=access_log_of(destination, access_log.get("format")),
        settings=settings.of_routes(route.key for route in routes),
        rest=_rest_settings(document, definition),
        **more,
    )


def compile_routes(definition: Document, issuer_of: IssuerOf) -> Iterator[snapshot.Route]:
    """The methods of a definition's resources that have an integration."""
    authorizers = {
        key: _authorizer(each, issuer_of) for key, each in definition["authorizers"].items()
    }
    for resource in definition["resources"]:
        for verb, method in resource["methods"].items():
            if "methodIntegration" not in method:
                continue
            yield snapshot.Route(
                key=f"{verb} {resource['path']}",
                target=_integration(method["methodIntegration"]),
                authorizer=_authorizer_of(method, authorizers),
                scopes=frozenset(method.get("authorizationScopes", ())),
                api_key_required=method.get("apiKeyRequired", False),
                rest=_method(resource["id"], method, definition),
            )


def _authorizer_of(
    method: Document, authorizers: Mapping[str, snapshot.Authorizer]
) -> snapshot.Authorizer | None:
    kind = method.get("authorizationType", "NONE")
    if kind == "NONE":
        return None
    return snapshot.IamAuthorizer() if kind == "AWS_IAM" else authorizers[method["authorizerId"]]


def _method(resource_id: str, method: Document, definition: Document) -> snapshot.RestMethod:
    validator = definition["validators"].get(method.get("requestValidatorId"), {})
    models = definition["models"]
    return snapshot.RestMethod(
        resource_id=resource_id,
        validates_parameters=validator.get("validateRequestParameters", False),
        validates_body=validator.get("validateRequestBody", False),
        request_parameters=method.get("requestParameters", {}),
        request_models={
            content_type: _schema(models[model])
            for content_type, model in method.get("requestModels", {}).items()
            if model in models
        },
        responses={
            status: snapshot.MethodResponse(
                each.get("responseParameters", {}), each.get("responseModels", {})
            )
            for status, each in method.get("methodResponses", {}).items()
        },
    )


def _integration(document: Document) -> snapshot.RestIntegration:
    return snapshot.RestIntegration(
        type=document["type"],
        method=document.get("httpMethod", ""),
        uri=document.get("uri", ""),
        timeout_ms=document.get("timeoutInMillis", quotas.INTEGRATION_TIMEOUT_MILLISECONDS),
        request_parameters=document.get("requestParameters", {}),
        request_templates=document.get("requestTemplates", {}),
        passthrough=document.get("passthroughBehavior", "WHEN_NO_MATCH"),
        content_handling=document.get("contentHandling", ""),
        cache_namespace=document.get("cacheNamespace", ""),
        cache_key_parameters=tuple(document.get("cacheKeyParameters", ())),
        responses=tuple(
            snapshot.IntegrationResponse(
                status=status,
                selection_pattern=each.get("selectionPattern", ""),
                parameters=each.get("responseParameters", {}),
                templates=each.get("responseTemplates", {}),
                content_handling=each.get("contentHandling", ""),
            )
            for status, each in document.get("integrationResponses", {}).items()
        ),
        insecure_skip_verification=document.get("tlsConfig", {}).get(
            "insecureSkipVerification", False
        ),
        vpc_link=document.get("connectionId", ""),
        streams=document.get("responseTransferMode") == "STREAM",
    )


def _authorizer(document: Document, issuer_of: IssuerOf) -> snapshot.Authorizer:
    if document["type"] == "COGNITO_USER_POOLS":
        return snapshot.CognitoAuthorizer(
            id=document["id"],
            name=document["name"],
            issuers=tuple(issuer_of(arn.rpartition("/")[2]) for arn in document["providerARNs"]),
            identity_source=document.get("identitySource", ""),
            validation_expression=document.get("identityValidationExpression", ""),
        )
    if document["type"] == "JWT":
        return _trusted_issuers(document)
    source = document.get("identitySource", "")
    return snapshot.FunctionAuthorizer(
        id=document["id"],
        name=document["name"],
        function=document.get("authorizerUri", ""),
        kind=document["type"],
        identity_sources=tuple(part.strip() for part in source.split(",") if part.strip()),
        validation_expression=document.get("identityValidationExpression", ""),
        result_ttl=document.get("authorizerResultTtlInSeconds", 300),
    )


def _trusted_issuers(document: Document) -> snapshot.TrustedIssuersAuthorizer:
    configuration = document["jwtConfiguration"]
    return snapshot.TrustedIssuersAuthorizer(
        id=document["id"],
        name=document["name"],
        trusted=tuple(
            snapshot.TrustedIssuer(
                each["issuer"],
                frozenset(each["audiences"]),
                tuple(
                    snapshot.ClaimRule(
                        claim["claimName"],
                        claim.get("required", False),
                        tuple(claim.get("expectedValues", ())),
                    )
                    for claim in each.get("additionalClaims", ())
                ),
            )
            for each in configuration["issuers"]
        ),
        algorithms=frozenset(configuration["defaultAlgorithms"]),
        identity_source=document["identitySource"],
    )


def _rest_settings(document: Document, definition: Document) -> snapshot.RestSettings:
    api = definition["api"]
    return snapshot.RestSettings(
        binary_media_types=tuple(api.get("binaryMediaTypes", ())),
        minimum_compression_size=api.get("minimumCompressionSize"),
        api_key_source=api.get("apiKeySource", "HEADER"),
        policy=api.get("policy") or "",
        gateway_responses={
            kind: snapshot.GatewayResponse(
                each.get("statusCode"),
                each.get("responseParameters", {}),
                each.get("responseTemplates", {}),
            )
            for kind, each in definition["gatewayResponses"].items()
        },
        models={name: _schema(each) for name, each in definition["models"].items()},
        tracing=document.get("tracingEnabled", False),
        client_certificate_id=document.get("clientCertificateId", ""),
    )


def _canary(settings: Document | None) -> snapshot.Canary | None:
    if not settings or not settings.get("deploymentId"):
        return None
    return snapshot.Canary(
        percent=settings.get("percentTraffic", 0.0),
        deployment_id=settings["deploymentId"],
        variables=settings.get("stageVariableOverrides", {}),
        use_stage_cache=settings.get("useStageCache", False),
    )


def _schema(model: Document) -> Mapping[str, Any]:
    """A model's schema; one that is no JSON object allows anything, as AWS's empty models do."""
    try:
        schema = json.loads(model.get("schema") or "{}")
    except ValueError:
        return {}
    return schema if isinstance(schema, dict) else {}
