"""AWS_IAM: callers sign with Signature Version 4 and need `execute-api:Invoke`.

With a resource policy, a caller of the API's own account needs an allowance in either policy, and
one of another account in both; a denial in any of them decides (API Gateway developer guide, "How
API Gateway resource policies affect authorization workflow").
"""

from __future__ import annotations

from gateway import replies
from gateway.authorizers.answers import INVOKE
from gateway.authorizers.conditions import conditions_of
from gateway.authorizers.execute_arn import execute_arn
from gateway.authorizers.resource_policies import policy_of
from gateway.context import Caller, Identified, Reply, Routed, Steps, grown
from gateway.effects import Permit, ReadBody, Refusal, Signer, VerifySignature
from kernel.iam.policy import Decision, Question

MISSING = replies.message(
    403, "Forbidden", error="Missing Authentication Token", kind="MISSING_AUTHENTICATION_TOKEN"
)


def by_signature(context: Routed) -> Steps:
    """Verify the signature over the whole request, then ask the policies."""
    body = yield ReadBody()
    if isinstance(body, Reply):
        return body
    signer = yield VerifySignature(context.request, body)
    if isinstance(signer, Refusal):
        return _refused(signer)
    arn, conditions = execute_arn(context), conditions_of(context)
    own = yield Permit(signer, INVOKE, arn, conditions)
    if not _is_allowed(context, signer, own, Question(INVOKE, arn, conditions)):
        return _denied(signer, arn)
    caller = Caller(
        principal_id=signer.arn,
        account=signer.account,
        access_key=signer.access_key_id,
        arn=signer.arn,
    )
    return grown(Identified, context, caller=caller)


def _is_allowed(context: Routed, signer: Signer, own: Decision, question: Question) -> bool:
    policy = policy_of(context)
    is_own_account = signer.account == context.api.account
    if policy is None:
        return own is Decision.ALLOWED and is_own_account
    theirs = policy.decide(signer.arn, signer.account, question)
    if Decision.DENIED in (own, theirs):
        return False
    allowed = (own is Decision.ALLOWED, theirs is Decision.ALLOWED)
    return any(allowed) if is_own_account else all(allowed)


def _refused(refusal: Refusal) -> Reply:
    if refusal.code == "MissingAuthenticationTokenException":
        return MISSING
    told = refusal.message
    return replies.message(403, "Forbidden", error=told, kind="INVALID_SIGNATURE", told=told)


def _denied(signer: Signer, arn: str) -> Reply:
    why = f"User: {signer.arn} is not authorized to perform: {INVOKE} on resource: {arn}"
    return replies.access_denied(why)
