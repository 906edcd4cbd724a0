"""What makes an authorizer of a REST API a whole one, by its type. Pure rules."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from gateway import quotas
from gateway.authorizers.identity_sources import is_known
from gateway.control.credentials import account_of_role
from gateway.control.errors import Invalid
from gateway.control.issuers import is_issuer
from gateway.control.rest.function_uris import function_of
from gateway.header_rules import TOKEN_CHARACTER
from gateway.patterns import InvalidPattern, compile_pattern

Document = Mapping[str, Any]

DEFAULT_TTL = 300
_NAME = rf"{TOKEN_CHARACTER}{{1,128}}"
_HEADER = re.compile(rf"method\.request\.header\.{_NAME}")
_SOURCE = re.compile(
    rf"method\.request\.(header|querystring)\.{_NAME}"
    r"|(context|stageVariables)\.[A-Za-z0-9_.-]{1,128}"
)
_POOL = re.compile(
    r"arn:[a-z-]+:cognito-idp:([a-z0-9-]+):\d{12}:userpool/([a-z0-9-]+)_[A-Za-z0-9]{1,55}"
)
MOST_SOURCES = 10
MOST_EXPRESSION_CHARACTERS = 1024
STANDARD_CLAIMS = frozenset({"iss", "aud", "exp", "nbf", "iat", "scope", "scp"})
"""CreateAuthorizerRequest: what the name of an additional claim "cannot be"."""


def require_authorizer(document: Document) -> None:
    """Refuse an authorizer that could never let anyone in, or not be served. Raises `Invalid`."""
    _require_members(document)
    ttl = document.get("authorizerResultTtlInSeconds")
    if ttl is not None and not 0 <= ttl <= quotas.AUTHORIZER_TTL_SECONDS:
        raise Invalid(
            "Invalid authorizer result TTL: it must be from 0 to "
            f"{quotas.AUTHORIZER_TTL_SECONDS} seconds"
        )
    _require_expression(document.get("identityValidationExpression", ""))
    _BY_TYPE[document["type"]](document)


def _require_members(document: Document) -> None:
    for member in _ALL - _MEMBERS[document["type"]]:
        if document.get(member) not in (None, "", []):
            raise Invalid(f"{member} is not for authorizers of the type {document['type']}")


def _require_expression(expression: str) -> None:
    if len(expression) > MOST_EXPRESSION_CHARACTERS:
        raise Invalid("Invalid identity validation expression: it is too long")
    try:
        compile_pattern(expression)
    except InvalidPattern as error:
        raise Invalid(
            f"Invalid identity validation expression: {expression[:256]}: {error}"
        ) from None


def _require_token(document: Document) -> None:
    _require_one_header(document)
    _require_function(document)


def _require_request(document: Document) -> None:
    source = document.get("identitySource", "")
    sources = [each.strip() for each in source.split(",")] if source.strip() else []
    if len(sources) > MOST_SOURCES:
        raise Invalid(f"An authorizer has at most {MOST_SOURCES} identity sources")
    for each in sources:
        if not _SOURCE.fullmatch(each) or not is_known(each):
            raise _no_source(each)
    if not sources and document.get("authorizerResultTtlInSeconds", DEFAULT_TTL) > 0:
        raise Invalid(
            "Identity source must be set if authorizer caching is enabled (TTL is greater than 0)"
        )
    _require_function(document)


def _require_pools(document: Document) -> None:
    _require_one_header(document)
    pools = document.get("providerARNs") or []
    if not pools:
        raise Invalid("At least one user pool ARN must be provided")
    if len(pools) > quotas.PROVIDERS_PER_AUTHORIZER:
        raise Invalid(f"An authorizer has at most {quotas.PROVIDERS_PER_AUTHORIZER} user pools")
    for arn in pools:
        found = _POOL.fullmatch(arn)
        if found is None:
            raise Invalid(f"Invalid Cognito User Pool ARN: {arn[:256]}")
        # A pool of another account may be meant, as on AWS: its id alone says which it is.
        if found[1] != found[2]:
            raise Invalid(
                f"Invalid Cognito User Pool ARN: {arn[:256]}: it says the region {found[1]}, and "
                f"the pool is of {found[2]}"
            )


def _require_issuers(document: Document) -> None:
    _require_one_header(document)
    configuration = document.get("jwtConfiguration") or {}
    issuers = configuration.get("issuers") or []
    if not issuers or len(issuers) > quotas.PROVIDERS_PER_AUTHORIZER:
        most = quotas.PROVIDERS_PER_AUTHORIZER
        raise Invalid(f"jwtConfiguration must name from 1 to {most} issuers")
    if len({each["issuer"] for each in issuers}) < len(issuers):
        raise Invalid("Issuer URLs must be unique")
    if not configuration.get("defaultAlgorithms"):
        raise Invalid("jwtConfiguration must name at least one signing algorithm")
    for each in issuers:
        _require_issuer(each)


def _require_issuer(issuer: Document) -> None:
    if not is_issuer(issuer["issuer"]):
        raise Invalid(f"Invalid issuer: {issuer['issuer'][:256]}")
    audiences = issuer.get("audiences") or []
    if not audiences or not all(audiences):
        raise Invalid("An issuer must have audiences, none of which is empty")
    if len(audiences) > quotas.AUDIENCES_PER_AUTHORIZER:
        raise Invalid(f"An issuer has at most {quotas.AUDIENCES_PER_AUTHORIZER} audiences")
    claims = issuer.get("additionalClaims") or []
    names = [claim["claimName"] for claim in claims]
    if not all(names) or len(set(names)) < len(names) or STANDARD_CLAIMS & set(names):
        raise Invalid(
            "Names of additional claims must be unique, not empty, and none of "
            f"{', '.join(sorted(STANDARD_CLAIMS))}"
        )
    if len(claims) > quotas.AUDIENCES_PER_AUTHORIZER:
        raise Invalid(f"An issuer has at most {quotas.AUDIENCES_PER_AUTHORIZER} additional claims")
    if not all(all(claim.get("expectedValues") or []) for claim in claims):
        raise Invalid("The accepted value of a claim cannot be empty")


def _require_one_header(document: Document) -> None:
    source = document.get("identitySource", "")
    if not _HEADER.fullmatch(source):
        raise _no_source(source)


def _no_source(source: str) -> Invalid:
    return Invalid(f"Invalid identity source specified: '{source[:256]}'")


def _require_function(document: Document) -> None:
    uri = document.get("authorizerUri", "")
    if function_of(uri) is None:
        raise Invalid(
            f"Invalid Authorizer URI: {uri[:512]}. "
            "Authorizer URI should be a valid API Gateway ARN that represents a Lambda function "
            "invocation."
        )
    credentials = document.get("authorizerCredentials")
    if credentials and account_of_role(credentials) is None:
        raise Invalid(f"Invalid ARN specified in the request: {credentials[:256]}")


_BY_TYPE: Mapping[str, Callable[[Document], None]] = {
    "COGNITO_USER_POOLS": _require_pools,
    "JWT": _require_issuers,
    "REQUEST": _require_request,
    "TOKEN": _require_token,
}
_OF_FUNCTIONS = frozenset(
    {"authorizerUri", "authorizerCredentials", "authorizerResultTtlInSeconds"}
)
_MEMBERS: Mapping[str, frozenset[str]] = {
    "COGNITO_USER_POOLS": frozenset(
        {"providerARNs", "identityValidationExpression", "authorizerResultTtlInSeconds"}
    ),
    "JWT": frozenset({"jwtConfiguration"}),
    "REQUEST": _OF_FUNCTIONS,
    "TOKEN": _OF_FUNCTIONS | {"identityValidationExpression"},
}
_ALL = frozenset().union(*_MEMBERS.values())
