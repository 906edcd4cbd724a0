"""COGNITO_USER_POOLS: a token of one of some user pools opens a method of a REST API.

"To use an access token, the method must be configured with OAuth scopes. [...] If no scope is
specified, API Gateway treats the supplied token as an identity token" (API Gateway developer
guide, "Integrate a REST API with an Amazon Cognito user pool").
"""

from __future__ import annotations

from gateway.audience import is_access_token, is_id_token, scopes_of
from gateway.authorizers.bearer import identified, refused, token_of
from gateway.authorizers.expressions import matches
from gateway.context import Identified, Reply, Routed, Steps
from gateway.effects import VerifyToken
from gateway.replies import UNAUTHORIZED
from gateway.snapshot import CognitoAuthorizer
from kernel.tokens.errors import InvalidToken
from kernel.tokens.parsing import Claims, parse

DEFAULT_SOURCE = "method.request.header.Authorization"


def by_user_pool(context: Routed, authorizer: CognitoAuthorizer) -> Steps:
    """Verify the token with the keys of the pool that it names, and judge its claims."""
    token = token_of(context, authorizer.identity_source or DEFAULT_SOURCE)
    issuer = _issuer(token)
    if issuer not in authorizer.issuers:
        return UNAUTHORIZED
    answer = yield VerifyToken(token, issuer)
    if isinstance(answer, InvalidToken):
        return refused(answer)
    return _judge(context, authorizer, answer)


def _judge(context: Routed, authorizer: CognitoAuthorizer, claims: Claims) -> Identified | Reply:
    scopes = context.route.scopes
    if scopes:
        if not is_access_token(claims) or not scopes & scopes_of(claims):
            return UNAUTHORIZED
    elif not is_id_token(claims):
        return UNAUTHORIZED
    expression = authorizer.validation_expression
    if expression and not matches(expression, str(claims.get("aud", ""))):
        return UNAUTHORIZED
    return identified(context, claims)


def _issuer(token: str) -> str:
    """Whose token it says it is: only so that its keys are found."""
    try:
        return str(parse(token, {}).claims.get("iss", ""))
    except InvalidToken:
        return ""
