"""The event of payload format 2.0: proxy integrations and REQUEST authorizers of HTTP APIs."""

from __future__ import annotations

from typing import Any

from gateway.addresses import hostname
from gateway.context import Identified, Routed
from gateway.events.claims import as_text
from gateway.events.client_certificates import described
from gateway.events.fields import field_pairs, joined, query_pairs
from gateway.events.version_1 import path_parameters
from gateway.mapping.context_variables import moment_text
from gateway.snapshot import FunctionAuthorizer, IamAuthorizer, JwtAuthorizer

Event = dict[str, Any]


def event_of(context: Routed) -> Event:
    """The event without its body. Members that would be empty are left out, as AWS does."""
    request = context.request
    fields = [(name.lower(), value) for name, value in field_pairs(context)]
    cookies = [
        crumb.strip() for name, value in fields if name == "cookie" for crumb in value.split(";")
    ]
    optional = {
        "cookies": [crumb for crumb in cookies if crumb],
        "queryStringParameters": joined(query_pairs(request)),
        "pathParameters": path_parameters(context),
        "stageVariables": dict(context.stage.variables),
    }
    return {
        "version": "2.0",
        "routeKey": context.route.key,
        "rawPath": context.path_with_stage,
        "rawQueryString": request.query,
        "headers": joined([pair for pair in fields if pair[0] != "cookie"]),
        "requestContext": request_context(context),
        **{name: value for name, value in optional.items() if value},
    }


def request_context(context: Routed) -> Event:
    """`requestContext`, with the caller where one is identified."""
    request, api = context.request, context.api
    return {
        "accountId": api.account,
        "apiId": api.api_id,
        **_authentication(context),
        **({"authorizer": about} if (about := _authorizer(context)) else {}),
        "domainName": hostname(request.host),
        "domainPrefix": request.host.partition(".")[0],
        "http": {
            "method": request.method,
            "path": context.path_with_stage,
            "protocol": request.protocol,
            "sourceIp": request.client_address,
            "userAgent": request.headers.get("user-agent", ""),
        },
        "requestId": request.id,
        "routeKey": context.route.key,
        "stage": context.stage.name,
        "time": moment_text(request.received_at),
        "timeEpoch": round(request.received_at * 1000),
    }


def _authentication(context: Routed) -> Event:
    certificate = context.request.client_certificate
    return {"authentication": {"clientCert": described(certificate)}} if certificate else {}


def _authorizer(context: Routed) -> Event:
    if not isinstance(context, Identified):
        return {}
    authorizer, caller = context.route.authorizer, context.caller
    if isinstance(authorizer, JwtAuthorizer):
        claims = as_text(context.claims)
        return {"jwt": {"claims": claims, "scopes": sorted(context.route.scopes) or None}}
    if isinstance(authorizer, FunctionAuthorizer):
        return {"lambda": dict(caller.context)}
    if isinstance(authorizer, IamAuthorizer):
        return {
            "iam": {
                "accessKey": caller.access_key,
                "accountId": caller.account,
                "callerId": caller.user,
                "cognitoIdentity": None,
                "principalOrgId": None,
                "userArn": caller.arn,
                "userId": caller.user,
            }
        }
    return {}
