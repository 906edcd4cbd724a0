"""COGNITO_USER_POOLS: a token of one of some user pools opens a method of a REST API.

"To use an access token, the method must be configured with OAuth scopes. [...] If no scope is
specified, API Gateway treats the supplied token as an identity token" (API Gateway developer
guide, "Integrate a REST API with an Amazon Cognito user pool").
"""

from __future__ import annotations

from gateway.audience import is_access_token, is_id_token, scopes_of
from gateway.authorizers import possession
from gateway.authorizers.bearer import identified, refused, token_of
from gateway.authorizers.expressions import matches
from gateway.context import Identified, Reply, Routed, Steps
from gateway.effects import VerifyToken
from gateway.replies import UNAUTHORIZED, with_error
from gateway.snapshot import CognitoAuthorizer
from kernel.tokens.errors import InvalidToken
from kernel.tokens.parsing import Claims, parse

DEFAULT_SOURCE = "method.request.header.Authorization"
# Why, for the execution log alone.
NO_TOKEN = "the request has no token where the authorizer looks for it"
MALFORMED = "the token is malformed"
OTHER_ISSUER = "the token is of none of the authorizer's user pools"
NEEDS_ACCESS_TOKEN = "a method with scopes takes access tokens"
NEEDS_ID_TOKEN = "a method without scopes takes ID tokens"
NO_SCOPE = "the token does not have a scope that the method requires"
OTHER_AUDIENCE = "the token's audience does not match the authorizer's expression"


def by_user_pool(context: Routed, authorizer: CognitoAuthorizer) -> Steps:
    """Verify the token with the keys of the pool that it names, and judge its claims."""
    presented = token_of(context, authorizer.identity_source or DEFAULT_SOURCE)
    token, is_dpop = possession.of_scheme(presented)
    issuer = _issuer(token)
    if issuer not in authorizer.issuers:
        return _refused((OTHER_ISSUER if issuer else MALFORMED) if token else NO_TOKEN)
    answer = yield VerifyToken(token, issuer)
    if isinstance(answer, InvalidToken):
        return refused(answer)
    if is_dpop or "cnf" in answer:
        unproven = yield from possession.prove(context, token, answer, is_dpop)
        if unproven is not None:
            return refused(unproven)
    return _judge(context, authorizer, answer)


def _judge(context: Routed, authorizer: CognitoAuthorizer, claims: Claims) -> Identified | Reply:
    scopes = context.route.scopes
    if scopes:
        if not is_access_token(claims):
            return _refused(NEEDS_ACCESS_TOKEN)
        if not scopes & scopes_of(claims):
            return _refused(NO_SCOPE)
    elif not is_id_token(claims):
        return _refused(NEEDS_ID_TOKEN)
    expression = authorizer.validation_expression
    if expression and not matches(expression, str(claims.get("aud", ""))):
        return _refused(OTHER_AUDIENCE)
    return identified(context, claims)


def _refused(why: str) -> Reply:
    return with_error(UNAUTHORIZED, why)


def _issuer(token: str) -> str:
    """Whose token it says it is: only so that its keys are found."""
    try:
        return str(parse(token, {}).claims.get("iss", ""))
    except InvalidToken:
        return ""
