"""The authorizers of a REST API, API keys and signatures as security schemes."""

from __future__ import annotations

from gateway.openapi.extensions import AUTH_TYPE, AUTHORIZER
from gateway.openapi.rest.security import TYPES
from gateway.openapi.rest.values import Members, Method, RestApi
from gateway.openapi.security import SIGNATURE_SCHEME, free_name

_HEADER = "method.request.header."
_WORDS = {kind: word for word, kind in TYPES.items()}


def written_schemes(api: RestApi, *, with_authorizers: bool) -> Members:
    """Every scheme that a method may ask."""
    schemes = {
        name: _scheme(part.members, with_authorizers) for name, part in api.authorizers.items()
    }
    if any(method.members.get("apiKeyRequired") for method in api.methods):
        schemes[api_key_name(api)] = {"type": "apiKey", "name": "x-api-key", "in": "header"}
    if any(method.members["authorizationType"] == "AWS_IAM" for method in api.methods):
        schemes[signature_name(api)] = SIGNATURE_SCHEME
    return schemes


def written_security(api: RestApi, method: Method) -> Members:
    """`security` of an operation; nothing where it asks nothing."""
    asked: list[Members] = []
    if method.authorizer:
        asked.append({method.authorizer: method.members.get("authorizationScopes", [])})
    elif method.members["authorizationType"] == "AWS_IAM":
        asked.append({signature_name(api): []})
    if method.members.get("apiKeyRequired"):
        asked.append({api_key_name(api): []})
    return {"security": asked} if asked else {}


def api_key_name(api: RestApi) -> str:
    """The name of the scheme of API keys, which no authorizer has."""
    return free_name("api_key", api.authorizers)


def signature_name(api: RestApi) -> str:
    """The name of the scheme of signed requests."""
    return free_name("sigv4", api.authorizers)


def _scheme(members: Members, with_authorizers: bool) -> Members:
    kind, source = members["type"], members.get("identitySource", "")
    header = source.removeprefix(_HEADER) if source.startswith(_HEADER) else ""
    is_one_header = kind != "REQUEST" and bool(header)
    scheme: Members = {
        "type": "apiKey",
        "name": header if is_one_header else "Unused",
        "in": "header",
    }
    if members.get("authType"):
        scheme[AUTH_TYPE] = members["authType"]
    if with_authorizers:
        left_out = {"name", "type", "authType", *(("identitySource",) if is_one_header else ())}
        said = {name: value for name, value in members.items() if name not in left_out}
        scheme[AUTHORIZER] = {"type": _WORDS[kind], **said}
    return scheme
