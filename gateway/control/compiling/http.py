"""A deployment of an HTTP API into what the data plane serves."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway import snapshot
from gateway.control.compiling.stage_settings import access_log_of, throttle_of
from gateway.control.models import Api
from gateway.control.own_tags import caching_of_http_stage

Definition = Mapping[str, Any]


def compile_api(api: Api, stages: Mapping[str, snapshot.Stage]) -> snapshot.Api:
    """An API with the stages that serve a deployment."""
    document = api.document
    return snapshot.Api(
        api_id=api.id,
        name=document["Name"],
        stages=stages,
        protocol=api.protocol,
        cors=_cors(document.get("CorsConfiguration")),
        execute_api_endpoint=not document.get("DisableExecuteApiEndpoint", False),
        account=api.account,
        region=api.region,
    )


def compile_stage(name: str, document: Mapping[str, Any], definition: Definition) -> snapshot.Stage:
    """A stage that serves a deployment's definition under its own settings."""
    throttles = {
        key: throttle
        for key, settings in document.get("RouteSettings", {}).items()
        if (throttle := _throttle(settings))
    }
    access_log = document.get("AccessLogSettings") or {}
    return snapshot.Stage(
        name=name,
        routes=compile_routes(definition),
        variables=document.get("StageVariables", {}),
        default_throttle=_throttle(document.get("DefaultRouteSettings", {})),
        route_throttles=throttles,
        access_log=access_log_of(access_log.get("DestinationArn"), access_log.get("Format")),
        settings=_settings(document),
    )


def _settings(document: Mapping[str, Any]) -> Mapping[str, snapshot.MethodSettings]:
    """What holds for routes, `""` for those without settings of their own; nothing for none."""
    caching = caching_of_http_stage(document.get("Tags", {}))
    default = document.get("DefaultRouteSettings", {}).get("DetailedMetricsEnabled", False)
    own = {
        key: each["DetailedMetricsEnabled"]
        for key, each in document.get("RouteSettings", {}).items()
        if "DetailedMetricsEnabled" in each
    }
    if caching is None and not default and not any(own.values()):
        return {}
    return {
        key: snapshot.MethodSettings(caching=caching, metrics=metrics)
        for key, metrics in {"": default, **own}.items()
    }


def compile_routes(definition: Definition) -> Sequence[snapshot.Route]:
    """The routes of a definition, each with its integration and authorizer."""
    integrations = {
        key: _integration(document) for key, document in definition["Integrations"].items()
    }
    authorizers = {
        key: _authorizer(document) for key, document in definition["Authorizers"].items()
    }
    return tuple(
        snapshot.Route(
            key=route["RouteKey"],
            target=integrations[route["IntegrationId"]],
            authorizer=_authorizer_of(route, authorizers),
            scopes=frozenset(route["AuthorizationScopes"]),
        )
        for route in definition["Routes"]
    )


def _integration(document: Mapping[str, Any]) -> snapshot.Integration:
    if document.get("IntegrationSubtype"):
        return snapshot.ServiceIntegration(
            subtype=document["IntegrationSubtype"],
            parameters=document.get("RequestParameters", {}),
            timeout_ms=document["TimeoutInMillis"],
        )
    if document["IntegrationType"] == "AWS_PROXY":
        return snapshot.FunctionIntegration(
            function=document["IntegrationUri"],
            payload_version=document["PayloadFormatVersion"],
            timeout_ms=document["TimeoutInMillis"],
        )
    return snapshot.HttpProxyIntegration(
        uri=document["IntegrationUri"],
        method=document["IntegrationMethod"],
        timeout_ms=document["TimeoutInMillis"],
        vpc_link=document.get("ConnectionId", ""),
        server_name_to_verify=document.get("TlsConfig", {}).get("ServerNameToVerify"),
        request_parameters=document.get("RequestParameters", {}),
        response_parameters=document.get("ResponseParameters", {}),
    )


def _authorizer_of(
    route: Mapping[str, Any], authorizers: Mapping[str, snapshot.Authorizer]
) -> snapshot.Authorizer | None:
    if route.get("AuthorizationType") == "AWS_IAM":
        return snapshot.IamAuthorizer()
    return authorizers[route["AuthorizerId"]] if route["AuthorizerId"] else None


def _authorizer(document: Mapping[str, Any]) -> snapshot.Authorizer:
    if document["AuthorizerType"] == "REQUEST":
        return snapshot.FunctionAuthorizer(
            id=document["AuthorizerId"],
            name=document["Name"],
            function=document["AuthorizerUri"],
            kind="REQUEST",
            payload_version=document["AuthorizerPayloadFormatVersion"],
            simple_responses=document["EnableSimpleResponses"],
            identity_sources=tuple(document.get("IdentitySource", ())),
            result_ttl=document["AuthorizerResultTtlInSeconds"],
        )
    configuration = document["JwtConfiguration"]
    return snapshot.JwtAuthorizer(
        name=document["Name"],
        issuer=configuration["Issuer"],
        audiences=frozenset(configuration["Audience"]),
        identity_source=document["IdentitySource"][0],
    )


def _cors(document: Mapping[str, Any] | None) -> snapshot.Cors | None:
    if not document:
        return None
    return snapshot.Cors(
        allow_origins=tuple(document.get("AllowOrigins", ())),
        allow_methods=tuple(document.get("AllowMethods", ())),
        allow_headers=tuple(document.get("AllowHeaders", ())),
        expose_headers=tuple(document.get("ExposeHeaders", ())),
        allow_credentials=document.get("AllowCredentials", False),
        max_age=document.get("MaxAge"),
    )


def _throttle(settings: Mapping[str, Any]) -> snapshot.Throttle | None:
    return throttle_of(settings.get("ThrottlingRateLimit"), settings.get("ThrottlingBurstLimit"))
