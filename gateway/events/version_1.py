"""The event of payload format 1.0: proxy integrations and REQUEST authorizers."""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

from gateway.addresses import hostname
from gateway.context import Identified, Routed
from gateway.events.claims import as_text
from gateway.events.client_certificates import described
from gateway.events.fields import field_pairs, grouped, query_pairs, single
from gateway.mapping.context_variables import moment_text
from gateway.rest.request_ids import request_id_of
from gateway.route_tree import DEFAULT_KEY
from gateway.snapshot import CognitoAuthorizer, JwtAuthorizer

Event = dict[str, Any]


def event_of(context: Routed) -> Event:
    """The event without its body."""
    request = context.request
    fields, query = field_pairs(context), query_pairs(request)
    return {
        "resource": resource_path(context),
        "path": _path(context),
        "httpMethod": request.method,
        "headers": single(fields),
        "multiValueHeaders": grouped(fields),
        "queryStringParameters": single(query) or None,
        "multiValueQueryStringParameters": grouped(query) or None,
        "pathParameters": path_parameters(context) or None,
        "stageVariables": dict(context.stage.variables) or None,
        "requestContext": request_context(context),
    }


def _path(context: Routed) -> str:
    """A REST API's path is without the stage, an HTTP API's with it. On a custom domain either has
    what was mapped: "To access the path of the API mapping for the custom domain name, use format
    version 1.0" (developer guide, of HTTP APIs)."""
    if context.api.protocol == "REST":
        return context.address.domain_path or context.address.path
    return context.client_path


def _request_id(context: Routed) -> str:
    """The one that the reply and the logs name."""
    request_id = context.request.id
    return request_id_of(request_id) if context.api.protocol == "REST" else request_id


def path_parameters(context: Routed) -> dict[str, str]:
    """The path variables, decoded."""
    return {name: unquote(value) for name, value in context.match.variables.items()}


def resource_path(context: Routed) -> str:
    """The route's path; that of `$default` is its key."""
    key = context.route.key
    return key if key == DEFAULT_KEY else key.partition(" ")[2]


def request_context(context: Routed) -> Event:
    """`requestContext`, with the caller where one is identified."""
    request, api = context.request, context.api
    deployed = {}
    if context.route.rest:
        deployed = {
            "resourceId": context.route.rest.resource_id,
            "deploymentId": context.stage.deployment_id,
        }
    return {
        **deployed,
        **({"authorizer": about} if (about := _authorizer(context)) else {}),
        "accountId": api.account,
        "apiId": api.api_id,
        "domainName": hostname(request.host),
        "domainPrefix": request.host.partition(".")[0],
        "extendedRequestId": request.id,
        "httpMethod": request.method,
        "identity": identity(context),
        "path": context.client_path,
        "protocol": request.protocol,
        "requestId": _request_id(context),
        "requestTime": moment_text(request.received_at),
        "requestTimeEpoch": round(request.received_at * 1000),
        "resourcePath": resource_path(context),
        "stage": context.stage.name,
    }


def identity(context: Routed) -> Event:
    """`requestContext.identity`: who calls, as far as it is known."""
    known: Event = dict.fromkeys(
        (
            "accessKey",
            "accountId",
            "caller",
            "cognitoAuthenticationProvider",
            "cognitoAuthenticationType",
            "cognitoIdentityId",
            "cognitoIdentityPoolId",
            "principalOrgId",
            "user",
            "userArn",
        )
    )
    request = context.request
    known |= {"sourceIp": request.client_address, "userAgent": request.headers.get("user-agent")}
    if request.client_certificate is not None:
        known["clientCert"] = described(request.client_certificate)
    if not isinstance(context, Identified):
        return known
    caller = context.caller
    if caller.arn:
        known |= {
            "accessKey": caller.access_key,
            "accountId": caller.account,
            "caller": caller.user,
            "user": caller.user,
            "userArn": caller.arn,
        }
    if context.key is not None:
        known["apiKeyId"] = context.key.id
        known["apiKey"] = caller.usage_key or request.headers.get("x-api-key", "")
    return known


def _authorizer(context: Routed) -> Event:
    """What the authorizer says: a token's claims, or a function's context beside its principal."""
    if not isinstance(context, Identified) or context.route.authorizer is None:
        return {}
    if isinstance(context.route.authorizer, CognitoAuthorizer):
        return {"claims": as_text(context.claims)}
    if isinstance(context.route.authorizer, JwtAuthorizer):
        claims = as_text(context.claims)
        return {"claims": claims, "scopes": sorted(context.route.scopes) or None}
    caller = context.caller
    if caller.arn:
        return {}
    took = {} if caller.latency is None else {"integrationLatency": round(caller.latency * 1000)}
    return {"principalId": caller.principal_id, **took, **caller.context}
