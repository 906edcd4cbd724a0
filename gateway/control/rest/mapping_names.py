"""Names of parameters and the expressions that fill them, as methods and integrations write them.

Pure rules, after the API Gateway developer guide, "Parameter mapping source examples for REST
APIs in API Gateway". `location.name` names a parameter: `method.request.header.Accept`.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from gateway import quotas
from gateway.control.errors import Invalid
from gateway.header_rules import FRAMING, HOP_BY_HOP
from gateway.mapping.json_path import InvalidPath, parse_path

INVALID_EXPRESSION = "Invalid mapping expression specified"

# A header's name (RFC 9110 §5.1) but for the apostrophe, which encloses static values.
_TOKEN = r"[A-Za-z0-9!#$%&*+.^_`|~-]{1,256}"
_KEY = r"[A-Za-z0-9!#$%&*+.^_`|~:\[\]-]{1,256}"
_NAMED = rf"(?:path\.[A-Za-z0-9._-]{{1,256}}|querystring\.{_KEY}|header\.{_TOKEN})"
_BODY = r"body(?:[.\[][ -~]*)?"
# A static value may hold what a header's value may (RFC 9110 §5.5): no control character.
_ANYWHERE = r"'[^\x00-\x1f\x7f]*'|context\.[A-Za-z0-9._-]+|stageVariables\.[A-Za-z0-9_]+"

_METHOD_REQUEST = re.compile(rf"method\.request\.{_NAMED}")
_INTEGRATION_REQUEST = re.compile(rf"integration\.request\.{_NAMED}")
_METHOD_RESPONSE = re.compile(rf"method\.response\.header\.{_TOKEN}")
_REQUEST_SOURCE = re.compile(
    rf"method\.request\.(?:{_NAMED}|multivaluequerystring\.{_KEY}|multivalueheader\.{_TOKEN}"
    rf"|{_BODY})|{_ANYWHERE}"
)
_RESPONSE_SOURCE = re.compile(
    rf"integration\.response\.(?:(?:multivalue)?header\.{_TOKEN}|{_BODY})|{_ANYWHERE}"
)
_MEDIA = re.compile(rf"{_TOKEN}/{_TOKEN}(?: *; *{_TOKEN}=[!-:<-~]+)*")


def require_request_names(names: Collection[str]) -> None:
    """Refuse what no method request declares. Raises `Invalid`."""
    _require_all(_METHOD_REQUEST, names)
    plain = [name.split(".", 3)[3] for name in names]
    if len(plain) != len(set(plain)):
        raise Invalid("Parameter names must be unique across querystring, header and path")


def require_response_names(names: Collection[str]) -> None:
    """Refuse what no method response declares. Raises `Invalid`."""
    _require_all(_METHOD_RESPONSE, names)
    _require_headers(names, HOP_BY_HOP)


def require_request_mappings(mappings: Mapping[str, str], declared: Collection[str]) -> None:
    """Check an integration's `requestParameters` by those its method declares. Raises `Invalid`."""
    _require_all(_INTEGRATION_REQUEST, mappings)
    _require_headers(mappings, FRAMING)
    for source in mappings.values():
        if len(source) > quotas.METHOD_TEXT_CHARACTERS or not _REQUEST_SOURCE.fullmatch(source):
            raise invalid_mapping(f"{INVALID_EXPRESSION}: {source}")
        _require_declared(source, declared)
        _require_path(source, "method.request.body")


def require_response_mappings(mappings: Mapping[str, str], declared: Collection[str]) -> None:
    """Check an integration response's `responseParameters` likewise. Raises `Invalid`."""
    _require_all(_METHOD_RESPONSE, mappings)
    for name, source in mappings.items():
        if name not in declared:
            raise invalid_mapping(f"Invalid mapping expression parameter specified: {name}")
        if len(source) > quotas.METHOD_TEXT_CHARACTERS or not _RESPONSE_SOURCE.fullmatch(source):
            raise invalid_mapping(f"{INVALID_EXPRESSION}: {source}")
        _require_path(source, "integration.response.body")


def require_cache_keys(
    keys: Iterable[str], declared: Collection[str], mapped: Collection[str]
) -> None:
    """Refuse cache keys that neither the method declares nor the integration maps.

    Raises `Invalid`.
    """
    for key in keys:
        if key not in declared and key not in mapped:
            raise Invalid(f"Invalid cache key parameter specified: {key}")


def require_content_types(types: Iterable[str]) -> None:
    """Refuse keys of models and templates that are no media types. Raises `Invalid`."""
    for each in types:
        if len(each) > quotas.METHOD_TEXT_CHARACTERS or not _MEDIA.fullmatch(each):
            fault = f"Invalid content type specified: {each}"
            raise Invalid(f"Validation Result: warnings : [], errors : [{fault}]")


def invalid_mapping(fault: str) -> Invalid:
    """The refusal of a mapping, in AWS's words."""
    return Invalid(f"{INVALID_EXPRESSION}: Validation Result: warnings : [], errors : [{fault}]")


def _require_all(pattern: re.Pattern[str], names: Iterable[str]) -> None:
    for name in names:
        if len(name) > quotas.METHOD_TEXT_CHARACTERS or not pattern.fullmatch(name):
            raise invalid_mapping(f"Invalid mapping expression parameter specified: {name}")


def _require_headers(names: Iterable[str], refused: Collection[str]) -> None:
    for name in names:
        location, header = name.split(".", 3)[2:]
        if location == "header" and header.lower() in refused:
            raise invalid_mapping(f"The header {header} is the gateway's own: {name}")


def _require_declared(source: str, declared: Collection[str]) -> None:
    name = source.replace(".multivalue", ".", 1)
    is_parameter = source.startswith("method.request.") and not source.startswith(
        "method.request.body"
    )
    if is_parameter and name not in declared:
        raise invalid_mapping(f"Invalid mapping expression parameter specified: {source}")


def _require_path(source: str, body: str) -> None:
    """Refuse a JSON expression that finds nothing in any body."""
    expression = source.removeprefix(body)
    if not source.startswith(body) or not expression:
        return
    try:
        parse_path(
            expression.removeprefix(".") if expression.startswith(".$") else f"${expression}"
        )
    except InvalidPath:
        raise invalid_mapping(f"{INVALID_EXPRESSION}: {source}") from None
