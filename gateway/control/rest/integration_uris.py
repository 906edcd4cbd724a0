"""Which URIs lead to a backend, for each type of integration. Pure rules."""

from __future__ import annotations

import re

from gateway.control.errors import Invalid
from gateway.integrations.endpoint import Endpoint, InvalidEndpoint

INVALID_ENDPOINT = "Invalid HTTP endpoint specified for URI"
INVALID_ARN = "Invalid ARN specified in the request"
FORM_OF_FUNCTIONS = (
    "The URI of a function is "
    "arn:aws:apigateway:REGION:lambda:path/2015-03-31/functions/FUNCTION_ARN/invocations"
)
FORM_OF_SERVICES = (
    "That of a service is arn:aws:apigateway:REGION:SERVICE:path/PATH or "
    "arn:aws:apigateway:REGION:SERVICE:action/ACTION"
)
"""A bare ARN of a function does for an HTTP API; who tries it here is told."""

STAGE_VARIABLE = re.compile(r"\$\{stageVariables\.[A-Za-z0-9_]+\}")
_PATH_VARIABLE = re.compile(r"(?<!\$)\{[A-Za-z0-9._$-]+\+?\}")
_SERVICE = re.compile(r"arn:aws[a-z-]*:apigateway:([a-z0-9-]+):([a-z0-9.-]+):([a-z]+)/([!-~]+)")
_FUNCTION = re.compile(
    r"2015-03-31/functions/([A-Za-z0-9:_.$/-]{1,300})/invocations"
    r"|2021-11-15/functions/([A-Za-z0-9:_.$/-]{1,300})/response-streaming-invocations"
)
_NAME = r"[A-Za-z0-9_-]{1,64}"
_QUALIFIER = r"(?::(?:\$LATEST|[A-Za-z0-9_-]{1,128}))?"
_FUNCTION_ARN = re.compile(
    rf"(?:arn:aws[a-z-]*:lambda:[a-z0-9-]+:[0-9]{{12}}:function:)?{_NAME}{_QUALIFIER}"
)


def require_http(uri: str) -> None:
    """Refuse what no HTTP request can be sent to. Raises `Invalid`.

    Stage variables may stand anywhere, because they are the operator's; path variables stand for
    `integration.request.path` parameters, and never in the host.
    """
    with_variables = STAGE_VARIABLE.sub("1", uri)
    if re.search("[{}]", _PATH_VARIABLE.sub("", with_variables)):
        raise Invalid(INVALID_ENDPOINT)
    try:
        Endpoint.compile(with_variables, {})
    except InvalidEndpoint:
        raise Invalid(INVALID_ENDPOINT) from None


def require_aws(uri: str, *, proxy: bool) -> None:
    """Refuse what names no function and no service's action or path. Raises `Invalid`."""
    service, kind, rest = _parts(uri)
    if kind not in {"path", "action"}:
        raise Invalid("AWS ARN for integration must contain path or action")
    if service == "lambda":
        _require_function(kind, rest)
    elif proxy:
        raise Invalid(
            "Integrations of type 'AWS_PROXY' currently only supports Lambda function and "
            "Firehose stream invocations."
        )


def is_function(uri: str) -> bool:
    """Whether an ARN that `require_aws` lets pass invokes a function."""
    return _parts(uri)[0] == "lambda"


def streams(uri: str) -> bool:
    """Whether such an ARN asks a function to stream its response."""
    return uri.endswith("/response-streaming-invocations")


def _parts(uri: str) -> tuple[str, str, str]:
    found = _SERVICE.fullmatch(STAGE_VARIABLE.sub("1", uri))
    if found is None:
        if re.fullmatch(r"arn:aws[a-z-]*:apigateway:[a-z0-9-]+:[a-z0-9.-]+:[!-~]*", uri):
            return "", "", ""
        raise Invalid(f"{INVALID_ARN}. {FORM_OF_FUNCTIONS}. {FORM_OF_SERVICES}")
    return found[2].rpartition(".")[2], found[3], found[4]


def _require_function(kind: str, rest: str) -> None:
    found = _FUNCTION.fullmatch(rest)
    if kind != "path" or found is None or not _FUNCTION_ARN.fullmatch(found[1] or found[2]):
        raise Invalid(f"Invalid lambda function. {FORM_OF_FUNCTIONS}")
