"""AWS_IAM: callers sign with Signature Version 4 and need `execute-api:Invoke`.

With a resource policy, a caller of the API's own account needs an allowance in either policy, and
one of another account in both; a denial in any of them decides (API Gateway developer guide, "How
API Gateway resource policies affect authorization workflow").
"""

from __future__ import annotations

from gateway import replies
from gateway.authorizers.answers import INVOKE
from gateway.authorizers.conditions import conditions_of
from gateway.authorizers.execute_arn import execute_arn, other_arns, strictest
from gateway.authorizers.resource_policies import policy_of
from gateway.context import Caller, Identified, Reply, Routed, Steps, grown
from gateway.effects import Permit, ReadBody, Refusal, Signer, VerifySignature
from kernel.iam.policy import Decision, Question

_MISSING_TOKEN = "Missing Authentication Token"
MISSING = replies.message(
    403,
    "Forbidden",
    error=_MISSING_TOKEN,
    kind="MISSING_AUTHENTICATION_TOKEN",
    told=_MISSING_TOKEN,
)


def by_signature(context: Routed) -> Steps:
    """Verify the signature over the whole request, then ask the policies."""
    body = yield ReadBody()
    if isinstance(body, Reply):
        return body
    signer = yield VerifySignature(context.request, body)
    if isinstance(signer, Refusal):
        return _refused(signer)
    conditions = conditions_of(context)
    theirs: dict[str, Decision] = {}
    for arn in (execute_arn(context), *other_arns(context)):
        own = yield Permit(signer, INVOKE, arn, conditions)
        theirs[arn] = _weighed(context, signer, own, Question(INVOKE, arn, conditions))
    if strictest(context, theirs.__getitem__) is not Decision.ALLOWED:
        return _denied(signer, execute_arn(context))
    caller = Caller(
        principal_id=signer.arn,
        account=signer.account,
        access_key=signer.access_key_id,
        arn=signer.arn,
    )
    return grown(Identified, context, caller=caller)


def _weighed(context: Routed, signer: Signer, own: Decision, question: Question) -> Decision:
    policy = policy_of(context)
    is_own_account = signer.account == context.api.account
    if policy is None:
        return own if is_own_account else Decision.DENIED
    theirs = policy.decide(signer.arn, signer.account, question)
    if Decision.DENIED in (own, theirs):
        return Decision.DENIED
    allowed = (own is Decision.ALLOWED, theirs is Decision.ALLOWED)
    is_allowed = any(allowed) if is_own_account else all(allowed)
    return Decision.ALLOWED if is_allowed else Decision.NOT_ALLOWED


def _refused(refusal: Refusal) -> Reply:
    if refusal.code == "MissingAuthenticationTokenException":
        return MISSING
    told = refusal.message
    return replies.message(403, "Forbidden", error=told, kind="INVALID_SIGNATURE", told=told)


def _denied(signer: Signer, arn: str) -> Reply:
    why = f"User: {signer.arn} is not authorized to perform: {INVOKE} on resource: {arn}"
    return replies.access_denied(why)
