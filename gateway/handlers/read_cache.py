"""Answer from the response cache, or take the lead in filling it."""

from __future__ import annotations

from collections.abc import Generator
from typing import Any

from gateway import quotas
from gateway.authorizers.conditions import conditions_of
from gateway.authorizers.execute_arn import execute_arn
from gateway.authorizers.resource_policies import policy_of
from gateway.context import Prepared, Received, Reply, Steps, grown
from gateway.effects import Effect, Entry, FindCached, Permit, Signer
from gateway.replies import access_denied
from gateway.response_cache import asks_for_fresh, caching_of, key_of
from gateway.snapshot import Caching
from kernel.iam.policy import Decision, Question

INVALIDATE = "execute-api:InvalidateCache"
HIT = "hit"
WARNING = ("warning", '199 - "Cache invalidation is not authorized"')


def read_cache(context: Prepared) -> Prepared | Steps:
    """A fresh entry answers. Without one, this request or another fills it, never two at once."""
    caching = caching_of(context)
    return context if caching is None else look_up(context, caching)


def look_up(context: Prepared, caching: Caching) -> Steps:
    """The same for a route that is known to keep its replies so."""
    key = key_of(context, caching)
    warned = False
    if asks_for_fresh(context):
        allowed = True
        if caching.invalidation_needs_permission:
            allowed = yield from _may_invalidate(context)
        if allowed:
            return grown(Prepared, context, cache_key=key)
        if caching.unauthorized_strategy == "FAIL_WITH_403":
            return access_denied("Cache invalidation is not authorized")
        warned = caching.unauthorized_strategy == "SUCCEED_WITH_RESPONSE_HEADER"
    found = yield FindCached(
        key,
        context.api.api_id,
        context.stage.name,
        context.request.id,
        context.request.received_at,
        patience_of(context),
        caching.encrypted,
    )
    if found.entry is not None and found.is_fresh:
        return reply_of(found.entry, warned=warned)
    stale = found.entry if caching.stale_if_error else None
    return grown(Prepared, context, cache_key=key, stale=stale)


def instead_of(context: Received, reply: Reply) -> Reply:
    """An expired entry instead of a backend's failure, where the route allows that."""
    stale = context.stale if isinstance(context, Prepared) else None
    return reply_of(stale) if stale is not None and reply.status >= 500 else reply


def reply_of(entry: Entry, *, warned: bool = False) -> Reply:
    """A kept reply as it is sent."""
    headers = (*entry.headers, WARNING) if warned else entry.headers
    return Reply(entry.status, headers, entry.body, variables={"cache": HIT})


def patience_of(context: Prepared) -> float:
    """Seconds for which a request waits for another that fills the entry."""
    usual = quotas.INTEGRATION_TIMEOUT_MILLISECONDS
    return getattr(context.route.target, "timeout_ms", usual) / 1000


def _may_invalidate(context: Prepared) -> Generator[Effect, Any, bool]:
    """The caller's own policies, or the API's resource policy, must allow it."""
    arn, conditions = execute_arn(context), conditions_of(context)
    caller = context.caller
    question = Question(INVALIDATE, arn, conditions)
    policy = policy_of(context)
    theirs = policy.decide(caller.arn, caller.account, question) if policy else None
    if theirs is Decision.DENIED:
        return False
    if not caller.arn:
        return theirs is Decision.ALLOWED
    signer = Signer(caller.account, caller.access_key, caller.arn)
    own = yield Permit(signer, INVALIDATE, arn, conditions)
    return own is not Decision.DENIED and Decision.ALLOWED in (own, theirs)
