"""The JWT authorizer: who calls, and may they? (API Gateway developer guide, "Control access to
HTTP APIs with JWT authorizers")"""

from __future__ import annotations

import re
from urllib.parse import parse_qsl

from gateway.audience import is_access_token, is_for, scopes_of
from gateway.authorizers import possession
from gateway.context import Identified, Reply, Request, Routed, Steps
from gateway.effects import VerifyToken
from gateway.replies import forbidden, unauthorized
from gateway.snapshot import JwtAuthorizer
from kernel.tokens import dpop
from kernel.tokens.errors import InvalidToken
from kernel.tokens.parsing import Claims

NO_AUDIENCE = "the token does not have a valid audience"
NO_ACCESS_TOKEN = "the token is not an access token"
NO_SCOPE = "the token does not have a scope that the route requires"
_SCOPE_TOKEN = re.compile(r"[\x21\x23-\x5b\x5d-\x7e]+")
"""RFC 6749 §3.3. Anything else could not stand in a challenge, and no token can hold it."""
_HEADER = "$request.header."
_QUERY = "$request.querystring."


def by_token(context: Routed, authorizer: JwtAuthorizer) -> Steps:
    """Ask for a verified token and judge its claims."""
    token = find_token(context.request, authorizer.identity_source)
    is_dpop = False
    if not token:
        token, is_dpop = _with_proof(context.request, authorizer.identity_source)
    if not token:
        return unauthorized("Bearer", "the request has no token")
    answer = yield VerifyToken(token, authorizer.issuer)
    if isinstance(answer, InvalidToken):
        return _refused(answer.reason)
    if is_dpop or "cnf" in answer:
        unproven = yield from possession.prove(context, token, answer, is_dpop)
        if unproven is not None:
            return _unproven(unproven.reason)
    return judge(context, answer)


def judge(context: Routed, claims: Claims) -> Identified | Reply:
    """Whether a good token opens this route."""
    route = context.route
    authorizer = route.authorizer
    if not isinstance(authorizer, JwtAuthorizer) or not is_for(claims, authorizer):
        return _refused(NO_AUDIENCE)
    if authorizer.access_tokens_only and not is_access_token(claims):
        return _refused(NO_ACCESS_TOKEN)
    if route.scopes and not route.scopes & scopes_of(claims):
        wanted = " ".join(sorted(filter(_SCOPE_TOKEN.fullmatch, route.scopes)))
        challenge = f'Bearer scope="{wanted}" error="insufficient_scope"'
        return forbidden(f'{challenge} error_description="{NO_SCOPE}"', NO_SCOPE)
    return _identified(context, claims)


def find_token(request: Request, source: str) -> str:
    """The token in a header or query parameter; empty where there is none.

    "The identitySource can include only the token, or the token prefixed with Bearer."
    """
    if source.startswith(_HEADER):
        value = request.headers.get(source.removeprefix(_HEADER).lower(), "")
    else:
        parameters = dict(parse_qsl(request.query, encoding="latin-1"))
        value = parameters.get(source.removeprefix(_QUERY), "")
    scheme, space, credentials = value.strip().partition(" ")
    if not space:
        return "" if scheme.lower() == "bearer" else scheme
    return credentials.strip() if scheme.lower() == "bearer" else ""


def _with_proof(request: Request, source: str) -> tuple[str, bool]:
    """A token that a DPoP proof comes with, which a header alone may hold."""
    if not source.startswith(_HEADER):
        return "", False
    value = request.headers.get(source.removeprefix(_HEADER).lower(), "").strip()
    token, is_dpop = possession.of_scheme(value)
    return (token, True) if is_dpop else ("", False)


def _refused(reason: str) -> Reply:
    challenge = f'Bearer scope="" error="invalid_token" error_description="{reason}"'
    return unauthorized(challenge, reason)


def _unproven(reason: str) -> Reply:
    """RFC 9449 §7.1."""
    challenge = f'DPoP error="invalid_dpop_proof" error_description="{reason}"'
    algorithms = " ".join(dpop.ALGORITHMS)
    return unauthorized(f'{challenge} algs="{algorithms}"', reason)


def _identified(context: Routed, claims: Claims) -> Identified:
    return Identified(
        context.request,
        context.address,
        context.snapshot,
        context.api,
        context.stage,
        context.match,
        claims,
    )
