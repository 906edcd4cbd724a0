"""What a gateway response may say: simple variables in its templates, and its headers.

"This variable can only be used for simple variable substitution in a GatewayResponse body-mapping
template, which is not processed by the Velocity Template Language engine" (API Gateway developer
guide, of `$context.error.message`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import orjson

from gateway.context import Received
from gateway.mapping.parameters import sendable
from gateway.mapping.sources import METHOD_REQUEST, common_values, request_values
from gateway.mapping.wire_text import text_of

HEADER = "gatewayresponse.header."
_NAME = r"[A-Za-z0-9_-]+(?:\.[A-Za-z0-9_-]+)*"
_VARIABLE = re.compile(
    rf"\$(?:(?P<plain>(?:context|stageVariables|method\.request)\.{_NAME})"
    rf"|\{{(?P<braced>(?:context|stageVariables|method\.request)\.{_NAME})\}})"
)


def filled(context: Received, template: str, variables: Mapping[str, Any]) -> str:
    """A template with its variables; `variables` are further ones of `$context`, by name.

    A variable without a value is written as nothing. The values are text from the client in part:
    they are escaped as inside JSON strings, which `error.messageString` is whole.
    """

    def value(found: re.Match[str]) -> str:
        expression = found["plain"] or found["braced"]
        text = text_of(",".join(_values(context, expression, variables)))
        return text if expression in _WHOLE else _escaped(text)

    return _VARIABLE.sub(value, template)


def parameter_headers(
    context: Received, parameters: Mapping[str, str], variables: Mapping[str, Any]
) -> dict[str, str]:
    """The headers that a gateway response sets, by name as it was written."""
    headers = {}
    for destination, expression in parameters.items():
        values = _values(context, expression, variables)
        if destination.startswith(HEADER) and values:
            headers[destination.removeprefix(HEADER)] = ",".join(values)
    return dict(sendable(headers.items()))


_WHOLE = frozenset({"context.error.messageString"})


def _values(context: Received, expression: str, variables: Mapping[str, Any]) -> list[str]:
    values = common_values(context, expression, variables)
    if values is not None:
        return values
    return request_values(context, expression) if expression.startswith(METHOD_REQUEST) else []


def _escaped(text: str) -> str:
    return orjson.dumps(text)[1:-1].decode()
