"""What the maps and expressions of WebSocket APIs may hold. Pure rules.

The service model names lengths only in the names of its shapes (`StringWithLengthBetween0And32K`,
`StringWithLengthBetween1And512`), where no constraint check sees them.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from gateway import quotas
from gateway.control.errors import Invalid

KEY_CHARACTERS = 256
"""Poolgate's own: the key of a route response, of an integration response, or of a map."""
VALUE_CHARACTERS = 512
"""StringWithLengthBetween1And512: a value of `IntegrationParameters`."""

_EXPRESSION = re.compile(r"[\x20-\x7e]{1,1024}")
_STATIC = re.compile(r"'[^']*'")
_MAPPED = re.compile(r"(?:route\.request|integration\.response|context|stageVariables)\.[!-~]+")
_INTEGRATION_REQUEST = re.compile(r"integration\.request\.(?:header|querystring|path)\.[!-~]+")
_ROUTE_REQUEST = re.compile(r"route\.request\.(?:header|querystring)\.[!-~]+")


def require_expression(member: str, text: str) -> None:
    """A selection expression such as `$request.body.action`. Raises `Invalid`."""
    if not _EXPRESSION.fullmatch(text) or "$" not in text:
        raise Invalid(
            f"Invalid {member}: it must be a selection expression such as $request.body.x"
        )


def require_templates(member: str, templates: Mapping[str, str]) -> None:
    """Templates by the key that selects them. Raises `Invalid`."""
    _require_map(member, templates)
    for template in templates.values():
        if len(template.encode("utf-8", "replace")) > quotas.WEBSOCKET_TEXT_BYTES:
            raise Invalid(
                f"A template of {member} has at most {quotas.WEBSOCKET_TEXT_BYTES // 1024} KB"
            )


def require_integration_parameters(parameters: Mapping[str, str]) -> None:
    """Parameters of an integration's request, by where they go. Raises `Invalid`."""
    _require_map("RequestParameters", parameters)
    for name, value in parameters.items():
        if not _INTEGRATION_REQUEST.fullmatch(name):
            raise Invalid(
                f"Invalid mapping expression parameter specified: {name[:KEY_CHARACTERS]}"
            )
        require_mapped_value(value)


def require_response_parameters(parameters: Mapping[str, str]) -> None:
    """Parameters of an integration's response. Raises `Invalid`."""
    _require_map("ResponseParameters", parameters)
    for value in parameters.values():
        require_mapped_value(value)


def require_mapped_value(value: str) -> None:
    """A static value in single quotes, or where it comes from. Raises `Invalid`."""
    if len(value) > VALUE_CHARACTERS or not (_STATIC.fullmatch(value) or _MAPPED.fullmatch(value)):
        raise Invalid(f"Invalid mapping expression specified: {value[:VALUE_CHARACTERS]}")


def require_route_parameters(parameters: Mapping[str, Any], *, response: bool = False) -> None:
    """Parameters of a route, each required or not. Raises `Invalid`."""
    _require_map("ResponseParameters" if response else "RequestParameters", parameters)
    for name, constraint in parameters.items():
        if not response and not _ROUTE_REQUEST.fullmatch(name):
            raise Invalid(f"Invalid route request parameter specified: {name[:KEY_CHARACTERS]}")
        if not isinstance(constraint.get("Required", False), bool):
            raise Invalid(f"Required of {name[:KEY_CHARACTERS]} must be true or false")


def require_key(member: str, key: str) -> None:
    """The key of a response, which is part of its name. Raises `Invalid`."""
    if not 1 <= len(key) <= KEY_CHARACTERS or not key.isprintable():
        raise Invalid(f"{member} has from 1 to {KEY_CHARACTERS} printable characters")


def _require_map(member: str, given: Mapping[str, Any]) -> None:
    if len(given) > quotas.METHOD_MAP_ENTRIES:
        raise Invalid(f"{member} has at most {quotas.METHOD_MAP_ENTRIES} entries")
    for key in given:
        require_key(f"A key of {member}", key)
