"""Who calls, and may they? Asks the route's authorizer, and the API's resource policy.

The two are weighed as the API Gateway developer guide's tables say ("How API Gateway resource
policies affect authorization workflow"): without an authorizer the policy must allow; with a
function a denial comes before it is asked; with a user pool the policy must allow as well. AWS_IAM
weighs the policy itself.
"""

from __future__ import annotations

from gateway.authorizers.cognito import by_user_pool
from gateway.authorizers.execute_arn import execute_arn
from gateway.authorizers.function import by_function
from gateway.authorizers.iam import by_signature
from gateway.authorizers.jwt import by_token
from gateway.authorizers.resource_policies import decision_on_anybody
from gateway.authorizers.trusted_issuers import by_trusted_issuer
from gateway.context import Identified, Outcome, Reply, Routed, Steps
from gateway.replies import AUTHORIZER_CONFIGURATION_ERROR, access_denied
from gateway.snapshot import (
    CognitoAuthorizer,
    FunctionAuthorizer,
    IamAuthorizer,
    JwtAuthorizer,
    TrustedIssuersAuthorizer,
)
from kernel.iam.policy import Decision


def authorize(context: Routed) -> Outcome | Steps:
    """The caller identified, or a refusal; a route without an authorizer is open."""
    authorizer = context.route.authorizer
    if isinstance(authorizer, JwtAuthorizer):
        return by_token(context, authorizer)
    if isinstance(authorizer, IamAuthorizer):
        return by_signature(context)
    decision = decision_on_anybody(context)
    if decision is not None and _is_refused(decision, authorizer):
        return _denied(context, decision)
    if isinstance(authorizer, FunctionAuthorizer):
        return by_function(context, authorizer)
    if isinstance(authorizer, CognitoAuthorizer):
        return by_user_pool(context, authorizer)
    if isinstance(authorizer, TrustedIssuersAuthorizer):
        return by_trusted_issuer(context, authorizer)
    return _open(context) if authorizer is None else AUTHORIZER_CONFIGURATION_ERROR


def _is_refused(decision: Decision, authorizer: object) -> bool:
    if isinstance(authorizer, FunctionAuthorizer):
        return decision is Decision.DENIED
    return decision is not Decision.ALLOWED


def _denied(context: Routed, decision: Decision) -> Reply:
    suffix = " with an explicit deny" if decision is Decision.DENIED else ""
    return access_denied(
        "User: anonymous is not authorized to perform: execute-api:Invoke on resource: "
        f"{execute_arn(context)}{suffix}"
    )


def _open(context: Routed) -> Identified:
    return Identified(
        context.request,
        context.address,
        context.snapshot,
        context.api,
        context.stage,
        context.match,
    )
